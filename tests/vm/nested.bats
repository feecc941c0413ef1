# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Launching where our own group is the only one that is ours: a container's (a cgroup namespace) or a delegated unit's. It has
# processes, so it must be emptied into a leaf before it can hand controllers down.
# Takes about 15 s.

load launch

setup() {
  prepare_router
  echo "+memory +pids" >"$CGROUP_ROOT/cgroup.subtree_control"
  mkdir "$CGROUP_ROOT/box"
}

teardown() {
  stop_all
  cg_remove box
  rm -rf /run/systemd
}

# in_box COMMAND...: as a container sees it: its own group is the root of what it sees. A neighbour lives in the box too, as
# a shell that is pid 1 would.
in_box() {
  # shellcheck disable=SC2016 # expanded by the inner shells
  start_bg bash -c 'echo $$ >"$0/box/cgroup.procs" && exec unshare -C -m "$@"' "$CGROUP_ROOT" \
    bash -c 'umount "$0" && mount -t cgroup2 none "$0" && { sleep 600 & exec "$@"; }' "$CGROUP_ROOT" "$@"
}

neighbour_is_in() {
  [[ $(cat "/proc/$(pgrep -f -x 'sleep 600')/cgroup") == "0::/$1" ]]
}

@test "the group's other processes are moved into a leaf, and the router gets its slice" {
  in_box "$SIPLAUNCH" --profile "$PROFILES/kamailio-512m.json" -- "${ROUTER[@]}"
  wait_for_bg 60 sip_options 127.0.0.1 5060
  [[ $(cat "/proc/$BG_PID/cgroup") == 0::/box/sip.slice/kamailio ]]
  [[ $(cg box/sip.slice/kamailio memory.max) == $((512 << 20)) ]]
  neighbour_is_in box/siplaunch-origin
  [[ ! $(cg box cgroup.procs) ]]
}

@test "a failed launch puts the processes back" {
  printf '#!/no/such/interpreter\n' >"$BATS_TEST_TMPDIR/broken"
  chmod 755 "$BATS_TEST_TMPDIR/broken"
  mkdir "$CGROUP_ROOT/box/other" # which was there before, and is none of ours
  in_box "$SIPLAUNCH" --profile "$PROFILES/generic.json" --set cgroup.path=sip.slice/broken \
    --set resources.unified.memory.max=64M -- "$BATS_TEST_TMPDIR/broken"
  wait_while 60 is_alive "$BG_PID"
  grep -q interpreter "$BG_LOG"
  neighbour_is_in box
  [[ ! $(cg box cgroup.subtree_control) ]]
  no_group box/siplaunch-origin
  no_group box/sip.slice
}

@test "the processes are moved for controllers that threads can have too" {
  # with processes and such a controller the kernel makes the box a thread root, and a new group in it takes no process
  for limits in pids.max=100 'pids.max=100 cpu.weight=200 io.weight=200'; do
    local options=()
    for limit in $limits; do
      options+=(--set "resources.unified.$limit")
    done
    echo "+memory +pids +cpu +io" >"$CGROUP_ROOT/cgroup.subtree_control"
    in_box "$SIPLAUNCH" --profile "$PROFILES/generic.json" --set cgroup.path=sip.slice/any "${options[@]}" -- sleep 700
    LAUNCHED=$BG_PID
    wait_for_bg 60 has_become sleep
    [[ $(cat "/proc/$LAUNCHED/cgroup") == 0::/box/sip.slice/any ]]
    [[ $(cg box/sip.slice/any pids.max) == 100 && $(cg box cgroup.type) == domain ]]
    neighbour_is_in box/siplaunch-origin
    stop_all
    cg_remove box
    mkdir "$CGROUP_ROOT/box"
  done
}

@test "a level that has processes of its own is refused also for such controllers, and nothing changes" {
  mkdir "$CGROUP_ROOT/box/part"
  start_bg sleep 600
  echo "$BG_PID" >"$CGROUP_ROOT/box/part/cgroup.procs"
  run -125 "$SIPLAUNCH" --profile "$PROFILES/generic.json" --set cgroup.path=box/part/x --set resources.unified.pids.max=100 -- true
  [[ $output == *"enable controller pids in $CGROUP_ROOT/box/part/cgroup.subtree_control"*EBUSY*"it has pids $BG_PID:"* ]]
  [[ $(cg box/part cgroup.type) == domain && ! $(cg box/part cgroup.subtree_control) && ! $(cg box cgroup.subtree_control) ]]
}

@test "alone in the group, no leaf stays behind" {
  # shellcheck disable=SC2016
  start_bg bash -c 'echo $$ >"$0/box/cgroup.procs" && exec unshare -C -m bash -c "umount $0 && mount -t cgroup2 none $0 && exec \"\$@\"" inner "$@"' \
    "$CGROUP_ROOT" "$SIPLAUNCH" --profile "$PROFILES/kamailio-512m.json" -- "${ROUTER[@]}"
  wait_for_bg 60 sip_options 127.0.0.1 5060
  no_group box/siplaunch-origin
}

@test "the box's own limit, which is visible in it, is what the router is sized for" {
  echo 256M >"$CGROUP_ROOT/box/memory.max"
  in_box "$SIPLAUNCH" --profile "$PROFILES/kamailio-512m.json" -- "${ROUTER[@]}"
  wait_for_bg 60 sip_options 127.0.0.1 5060
  [[ $(cg box/sip.slice/kamailio memory.max) == $((256 << 20)) ]]
}

@test "with a read-only cgroup tree the group is refused, and with prefer the router runs in the group it is in" {
  # shellcheck disable=SC2016
  read_only='umount "$0" && mount -t cgroup2 -o ro none "$0" && exec "$@"'
  echo 256M >"$CGROUP_ROOT/box/memory.max"
  run bash -c 'echo $$ >"$0/box/cgroup.procs" && exec unshare -C -m bash -c "$@"' "$CGROUP_ROOT" "$read_only" "$CGROUP_ROOT" \
    "$SIPLAUNCH" --profile "$PROFILES/kamailio-512m.json" -- "${ROUTER[@]}"
  [[ $status == 125 && $output == *"mounted read-only"* ]]
  # shellcheck disable=SC2016
  start_bg bash -c 'echo $$ >"$0/box/cgroup.procs" && exec unshare -C -m bash -c "$@"' "$CGROUP_ROOT" "$read_only" "$CGROUP_ROOT" \
    "$SIPLAUNCH" --profile "$PROFILES/kamailio-512m.json" --policy cgroup=prefer -- "${ROUTER[@]}"
  wait_for_bg 60 sip_options 127.0.0.1 5060
  [[ $(cat "/proc/$BG_PID/cgroup") == 0::/box ]]
  local shm
  shm=$(tr '\0' '\n' <"/proc/$BG_PID/cmdline" | grep -A 1 -x -e -m | tail -n 1)
  ((shm < 256))
}

@test "a level that is there already and threaded is refused" {
  mkdir "$CGROUP_ROOT/box/part"
  echo threaded >"$CGROUP_ROOT/box/part/cgroup.type"
  run -125 "$SIPLAUNCH" --profile "$PROFILES/generic.json" --set cgroup.path=box/sip.slice/x -- true
  [[ $output == *'/sys/fs/cgroup/box is of type "domain threaded"'* ]]
  no_group box/sip.slice
}

@test "a group marked as delegated on a systemd host is used, and elsewhere it is refused" {
  mkdir -p /run/systemd/system "$CGROUP_ROOT/box/unit.service"
  echo "+memory +pids" >"$CGROUP_ROOT/box/cgroup.subtree_control"
  # shellcheck disable=SC2016
  enter='echo $$ >"$0/box/unit.service/cgroup.procs" && exec "$@"'
  run bash -c "$enter" "$CGROUP_ROOT" "$SIPLAUNCH" --profile "$PROFILES/kamailio-512m.json" -- "${ROUTER[@]}"
  [[ $status == 125 && $output == *"Delegate=yes"* ]]

  "$PYTHON" -c 'import os, sys; os.setxattr(sys.argv[1], "trusted.delegate", b"1")' "$CGROUP_ROOT/box/unit.service"
  start_bg bash -c "$enter" "$CGROUP_ROOT" "$SIPLAUNCH" --profile "$PROFILES/kamailio-512m.json" -- "${ROUTER[@]}"
  wait_for_bg 60 sip_options 127.0.0.1 5060
  [[ $(cat "/proc/$BG_PID/cgroup") == 0::/box/unit.service/sip.slice/kamailio ]]
}
