# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# systemd as process 1: scopes from a login's shell, delegated services, services that are not.
# Every value is read from the kernel or from systemctl by this test, and not by siplaunch.
# Boots with systemd.
# Takes about 190 s.

# bats file_tags=release

load launch
load systemd

SCOPE=sip-kamailio.scope
SLEEPER=sip-sleeper.scope
GROUP=sip.slice/$SCOPE

# A cheap command in the router's place, with limits of every kind: numbers, a flag, texts.
write_profile() {
  cat >"$1" <<'END'
{ "router": "generic", "cgroup": { "path": "sip.slice/sleeper" }, "oomScoreAdj": -500,
  "resources": { "unified": { "memory.swap.max": "0", "memory.max": "64M", "memory.low": "1M", "memory.oom.group": "1",
    "pids.max": 20, "cpu.weight": 300, "cpu.max": "50000 100000", "cpuset.cpus": "0" } } }
END
}

# assert_limits GROUP: it has what that profile says.
assert_limits() {
  local expected='0 67108864 1048576 1 20 300 50000 100000 0'
  [[ $(cd "$CGROUP_ROOT/$1" && cat memory.swap.max memory.max memory.low memory.oom.group pids.max cpu.weight cpu.max cpuset.cpus |
    tr '\n' ' ') == "$expected " ]]
}

setup_file() {
  install_siplaunch
}

setup() {
  # without it memory.low of a scope or a service in the slice would have no effect; some tests revert the slice
  systemctl set-property sip.slice MemoryLow=1M
  systemctl set-property system.slice MemoryLow=1M
  prepare_router
  LIMITED=$BATS_TEST_TMPDIR/sleeper.json
  write_profile "$LIMITED"
  BROKEN=$BATS_TEST_TMPDIR/broken
  printf '#!/nonexistent\n' >"$BROKEN"
  chmod 755 "$BROKEN"
}

# Nothing of a test's units is there for the next one.
teardown() {
  systemctl stop "$SCOPE" "$SLEEPER" plain.service siplaunch-kamailio.service kamailio.service 2>/dev/null || true
  systemctl reset-failed
  stop_all
  rm -rf "$UNITS"/{plain,siplaunch-kamailio}.service "$UNITS"/{plain.service,kamailio.service,$SLEEPER}.d /run/systemd/system.control
  rm -f /etc/default/siplaunch-kamailio
}

# sleeper [OPTION...]: launches `sleep` by the profile above; waits until it is what it is.
sleeper() {
  start_bg "$SIPLAUNCH" --profile "$LIMITED" "$@" -- sleep 600
  LAUNCHED=$BG_PID
  wait_for_bg 60 has_become sleep
}

# still_limited: Kamailio's group is as it was.
still_limited() {
  [[ $(cd "$CGROUP_ROOT/$GROUP" && cat memory.max memory.swap.max memory.oom.group) == "$((512 << 20))"$'\n0\n1' ]]
}

@test "from a shell Kamailio gets a scope in the profile's slice, limited by systemd's properties, and answers SIP" {
  launch
  assert_slice 512
  [[ $(properties $SCOPE ActiveState Delegate ManagedOOMPreference MemoryMax MemorySwapMax OOMPolicy Slice Transient) == "\
ActiveState=active
Delegate=no
ManagedOOMPreference=avoid
MemoryMax=$((512 << 20))
MemorySwapMax=0
OOMPolicy=kill
Slice=sip.slice
Transient=yes" ]]
  systemctl daemon-reload
  still_limited
  # nothing of ours is open in the router: no connection to the bus
  run ! grep -E 'dbus|systemd/private' <(ls -l "/proc/$LAUNCHED/fd")
  systemctl stop $SCOPE
  wait_while 30 is_alive "$LAUNCHED"
  wait_until 30 no_trace $SCOPE
}

@test "a slice that holds fewer processes than Kamailio starts is refused with what raises it; done, Kamailio starts" {
  mkdir -p /run/systemd/system.control
  systemctl start sip.slice
  systemctl set-property --runtime sip.slice TasksMax=5
  run -125 "$SIPLAUNCH" --profile "$PROFILES/kamailio-512m.json" -- "${ROUTER[@]}"
  [[ $output == *"processes, but pids.max of /sip.slice is 5"* ]]
  local hint
  hint=$(grep -o 'systemctl set-property sip.slice TasksMax=[0-9]*' <<<"$output" | head -n 1)
  [[ $hint ]]
  eval "$hint"
  launch
  assert_slice 512
  systemctl stop $SCOPE
  rm -rf /etc/systemd/system.control/sip.slice.d
  systemctl set-property --runtime sip.slice TasksMax=infinity
}

@test "limits are properties of the scope; one that has no property lives in a leaf, where a daemon-reload does not reset it" {
  sleeper --set resources.unified.memory.swap.high=2M
  [[ $(cat "/proc/$LAUNCHED/cgroup") == 0::/sip.slice/$SLEEPER/router ]]
  [[ $(properties $SLEEPER AllowedCPUs CPUQuotaPerSecUSec CPUWeight Delegate MemoryLow MemoryMax MemorySwapMax TasksMax) == "\
AllowedCPUs=0
CPUQuotaPerSecUSec=500ms
CPUWeight=300
Delegate=yes
MemoryLow=1048576
MemoryMax=67108864
MemorySwapMax=0
TasksMax=20" ]]
  # only the leaf is left of what was made on the way
  [[ $(cd "$CGROUP_ROOT/sip.slice/$SLEEPER" && echo */) == router/ ]]
  systemctl daemon-reload
  assert_limits sip.slice/$SLEEPER
  [[ $(cg sip.slice/$SLEEPER/router memory.swap.high) == 2097152 ]]
  # inspect finds each where it is
  "$SIPLAUNCH" inspect --format json "$LAUNCHED" >"$BATS_TEST_TMPDIR/inspect.json"
  "$PYTHON" -c 'import json, sys
actual = {item["name"]: item["actual"] for item in json.load(open(sys.argv[1]))["settings"]}
assert (actual["memory.max"], actual["memory.swap.high"]) == (67108864, 2097152), actual' "$BATS_TEST_TMPDIR/inspect.json"
  # as a router ends by itself
  kill "$LAUNCHED"
  wait_until 30 no_trace $SLEEPER
}

@test "a file of which systemd knows nothing is written in the leaf, and one that is not there leaves no scope" {
  sleeper --set resources.unified.cpu.weight.nice=-5 --set resources.unified.cpu.weight=null --set resources.unified.cgroup.max.descendants=7
  [[ $(cat "/proc/$LAUNCHED/cgroup") == 0::/sip.slice/$SLEEPER/router ]]
  systemctl daemon-reload
  [[ $(cg sip.slice/$SLEEPER/router cpu.weight.nice) == -5 ]]
  [[ $(cg sip.slice/$SLEEPER/router cgroup.max.descendants) == 7 ]]
  kill "$LAUNCHED"
  wait_until 30 no_trace $SLEEPER
  run -125 --separate-stderr "$SIPLAUNCH" -p "$LIMITED" --set resources.unified.io.bfq.weight=200 -- sleep 600
  [[ $stderr == *"but this kernel has no io.bfq.weight"* ]]
  wait_until 30 no_trace $SLEEPER
  run -125 --separate-stderr "$SIPLAUNCH" -p "$LIMITED" --set resources.unified.hugetlb.2MB.max=0 -- sleep 600
  [[ $stderr == *"the hugetlb controller is not available in groups of systemd, which enables only cpu, cpuset, io, memory and pids"* ]]
  wait_until 30 no_trace $SLEEPER
}

@test "a drop-in of the scope that changes a limit is named, and without its directive the scope has the profile's" {
  local file=$UNITS/$SLEEPER.d/less.conf
  mkdir -p "${file%/*}"
  printf '[Scope]\nMemoryMax=32M\n' >"$file"
  systemctl daemon-reload
  run -125 --separate-stderr "$SIPLAUNCH" -p "$LIMITED" -- sleep 600
  [[ $(tr -s ' \n' ' ' <<<"$stderr") == *"memory.max is 33554432 after siplaunch set MemoryMax to 67108864 through systemd"*"remove MemoryMax= from the drop-ins of $SLEEPER, or request the value that they set: $file"* ]]
  wait_until 30 no_trace $SLEEPER
  # the value that it sets
  sleeper --set resources.unified.memory.max=32M
  kill "$LAUNCHED"
  wait_until 30 no_trace $SLEEPER
  rm -r "${file%/*}"
  systemctl daemon-reload
  sleeper
  assert_limits sip.slice/$SLEEPER
}

@test "supervised, an OOM kill at a scope's limit is told of, also from its leaf, and the scope is gone" {
  local hog='held = bytearray(100 << 20); held[::4096] = b"x" * len(held[::4096])'
  # the shell lives on for a while: systemd takes an empty scope away, and with it what its events say
  # shellcheck disable=SC2016 # the inner shell expands them
  run -137 "$SIPLAUNCH" --supervise --report "$BATS_TEST_TMPDIR/report.json" --profile "$LIMITED" \
    --set resources.unified.memory.swap.high=2M --set resources.unified.memory.oom.group=0 \
    -- sh -c '"$0" -c "$1"; sleep 5; exit 1' "$PYTHON" "$hog"
  [[ $output == *"/sip.slice/$SLEEPER: the kernel OOM-killed"*"it reached 64 MiB"* ]]
  "$PYTHON" -c 'import json, sys
report = json.load(open(sys.argv[1]))
assert (report["outcome"], report["status"]) == ("out-of-memory", 137), report
assert report["memory"]["limit"] == 64 << 20 and report["memory"]["events"]["oom_kill"] >= 1, report' "$BATS_TEST_TMPDIR/report.json"
  wait_until 30 no_trace $SLEEPER
}

@test "supervised, a limit that systemctl set-property changes is reported, the scope's and its slice's" {
  start_bg "$SIPLAUNCH" --supervise --profile "$LIMITED" -- sleep 600
  wait_for_bg 30 cg_populated "sip.slice/$SLEEPER"
  systemctl set-property --runtime $SLEEPER MemoryMax=32M
  wait_until 30 grep -q "memory.max of /sip.slice/$SLEEPER is now 32 MiB (was 64 MiB)" "$BG_LOG"
  systemctl set-property --runtime sip.slice MemoryMax=48M
  wait_until 30 grep -q "memory.max of /sip.slice is now 48 MiB (was max)" "$BG_LOG"
  systemctl daemon-reload
  systemctl set-property --runtime sip.slice MemoryMax=infinity
  wait_until 30 grep -q "memory.max of /sip.slice is now max (was 48 MiB)" "$BG_LOG"
  [[ $(grep -c "memory.max of" "$BG_LOG") == 3 ]]
  systemctl revert sip.slice
  kill "$BG_PID"
  wait_until 30 no_trace $SLEEPER
}

@test "an exported unit whose router is supervised is stopped without having failed, and one that is killed has failed" {
  echo '{"router": "generic", "handoff": "supervise", "cgroup": {"path": "sip.slice/plain"},
    "resources": {"unified": {"memory.low": "1M", "pids.max": 20}}}' >/etc/siplaunch/profiles/plain.json
  "$SIPLAUNCH" export systemd --profile plain --name plain -- sleep 600 >"$UNITS/plain.service"
  eval "$(sed -n 's/^# *\(siplaunch profiles .*show .*\)/\1/p' "$UNITS/plain.service")"
  systemctl daemon-reload
  systemctl start plain.service || fail "$(journalctl -o cat -u plain.service; cat "$UNITS/plain.service")"
  [[ $(cd "$CGROUP_ROOT/sip.slice/plain.service" && cat memory.low router/memory.low router/pids.max | tr '\n' ' ') == "1048576 1048576 20 " ]]
  systemctl stop plain.service
  [[ $(properties plain.service ActiveState Result | tr '\n' ' ') == "ActiveState=inactive Result=success " ]] ||
    fail "$(systemctl status plain.service)"
  systemctl start plain.service
  pkill -KILL -P "$(main_pid plain.service)"
  restarted() { [[ $(properties plain.service NRestarts) == NRestarts=1 ]]; }
  wait_until 30 restarted
}

@test "a scope of that name that is in use is refused with its pids, in whatever slice it is" {
  start_bg systemd-run --quiet --scope --unit=$SLEEPER sleep 600
  wait_for_bg 30 cg_populated system.slice/$SLEEPER
  run --separate-stderr "$SIPLAUNCH" --profile "$LIMITED" -- sleep 600
  [[ $status == 125 && $stderr == *"$SLEEPER is in use by pids $BG_PID"*"systemctl stop $SLEEPER"* ]]
  is_alive "$BG_PID"
}

@test "a scope of that name that has failed is taken away" {
  run -143 systemd-run --quiet --scope --unit=$SLEEPER --property=RuntimeMaxSec=1 sleep 600
  [[ $(systemctl is-failed $SLEEPER) == failed ]]
  sleeper
  assert_limits sip.slice/$SLEEPER
}

# plain_scope OPTION...: runs `cat` on its own group in the scope of the profile "generic".
plain_scope() {
  run timeout -s KILL 90 "$SIPLAUNCH" --quiet --profile "$PROFILES/generic.json" --set cgroup.path=sip.slice/sleeper "$@" -- cat /proc/self/cgroup
}

@test "a quota that is none needs no file, and a limit of threads alone has its leaf" {
  plain_scope --set 'resources.unified.cpu.max=max 100000'
  [[ $status == 0 && $output == 0::/sip.slice/$SLEEPER ]]
  wait_until 30 no_trace $SLEEPER
  # cpu is a controller that threads can have: the scope must have no process of its own when it is switched on
  plain_scope --set resources.unified.cpu.idle=1
  [[ $status == 0 && $output == 0::/sip.slice/$SLEEPER/router ]]
}

@test "what systemd cannot do in a slice is refused with what helps; pasted, the scope starts" {
  systemctl mask --runtime sip.slice
  plain_scope
  [[ $status == 125 && $output == *"Unit sip.slice is masked"* ]]
  eval "$(grep -o 'systemctl unmask .*' <<<"$output" | head -n 1) --runtime"
  systemctl start sip.slice
  systemctl freeze sip.slice
  plain_scope
  [[ $status == 125 && $output == *"/sip.slice is frozen"* ]]
  eval "$(grep -o 'systemctl thaw [^,]*' <<<"$output" | head -n 1)"
  plain_scope
  [[ $status == 0 && $output == 0::/sip.slice/$SLEEPER ]]
}

@test "a controller that systemd never switches on is refused with the policy that goes on without it" {
  plain_scope --set resources.unified.hugetlb.2MB.max=4M
  [[ $status == 125 && $output != *cgroup_disable* ]]
  plain_scope --set resources.unified.hugetlb.2MB.max=4M --policy "$(grep -o 'cgroup/[^ ]*=prefer' <<<"$output" | head -n 1)"
  [[ $status == 0 ]]
}

@test "a launch that fails late leaves neither a scope nor a leaf, also after the privileges are gone" {
  run --separate-stderr "$SIPLAUNCH" --profile "$LIMITED" --set user=kamailio --set resources.unified.memory.swap.high=2M \
    -- "$BROKEN"
  [[ $status == 126 && $stderr == *"execute $BROKEN"* && $stderr != *"by hand"* ]]
  no_trace $SLEEPER # at once: siplaunch has waited for it
  # the group that it came from is gone with it
  run -126 systemd-run --quiet --scope "$SIPLAUNCH" --profile "$LIMITED" -- "$BROKEN"
  wait_until 30 no_trace $SLEEPER
}

@test "of launchers that race for one scope exactly one wins, and the others are told" {
  told() { (($(cat "$BATS_TEST_TMPDIR"/background.*.log | grep -c "$SLEEPER is in use by pids") == 3)); }
  for _ in 1 2 3 4; do
    start_bg "$SIPLAUNCH" --profile "$LIMITED" -- sleep 600
  done
  wait_until 60 told
  [[ $(wc -l <"$CGROUP_ROOT/sip.slice/$SLEEPER/cgroup.procs") == 1 ]]
}

@test "without a bus systemd is asked through its own socket" {
  # shellcheck disable=SC2016 # the inner shell expands them
  run unshare --mount bash -c 'mount -t tmpfs none /run/dbus && exec "$@"' bash \
    "$SIPLAUNCH" --quiet --profile "$LIMITED" -- cat /proc/self/cgroup
  [[ $status == 0 && $output == 0::/sip.slice/$SLEEPER ]]
  wait_until 30 no_trace $SLEEPER
}

@test "a property that this systemd does not know is refused alone" {
  # MemoryZSwapMax came with systemd 253
  (($(systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p') < 253)) || skip 'this systemd knows all of them'
  run --separate-stderr "$SIPLAUNCH" --profile "$LIMITED" --set resources.unified.memory.zswap.max=0 -- true
  [[ $status == 125 && $stderr == *"this systemd cannot set MemoryZSwapMax for $SLEEPER"* ]]
  no_trace $SLEEPER
  sleeper --set resources.unified.memory.zswap.max=0 --policy cgroup/memory.zswap.max=prefer
  assert_limits sip.slice/$SLEEPER
}

@test "a user without a systemd of its own is told so" {
  run --separate-stderr setpriv --reuid=kamailio --clear-groups "$SIPLAUNCH" --profile "$PROFILES/generic.json" \
    --set cgroup.path=sip.slice/sleeper -- true
  [[ $status == 125 && $stderr == *"no systemd of uid $(id -u kamailio) runs"*"as root"* ]]
}

# directory_step EXPRESSION: true of the plan in $output, with `s` for the step of /run/kamailio.
directory_step() {
  "$PYTHON" -c 'import json, sys
s = next(s for s in json.load(sys.stdin)["steps"] if s["mechanism"] == "directories")
assert eval(sys.argv[1]), s' "$1" <<<"$output"
}

# assert_service UNIT GROUP: Kamailio is its main process, in a group of 512 MiB of its own below it, and answers.
assert_service() {
  wait_until 60 sip_options 127.0.0.1 5060
  LAUNCHED=$(main_pid "$1")
  # shellcheck disable=SC2034 # for assert_slice
  GROUP=$2
  assert_slice 512
  # the unit makes it as root's, siplaunch gives it away and keeps RuntimeDirectoryMode=
  [[ $(stat -c '%U:%G %a' /run/kamailio) == 'kamailio:kamailio 770' ]]
}

@test "the runtime directory of a unit with User= is satisfied, and without RuntimeDirectory= the hint is to add it" {
  local unit=(systemd-run --quiet --collect --wait --pipe --property=User=kamailio --unit=sip-directory)
  local plan=(siplaunch plan --format json --profile kamailio-512m -- kamailio -DD -E)
  # other settings need root, so that the plan as a whole would be refused
  run -1 --separate-stderr "${unit[@]}" --property=RuntimeDirectory=kamailio "${plan[@]}"
  directory_step "s['status'] == 'satisfied' and s['actual'].startswith('/run/kamailio ')"
  run -1 --separate-stderr "${unit[@]}" "${plan[@]}"
  directory_step "s['status'] == 'denied' and 'section [Service]: RuntimeDirectory=kamailio' in s['hint']"
}

# last_start UNIT: what its processes logged since it was started last.
last_start() {
  journal "$1" "_SYSTEMD_INVOCATION_ID=$(systemctl show "$1" --property=InvocationID --value)"
}

# hardened SAID DIRECTIVE...: a service of Kamailio with these directives; it is started, and what a refusal says is put into a drop-in,
# until it runs. SAID is among it.
hardened() {
  local round fragment said=$1
  shift
  printf '%s\n' '[Service]' Type=notify RuntimeDirectory=kamailio \
    "ExecStart=$(command -v siplaunch) --profile kamailio-512m --set cgroup.path=router -- kamailio -DD -E -f $CONFIG" "$@" >"$UNITS/plain.service"
  mkdir -p "$UNITS/plain.service.d"
  for round in 1 2 3 4; do
    systemctl daemon-reload
    systemctl start plain 2>/dev/null && wait_until 60 sip_options 127.0.0.1 5060 && break
    fragment=$(last_start plain | sed -n '/^ *\[Service\]$/,/^ *# systemctl restart/ s/^ *\([A-Z][A-Za-z]*=.*\)/\1/p')
    [[ $fragment && $round != 4 ]] || fail "$(last_start plain)"
    printf '%s\n' '[Service]' "$fragment" >>"$UNITS/plain.service.d/said.conf"
    systemctl reset-failed plain
  done
  grep -qxF "$said" "$UNITS/plain.service.d/said.conf"
  [[ $(cg system.slice/plain.service/router memory.max) == $((512 << 20)) ]]
  systemctl stop plain
  no_group system.slice/plain.service
  rm -r "$UNITS/plain.service.d"
}

@test "what a hardened unit does not permit is refused with the directives that do; pasted, Kamailio starts there" {
  # @system-service has seccomp(2) since systemd 257
  local filter=(SystemCallFilter=@system-service SystemCallFilter=~seccomp)
  hardened SystemCallFilter=seccomp Delegate=yes "${filter[@]}"
  hardened PrivateIPC=yes Delegate=yes "${filter[@]}" SystemCallErrorNumber=EPERM RestrictNamespaces=yes
  hardened ProcSubset=all Delegate=yes ProcSubset=pid
  hardened SystemCallFilter=setresuid Delegate=yes SystemCallFilter=@system-service SystemCallFilter=seccomp \
    'SystemCallFilter=~@privileged @resources'
  hardened SystemCallFilter=mkdirat Delegate=yes 'SystemCallFilter=~mkdir mkdirat' SystemCallErrorNumber=EACCES
}

@test "without the call that makes groups, a profile that only prefers its group starts Kamailio outside of one" {
  printf '%s\n' '[Service]' Type=notify RuntimeDirectory=kamailio Delegate=yes 'SystemCallFilter=~mkdir mkdirat' \
    "ExecStart=$(command -v siplaunch) --profile kamailio-512m --policy cgroup=prefer -- kamailio -DD -E -f $CONFIG" >"$UNITS/plain.service"
  systemctl daemon-reload
  systemctl start plain && wait_until 60 sip_options 127.0.0.1 5060
  [[ $(cat "/proc/$(main_pid plain)/cgroup") == 0::/system.slice/plain.service ]]
  [[ $(last_start plain) == *"cgroup/group is not applied: the system call filter that is already in force does not permit mkdirat(2)"* ]]
  # known before the launch of every limit that needs the group, and said once
  [[ $(last_start plain | grep -c 'warning: cgroup/') == 1 ]] || fail "$(last_start plain)"
  [[ $(last_start plain) == *"siplaunch: kamailio: 512 MiB"* ]]
  systemctl stop plain
}

@test "a service that sees no group but its own is refused with what helps" {
  (($(systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p') >= 257)) || skip 'ProtectControlGroups= of this systemd makes no namespace'
  local directive file=$UNITS/plain.service
  for directive in strict private; do
    printf '%s\n' '[Service]' Type=notify OOMPolicy=kill RuntimeDirectory=kamailio ProtectControlGroups=$directive \
      "ExecStart=$(command -v siplaunch) --profile kamailio-512m --set cgroup.path=router -- kamailio -DD -E -f $CONFIG" >"$file"
    systemctl daemon-reload
    run systemctl start plain
    [[ $status != 0 ]]
    [[ $(last_start plain) == *"hint: start it in the machine's cgroup namespace"* ]]
  done
  # the two ways that the hint names
  sed -i 's/^ProtectControlGroups=.*/ProtectControlGroups=no/' "$file"
  systemctl daemon-reload
  systemctl start plain && wait_until 60 sip_options 127.0.0.1 5060
  [[ $(cg system.slice/plain.service memory.max) == $((512 << 20)) ]]
  systemctl stop plain
  sed -i 's/^ProtectControlGroups=.*/ProtectControlGroups=private\nDelegate=yes/' "$file"
  systemctl daemon-reload
  systemctl start plain && wait_until 60 sip_options 127.0.0.1 5060
  [[ $(cg system.slice/plain.service/router memory.max) == $((512 << 20)) ]]
  systemctl stop plain
  no_group system.slice/plain.service
}

@test "a service with User= that systemd delegates to it starts Kamailio with what its refusals say" {
  hardened OOMScoreAdjust=-900 User=kamailio Delegate=yes
  hardened Delegate=yes User=kamailio
}

@test "supervised in a scope, the stock router has its directory, and a failed launch leaves none" {
  local scope=(--profile "$PROFILES/kamailio-512m.json" --supervise)
  run -126 "$SIPLAUNCH" "${scope[@]}" -- "$BROKEN"
  [[ ! -e /run/kamailio ]]
  start_bg "$SIPLAUNCH" "${scope[@]}" -- kamailio -DD -E -f /etc/kamailio/kamailio.cfg
  wait_for_bg 90 sip_options 127.0.0.1 5060
  [[ $(stat -c '%U:%G %a' /run/kamailio) == 'kamailio:kamailio 755' ]]
}

@test "the delegated service holds the router's group below it; restart and stop work, and a daemon-reload takes nothing" {
  cp "$REPO/deploy/systemd/siplaunch-kamailio.service" "$UNITS"
  printf '%s\n' SIPLAUNCH_PROFILE=kamailio-512m "CFGFILE=$CONFIG" >/etc/default/siplaunch-kamailio
  systemctl daemon-reload
  local group=sip.slice/siplaunch-kamailio.service first
  systemctl start siplaunch-kamailio
  wait_until 60 sip_options 127.0.0.1 5060
  first=$(main_pid siplaunch-kamailio)
  systemctl restart siplaunch-kamailio
  assert_service siplaunch-kamailio $group/router
  [[ $LAUNCHED != "$first" ]]
  systemctl daemon-reload
  still_limited
  no_trace $SCOPE
  systemctl stop siplaunch-kamailio
  [[ $(properties siplaunch-kamailio ActiveState Result) == $'ActiveState=inactive\nResult=success' ]]
  no_group $group
  run ! pgrep -x kamailio
}

@test "Debian's kamailio.service runs Kamailio through siplaunch by the drop-in" {
  mkdir "$UNITS/kamailio.service.d"
  cp "$REPO/deploy/systemd/kamailio.service.d/siplaunch.conf" "$UNITS/kamailio.service.d/"
  # what a machine's own configuration would say in /etc/default/kamailio
  printf '[Service]\nEnvironment=SIPLAUNCH_PROFILE=kamailio-512m CFGFILE=%s\n' "$CONFIG" \
    >"$UNITS/kamailio.service.d/zz-test.conf"
  systemctl daemon-reload
  systemctl start kamailio
  assert_service kamailio system.slice/kamailio.service/router
  systemctl stop kamailio
  [[ $(properties kamailio ActiveState Result) == $'ActiveState=inactive\nResult=success' ]]
  no_group system.slice/kamailio.service
}

# plain COMMAND...: writes plain.service, which is not delegated, with a limit of its own.
plain() {
  cat >"$UNITS/plain.service" <<END
[Service]
Type=exec
OOMPolicy=kill
MemoryMax=1G
ExecStart=siplaunch --profile $LIMITED $*
END
  systemctl daemon-reload
}

plain_is() {
  [[ $(cat "/proc/$(main_pid plain)/comm") == "$1" ]]
}

@test "a service without Delegate gets the limits as its own properties, over daemon-reload and restart, and no scope" {
  plain -- sleep 600
  local start first=''
  for start in start restart; do
    systemctl $start plain
    wait_until 30 plain_is sleep
    [[ $(cat "/proc/$(main_pid plain)/cgroup") == 0::/system.slice/plain.service ]]
    [[ $(main_pid plain) != "$first" ]]
    first=$(main_pid plain)
    assert_limits system.slice/plain.service
    # its status does not say that somebody has changed its files
    [[ $(properties plain AllowedCPUs MemoryMax NeedDaemonReload TasksMax) == "\
AllowedCPUs=0
MemoryMax=67108864
NeedDaemonReload=no
TasksMax=20" ]]
    systemctl daemon-reload
    assert_limits system.slice/plain.service
  done
  no_trace $SLEEPER
  systemctl stop plain
  wait_while 60 is_alive "$first"
  no_group system.slice/plain.service
}

@test "in the service of another program the limits would be that program's too: it is said, and the hint gives the router a scope" {
  cat >"$BATS_TEST_TMPDIR/job" <<END
#!/bin/bash
sleep 600 &
export SUDO_UID=$SUDO_UID COLUMNS=300
cd $BATS_TEST_TMPDIR
$SIPLAUNCH plan --profile $PROFILES/generic.json --set cgroup.path=sip.slice/sleeper -- true >planned 2>&1
\$(grep -o 'systemd-run --scope' planned) --quiet $SIPLAUNCH --quiet --profile $PROFILES/generic.json --set cgroup.path=sip.slice/sleeper \
  -- cat /proc/self/cgroup >made 2>&1
END
  chmod 755 "$BATS_TEST_TMPDIR/job"
  systemd-run --quiet --wait --unit=plain "$BATS_TEST_TMPDIR/job"
  grep -q 'plain.service has other processes (pids [0-9 ]*): the router' "$BATS_TEST_TMPDIR/planned"
  [[ $(cat "$BATS_TEST_TMPDIR/made") == 0::/sip.slice/$SLEEPER ]]
}

@test "a launch that fails in such a service puts its properties back and leaves no drop-in" {
  plain -- "$BROKEN"
  systemctl start plain
  wait_until 30 systemctl is-failed plain
  [[ $(properties plain AllowedCPUs CPUWeight ExecMainStatus MemoryMax MemorySwapMax) == "\
AllowedCPUs=
CPUWeight=[not set]
ExecMainStatus=126
MemoryMax=1073741824
MemorySwapMax=infinity" ]]
  [[ ! -e /run/systemd/system.control/plain.service.d ]]
}

# journal UNIT [OPTION...]: what the unit printed, once all of it has arrived.
journal() {
  journalctl --sync
  journalctl --quiet --output=cat --unit="$1" "${@:2}"
}

@test "starting a unit whose profile is refused fails at once, says why in the journal with its priority, and is not repeated" {
  cp "$REPO/deploy/systemd/siplaunch-kamailio.service" "$UNITS"
  printf '%s\n' SIPLAUNCH_PROFILE=no-such-profile "CFGFILE=$CONFIG" >/etc/default/siplaunch-kamailio
  systemctl daemon-reload
  run ! systemctl start siplaunch-kamailio
  # a start that is to be repeated would be "activating" (auto-restart) now
  [[ $(properties siplaunch-kamailio ActiveState ExecMainStatus NRestarts Result Type) == "\
ActiveState=failed
ExecMainStatus=125
NRestarts=0
Result=exit-code
Type=notify" ]]
  [[ $(systemctl show siplaunch-kamailio --property=StatusText) == *refused:*no-such-profile* ]]
  [[ $(journal siplaunch-kamailio --priority=warning) == *no-such-profile* ]]
  # the prefix is the journal's, and gone from the text
  run ! grep '^<[0-9]>' <(journal siplaunch-kamailio)
}

@test "a unit is active when the router was executed, with the launch as its status and as a notice in the journal" {
  cp "$REPO/deploy/systemd/siplaunch-kamailio.service" "$UNITS"
  printf '%s\n' SIPLAUNCH_PROFILE=kamailio-512m "CFGFILE=$CONFIG" >/etc/default/siplaunch-kamailio
  local handoff
  for handoff in exec supervise; do
    mkdir -p "$UNITS/siplaunch-kamailio.service.d"
    # shellcheck disable=SC2016 # systemd expands it
    printf '[Service]\nExecStart=\nExecStart=siplaunch --set cgroup.path=router --set handoff=%s -- kamailio -DD -E -Y /run/kamailio -f ${CFGFILE}\n' \
      $handoff >"$UNITS/siplaunch-kamailio.service.d/handoff.conf"
    systemctl daemon-reload
    systemctl start siplaunch-kamailio
    [[ $(properties siplaunch-kamailio ActiveState SubState) == $'ActiveState=active\nSubState=running' ]]
    [[ $(systemctl show siplaunch-kamailio --property=StatusText) == "StatusText=kamailio in "*"512 MiB = shared "* ]]
    [[ $handoff == supervise || $(cat "/proc/$(main_pid siplaunch-kamailio)/comm") == kamailio ]]
    wait_until 60 sip_options 127.0.0.1 5060
    [[ $(journal siplaunch-kamailio --priority=notice) == *"512 MiB = shared "* ]]
    run ! grep '512 MiB = shared ' <(journal siplaunch-kamailio --priority=warning)
    systemctl stop siplaunch-kamailio
    [[ $(properties siplaunch-kamailio ActiveState Result) == $'ActiveState=inactive\nResult=success' ]]
  done
  rm -r "$UNITS/siplaunch-kamailio.service.d"
}

@test "memory.low in a slice that has none is refused, and what the refusal says makes it hold" {
  local file=$BATS_TEST_TMPDIR/protected.json hint
  cat >"$file" <<'END'
{ "router": "generic", "cgroup": { "path": "edge.slice/sleeper" }, "resources": { "unified": { "memory.low": "64M" } } }
END
  run -125 --separate-stderr "$SIPLAUNCH" --profile "$file" -- sleep 600
  [[ $stderr == *"memory.low would have no effect"*"/edge.slice has 0"* ]]
  run ! systemctl is-active edge-sleeper.scope
  hint=$(sed -n 's/.*hint: \(systemctl set-property [^;]*\);.*/\1/p' <<<"$stderr")
  eval "$hint"
  start_bg "$SIPLAUNCH" --profile "$file" -- sleep 600
  LAUNCHED=$BG_PID
  wait_for_bg 60 has_become sleep
  [[ $(cg edge.slice memory.low) == $((64 << 20)) && $(cg edge.slice/edge-sleeper.scope memory.low) == $((64 << 20)) ]]
  systemctl stop edge-sleeper.scope
  systemctl revert edge.slice
}
