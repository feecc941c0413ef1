# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Whatever fails, nothing is half applied: every system call of a launch is made to fail in turn (strace injects the error).
# Then either the launch went on and the command ran, or nothing ran, the exit status says so, and the machine is as it was.
# Takes about 64 s.

load launch

setup() {
  prepare_router
  MARKER=$BATS_TEST_TMPDIR/ran
}

teardown() {
  stop_all
  remove_slices
}

# The group, the levels above it, the controllers enabled for it and the router's directory are gone, or standard error says what to remove.
nothing_left() {
  if [[ -e $CGROUP_ROOT/sip.slice ]]; then
    grep -q "rmdir $CGROUP_ROOT/sip.slice" "$BATS_TEST_TMPDIR/err" || return 1
    remove_slices
  fi
  [[ ! -e /run/kamailio ]] || grep -q 'remove the directory /run/kamailio' "$BATS_TEST_TMPDIR/err" || return 1
  [[ ! $(cat "$CGROUP_ROOT/cgroup.subtree_control") ]]
}

# inject CALL N: a launch whose Nth CALL fails.
inject() {
  rm -f "$MARKER"
  stock_machine
  status=0
  # --seccomp-bpf: the kernel stops at this call only, which makes a launch ten times faster
  strace -f --seccomp-bpf -qq -o /dev/null -e "trace=$1" -e "inject=$1:error=EIO:when=$2" -- "${LAUNCH[@]}" \
    2>"$BATS_TEST_TMPDIR/err" </dev/null || status=$?
  if [[ -e $MARKER ]]; then
    ((status == 0)) || fail "$1 #$2: ran, but ended with $status" || return
    remove_slices
    return
  fi
  if ((status != 125 && status != 126 && status != 127)); then
    fail "$1 #$2: status $status" "$(cat "$BATS_TEST_TMPDIR/err")"
    return
  fi
  # the word itself is a write
  [[ $1 == write || -s $BATS_TEST_TMPDIR/err ]] || fail "$1 #$2: refused without a word" || return
  nothing_left || fail "$1 #$2: left behind: $(find "$CGROUP_ROOT/sip.slice" -type d) $(cat "$CGROUP_ROOT/cgroup.subtree_control")" \
    "$(cat "$BATS_TEST_TMPDIR/err")"
}

calls_made() {
  stock_machine
  strace -f --seccomp-bpf -qq -o "$BATS_TEST_TMPDIR/calls" -e "trace=$1,execve" -- "${LAUNCH[@]}" </dev/null
  remove_slices
  # those of the router itself are not siplaunch's; strace counts each process for itself, and the first is the one that becomes the router
  sed '/ execve("[^"]*\/touch"/,$d' "$BATS_TEST_TMPDIR/calls" | awk 'NR == 1 { first = $1 } $1 == first' | grep -c " $1(" || true
}

# inject_each CALL[/STEP]...: every occurrence of each call, or every STEPth.
inject_each() {
  local word call step count i tried=0
  for word in "$@"; do
    call=${word%/*}
    step=${word#"$call"}
    step=${step#/}
    step=${step:-1}
    count=$(calls_made "$call")
    for ((i = 1; i <= count; i += step)); do
      inject "$call" "$i"
      tried=$((tried + 1))
    done
  done
  echo "# $tried launches with a call that fails" >&3
  ((tried > 5))
}

@test "as root: whichever call that changes something fails, nothing is left behind" {
  LAUNCH=("$SIPLAUNCH" --profile "$PROFILES/kamailio-512m.json" --set user=root --set group=kamailio --set router=generic -- touch "$MARKER")
  inject_each mkdirat fchmod fchown flock write/2 pwrite64/2 prlimit64 unshare setresgid setresuid prctl/23 capset
}

@test "as the router's user: whichever call that gives up privileges fails, what stays is named" {
  chmod 777 "$BATS_TEST_TMPDIR"
  LAUNCH=("$SIPLAUNCH" --profile "$PROFILES/kamailio-512m.json" --set router=generic -- touch "$MARKER")
  inject_each setgroups setresgid setresuid prctl/23 capset
}

@test "whichever file cannot be opened or read, nothing is left behind" {
  LAUNCH=("$SIPLAUNCH" --profile "$PROFILES/kamailio-512m.json" --set user=root --set router=generic -- touch "$MARKER")
  inject_each openat/17 read/23
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
