# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# tune, on a real Kamailio that keeps phones, each round in a group of its own: what it finds, and that nothing is left. The
# search itself is tests/unit/tune_search_test.c and tests/cli/tune.bats.
# Takes about 25 s.
# shellcheck disable=SC2016 # what is in single quotes is for the load's shell

load launch

setup() {
  plain_language
  prepare_router
  # its user may not enter the folder that the repository is in
  install -m 644 "$REPO/tests/fixtures/kamailio/registrar.cfg" "$RUNTIME"
  ROUTER=(kamailio -DD -E -Y "$RUNTIME" -f "$RUNTIME/registrar.cfg")
  PAD=$(printf '%02000d' 0)
  export PAD
  LOAD='exec sipp -sf $REPO/tests/fixtures/sipp/phone.xml -key pad $PAD -m 800 -r 1000 -l 20 -nostdin -timeout 120 127.0.0.1:5060'
  # shellcheck disable=SC2153 # PROFILES is launch.bash's
  TUNE=("$SIPLAUNCH" tune --profile "$PROFILES/kamailio-512m.json" --set sizing.memory=192MiB)
}

teardown() {
  stop_all
  remove_slices
}

# no_scratch: no group of a round, nor the slice that was made for it, and no router.
no_scratch() {
  [[ ! -e $CGROUP_ROOT/sip.slice ]]
  run ! pgrep -x 'kamailio|sipp'
}

@test "sizes are found that the load passes with, in a limit that was tried, and written as a profile that is accepted" {
  run -0 --separate-stderr "${TUNE[@]}" --rounds 6 --format json --write "$BATS_TEST_TMPDIR/tuned.json" --load "$LOAD" \
    --check 'grep -q sip.slice/kamailio-tune- /proc/$SIPLAUNCH_ROUTER_PID/cgroup' -- "${ROUTER[@]}"
  printf '%s' "$output" >"$BATS_TEST_TMPDIR/result.json"
  "$PYTHON" - "$BATS_TEST_TMPDIR/result.json" <<'END'
import json, sys
r = json.load(open(sys.argv[1]))
MIB = 1 << 20
first, *others, last = r["rounds"]
assert r["result"] == "found" and r["statistics"], r
assert first["memory"] == 192 * MIB and all(x["memoryHeld"] and (x["check"] == 0) == (x["result"] == "passed") for x in r["rounds"]), r
used = max(round["sharedUsed"] for round in r["rounds"])
assert 2 * MIB < used < 16 * MIB, r
found = r["found"]
assert used * 1.2 <= found["shared"] <= used * 2 + 2 * MIB and found["marginKept"], r
assert found["memory"] == last["memory"] < 192 * MIB and last["peak"] < found["memory"], r
assert (found["shared"], found["private"]) == (last["shared"], last["private"]) and last["result"] == "passed", r
END
  no_scratch
  run -0 --separate-stderr "$SIPLAUNCH" plan --format json --profile "$BATS_TEST_TMPDIR/tuned.json" -- "${ROUTER[@]}"
  "$PYTHON" -c 'import json, sys
plan, result = json.load(sys.stdin), json.load(open(sys.argv[1]))
assert [plan["budget"][key] for key in ("shared", "private", "limit")] == [result["found"][key] for key in ("shared", "private", "memory")]' \
    "$BATS_TEST_TMPDIR/result.json" <<<"$output"
}

@test "interrupted while there is load, it leaves neither a process nor a group" {
  start_bg "${TUNE[@]}" --load 'sipp -sf $REPO/tests/fixtures/sipp/phone.xml -key pad x -r 10 -nostdin 127.0.0.1:5060 | cat' -- "${ROUTER[@]}"
  wait_for_bg 60 pgrep -x sipp
  [[ -d $(echo "$CGROUP_ROOT"/sip.slice/kamailio-tune-*) ]]
  kill -INT "$BG_PID"
  wait_while 60 is_alive "$BG_PID"
  no_scratch
  grep -q "interrupted by SIGINT" "$BG_LOG"
}

@test "tune that is killed by SIGKILL leaves neither a process nor a group" {
  start_bg "${TUNE[@]}" --load 'exec sipp -sf $REPO/tests/fixtures/sipp/phone.xml -key pad x -r 10 -nostdin 127.0.0.1:5060' -- "${ROUTER[@]}"
  wait_for_bg 60 pgrep -x sipp
  kill -KILL "$BG_PID"
  wait_while 60 pgrep -x 'siplaunch|kamailio|sipp'
  no_scratch
}

@test "a supervisor that is killed leaves neither its router nor its group" {
  run -125 --separate-stderr "${TUNE[@]}" --load 'kill -KILL $(awk "/^PPid/ { print \$2 }" /proc/$SIPLAUNCH_ROUTER_PID/status); sleep 1' -- "${ROUTER[@]}"
  [[ $stderr == *"the supervisor was killed by SIGKILL and wrote no report"* ]] || fail "$stderr"
  run ! pgrep -x 'kamailio|sipp'
  [[ $(echo "$CGROUP_ROOT"/sip.slice/kamailio-tune-*) == *'*' ]] || fail "$(ls "$CGROUP_ROOT/sip.slice")"
}
