# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What is refused is not half applied: a value, a program or a step that this place does not permit. Where a system call
# fails that has no reason to, tests/fault/ has every one of them.
# Takes about 90 s.

load launch

setup() {
  prepare_router
  MARKER=$BATS_TEST_TMPDIR/ran
}

teardown() {
  stop_all
  remove_slices
}

@test "a value that the kernel refuses after the group was made takes the group away again" {
  run --separate-stderr "$SIPLAUNCH" --profile "$PROFILES/kamailio-512m.json" --set resources.unified.memory.high=4KiB \
    --set 'sysctl.fs.mqueue.msg_max=65536' -- "${ROUTER[@]}"
  [[ $status == 125 ]]
  no_group sip.slice
}

@test "a program that cannot be executed ends with 126, and its group is gone" {
  printf '#!/no/such/interpreter\n' >"$BATS_TEST_TMPDIR/broken"
  chmod 755 "$BATS_TEST_TMPDIR/broken"
  run --separate-stderr "$SIPLAUNCH" --profile "$PROFILES/generic.json" --set cgroup.path=sip.slice/broken -- \
    "$BATS_TEST_TMPDIR/broken"
  [[ $status == 126 ]]
  [[ $stderr == *"interpreter"* ]]
  no_group sip.slice
}

@test "a program that is not there ends with 127 before anything is made" {
  run -127 --separate-stderr "$SIPLAUNCH" --profile "$PROFILES/kamailio-512m.json" -- no-such-router
  [[ $stderr == *"execute no-such-router"* ]]
  no_group sip.slice
}

@test "a program that the router's user may not execute ends with 126 before anything is made" {
  install -m 700 /bin/true "$BATS_TEST_TMPDIR/private"
  run --separate-stderr "$SIPLAUNCH" --profile "$PROFILES/kamailio-512m.json" -- "$BATS_TEST_TMPDIR/private"
  [[ $status == 126 && $stderr == *"user kamailio"* ]]
  no_group sip.slice
}

@test "each required step that this place does not permit is refused before anything is made" {
  run --separate-stderr capsh --drop=cap_sys_resource -- -c \
    "exec $SIPLAUNCH --profile $PROFILES/kamailio-512m.json -- touch $MARKER"
  [[ $status == 125 && $stderr == *oom_score_adj* && ! -e $MARKER ]]
  no_group sip.slice
  run --separate-stderr "$SIPLAUNCH" --profile "$PROFILES/kamailio-512m.json" --set rlimits.RLIMIT_NOFILE=2000000000 -- \
    touch "$MARKER"
  [[ $status == 125 && $stderr == *nr_open* && ! -e $MARKER ]]
  no_group sip.slice
  run --separate-stderr "$SIPLAUNCH" --profile "$PROFILES/kamailio-512m.json" --set resources.unified.pids.max=3 -- "${ROUTER[@]}"
  [[ $status == 125 && $stderr == *pids.max* ]]
  no_group sip.slice
  run --separate-stderr "$SIPLAUNCH" --profile "$PROFILES/kamailio-512m.json" --set user=nobody-of-that-name -- touch "$MARKER"
  [[ $status == 125 && $stderr == *nobody-of-that-name* && ! -e $MARKER ]]
  no_group sip.slice
  echo 0 >/proc/sys/user/max_ipc_namespaces
  run --separate-stderr "$SIPLAUNCH" --profile "$PROFILES/kamailio-512m.json" -- touch "$MARKER"
  echo 10000 >/proc/sys/user/max_ipc_namespaces
  [[ $status == 125 && $stderr == *CLONE_NEWIPC* && ! -e $MARKER ]]
  no_group sip.slice
}

@test "what is preferred and not permitted is warned of, and the router runs" {
  run --separate-stderr capsh --drop=cap_sys_resource -- -c \
    "exec $SIPLAUNCH --profile $PROFILES/kamailio-512m.json --policy oom=prefer --policy rlimit=prefer --set user=root --set router=generic -- touch $MARKER"
  [[ $status == 0 && $stderr == *oom_score_adj* && -e $MARKER ]]
}

@test "what is to be skipped is not touched" {
  run --separate-stderr "$SIPLAUNCH" --profile "$PROFILES/kamailio-512m.json" --policy oom=skip --set user=root --set router=generic -- \
    cat /proc/self/oom_score_adj
  [[ $status == 0 && $output == 0 ]]
}

# scarce AFTER [OPTION...] -- COMMAND...: memory for AFTER allocations from the first group on (scarce.c).
scarce() {
  LD_PRELOAD=$BATS_TEST_TMPDIR/scarce.so SCARCE_AFTER=$1 run --separate-stderr "$SIPLAUNCH" --profile "$PROFILES/generic.json" \
    --set cgroup.path=sip.slice/edge/scarce --set resources.unified.memory.max=64M --set resources.unified.memory.low=8M \
    --set 'directories.runtime=["scarce"]' "${@:2}"
}

# What is left on the machine of a launch: groups, controllers, marks, directories.
traces() {
  cg . cgroup.subtree_control
  ls -d "$CGROUP_ROOT"/*/ /run/scarce 2>&1
  "$PYTHON" -c 'import os, sys; print(os.listxattr(sys.argv[1]))' "$CGROUP_ROOT"
}

# runs_out [OPTION...]: wherever memory runs out after the group was made, the launch is refused and leaves nothing behind; with
# enough of it the command runs.
runs_out() {
  local before after=0 refusals=0
  cc -shared -fPIC -O1 -D_GNU_SOURCE -fno-builtin -o "$BATS_TEST_TMPDIR/scarce.so" tests/vm/scarce.c
  # the mark of a launch before this one, whose slice teardown has removed
  "$PYTHON" -c 'import os, sys; [os.removexattr(sys.argv[1], name) for name in os.listxattr(sys.argv[1])]' "$CGROUP_ROOT"
  before=$(traces)
  while scarce "$after" "$@" -- sh -c 'echo it ran' && [[ $status != 0 ]]; do
    [[ $status == 125 && $output != *"it ran"* ]] || fail "after $after: $status: $output$stderr"
    [[ $stderr == *"ENOMEM"* ]] || fail "after $after, no reason: $stderr"
    diff <(echo "$before") <(traces) || fail "after $after: $stderr"
    refusals=$((refusals + 1))
    after=$((after * 5 / 4 + 1))
  done
  [[ $output == "it ran" && $refusals -ge 8 ]] || fail "$refusals refusals; after $after: $output$stderr"
}

@test "a launch that runs out of memory anywhere after its group was made says so and leaves nothing behind" {
  runs_out
}

@test "a supervised launch that runs out of memory after its group was made says so and leaves nothing behind" {
  runs_out --supervise
}
