# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Supervision of a real OpenSIPS: what it passes on, what it tells of an OOM kill, and that nothing is left.
# Takes about 40 s.

load opensips
load supervise

setup() {
  prepare_opensips
  prepare_supervision
  SUPERVISED=("$SIPLAUNCH" --supervise --report "$REPORT" --profile "$LAUNCH_PROFILE")
}

teardown() {
  stop_all
  cg_remove sip.slice
}

# supervise [OPTION...]: starts ROUTER; waits until it answers.
supervise() {
  start_bg "${SUPERVISED[@]}" "$@" -- "${ROUTER[@]}"
  wait_for_bg 60 sip_options 127.0.0.1 5060
  LAUNCHED=$(pgrep -o -P "$BG_PID")
}

@test "a supervised OpenSIPS is in its slice alone, survives HUP, and after TERM ends with 0 and nothing is left" {
  supervise
  [[ $(readlink "/proc/$LAUNCHED/exe") == */opensips && $(cat "/proc/$LAUNCHED/cgroup") == "0::/$GROUP" ]]
  run ! grep -qx "$BG_PID" "$CGROUP_ROOT/$GROUP/cgroup.procs"
  kill -HUP "$BG_PID"
  sip_options 127.0.0.1 5060
  kill -TERM "$BG_PID"
  ends_with 0
  report "r['outcome'] == 'stopped'" "r['stopRequest'] == 'SIGTERM'" "r['exitCode'] == 0" "r['memory']['events']['oom_kill'] == 0"
  nothing_left
}

@test "below PID 1 OpenSIPS outlives orphans, and a stop ends all of it" {
  start_bg unshare --pid --fork --kill-child --mount-proc "${SUPERVISED[@]}" -- "${ROUTER[@]}"
  wait_for_bg 60 sip_options 127.0.0.1 5060
  local supervisor
  supervisor=$(pgrep -P "$BG_PID")
  # shellcheck disable=SC2016 # the inner shell expands it
  nsenter --pid --mount -t "$supervisor" sh -c '(sleep 0.3 & echo $! >"$0")' "$RUNTIME/orphan" </dev/null >/dev/null 2>&1
  orphan_is_gone() { ! nsenter --pid --mount -t "$supervisor" test -e "/proc/$(<"$RUNTIME/orphan")"; }
  wait_until 60 orphan_is_gone
  sip_options 127.0.0.1 5060
  kill -TERM "$supervisor"
  ends_with 0
  report "r['outcome'] == 'stopped'"
  nothing_left
}

@test "an OpenSIPS whose script eats the group's memory ends with 137, and the report blames the script and not the pools" {
  {
    sed '/^route/,$d' "$REPO/tests/fixtures/opensips/minimal.cfg"
    cat <<END
loadmodule "exec.so"
route {
	sl_send_reply(200, "OK");
	if (\$rU == "program")
		exec("$PYTHON -c 'bytearray(300 << 20)'");
	exit;
}
END
  } | configure
  supervise --set sizing.memory=192M
  timeout 60 sipsak -s sip:program@127.0.0.1:5060 </dev/null >/dev/null
  ends_with 137
  grep -q "/$GROUP: the kernel OOM-killed .*: it reached 192 MiB" "$BG_LOG"
  report "r['outcome'] == 'out-of-memory'" "r['status'] == 137" "r['memory']['events']['oom_kill'] >= 1" \
    "r['memory']['limit'] == 192 << 20" "r['memory']['overflow']['term'] == 'otherPrograms'"
  grep -q -e "--set sizing.otherPrograms=[0-9]*M" "$BG_LOG"
  nothing_left
}

@test "a worker of OpenSIPS that is killed ends all of it, and the status is not 0" {
  supervise
  local worker
  worker=$(pgrep -P "$LAUNCHED" | tail -n 1)
  kill -KILL "$worker"
  wait_while 60 is_alive "$BG_PID"
  local status=0
  wait "$BG_PID" || status=$?
  ((status != 0))
  report "r['outcome'] in ('unasked', 'failed', 'killed')" "r['status'] == $status" "r['stopRequest'] is None"
  nothing_left
}

@test "an OpenSIPS that goes into the background is refused; started against that, it is stopped" {
  in_background
  run -125 "${SUPERVISED[@]}" -- "${ROUTER[@]}"
  [[ $output == *"goes into the background, where siplaunch cannot supervise it and stops it"*"add -F to the router's command"* ]]
  run -1 "${SUPERVISED[@]}" --policy router/foreground=prefer -- "${ROUTER[@]}"
  [[ $output == *"went into the background"*"-F"* ]]
  report "r['outcome'] == 'background'"
  nothing_left
}
