# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The main job with a real OpenSIPS, where somebody has one: make check OPENSIPS=/path/to/opensips. Debian has none.
# Takes about 1 s.

export USER_NAME=opensips
load launch

setup() {
  [[ ${OPENSIPS:-} ]] || skip "OPENSIPS=/path/to/opensips is not given, and Debian has no package of it"
  getent passwd opensips >/dev/null || useradd --system --no-create-home --shell /usr/sbin/nologin opensips
  prepare_router
  ROUTER=("$OPENSIPS" -F -P "$RUNTIME/pid" -f "$REPO/tests/fixtures/opensips/minimal.cfg")
  # where its modules are, if not where it was built for
  [[ ! ${OPENSIPS_MODULES:-} ]] || {
    sed "1i mpath=\"$OPENSIPS_MODULES\"" "$REPO/tests/fixtures/opensips/minimal.cfg" >"$RUNTIME/opensips.cfg"
    ROUTER=("$OPENSIPS" -F -P "$RUNTIME/pid" -f "$RUNTIME/opensips.cfg")
  }
}

teardown() {
  stop_all
  remove_slices
}

launch_opensips() {
  start_bg "$SIPLAUNCH" --profile "$PROFILES/opensips-1g.json" -- "${ROUTER[@]}"
  LAUNCHED=$BG_PID
  wait_for_bg 60 sip_options 127.0.0.1 5060
}

@test "OpenSIPS runs in its slice, limited, unprivileged, sized, and answers SIP" {
  launch_opensips
  assert_slice 1024
}

@test "the estimate is what OpenSIPS starts" {
  "$SIPLAUNCH" plan --format json --profile "$PROFILES/opensips-1g.json" -- "${ROUTER[@]}" >"$BATS_TEST_TMPDIR/plan.json"
  launch_opensips
  planned=$("$PYTHON" -c 'import json, sys; print(json.load(open(sys.argv[1]))["budget"]["processes"])' "$BATS_TEST_TMPDIR/plan.json")
  [[ $(wc -l <"$CGROUP_ROOT/$GROUP/cgroup.procs") == "$planned" ]]
}

@test "without -f the configuration is the one that OpenSIPS was built with, and its processes are counted" {
  local config
  config=$("$OPENSIPS" -h | sed -n 's/.*Configuration file (default \(.*\))$/\1/p')
  mkdir -p "$(dirname "$config")" # the machine forgets it
  sed 's/^udp_workers=.*/udp_workers=3/' "${ROUTER[-1]}" >"$config"
  chmod 755 "$(dirname "$config")" && chmod 644 "$config"
  ROUTER=("$OPENSIPS" -F -P "$RUNTIME/pid")
  "$SIPLAUNCH" plan --format json --profile "$PROFILES/opensips-1g.json" -- "${ROUTER[@]}" >"$BATS_TEST_TMPDIR/plan.json"
  "$PYTHON" -c '
import json, sys
plan, config, program = json.load(open(sys.argv[1])), sys.argv[2], sys.argv[3]
assert plan["build"]["config"] == {"value": config, "source": f"asked of {program} -h"}, plan["build"]
print(plan["budget"]["processes"])' "$BATS_TEST_TMPDIR/plan.json" "$config" "$OPENSIPS" >"$BATS_TEST_TMPDIR/planned"
  launch_opensips
  [[ $(wc -l <"$CGROUP_ROOT/$GROUP/cgroup.procs") == $(<"$BATS_TEST_TMPDIR/planned") ]]
}

@test "OpenSIPS is launched again over its own stale group" {
  launch_opensips
  stop_bg "$LAUNCHED"
  wait_while 30 cg_populated "$GROUP"
  launch_opensips
}

@test "OpenSIPS's pools are told beside what its group is charged" {
  # every build has mi_datagram
  { cat "${ROUTER[-1]}" && printf 'loadmodule "mi_datagram.so"\nmodparam("mi_datagram", "socket_name", "%s")\n' "$RUNTIME/mi.sock"; } >"$RUNTIME/statistics.cfg"
  ROUTER[-1]=$RUNTIME/statistics.cfg
  launch_opensips
  "$SIPLAUNCH" inspect --format json "$LAUNCHED" >"$BATS_TEST_TMPDIR/inspection.json"
  "$PYTHON" "$REPO/tests/cli/inspect_check.py" 0 "i['sample']['noPools'] is None" \
    "i['sample']['shared']['total'] > 0 and i['sample']['shared']['maxUsed'] >= i['sample']['shared']['realUsed'] > 0" \
    "len(i['sample']['private']) > 3 and all(p['total'] for p in i['sample']['private'])" \
    "any(p['name'] for p in i['sample']['private'])" <"$BATS_TEST_TMPDIR/inspection.json"
}

@test "the smallest limit of each shipped OpenSIPS profile starts it, and a MiB less is refused" {
  local profile mib
  for profile in "$PROFILES"/opensips*.json; do
    run -1 --separate-stderr "$SIPLAUNCH" plan --profile "$profile" --set sizing.memory=8MiB -- "${ROUTER[@]}"
    mib=$(sed -n 's/.*the smallest limit that would do is \([0-9]*\) MiB.*/\1/p' <<<"$stderr")
    [[ $mib ]]
    run -1 "$SIPLAUNCH" plan --profile "$profile" --set "sizing.memory=$((mib - 1))MiB" -- "${ROUTER[@]}"
    start_bg "$SIPLAUNCH" --profile "$profile" --set "sizing.memory=${mib}MiB" --set cgroup.path=sip.slice/opensips -- "${ROUTER[@]}"
    LAUNCHED=$BG_PID
    wait_for_bg 60 sip_options 127.0.0.1 5060
    [[ $(cg_value "$GROUP" memory.events oom_kill) == 0 ]]
    echo "${profile##*/}: $mib MiB: -m $(argument_after -m) -M $(argument_after -M)" >&3
    stop_all
    remove_slices
  done
}
