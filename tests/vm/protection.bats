# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# memory.low and memory.min where the kernel reclaims: what siplaunch says is protected stays, and what a group above would
# take away is refused. /box is somebody else's group, with the limit whose reclaim is watched.
# Takes about 50 s.

load launch

# files FROM TO: installed files whose sizes in MiB add up to what lies between.
files() {
  find /usr/lib/x86_64-linux-gnu /usr/bin -maxdepth 1 -type f -size +1M -printf '%s %p\n' | sort -k 2 |
    awk -v from="$1" -v to="$2" '{ sum += $1 / 1048576; if (sum > from && sum <= to) print $2 }'
}

setup() {
  prepare_router
  echo +memory >"$CGROUP_ROOT/cgroup.subtree_control"
  mkdir "$CGROUP_ROOT/box"
  echo +memory >"$CGROUP_ROOT/box/cgroup.subtree_control"
  mkdir "$CGROUP_ROOT/box/neighbour"
  ROUTERS=("$SIPLAUNCH" --supervise --profile "$PROFILES/generic.json")
  # what can be reclaimed without swap is the page cache: of 100 MiB of files that the router has read, and of others
  mapfile -t OURS < <(files 0 100)
  mapfile -t OTHERS < <(files 100 500)
}

teardown() {
  stop_all
  mount -o remount,nsdelegate,memory_recursiveprot "$CGROUP_ROOT"
  cg_remove box
  cg_remove sip.slice
}

# started GROUP OPTION...: a command that has launched in /GROUP.
started() {
  start_bg "${ROUTERS[@]}" --set "cgroup.path=$1" "${@:2}" -- sleep 600
  wait_for_bg 60 cg_populated "$1"
}

# kept GROUP: MiB that /GROUP still has of the files that it has read, when a neighbour in /box has read others.
kept() {
  echo 3 >/proc/sys/vm/drop_caches
  cg_exec "$1" cat "${OURS[@]}" >/dev/null
  echo 160M >"$CGROUP_ROOT/box/memory.max"
  cg_exec box/neighbour cat "${OTHERS[@]}" >/dev/null
  echo $(($(cg "$1" memory.current) >> 20))
  echo max >"$CGROUP_ROOT/box/memory.max"
}

@test "what is protected is not reclaimed, one level and two levels below, with memory.low and memory.min" {
  local options file group
  for options in nsdelegate,memory_recursiveprot nsdelegate; do
    mount -o remount,$options "$CGROUP_ROOT"
    for file in memory.low memory.min; do
      echo 96M >"$CGROUP_ROOT/box/$file"
      for group in box/edge box/sip.slice/edge; do
        started $group --set "resources.unified.$file=80M"
        [[ $(cg $group $file) == $((80 << 20)) && $(cg ${group%/edge} $file) -ge $((80 << 20)) ]]
        (($(kept $group) >= 78))
        kill "$BG_PID"
        wait_while 30 test -e "$CGROUP_ROOT/$group"
        [[ ! -e $CGROUP_ROOT/box/sip.slice ]]
      done
      echo 0 >"$CGROUP_ROOT/box/$file"
    done
  done
}

@test "without it, or without its parent's, the same is reclaimed" {
  started box/sip.slice/edge --set resources.unified.memory.max=1G
  (($(kept box/sip.slice/edge) < 60))
  kill "$BG_PID"
  wait_while 30 test -e "$CGROUP_ROOT/box/sip.slice"
  echo 96M >"$CGROUP_ROOT/box/memory.low"
  started box/sip.slice/edge --set resources.unified.memory.low=80M
  echo 0 >"$CGROUP_ROOT/box/sip.slice/memory.low"
  (($(kept box/sip.slice/edge) < 60))
}

@test "a protection that a group of somebody else's takes away is refused, and the hint makes it work" {
  local launch=("${ROUTERS[@]}" --set cgroup.path=box/sip.slice/edge --set resources.unified.memory.low=80M)
  run --separate-stderr -125 "${launch[@]}" -- true
  [[ $stderr == *"$CGROUP_ROOT/box/memory.low is 0 and the groups in it claim $((80 << 20)) bytes"* ]]
  [[ ! -e $CGROUP_ROOT/box/sip.slice ]]
  local hint
  hint=$(grep -o "echo [0-9]* >$CGROUP_ROOT/box/memory.low" <<<"$stderr")
  run --separate-stderr -0 "${launch[@]}" --set policy.cgroup=prefer -- true
  [[ $stderr == *"would have no effect"* ]]
  eval "$hint"
  run -0 "${launch[@]}" -- true
}

@test "a second router in the group of the first is told what both claim" {
  started sip.slice/first --set resources.unified.memory.low=64M
  local launch=("${ROUTERS[@]}" --set cgroup.path=sip.slice/second --set resources.unified.memory.low=32M) hint
  run --separate-stderr -125 "${launch[@]}" -- true
  [[ $stderr == *"sip.slice/memory.low is $((64 << 20)) and the groups in it claim $((96 << 20)) bytes"* ]]
  hint=$(grep -o "echo [0-9]* >$CGROUP_ROOT/sip.slice/memory.low" <<<"$stderr")
  eval "$hint"
  run -0 "${launch[@]}" -- true
}
