# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# resources.unified with files that siplaunch has no rule for: written as text, compared as the kernel prints them.
# Every value is read from the kernel by this test, and not by siplaunch.
# Takes about 25 s.

load launch

GROUP=sip.slice/any

setup() {
  stock_machine
  prepare_tree
}

teardown() {
  stop_all
  cg_remove sip.slice
  prepare_tree
}

# prepare_tree: no controller is handed down.
prepare_tree() {
  local controllers
  controllers=$(sed 's/\<[a-z]/-&/g' "$CGROUP_ROOT/cgroup.subtree_control")
  [[ -z $controllers ]] || echo "$controllers" >"$CGROUP_ROOT/cgroup.subtree_control"
}

# profile FILE=VALUE...: a profile with these in resources.unified.
profile() {
  "$PYTHON" - "$BATS_TEST_TMPDIR/any.json" "$@" <<'END'
import json, sys
unified = dict(pair.split("=", 1) for pair in sys.argv[2:])
json.dump({"router": "generic", "cgroup": {"path": "sip.slice/any"}, "resources": {"unified": unified}}, open(sys.argv[1], "w"))
END
}

# launch_with FILE=VALUE...: a sleeper in a group with these.
launch_with() {
  profile "$@"
  start_bg "$SIPLAUNCH" -p "$BATS_TEST_TMPDIR/any.json" -- sleep 600
  LAUNCHED=$BG_PID
  wait_for_bg 60 has_become sleep
}

# refuse FILE=VALUE...: the launch fails with 125 and leaves nothing.
refuse() {
  profile "$@"
  run --separate-stderr timeout 60 "$SIPLAUNCH" -p "$BATS_TEST_TMPDIR/any.json" -- sleep 600
  [[ $status == 125 ]]
  no_group sip.slice
  [[ $(cat "$CGROUP_ROOT/cgroup.subtree_control") == "" ]]
}

@test "files of every controller are written as they stand and read back as the kernel prints them" {
  launch_with hugetlb.2MB.max=5M hugetlb.2MB.rsvd.max=max cgroup.max.descendants=10 cgroup.max.depth=max cgroup.pressure=0 \
    cpu.weight.nice=-5 cpuset.cpus=0-0 io.weight=200
  [[ $(cat "/proc/$LAUNCHED/cgroup") == "0::/$GROUP" ]]
  [[ $(cg $GROUP hugetlb.2MB.max) == 4194304 ]]
  [[ $(cg $GROUP hugetlb.2MB.rsvd.max) == max ]]
  [[ $(cg $GROUP cgroup.max.descendants) == 10 ]]
  [[ $(cg $GROUP cgroup.max.depth) == max ]]
  [[ $(cg $GROUP cgroup.pressure) == 0 ]]
  [[ $(cg $GROUP cpu.weight.nice) == -5 ]]
  [[ $(cg $GROUP cpuset.cpus) == 0 ]]
  [[ $(cg $GROUP io.weight) == "default 200" ]]
}

@test "what runs is compared with the profile in the kernel's words: no drift, until somebody writes another value" {
  launch_with hugetlb.2MB.max=5M cgroup.max.descendants=10 cpuset.cpus=0-0 io.weight=200
  run -0 "$SIPLAUNCH" inspect -p "$BATS_TEST_TMPDIR/any.json" "$LAUNCHED"
  echo 11 >"$CGROUP_ROOT/$GROUP/cgroup.max.descendants"
  run -1 "$SIPLAUNCH" inspect -p "$BATS_TEST_TMPDIR/any.json" "$LAUNCHED"
  [[ $output == *"cgroup.max.descendants"*11*10* ]]
}

@test "a file that this kernel does not have is refused with the controller that is there, and nothing is left" {
  refuse memory.max=64M io.bfq.weight=200
  [[ $(tr -s ' \n' ' ' <<<"$stderr") == *"/sip.slice/any has the controller, but this kernel has no io.bfq.weight"* ]]
  [[ $stderr == *"--policy cgroup/io.bfq.weight=prefer"* ]]
}

@test "the hint for it works: the router runs without the file, with a warning" {
  profile memory.max=64M io.bfq.weight=200
  start_bg "$SIPLAUNCH" -p "$BATS_TEST_TMPDIR/any.json" --policy cgroup/io.bfq.weight=prefer -- sleep 600
  LAUNCHED=$BG_PID
  wait_for_bg 60 has_become sleep
  [[ $(cg $GROUP memory.max) == 67108864 ]]
}

@test "a file whose controller is not here is refused before anything is done, with the controller's name" {
  refuse dmem.max='drm/0 1M'
  [[ $(tr -s ' \n' ' ' <<<"$stderr") == *"the dmem controller is not available in / (see its cgroup.controllers)"* ]]
  [[ $stderr == *"--policy cgroup/dmem.max=prefer"* ]]
  refuse quantum.max=1
  [[ $stderr == *"quantum.max belongs to a controller quantum, which siplaunch does not know"* ]]
}

@test "a text that the kernel does not take is refused with its errno and a hint, and nothing is left" {
  refuse misc.max='sev 1'
  [[ $stderr == *"write sev 1 to $CGROUP_ROOT/$GROUP/misc.max"*EINVAL* ]]
  refuse rdma.max='mlx4_0 hca_handle=2'
  [[ $stderr == *"rdma.max"*ENODEV*"name an existing RDMA device"* ]]
  refuse io.max='8:99 rbps=1048576'
  [[ $stderr == *"io.max"*ENODEV*"lsblk -o NAME,MAJ:MIN"* ]]
  refuse io.max=$'8:99 rbps=1048576\n8:98 wiops=2'
  [[ $stderr == *"write 8:99 rbps=1048576;8:98 wiops=2 to "*ENODEV* ]]
}

@test "a group above that may have no more groups, and CPUs that the machine does not have, are named" {
  refuse cpuset.cpus=900
  [[ $stderr == *"write 900 to $CGROUP_ROOT/$GROUP/cpuset.cpus"*ERANGE*"/sys/devices/system/cpu/possible"* ]]
  mkdir "$CGROUP_ROOT/sip.slice"
  echo 0 >"$CGROUP_ROOT/sip.slice/cgroup.max.descendants"
  profile pids.max=100
  run -125 "$SIPLAUNCH" -p "$BATS_TEST_TMPDIR/any.json" -- true
  [[ $output == *EAGAIN*"cgroup.max.descendants or cgroup.max.depth"* ]]
}

@test "a partition that the kernel takes and calls invalid is a failure, and nothing is left" {
  refuse cpuset.cpus=0 cpuset.cpus.partition=root
  [[ $stderr == *"cpuset.cpus.partition reads back as root invalid"* ]]
}

@test "files that are no limits are never written" {
  for file in cgroup.procs cgroup.threads cgroup.subtree_control cgroup.type cgroup.freeze cgroup.kill memory.reclaim; do
    refuse $file=1
    [[ $stderr == *"siplaunch does not write the cgroup file \"$file\""* ]]
  done
}

@test "OCI's own resources become the same files, with -1 for no limit and 0 for none of its own" {
  cat >"$BATS_TEST_TMPDIR/any.json" <<'END'
{ "router": "generic", "cgroup": { "path": "sip.slice/any" },
  "resources": { "memory": { "limit": 536870912, "swap": 536870912, "reservation": 1048576 }, "pids": { "limit": -1 },
    "cpu": { "shares": 512, "quota": 150000, "burst": 0, "cpus": "0-0" }, "hugepageLimits": [ { "pageSize": "2MB", "limit": 0 } ] } }
END
  start_bg "$SIPLAUNCH" -p "$BATS_TEST_TMPDIR/any.json" -- sleep 600
  LAUNCHED=$BG_PID
  wait_for_bg 60 has_become sleep
  [[ $(cd "$CGROUP_ROOT/$GROUP" && cat memory.max memory.swap.max memory.low pids.max cpu.weight cpu.max cpuset.cpus hugetlb.2MB.max | tr '\n' ' ') == \
    "536870912 0 1048576 max 59 150000 100000 0 0 " ]]
}

# in_given COMMAND...: run in a group that somebody else has made, with limits of its own.
in_given() {
  local file group=$CGROUP_ROOT/sip.slice
  declare -A given=([memory.zswap.max]=32M [memory.swap.high]=32M [cpu.max]="50000 100000" [cpuset.cpus]=0 [hugetlb.2MB.max]=2M
    [memory.low]=64M [cpu.weight]=200)
  echo "+memory +cpu +cpuset +hugetlb" >"$CGROUP_ROOT/cgroup.subtree_control"
  mkdir -p "$group"
  for file in "${!given[@]}"; do
    echo "${given[$file]}" >"$group/$file"
  done
  # shellcheck disable=SC2016 # the inner shell's
  run --separate-stderr timeout 60 bash -c 'echo $$ >"$0" && exec "$@"' "$group/cgroup.procs" "$@"
}

@test "a group of somebody else's is adopted where its limits are tighter, and where it protects more" {
  profile memory.zswap.max=64M memory.swap.high=64M cpu.max="200000 100000" cpuset.cpus=0-1 hugetlb.2MB.max=4M memory.low=32M \
    cpu.weight=200
  in_given "$SIPLAUNCH" -p "$BATS_TEST_TMPDIR/any.json" --set cgroup.manager=adopt -- cat /proc/self/cgroup
  [[ $status == 0 && $output == 0::/sip.slice ]]
}

@test "a group of somebody else's is refused where its limits are looser, where it protects less, and where its weight is another" {
  for file in memory.zswap.max=16M memory.swap.high=16M cpu.max="40000 100000" cpuset.cpus=1 hugetlb.2MB.max=0 memory.low=128M \
    cpu.weight=100; do
    profile "$file"
    in_given "$SIPLAUNCH" -p "$BATS_TEST_TMPDIR/any.json" --set cgroup.manager=adopt -- true
    [[ $status == 125 && $stderr == *"cgroup/${file%%=*}: "*"siplaunch may not change it"* ]]
  done
}
