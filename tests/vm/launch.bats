# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The main job: a real Kamailio in its slice, every value read from the kernel by this test and not by siplaunch.
# Takes about 70 s.

# bats file_tags=release

load launch

setup() {
  prepare_router
}

teardown() {
  stop_all
  cg_remove race
  remove_slices
}

@test "Kamailio runs in its slice, limited, unprivileged, sized, and answers SIP" {
  launch
  assert_slice 512
}

@test "the arguments are executed in the order in which they are planned" {
  launch
  "$SIPLAUNCH" plan --format json --profile "$LAUNCH_PROFILE" --set cgroup.path=sip.slice/other -- "${ROUTER[@]}" >"$BATS_TEST_TMPDIR/plan.json"
  "$PYTHON" -c 'import json, sys; print(*json.load(open(sys.argv[1]))["command"][1:], sep="\n")' "$BATS_TEST_TMPDIR/plan.json" >"$BATS_TEST_TMPDIR/planned"
  diff "$BATS_TEST_TMPDIR/planned" <(tr '\0' '\n' <"/proc/$LAUNCHED/cmdline" | tail -n +2)
}

@test "behind env and nice Kamailio is sized and limited alike, and what starts it is gone" {
  ROUTER=(env SIP=1 nice -n 1 "${ROUTER[@]}")
  launch
  assert_slice 512
  tr '\0' '\n' <"/proc/$LAUNCHED/environ" | grep -qx SIP=1
}

@test "an entry script starts Kamailio with the sizes that siplaunch puts in its environment" {
  # shellcheck disable=SC2016 # the script expands it
  printf '#!/bin/sh\nexec kamailio $SIPLAUNCH_ARGS -DD -E -f %s\n' "$CONFIG" >"$BATS_TEST_TMPDIR/entry.sh"
  chmod 755 "$BATS_TEST_TMPDIR/entry.sh"
  ROUTER=("$BATS_TEST_TMPDIR/entry.sh")
  launch --set sizing.processes=15
  [[ $(cat "/proc/$LAUNCHED/cgroup") == "0::/$GROUP" ]]
  [[ $(readlink "/proc/$LAUNCHED/exe") == */kamailio ]]
  [[ $(argument_after -M) == 8 && $(argument_after -m) -gt 200 ]]
}

@test "what the slice's memory.max allows is what the router was given" {
  launch --log-format json
  # the same arithmetic, from the plan: S + N*M within the limit, and most of it
  "$SIPLAUNCH" plan --format json --profile "$PROFILES/kamailio-512m.json" --set cgroup.path=sip.slice/other -- \
    "${ROUTER[@]}" >"$BATS_TEST_TMPDIR/plan.json"
  "$PYTHON" - "$BATS_TEST_TMPDIR/plan.json" "$(argument_after -m)" "$(argument_after -M)" <<'END'
import json, sys
plan = json.load(open(sys.argv[1]))["budget"]
mib = 1 << 20
assert plan["shared"] == int(sys.argv[2]) * mib, plan
assert plan["private"] == int(sys.argv[3]) * mib, plan
terms = ["shared", "pageTables", "perProcess", "base", "connections", "reserve", "unassigned"]
total = sum(plan[term] for term in terms) + plan["processes"] * plan["private"]
assert total == plan["limit"] == 512 * mib, (total, plan)
END
}

@test "explicit IPC limits are set exactly in the router's namespace and nowhere else" {
  before=$(cat /proc/sys/kernel/sem /proc/sys/kernel/shmmax /proc/sys/kernel/shmall)
  launch --set 'sysctl.kernel.sem=300 40000 40 200' --set sysctl.kernel.shmmax=512M --set sysctl.kernel.shmall=200000
  [[ $(nsenter -i -t "$LAUNCHED" cat /proc/sys/kernel/sem) == $'300\t40000\t40\t200' ]]
  [[ $(nsenter -i -t "$LAUNCHED" cat /proc/sys/kernel/shmmax) == $((512 << 20)) ]]
  [[ $(nsenter -i -t "$LAUNCHED" cat /proc/sys/kernel/shmall) == 200000 ]]
  [[ $(cat /proc/sys/kernel/sem /proc/sys/kernel/shmmax /proc/sys/kernel/shmall) == "$before" ]]
}

@test "a capability that is kept lets the unprivileged router bind below 1024" {
  ROUTER+=(-A LISTEN=udp:127.0.0.1:506)
  printf '{"extends": "%s", "capabilities": ["CAP_NET_BIND_SERVICE"]}' "$PROFILES/kamailio-512m.json" >"$BATS_TEST_TMPDIR/low.json"
  start_bg "$SIPLAUNCH" --profile "$BATS_TEST_TMPDIR/low.json" -- "${ROUTER[@]}"
  LAUNCHED=$BG_PID
  wait_for_bg 60 sip_options 127.0.0.1 506
  for set in CapInh CapPrm CapEff CapBnd CapAmb; do
    [[ $(status_of $set) == 0000000000000400 ]]
  done
}

@test "without that capability it cannot, and nothing is left behind" {
  ROUTER+=(-A LISTEN=udp:127.0.0.1:506)
  run timeout 60 "$SIPLAUNCH" --profile "$PROFILES/kamailio-512m.json" -- "${ROUTER[@]}"
  [[ $status != 0 && $status != 124 ]]
  run ! sip_options 127.0.0.1 506
}

@test "a hog in the slice is killed with the router's whole group, and a neighbour outside lives" {
  launch
  start_bg sleep 600
  local neighbour=$BG_PID
  run cg_exec "$GROUP" dd if=/dev/zero of=/dev/null bs=600M count=1
  [[ $status == 137 ]]
  wait_while 30 cg_populated "$GROUP"
  [[ $(cg_value "$GROUP" memory.events oom_kill) -gt 1 ]]
  [[ $(cg_value "$GROUP" memory.events oom_group_kill) == 1 ]]
  is_alive "$neighbour"
  # pid 1 of the machine and the rest of it were never in danger
  run ! sip_options 127.0.0.1 5060
}

@test "a router is launched again over the empty group that the last one left" {
  launch
  echo 12345678 >"$CGROUP_ROOT/$GROUP/memory.high"
  stop_bg "$LAUNCHED"
  wait_while 30 cg_populated "$GROUP"
  local before
  before=$(stat -c %i "$CGROUP_ROOT/$GROUP")
  launch
  [[ $(stat -c %i "$CGROUP_ROOT/$GROUP") != "$before" ]]
  [[ $(cg "$GROUP" memory.high) == max ]]
}

@test "empty groups below a stale one go with it" {
  mkdir -p "$CGROUP_ROOT/$GROUP/a/b" "$CGROUP_ROOT/$GROUP/c"
  launch
  no_group "$GROUP/a"
  no_group "$GROUP/c"
}

@test "a group with processes is refused, with their pids" {
  launch
  run --separate-stderr "$SIPLAUNCH" --profile "$PROFILES/kamailio-512m.json" -- "${ROUTER[@]}"
  [[ $status == 125 ]]
  [[ $stderr == *"$CGROUP_ROOT/$GROUP is in use by pids "*"$LAUNCHED"* ]]
  sip_options 127.0.0.1 5060
}

@test "a process in a group below counts as in use" {
  echo +memory >"$CGROUP_ROOT/cgroup.subtree_control"
  mkdir -p "$CGROUP_ROOT/$GROUP/below"
  start_bg sleep 600
  echo "$BG_PID" >"$CGROUP_ROOT/$GROUP/below/cgroup.procs"
  run --separate-stderr "$SIPLAUNCH" --profile "$PROFILES/kamailio-512m.json" -- "${ROUTER[@]}"
  [[ $status == 125 && $stderr == *"pids $BG_PID"* ]]
  is_alive "$BG_PID"
}

@test "below a frozen group the launch is refused with what thaws it; pasted, it starts" {
  mkdir "$CGROUP_ROOT/sip.slice"
  echo 1 >"$CGROUP_ROOT/sip.slice/cgroup.freeze"
  LAUNCH=("$SIPLAUNCH" --profile "$PROFILES/generic.json" --set cgroup.path=sip.slice/far/below -- true)
  run -125 timeout -s KILL 60 "${LAUNCH[@]}"
  [[ $output == *"/sip.slice is frozen"* ]]
  no_group sip.slice/far
  eval "$(sed -n 's/^ *hint: //p' <<<"$output")"
  run -0 timeout -s KILL 60 "${LAUNCH[@]}"
}

@test "two routers live in two groups" {
  launch
  local first=$LAUNCHED
  install -d -o kamailio "$RUNTIME/second"
  start_bg "$SIPLAUNCH" --profile "$PROFILES/kamailio-512m.json" --set cgroup.path=sip.slice/second -- \
    kamailio -DD -E -Y "$RUNTIME/second" -A LISTEN=udp:127.0.0.1:5070 -f "$CONFIG"
  local second=$BG_PID
  wait_for_bg 60 sip_options 127.0.0.1 5070
  sip_options 127.0.0.1 5060
  [[ $(cat "/proc/$first/cgroup") == "0::/$GROUP" && $(cat "/proc/$second/cgroup") == 0::/sip.slice/second ]]
}

# stop_before_joining PATH: launches in race/PATH, and stops when the group is made and not joined: an empty one, as a left-over is.
stop_before_joining() {
  # libcgroup 3 writes the path with two slashes
  start_bg strace -D -o "$BATS_TEST_TMPDIR/trace" -P "$CGROUP_ROOT/race/$1/memory.max" -P "$CGROUP_ROOT//race/$1/memory.max" \
    -e trace=openat -e inject=openat:signal=STOP "${LAUNCH[@]}" --set "cgroup.path=race/$1" -- sleep 600
  LAUNCHED=$BG_PID
  wait_for_bg 60 is_in_state Tt
  [[ ! $(cg "race/$1" cgroup.procs) ]]
}

# goes_on PATH: what was stopped is executed there, with its limit.
goes_on() {
  kill -CONT "$LAUNCHED"
  wait_for_bg 60 has_become sleep
  [[ $(cat "/proc/$LAUNCHED/cgroup") == "0::/race/$1" && $(cg "race/$1" memory.max) == $((64 << 20)) ]]
}

is_in_state() {
  grep -q "^State:.[$1]" "/proc/$LAUNCHED/status"
}

@test "while one launcher is at it others for the same group, one above and one below are told so, and the first goes on" {
  LAUNCH=("$SIPLAUNCH" --profile "$PROFILES/generic.json" --set resources.unified.memory.max=64M)
  stop_before_joining router
  for path in router router/below router/far/below; do
    run -125 "${LAUNCH[@]}" --set "cgroup.path=race/$path" -- true
    [[ $output == *"another siplaunch is starting a router in $CGROUP_ROOT/race/router"* ]]
  done
  goes_on router
  stop_all
  cg_remove race
  stop_before_joining router/below
  run -125 "${LAUNCH[@]}" --set cgroup.path=race/router -- true
  [[ $output == *"another siplaunch is starting a router below $CGROUP_ROOT/race/router"* ]]
  goes_on router/below
  stop_all
  cg_remove race
}

@test "the groups can be read by everybody under root's umask 077 too, and the router keeps that umask" {
  umask 077
  run -0 "$SIPLAUNCH" --quiet --profile "$PROFILES/generic.json" --set cgroup.path=race/a/b --set user=kamailio -- \
    sh -c "cat $CGROUP_ROOT/race/a/b/cgroup.procs; umask"
  [[ $output == *$'\n'0077 ]]
  [[ $(stat -c %a "$CGROUP_ROOT"/race{,/a,/a/b}) == $'755\n755\n755' ]]
}

@test "a deep path is made level by level, each with its controllers" {
  launch --set cgroup.path=sip.slice/customers/one/kamailio
  [[ $(cat "/proc/$LAUNCHED/cgroup") == 0::/sip.slice/customers/one/kamailio ]]
  [[ $(cg sip.slice/customers/one/kamailio memory.max) == $((512 << 20)) ]]
  # only what is needed is enabled on the way
  for level in . sip.slice sip.slice/customers sip.slice/customers/one; do
    [[ $(cg $level cgroup.subtree_control) == "memory pids" ]]
  done
}

@test "a smaller limit of an upper group is what the router is sized for" {
  echo +memory >"$CGROUP_ROOT/cgroup.subtree_control"
  mkdir "$CGROUP_ROOT/sip.slice"
  echo 300M >"$CGROUP_ROOT/sip.slice/memory.max"
  launch
  grep -q "sip.slice" "$BG_LOG"
  (($(argument_after -m) < 300))
  [[ $(cg "$GROUP" memory.max) == $((300 << 20)) ]]
}

@test "from inside another group the router goes to its own, and the other keeps its processes" {
  echo +memory >"$CGROUP_ROOT/cgroup.subtree_control"
  mkdir -p "$CGROUP_ROOT/login"
  echo 256M >"$CGROUP_ROOT/login/memory.max"
  # shellcheck disable=SC2016 # expanded by the inner shell
  start_bg bash -c 'echo $$ >"$1/login/cgroup.procs" && shift && exec "$@"' \
    inside "$CGROUP_ROOT" "$SIPLAUNCH" --profile "$PROFILES/kamailio-512m.json" -- "${ROUTER[@]}"
  LAUNCHED=$BG_PID
  wait_for_bg 60 sip_options 127.0.0.1 5060
  [[ $(cat "/proc/$LAUNCHED/cgroup") == "0::/$GROUP" ]]
  [[ $(cg "$GROUP" memory.max) == $((512 << 20)) ]]
  stop_all
  cg_remove login
}

@test "hand-over leaves no descriptor, no signal setting and no child of ours" {
  start_bg "$SIPLAUNCH" --profile "$PROFILES/generic.json" -- sleep 600
  LAUNCHED=$BG_PID
  wait_until 30 has_become sleep
  [[ $(ls "/proc/$LAUNCHED/fd") == $'0\n1\n2' ]]
  [[ $(status_of SigBlk) == 0000000000000000 && $(status_of SigIgn) == 0000000000000000 ]]
  [[ ! $(cat "/proc/$LAUNCHED/task/$LAUNCHED/children") ]]
}

@test "descriptors that systemd passes are passed on" {
  # shellcheck disable=SC2016
  start_bg bash -c 'exec 3</etc/hostname 4</etc/passwd 5</etc/group; export LISTEN_FDS=2 LISTEN_PID=$$; exec "$@"' \
    socket "$SIPLAUNCH" --profile "$PROFILES/generic.json" -- sleep 600
  LAUNCHED=$BG_PID
  wait_until 30 has_become sleep
  [[ $(ls "/proc/$LAUNCHED/fd") == $'0\n1\n2\n3\n4' ]]
}

@test "where no more IPC namespaces are allowed plan and launch say what raises the limit; pasted, it starts" {
  local before
  before=$(cat /proc/sys/user/max_ipc_namespaces)
  LAUNCH=(--profile "$PROFILES/generic.json" --set ipc.namespace=private -- true)
  echo 0 >/proc/sys/user/max_ipc_namespaces
  run -1 "$SIPLAUNCH" plan "${LAUNCH[@]}"
  [[ $output == *ENOSPC*"sysctl -w user.max_ipc_namespaces="* && $output != *CAP_SYS_ADMIN* ]]
  run -125 "$SIPLAUNCH" "${LAUNCH[@]}"
  eval "$(grep -o 'sysctl -w user.*' <<<"$output" | head -n 1)"
  run -0 "$SIPLAUNCH" "${LAUNCH[@]}"
  echo "$before" >/proc/sys/user/max_ipc_namespaces
}

@test "closed standard descriptors become /dev/null" {
  start_bg bash -c 'exec "$@" <&- >&- 2>&-' closed "$SIPLAUNCH" --profile "$PROFILES/generic.json" -- sleep 600
  LAUNCHED=$BG_PID
  wait_until 30 has_become sleep
  for fd in 0 1 2; do
    [[ $(readlink "/proc/$LAUNCHED/fd/$fd") == /dev/null ]]
  done
}

# Of siplaunch's looks at what is mounted the last is the one before it makes the group. strace answers it without a file system's type.
@test "a cgroup tree that something else is mounted over meanwhile is not written to" {
  local trace=$BATS_TEST_TMPDIR/trace looks
  run -0 strace -f -qq -o "$trace" -e trace=fstatfs "$SIPLAUNCH" --quiet --profile-dir "$PROFILES" --profile generic --set cgroup.path=siptest.slice/a -- /bin/true
  looks=$(grep -c '^[0-9]* *fstatfs(' "$trace")
  rmdir "$CGROUP_ROOT/siptest.slice/a" "$CGROUP_ROOT/siptest.slice"
  run -125 strace -f -qq -o "$trace" -e trace=fstatfs -e "inject=fstatfs:retval=0:when=$looks" \
    "$SIPLAUNCH" --quiet --profile-dir "$PROFILES" --profile generic --set cgroup.path=siptest.slice/a -- touch "$BATS_TEST_TMPDIR/launched"
  [[ $output == *"$CGROUP_ROOT is not a cgroup2 file system"*"umount $CGROUP_ROOT"* ]] || fail "$output"
  [[ ! -e $BATS_TEST_TMPDIR/launched && ! -e $CGROUP_ROOT/siptest.slice ]]
}

@test "where libcgroup cannot find its way the limits are written without it" {
  # libcgroup 2 reads the first, 3 the second
  run -0 strace -f -qq -o "$BATS_TEST_TMPDIR/trace" -P /proc/mounts -P /proc/self/mounts -e trace=openat -e inject=openat:error=ENOENT \
    "$SIPLAUNCH" --supervise --profile "$PROFILES/generic.json" --set cgroup.path=sip.slice/script --set resources.unified.memory.max=64M -- \
    cat "$CGROUP_ROOT/sip.slice/script/memory.max"
  grep -q INJECTED "$BATS_TEST_TMPDIR/trace"
  [[ ${lines[0]} == $((64 << 20)) || $output == *$'\n'$((64 << 20))* ]]
}
