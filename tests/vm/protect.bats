# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# memory.low and memory.min protect from real reclaim, on every level that is ours.
# Takes about 25 s.

load ../lib/common

LOW=$((48 << 20))

setup() {
  BOX=$CGROUP_ROOT/box
}

teardown() {
  stop_all
  cg_remove box
  echo "-memory -pids" >"$CGROUP_ROOT/cgroup.subtree_control"
}

# profile FILE SETTING: a command that is no router, in box/sip/NAME.
profile() {
  cat <<END
{ "router": "generic", "cgroup": { "path": "box/sip/$1" }, "resources": { "unified": { "$2": $LOW, "memory.swap.max": "0" } } }
END
}

# reader NAME SETTING FILES [OPTION...]: starts a command that fills its group with page cache of FILES, and stays.
reader() {
  local name=$1
  profile "$name" "$2" >"$BATS_TEST_TMPDIR/$name.json"
  rm -f "$BATS_TEST_TMPDIR/$name.full" # of a round before
  # shellcheck disable=SC2016 # the inner shell expands them
  start_bg "$SIPLAUNCH" --profile "$BATS_TEST_TMPDIR/$name.json" "${@:4}" -- \
    sh -c 'cat $1 2>/dev/null | head -c 44M >/dev/null; touch "$0"; exec sleep 600' "$BATS_TEST_TMPDIR/$name.full" "$3"
  wait_for_bg 120 test -e "$BATS_TEST_TMPDIR/$name.full"
}

# reclaim GROUP BYTES: takes so much away, as far as the kernel gives it.
reclaim() {
  echo "$2" >"$CGROUP_ROOT/$1/memory.reclaim" 2>/dev/null || true
}

# left_of_edge: what pressure in the box leaves of a group that has no more than it asked to keep.
left_of_edge() {
  reclaim box $((LOW * 3 / 2))
  LEFT=$(cg box/sip/edge memory.current)
}

@test "memory.low and memory.min keep what they protect when a neighbour's memory is reclaimed, by the levels above" {
  local setting
  for setting in memory.low memory.min; do
    reader edge "$setting" '/usr/bin/*'
    [[ $(cg box/sip/edge "$setting") == "$LOW" && $(cg box/sip "$setting") == "$LOW" && $(cg box "$setting") == "$LOW" ]]
    mkdir "$BOX/neighbour"
    # shellcheck disable=SC2016
    cg_exec box/neighbour sh -c 'cat /usr/lib/x86_64-linux-gnu/*.so* 2>/dev/null | head -c 100M >/dev/null'
    left_of_edge
    ((LEFT > LOW * 8 / 10)) || fail "$setting: $LEFT of $LOW are left"
    # without the level above nothing is protected: the test can fail
    echo 0 >"$BOX/sip/$setting"
    left_of_edge
    ((LEFT < LOW * 6 / 10)) || fail "$setting: $LEFT of $LOW are left without the level above"
    stop_all
    cg_remove box
  done
}

@test "two routers in one slice: it protects what both ask for, and what is left when one ends" {
  reader one memory.low /bin/sh --supervise
  reader two memory.low /bin/sh --supervise
  [[ $(cg box/sip memory.low) == $((2 * LOW)) && $(cg box memory.low) == $((2 * LOW)) ]]
  stop_bg "$BG_PID"
  [[ $(cg box/sip memory.low) == "$LOW" && $(cg box memory.low) == "$LOW" ]]
}

@test "what an administrator gave a group above stays as it was, whoever ends" {
  echo '+memory' >"$CGROUP_ROOT/cgroup.subtree_control"
  mkdir "$BOX"
  echo '+memory' >"$BOX/cgroup.subtree_control"
  mkdir "$BOX/sip"
  echo $((3 * LOW)) >"$BOX/memory.low"
  echo $((LOW / 2)) >"$BOX/sip/memory.low"
  reader one memory.low /bin/sh --supervise
  [[ $(cg box memory.low) == $((3 * LOW)) && $(cg box/sip memory.low) == "$LOW" ]]
  stop_bg "$BG_PID"
  [[ $(cg box memory.low) == $((3 * LOW)) && $(cg box/sip memory.low) == $((LOW / 2)) ]]
}
