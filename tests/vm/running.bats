# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Looking at a router that runs, wherever it was started: every way to name it leads to its main process, right after a good
# launch nothing has drifted, and what somebody changes afterwards is found.
# Boots with systemd.
# Takes about 200 s.

load podman
load ../lib/inspect

UNITS=/run/systemd/system
SCOPE=sip-kamailio.scope

setup_file() {
  # where the units find it
  install -m 755 "$SIPLAUNCH" /usr/local/bin/siplaunch
  mkdir -p /etc/siplaunch
  cp -r "$REPO/profiles" /etc/siplaunch/
  podman_up
}

setup() {
  plain_language
  prepare_router
  PROFILE=kamailio-512m
  COMPARE=()
}

teardown() {
  systemctl stop $SCOPE plain.service kamailio.service siplaunch-kamailio.service 2>/dev/null || true
  systemctl reset-failed
  containers_end
  stop_all
  rm -rf "$UNITS"/{plain,siplaunch-kamailio}.service "$UNITS/kamailio.service.d" /run/systemd/system.control
  rm -f /etc/default/siplaunch-kamailio
  ip address flush dev lo to 192.0.2.0/24 # of five_addresses
  systemctl daemon-reload
}

# no_drift [NAME...]: each of them names the router that was launched, and it has not drifted.
no_drift() {
  local name
  for name; do
    inspect_json 0 "i['pid'] == $LAUNCHED" "i['drift'] == [] and i['notCompared'] == []" \
      "sum(p['own'] for p in i['processes']) == 6" -- --profile "$PROFILE" "${COMPARE[@]}" "$name"
  done
  inspect_json 0 "i['pid'] == $LAUNCHED" "i['drift'] == []" -- --profile "$PROFILE" "${COMPARE[@]}"
}

# only_drift NAME [OPTION...]: that one setting differs.
only_drift() {
  inspect_json 1 "[d['name'] for d in i['drift']] == ['$1']" "i['notCompared'] == []" \
    -- --profile "$PROFILE" "${COMPARE[@]}" "${@:2}" "$LAUNCHED"
}

# changes_are_found GROUP: in the group that has the limits.
changes_are_found() {
  local before
  before=$(cg "$1" memory.max)
  echo 400M >"$CGROUP_ROOT/$1/memory.max"
  only_drift memory.max
  echo "$before" >"$CGROUP_ROOT/$1/memory.max"
  echo 300 >"/proc/$LAUNCHED/oom_score_adj"
  only_drift oom_score_adj
  echo -900 >"/proc/$LAUNCHED/oom_score_adj"
  only_drift umask --set umask=0077
}

main_pid() {
  systemctl show "$1" --property=MainPID --value
}

a_child() {
  pgrep -P "$LAUNCHED" | tail -n 1
}

@test "a router in a scope is found by its name, any pid, its unit and its group, and has not drifted" {
  launch
  no_drift kamailio "$LAUNCHED" "$(a_child)" $SCOPE sip-kamailio /sip.slice/$SCOPE sip.slice/$SCOPE "$CGROUP_ROOT/sip.slice/$SCOPE" sip.slice
  inspect_json 0 "i['pid'] == $LAUNCHED" -- --cgroup /sip.slice/$SCOPE
  run -0 "$SIPLAUNCH" inspect "$(a_child)"
  [[ $output == *"process   $LAUNCHED (main process; $(a_child) was given); 6 in its group"* ]]
  changes_are_found sip.slice/$SCOPE
  systemctl daemon-reload
  no_drift $SCOPE
  # advice is about the same process
  "$SIPLAUNCH" advise --format json "$(a_child)" >"$BATS_TEST_TMPDIR/child.json"
  "$SIPLAUNCH" advise --format json kamailio >"$BATS_TEST_TMPDIR/name.json"
  run -0 "$SIPLAUNCH" advise /sip.slice/$SCOPE
  run -0 "$SIPLAUNCH" advise
  "$PYTHON" - "$BATS_TEST_TMPDIR"/{child,name}.json <<'END'
import json, sys
child, name = (json.load(open(path)) for path in sys.argv[1:])
assert child["router"] == name["router"] == "kamailio" and child["group"] == name["group"] == "/sip.slice/sip-kamailio.scope"
current = [{r["setting"]: r["current"] for r in advice["recommendations"]} for advice in (child, name)]
assert current[0] == current[1], current
END
}

@test "limits in a scope's leaf are no drift either" {
  COMPARE=(--set resources.unified.memory.swap.high=2M)
  launch "${COMPARE[@]}"
  [[ $(cat "/proc/$LAUNCHED/cgroup") == 0::/sip.slice/$SCOPE/router ]]
  no_drift kamailio $SCOPE /sip.slice/$SCOPE
  echo 3M >"$CGROUP_ROOT/sip.slice/$SCOPE/router/memory.swap.high"
  only_drift memory.swap.high
}

@test "in a delegated service, by the unit, and after a restart" {
  cp "$REPO/deploy/systemd/siplaunch-kamailio.service" "$UNITS"
  printf '%s\n' SIPLAUNCH_PROFILE=kamailio-512m "CFGFILE=$CONFIG" >/etc/default/siplaunch-kamailio
  systemctl daemon-reload
  systemctl start siplaunch-kamailio
  wait_until 60 sip_options 127.0.0.1 5060
  systemctl restart siplaunch-kamailio
  wait_until 60 sip_options 127.0.0.1 5060
  LAUNCHED=$(main_pid siplaunch-kamailio)
  no_drift siplaunch-kamailio.service siplaunch-kamailio kamailio "$(a_child)" /sip.slice/siplaunch-kamailio.service
  COMPARE=(--set cgroup.path=router) # as the unit has it
  no_drift siplaunch-kamailio.service
  changes_are_found sip.slice/siplaunch-kamailio.service/router
}

@test "in Debian's kamailio.service with the drop-in" {
  mkdir "$UNITS/kamailio.service.d"
  cp "$REPO/deploy/systemd/kamailio.service.d/siplaunch.conf" "$UNITS/kamailio.service.d/"
  printf '[Service]\nEnvironment=SIPLAUNCH_PROFILE=kamailio-512m CFGFILE=%s\n' "$CONFIG" \
    >"$UNITS/kamailio.service.d/zz-test.conf"
  systemctl daemon-reload
  systemctl start kamailio
  wait_until 60 sip_options 127.0.0.1 5060
  LAUNCHED=$(main_pid kamailio)
  no_drift kamailio.service kamailio
}

@test "in a service without Delegate, and supervised in one" {
  local supervise
  for supervise in '' --supervise; do
    printf '[Service]\nType=exec\nOOMPolicy=kill\nExecStart=siplaunch %s --profile kamailio-512m -- %s\n' \
      "$supervise" "${ROUTER[*]}" >"$UNITS/plain.service"
    systemctl daemon-reload
    systemctl start plain
    wait_until 60 sip_options 127.0.0.1 5060
    LAUNCHED=$(pgrep -o -x kamailio)
    # the unit's main process is the supervisor, which leads to the router
    no_drift plain.service plain kamailio "$(main_pid plain)"
    [[ $supervise ]] || changes_are_found system.slice/plain.service
    systemctl stop plain
    wait_while 30 is_alive "$LAUNCHED"
    rm -rf /run/systemd/system.control
    systemctl daemon-reload
  done
}

@test "in a container that limits it, from outside and from inside; what the container does not permit is listed" {
  PROFILE=container
  container --memory 512m --memory-swap 512m --ulimit nofile=1024:4096 -- "$SIPLAUNCH" --profile container -- "${ROUTER[@]}"
  wait_for_container 60 sip_options 127.0.0.1 5060
  LAUNCHED=$(pgrep -o -x kamailio)
  no_drift kamailio "$CONTAINER_PID" "$(a_child)" "/$CONTAINER_GROUP"
  inspect_json 0 "[d['name'] for d in i['notPermitted']] == ['RLIMIT_NOFILE']" -- --profile container kamailio
  inside() { container_exec "$SIPLAUNCH" inspect --profile container "$@"; }
  for name in kamailio 1 ''; do
    # shellcheck disable=SC2086 # no name at all
    run -0 inside $name
    [[ $output == *$'drift from the profile\n  none' ]]
    # what the container permits of it was taken
    [[ $(tr -s ' \n' ' ' <<<"$output") == *"RLIMIT_NOFILE is 4096:4096"*"only prefers"* ]]
  done
  # its limit shrinks: the pools no longer fit
  echo 300M >"$CGROUP_ROOT/$CONTAINER_GROUP/memory.max"
  run -1 inside kamailio
  [[ $output == *"- -m of process"* ]]
  only_drift -m
}

@test "with a profile that names a group, in a container whose limits are adopted" {
  container --memory 400m --memory-swap 400m --oom-score-adj -900 --ulimit nofile=65536:65536 -- \
    "$SIPLAUNCH" --profile kamailio-512m -- "${ROUTER[@]}"
  wait_for_container 60 sip_options 127.0.0.1 5060
  LAUNCHED=$(pgrep -o -x kamailio)
  no_drift kamailio "$CONTAINER_PID"
  # the container's root may not look into a process of another user (CAP_SYS_PTRACE), its user may
  run -125 container_exec "$SIPLAUNCH" inspect --profile kamailio-512m
  [[ $(tr -s ' \n' ' ' <<<"$output") == *"namespace cannot be compared: "*EACCES* && $output != *"memory.oom.group is"* ]]
  run podman exec --user kamailio "$CONTAINER" "$SIPLAUNCH" inspect --profile kamailio-512m
  ((status == 0)) || fail "$(sed -n '/^drift/,$p' <<<"$output")" || return
  [[ $output == *$'drift from the profile\n  none' ]]
  echo 300 >"/proc/$LAUNCHED/oom_score_adj"
  only_drift oom_score_adj
}

@test "several routers are listed, each with what names it alone" {
  local name routers
  launch
  sed 's/5060/5070/' "$CONFIG" >"$RUNTIME/second.cfg"
  printf '[Service]\nType=exec\nExecStart=kamailio -DD -E -Y /tmp -f %s\n' "$RUNTIME/second.cfg" >"$UNITS/plain.service"
  systemctl daemon-reload
  systemctl start plain
  wait_until 60 sip_options 127.0.0.1 5070
  for name in kamailio '' /; do
    # shellcheck disable=SC2086 # no name at all
    run -2 --separate-stderr "$SIPLAUNCH" inspect $name
    [[ $stderr == *"hint: give one of those listed: siplaunch inspect "* ]]
    [[ ${#lines[@]} == 3 ]]
  done
  run -2 --separate-stderr "$SIPLAUNCH" advise --format json kamailio
  routers=$("$PYTHON" -c 'import json, sys
for router in json.load(sys.stdin)["routers"]:
    print(router["pid"], router["select"], router["processes"])' <<<"$output" | sort -k 2)
  [[ $routers == "$(main_pid plain) plain.service 6"$'\n'"$LAUNCHED $SCOPE 6" ]]
  for name in $SCOPE plain.service; do
    run -0 "$SIPLAUNCH" inspect "$name"
  done
}

@test "the files of a router are its own: a relative -f, a container's default configuration, mounts of its own" {
  local where=$RUNTIME/where
  mkdir "$where"
  cp "$REPO/tests/fixtures/kamailio/minimal.cfg" "$where/k.cfg"
  printf 'include_file "children.cfg"\n' >>"$where/k.cfg"
  echo 'children=5' >"$where/children.cfg"
  cd "$where" || return
  ROUTER=(kamailio -DD -E -Y "$RUNTIME" -f k.cfg)
  launch
  cd / || return
  inspect_json 0 "i['drift'] == [] and i['notCompared'] == []" -- --profile $PROFILE kamailio
  rm "$where/k.cfg"
  inspect_json 125 "i['drift'] == []" "'$where/k.cfg' in i['notCompared'][0]['text']" "'$where/k.cfg' in i['sample']['noPools']" \
    -- --profile $PROFILE kamailio
  stop_bg "$LAUNCHED"
  wait_while 30 pgrep -x kamailio

  # a service that sees another /etc/kamailio than we
  mkdir "$RUNTIME/etc"
  cp "$CONFIG" "$RUNTIME/etc/kamailio.cfg"
  printf '[Service]\nType=exec\nOOMPolicy=kill\nBindReadOnlyPaths=%s:/etc/kamailio\nExecStart=siplaunch --profile kamailio-512m -- kamailio -DD -E -Y %s\n' \
    "$RUNTIME/etc" "$RUNTIME" >"$UNITS/plain.service"
  systemctl daemon-reload
  systemctl start plain
  wait_until 60 sip_options 127.0.0.1 5060
  LAUNCHED=$(main_pid plain)
  no_drift plain.service
  systemctl stop plain

  # and a container
  PROFILE=container
  container --memory 512m --memory-swap 512m --ulimit nofile=65536:65536 --volume "$RUNTIME/etc:/etc/kamailio:ro" -- \
    "$SIPLAUNCH" --profile container -- kamailio -DD -E -Y /tmp
  wait_for_container 60 sip_options 127.0.0.1 5060
  LAUNCHED=$(pgrep -o -x kamailio)
  no_drift kamailio
}

@test "a router whose executable was replaced while it runs is found by its name" {
  cp "$(command -v kamailio)" "$RUNTIME/kamailio"
  ROUTER[0]=$RUNTIME/kamailio
  launch
  rm "$RUNTIME/kamailio"
  no_drift kamailio "$(a_child)" $SCOPE
}

# five_addresses: the next launch is of the stock configuration with 57 processes, for a budget that counts 33.
five_addresses() {
  local address
  for address in 1 2 3 4; do
    ip address replace "192.0.2.$address/32" dev lo
  done
  ROUTER=(kamailio -DD -E -Y "$RUNTIME" -f /etc/kamailio/kamailio.cfg)
  COMPARE=(--set sizing.processes=33 --set sizing.shared=150MiB)
}

@test "the stock configuration on five addresses has more processes than a budget for 33, and both say so" {
  local text='57 processes run, the budget counts 33: the pools alone can take 606 of 512 MiB'
  five_addresses
  launch --supervise --report "$BATS_TEST_TMPDIR/report.json" --log-format json "${COMPARE[@]}"
  all_run() { (($(pgrep -c -x kamailio) == 57)); }
  wait_until 60 all_run
  wait_until 90 grep -qF "$text" "$BG_LOG"
  [[ $(grep -cF "$text" "$BG_LOG") == 1 ]]
  grep -F "$text" "$BG_LOG" | "$PYTHON" -c 'import json, sys
event = json.loads(sys.stdin.readline())
assert (event["level"], event["event"]) == ("warning", "processes"), event
assert (event["processes"], event["budgeted"], event["pools"], event["limit"]) == (57, 33, 606 << 20, 512 << 20), event
assert event["hint"].startswith("set sizing.processes=57"), event'
  inspect_json 1 "[(d['mechanism'], d['name'], d['wanted'], d['actual']) for d in i['drift']] == [('sizing', 'processes', 33, 57)]" \
    "i['drift'][0]['text'] == '$text'" "'sizing.processes=57' in i['drift'][0]['hint']" \
    "sum(p['own'] for p in i['processes']) == 57" -- --profile $PROFILE "${COMPARE[@]}" kamailio
  run -1 "$SIPLAUNCH" inspect --profile $PROFILE "${COMPARE[@]}" kamailio
  [[ $(tr -s ' \n' ' ' <<<"$output") == *"- $text; set sizing.processes=57"* ]]
  # nothing wakes it up any more
  timeout -s INT 3 strace -f -o "$BATS_TEST_TMPDIR/trace" -p "$LAUNCHED" 2>/dev/null || true
  run ! grep -vE 'poll|restart_syscall|detached' "$BATS_TEST_TMPDIR/trace"
  stop_bg "$LAUNCHED"
  "$PYTHON" -c 'import json, sys
assert json.load(open(sys.argv[1]))["processes"] == {"counted": 57, "budgeted": 33}' "$BATS_TEST_TMPDIR/report.json"
}

@test "processes are counted when the router has forked them all, however slowly it starts" {
  local quota
  five_addresses
  # of 100 ms: with these it is forking 1 s, or 4 s, after it was executed
  for quota in 14000 40000 60000; do
    launch --supervise "${COMPARE[@]}" --set "resources.unified.cpu.max=$quota 100000"
    wait_until 90 grep -qF ' processes run' "$BG_LOG"
    [[ $(grep -oE '[0-9]+ processes run' "$BG_LOG") == '57 processes run' ]] || fail "with $quota"
    stop_bg "$LAUNCHED"
  done
}
