# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the plan says that registrations and dialogs take of the shared pool, against what a real router says that they do. The whole
# table is `make bench-workload`; this fails when src/router/NAME_costs.c is not right any more.
# Then the CPUs that the kernel leaves a router, beside its workers.
# Takes about 20 s.

load launch

teardown() {
  stop_all
  remove_slices
  echo "-cpu" >"$CGROUP_ROOT/cgroup.subtree_control"
}

@test "registrations and dialogs raise Kamailio's used shared memory as the plan predicts" {
  run -0 "$REPO/tests/bench/workload" --check --router kamailio
  [[ $output == *"800 registrations more"*" %"*"as this router was seen to take them"*" %"*"contact + 200"*" %"*"200 dialogs more"*" %"* ]]
}

@test "registrations and dialogs raise OpenSIPS' used shared memory as the plan predicts" {
  [ -n "${OPENSIPS:-}" ] || skip "OPENSIPS names no OpenSIPS: no package has one"
  run -0 "$REPO/tests/bench/workload" --check --router opensips
  [[ $output == *"800 registrations more"*" %"*"as this router was seen to take them"*" %"*"contact + 200"*" %"*"200 dialogs more"*" %"* ]]
}

# plan_cpus: the member of the plan's JSON.
plan_cpus() {
  "$SIPLAUNCH" plan --format json --profile "$PROFILES/kamailio-512m.json" -- kamailio -DD -E -A CHILDREN=8 -f "$CONFIG" |
    "$PYTHON" -c 'import json, sys; cpus = json.load(sys.stdin)["cpus"]; print(cpus["available"], cpus["source"], cpus["workers"], cpus["far"])'
}

@test "plan and advise take cpu.max of a group above the router's for the CPUs that it may use" {
  prepare_router
  [ "$(plan_cpus)" = "$(nproc).0 online 8 None" ]
  echo +cpu >"$CGROUP_ROOT/cgroup.subtree_control"
  mkdir "$CGROUP_ROOT/sip.slice"
  echo "20000 100000" >"$CGROUP_ROOT/sip.slice/cpu.max"
  [ "$(plan_cpus)" = "0.2 /sip.slice cpu.max 8 workers" ]
  echo "50000 100000" >"$CGROUP_ROOT/sip.slice/cpu.max"
  [ "$(plan_cpus)" = "0.5 /sip.slice cpu.max 8 None" ]

  # shellcheck disable=SC2034 # launch.bash's
  ROUTER=(kamailio -DD -E -A CHILDREN=8 -f "$CONFIG")
  launch
  echo "10000 100000" >"$CGROUP_ROOT/sip.slice/cpu.max"
  run -0 --separate-stderr "$SIPLAUNCH" advise "$LAUNCHED"
  echo "max 100000" >"$CGROUP_ROOT/sip.slice/cpu.max"
  [[ ${output//$'\n     '/ } == *"8 workers share 0.10 CPUs (/sip.slice cpu.max)"* ]]
}
