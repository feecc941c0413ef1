# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The main job with a real OpenSIPS: its slice, its user, its background.
# Takes about 60 s.

load opensips

setup() {
  prepare_opensips
}

teardown() {
  stop_all
  remove_slices
}

@test "OpenSIPS runs in its slice, limited, unprivileged, sized, and answers SIP" {
  launch
  assert_slice 1024
}

@test "the estimate is what OpenSIPS starts" {
  "$SIPLAUNCH" plan --format json --profile "$PROFILES/opensips-1g.json" -- "${ROUTER[@]}" >"$BATS_TEST_TMPDIR/plan.json"
  launch
  planned=$("$PYTHON" -c 'import json, sys; print(json.load(open(sys.argv[1]))["budget"]["processes"])' "$BATS_TEST_TMPDIR/plan.json")
  [[ $(wc -l <"$CGROUP_ROOT/$GROUP/cgroup.procs") == "$planned" ]]
}

@test "without -f the configuration is the one that OpenSIPS was built with, and its processes are counted" {
  local config
  config=$("$OPENSIPS" -h | sed -n 's/.*Configuration file (default \(.*\))$/\1/p')
  mkdir -p "$(dirname "$config")" # the machine forgets it
  sed 's/^udp_workers=.*/udp_workers=3/' "${ROUTER[-1]}" >"$config"
  chmod 755 "$(dirname "$config")" && chmod 644 "$config"
  ROUTER=("$OPENSIPS" -F -P "$RUNTIME/pid")
  "$SIPLAUNCH" plan --format json --profile "$PROFILES/opensips-1g.json" -- "${ROUTER[@]}" >"$BATS_TEST_TMPDIR/plan.json"
  "$PYTHON" -c '
import json, sys
plan, config, program = json.load(open(sys.argv[1])), sys.argv[2], sys.argv[3]
assert plan["build"]["config"] == {"value": config, "source": f"reported by {program} -h"}, plan["build"]
print(plan["budget"]["processes"])' "$BATS_TEST_TMPDIR/plan.json" "$config" "$OPENSIPS" >"$BATS_TEST_TMPDIR/planned"
  launch
  [[ $(wc -l <"$CGROUP_ROOT/$GROUP/cgroup.procs") == $(<"$BATS_TEST_TMPDIR/planned") ]]
}

@test "OpenSIPS is launched again over its own stale group" {
  launch
  stop_bg "$LAUNCHED"
  wait_while 30 cg_populated "$GROUP"
  launch
}

@test "OpenSIPS's pools are told beside what its group is charged" {
  # every build has mi_datagram
  { cat "${ROUTER[-1]}" && printf 'loadmodule "mi_datagram.so"\nmodparam("mi_datagram", "socket_name", "%s")\n' "$RUNTIME/mi.sock"; } >"$RUNTIME/statistics.cfg"
  ROUTER[-1]=$RUNTIME/statistics.cfg
  launch
  "$SIPLAUNCH" inspect --format json "$LAUNCHED" >"$BATS_TEST_TMPDIR/inspection.json"
  "$PYTHON" "$REPO/tests/cli/inspect_check.py" 0 "i['sample']['noPools'] is None" \
    "i['sample']['shared']['total'] > 0 and i['sample']['shared']['maxUsed'] >= i['sample']['shared']['realUsed'] > 0" \
    "len(i['sample']['private']) > 3 and all(p['total'] for p in i['sample']['private'])" \
    "any(p['name'] for p in i['sample']['private'])" <"$BATS_TEST_TMPDIR/inspection.json"
}

@test "the smallest limit of each shipped OpenSIPS profile starts it, and a MiB less is refused" {
  local profile mib
  for profile in "$PROFILES"/opensips*.json; do
    run -1 --separate-stderr "$SIPLAUNCH" plan --profile "$profile" --set sizing.memory=8MiB -- "${ROUTER[@]}"
    mib=$(sed -n 's/.*the smallest limit that is enough is \([0-9]*\) MiB.*/\1/p' <<<"$stderr")
    [[ $mib ]]
    run -1 "$SIPLAUNCH" plan --profile "$profile" --set "sizing.memory=$((mib - 1))MiB" -- "${ROUTER[@]}"
    start_bg "$SIPLAUNCH" --profile "$profile" --set "sizing.memory=${mib}MiB" --set cgroup.path=sip.slice/opensips -- "${ROUTER[@]}"
    LAUNCHED=$BG_PID
    wait_for_bg 60 sip_options 127.0.0.1 5060
    [[ $(cg_value "$GROUP" memory.events oom_kill) == 0 ]]
    echo "${profile##*/}: $mib MiB: -m $(argument_after -m) -M $(argument_after -M)" >&3
    stop_all
    remove_slices
  done
}

# has_ended PID STATUS
has_ended() {
  local status=0
  wait_while 60 is_alive "$1"
  wait "$1" || status=$?
  [[ $status == "$2" ]] || fail "ended with $status and not with $2"
}

@test "on a host OpenSIPS may go into the background: its slice holds all of it, and its pid file says which is the main one" {
  in_background
  start_bg "$SIPLAUNCH" --profile "$LAUNCH_PROFILE" -- "${ROUTER[@]}"
  has_ended "$BG_PID" 0
  run ! grep background "$BG_LOG"
  LAUNCHED=$(<"$RUNTIME/pid")
  wait_for_process "$LAUNCHED" 60 sip_options 127.0.0.1 5060
  assert_slice 1024
  [[ $(awk '{ print $4 }' "/proc/$LAUNCHED/stat") == 1 ]]
  kill -TERM "$LAUNCHED"
  wait_while 30 cg_populated "$GROUP"
}

@test "in debug mode OpenSIPS stays in the foreground, by -D or by its configuration" {
  in_background -D
  launch
  stop_bg "$LAUNCHED"
  wait_while 30 cg_populated "$GROUP"
  { cat "$REPO/tests/fixtures/opensips/minimal.cfg" && echo "debug_mode=yes"; } | configure
  in_background
  launch
}

@test "as PID 1 OpenSIPS takes siplaunch's place, reaps orphans and ends with 0; without -F it is refused, and started it is gone at once" {
  local alone=(unshare --pid --fork --kill-child --mount-proc)
  start_bg "${alone[@]}" "$SIPLAUNCH" --profile "$LAUNCH_PROFILE" -- "${ROUTER[@]}"
  wait_for_bg 60 sip_options 127.0.0.1 5060
  LAUNCHED=$(pgrep -P "$BG_PID")
  assert_slice 1024
  # shellcheck disable=SC2016 # the inner shell expands it
  nsenter --pid --mount -t "$LAUNCHED" sh -c '(sleep 0.3 & echo $! >"$0")' "$RUNTIME/orphan" </dev/null >/dev/null 2>&1
  orphan_is_gone() { ! nsenter --pid --mount -t "$LAUNCHED" test -e "/proc/$(<"$RUNTIME/orphan")"; }
  wait_until 60 orphan_is_gone
  sip_options 127.0.0.1 5060
  kill -HUP "$LAUNCHED"
  sip_options 127.0.0.1 5060
  kill -TERM "$LAUNCHED"
  has_ended "$BG_PID" 0

  in_background
  run -125 "${alone[@]}" "$SIPLAUNCH" --profile "$LAUNCH_PROFILE" -- "${ROUTER[@]}"
  [[ $output == *"goes into the background, which ends this container: its PID 1 exits"*"add -F to the router's command"* ]]
  run -0 "${alone[@]}" "$SIPLAUNCH" --profile "$LAUNCH_PROFILE" --policy router/foreground=prefer -- "${ROUTER[@]}"
  run ! pgrep -f "$RUNTIME/opensips.cfg"
}

@test "OpenSIPS may change its user itself: to the one that it has already, and as root to its own" {
  ROUTER+=(-u opensips -g opensips)
  launch
  assert_slice 1024
  stop_bg "$LAUNCHED"
  wait_while 30 cg_populated "$GROUP"
  # started as root with its own -u, it is that user's in the end
  start_bg "$SIPLAUNCH" --profile "$LAUNCH_PROFILE" --set user=null --set capabilities=null --set noNewPrivileges=null -- "${ROUTER[@]}"
  LAUNCHED=$BG_PID
  wait_for_bg 60 sip_options 127.0.0.1 5060
  [[ $(status_of Uid) == "$(id -u opensips)"$'\t'* ]]
}

@test "what OpenSIPS may not do as its user is refused with what helps: a low port, a pid file elsewhere, files of root's" {
  sed 's/:5060/:506/' "$REPO/tests/fixtures/opensips/minimal.cfg" | configure
  run -125 "$SIPLAUNCH" --profile "$LAUNCH_PROFILE" -- "${ROUTER[@]}"
  [[ $output == *"cannot listen on udp:127.0.0.1:506"*CAP_NET_BIND_SERVICE* ]]
  # the router itself cannot either; with what the hint says it can
  run -255 setpriv --reuid=opensips --regid=opensips --clear-groups "${ROUTER[@]}"
  start_bg "$SIPLAUNCH" --profile "$LAUNCH_PROFILE" --set 'capabilities=["CAP_NET_BIND_SERVICE"]' -- "${ROUTER[@]}"
  LAUNCHED=$BG_PID
  wait_for_bg 60 sip_options 127.0.0.1 506
  stop_bg "$LAUNCHED"
  wait_while 30 cg_populated "$GROUP"

  configure <"$REPO/tests/fixtures/opensips/minimal.cfg"
  ROUTER[3]=/run/opensips.pid
  run -125 "$SIPLAUNCH" --profile "$LAUNCH_PROFILE" -- "${ROUTER[@]}"
  [[ $output == *"cannot write the pid file /run/opensips.pid"* ]]
  run -255 setpriv --reuid=opensips --regid=opensips --clear-groups "${ROUTER[@]}"
  [[ $output == *"unable to create pid file"* ]]
  # behind -w it is another file
  ROUTER[3]=opensips.pid
  ROUTER+=(-w "$RUNTIME")
  launch
  [[ $(<"$RUNTIME/opensips.pid") == "$LAUNCHED" ]]
  stop_bg "$LAUNCHED"
  wait_while 30 cg_populated "$GROUP"

  configure <"$REPO/tests/fixtures/opensips/minimal.cfg"
  chmod 600 "$RUNTIME/opensips.cfg"
  run -125 "$SIPLAUNCH" --profile "$LAUNCH_PROFILE" -- "${ROUTER[@]}"
  [[ $output == *"cannot read the configuration $RUNTIME/opensips.cfg"* ]]
}
