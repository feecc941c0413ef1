# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Launchers beside each other, and beside users who wish them ill: what one of them made is put back by the last that used it,
# and nobody without privileges can hold anything up.
# Takes about 20 s.

load launch

setup() {
  prepare_router
  BEFORE=$(cg . cgroup.subtree_control)
}

teardown() {
  pkill -KILL -u nobody || true
  stop_all
  cg_remove sip.slice
}

# supervised NAME MIB COMMAND...: in sip.slice/NAME, with that limit; its pid is in BG_PID.
supervised() {
  start_bg "$SIPLAUNCH" --supervise --profile "$PROFILES/generic.json" --set "cgroup.path=sip.slice/$1" \
    --set "resources.unified.memory.max=$2M" -- "${@:3}"
  wait_for_bg 30 cg_populated "sip.slice/$1"
}

# held_by_nobody PATH...: a user without privileges holds a lock on each that he can open, for reading or for writing.
held_by_nobody() {
  start_bg setpriv --reuid nobody --regid nogroup --clear-groups "$PYTHON" -c '
import fcntl, os, sys, time
held = []
for path in sys.argv[2:]:
    for flags in (os.O_RDONLY, os.O_WRONLY):
        try:
            held.append(os.open(path, flags))
            fcntl.flock(held[-1], fcntl.LOCK_EX)
        except OSError:
            pass
print(len(held), file=open(sys.argv[1], "w"), flush=True)
time.sleep(600)' "$RUNTIME/held" "$@"
  wait_for_bg 30 grep -q '^[1-9]' "$RUNTIME/held"
}

nothing_left() {
  no_group sip.slice
  [[ $(cg . cgroup.subtree_control) == "$BEFORE" ]]
}

@test "locks that a user without privileges holds on the tree keep no router from starting, and no group from being put away" {
  install -m 666 /dev/null "$RUNTIME/held"
  mkdir "$CGROUP_ROOT/sip.slice"
  held_by_nobody "$CGROUP_ROOT" "$CGROUP_ROOT"/cgroup.* "$CGROUP_ROOT/sip.slice" "$CGROUP_ROOT"/sip.slice/* /run/siplaunch.lock
  supervised script 64 sleep 600
  local supervisor=$BG_PID
  # and on what was made
  : >"$RUNTIME/held"
  held_by_nobody "$CGROUP_ROOT/sip.slice/script" "$CGROUP_ROOT"/sip.slice/script/* /run/siplaunch.lock
  kill -TERM "$supervisor"
  wait_while 30 is_alive "$supervisor"
  no_group sip.slice/script
  # neither is the next one refused because of a lock on what the last one left
  mkdir "$CGROUP_ROOT/sip.slice/script"
  : >"$RUNTIME/held"
  held_by_nobody "$CGROUP_ROOT/sip.slice/script" "$CGROUP_ROOT"/sip.slice/script/*
  supervised script 64 sleep 600
}

@test "a supervisor that comes late takes nothing from the next router of the same path" {
  supervised script 64 sleep 600
  local first=$BG_PID
  kill -STOP "$first"
  echo 1 >"$CGROUP_ROOT/sip.slice/script/cgroup.kill"
  wait_while 30 cg_populated sip.slice/script
  supervised script 48 sleep 600
  kill -CONT "$first"
  wait_while 30 is_alive "$first"
  [[ $(cg sip.slice/script memory.max) == $((48 << 20)) ]]
  kill -TERM "$BG_PID"
  wait_while 30 is_alive "$BG_PID"
  nothing_left
}

@test "of two supervised routers in one slice the last one puts back what both used, whichever made it" {
  local first second
  supervised one 64 sleep 600
  first=$BG_PID
  supervised two 48 sleep 600
  second=$BG_PID
  kill -TERM "$first"
  wait_while 30 is_alive "$first"
  no_group sip.slice/one
  [[ $(cg sip.slice/two memory.max) == $((48 << 20)) ]]
  kill -TERM "$second"
  wait_while 30 is_alive "$second"
  nothing_left
}

@test "a slice that somebody else made stays, and so does a controller that was on before" {
  echo +memory >"$CGROUP_ROOT/cgroup.subtree_control"
  mkdir "$CGROUP_ROOT/sip.slice"
  echo 256M >"$CGROUP_ROOT/sip.slice/memory.max"
  supervised one 64 sleep 600
  kill -TERM "$BG_PID"
  wait_while 30 is_alive "$BG_PID"
  [[ $(cg sip.slice memory.max) == $((256 << 20)) && ! $(cg sip.slice cgroup.subtree_control) ]]
  cg_remove sip.slice
  [[ $(cg . cgroup.subtree_control) == *memory* ]]
  [[ $BEFORE == *memory* ]] || echo -memory >"$CGROUP_ROOT/cgroup.subtree_control"
}

@test "a launcher that holds the lock and is stopped makes others give up after five seconds, and say so" {
  [[ -e /run/siplaunch.lock ]] || install -m 600 /dev/null /run/siplaunch.lock # as the first launcher makes it
  exec 9<>/run/siplaunch.lock || fail "the root of the hierarchy is locked elsewhere"
  flock 9
  run -125 "$SIPLAUNCH" --profile "$PROFILES/generic.json" --set cgroup.path=sip.slice/script -- true
  exec 9>&-
  [[ $output == *"lock /run/siplaunch.lock, for 5 seconds"* && $output == *"lslocks shows its PID"* ]]
  nothing_left
}

@test "a process outside this PID namespace has no number here: it is said to be outside, and never signalled or moved" {
  mkdir -p "$CGROUP_ROOT/sip.slice/script"
  echo +memory >"$CGROUP_ROOT/cgroup.subtree_control"
  echo +memory >"$CGROUP_ROOT/sip.slice/cgroup.subtree_control"
  start_bg sleep 600
  local outside=$BG_PID
  echo "$outside" >"$CGROUP_ROOT/sip.slice/script/cgroup.procs"
  local inside=(unshare --pid --fork --kill-child --mount-proc)
  run -125 --separate-stderr "${inside[@]}" "$SIPLAUNCH" --profile "$PROFILES/generic.json" --set cgroup.path=sip.slice/script \
    --set resources.unified.memory.max=64M -- true
  [[ $stderr == *"in use by 1 process outside this PID namespace"* ]] || fail "$stderr"
  run -0 --separate-stderr "${inside[@]}" "$SIPLAUNCH" inspect --cgroup sip.slice/script
  [[ $output == *"no process of this PID namespace lives in the group, but 1 outside it"* ]] || fail "$output"
  run -125 --separate-stderr "${inside[@]}" "$SIPLAUNCH" inspect --cgroup sip.slice/script --write-profile new.json
  [[ $stderr == *"no process of this PID namespace lives in /sip.slice/script"* ]] || fail "$stderr"
  # a container's root with such a process, which must be empty before it hands controllers down
  # shellcheck disable=SC2016 # the inner shell expands them
  run -125 --separate-stderr cg_exec sip.slice/script unshare --cgroup "${inside[@]}" --mount bash -c \
    'umount "$0" && mount -t cgroup2 none "$0" && exec "$@"' "$CGROUP_ROOT" "$SIPLAUNCH" --profile "$PROFILES/generic.json" \
    --set cgroup.path=router --set resources.unified.memory.max=64M -- true
  [[ $stderr == *"outside this PID namespace, which cannot be moved from here"* ]] || fail "$stderr"
  is_alive "$outside"
  grep -qx "$outside" "$CGROUP_ROOT/sip.slice/script/cgroup.procs"
  kill "$outside"
  wait_while 30 cg_populated sip.slice/script
}
