# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# inspect, on a real Kamailio in its slice: no drift after a launch, exactly the drift that somebody makes, and a profile
# written from it that describes it.
# Takes about 55 s.

load launch
load ../lib/inspect

setup() {
  plain_language
  prepare_router
  # shellcheck disable=SC2153 # PROFILES is launch.bash's
  PROFILE=$PROFILES/kamailio-512m.json
}

teardown() {
  stop_all
  remove_slices
}

no_drift() {
  inspect_json 0 "i['drift'] == [] and i['notCompared'] == []" -- --profile "$PROFILE" "$LAUNCHED"
}

# only_drift NAME WANTED ACTUAL: that one setting differs, and these are the values (in JSON's terms).
only_drift() {
  inspect_json 1 "[d['name'] for d in i['drift']] == ['$1']" "i['drift'][0]['wanted'] == $2" \
    "i['drift'][0]['actual'] == $3" "i['notCompared'] == []" -- --profile "$PROFILE" "$LAUNCHED"
}

in_namespace() {
  nsenter -i -t "$LAUNCHED" bash -c "$1"
}

@test "a router that was just launched has not drifted, and what is shown is what the kernel says" {
  launch
  no_drift
  inspect_json 0 "i['group']['path'] == '/$GROUP'" "i['processesOf'] == 'group'" \
    "i['group']['pids.current'] == len(i['processes']) == $(wc -l <"$CGROUP_ROOT/$GROUP/cgroup.procs")" \
    "all(p['oomScoreAdj'] == -900 and p['oomScore'] is not None for p in i['processes'])" \
    "s['memory.max']['actual'] == 512 << 20" "s['memory.oom.group']['actual'] == 1" \
    "s['RLIMIT_NOFILE']['actual'] == [65536, 65536]" "s['user']['actual'] == $(id -u kamailio)" \
    "s['capabilities']['actual'] == 'none'" "s['noNewPrivileges']['actual'] == 1" \
    "s['namespace']['actual'] == 'private'" "s['kernel.sem']['actual'] == [32000, 1024000000, 500, 32000]" \
    "str(s['-m']['actual']) in i['command']" "i['systemV']['segments'] == i['systemV']['arrays'] == 0" \
    "i['group']['memory.events']['oom_kill'] == 0" "i['group']['memory.peak'] >= i['group']['memory.stat']['anon']" \
    -- --cgroup "$GROUP"
  run -0 "$SIPLAUNCH" inspect --profile "$PROFILE" "$LAUNCHED"
  [[ $output == *"do not limit this router: it uses none"* ]]
}

@test "p and B are measured: together with what is touched of the pools they are what the group uses" {
  launch
  inspect_json 0 "64 << 10 < i['measured']['perProcess'] < 1 << 20" "1 << 20 < i['measured']['base'] < 32 << 20" \
    "i['measured']['processes'] == len(i['processes'])" \
    "i['measured']['sharedPoolTouched'] > 100 << 10 and i['measured']['privatePoolsTouched'] > 100 << 10" -- "$LAUNCHED"
  printf '%s' "$output" >"$BATS_TEST_TMPDIR/inspection.json"
  # Mapped files may have been charged to others before, and files that were only read are charged as well: all else adds up.
  "$PYTHON" - "$BATS_TEST_TMPDIR/inspection.json" <<'END'
import json, sys
i = json.load(open(sys.argv[1]))
m, stat = i["measured"], i["group"]["memory.stat"]
counted = sum(m[key] for key in ("ownAnonymous", "startHeap", "privatePoolsTouched", "sharedPoolTouched", "otherShared",
                                 "kernel", "poolPageTables"))
charged = stat["anon"] + stat["shmem"] + stat["kernel"]
assert abs(counted - charged) <= 0.05 * charged, (counted, charged, i)
END
}

@test "pools that are touched by every process count neither into p nor into B" {
  export LD_PRELOAD=$REPO/build/tests/vm/touch.so TOUCH_LOG=$RUNTIME/touched
  install -m 666 /dev/null "$TOUCH_LOG"
  launch --set sizing.memory=128MiB
  unset LD_PRELOAD
  inspect_json 0 "64 << 10 < i['measured']['perProcess'] < 1 << 20" "1 << 20 < i['measured']['base'] < 32 << 20" \
    "i['measured']['sharedPoolTouched'] > 0.95 * (s['-m']['actual'] << 20)" \
    "i['measured']['privatePoolsTouched'] > 0.95 * len(i['processes']) * (s['-M']['actual'] << 20)" -- "$LAUNCHED"
}

@test "each change is named as the only drift, and all of them at once" {
  launch
  echo 600M >"$CGROUP_ROOT/$GROUP/memory.max"
  only_drift memory.max '512 << 20' '600 << 20'
  run -1 "$SIPLAUNCH" inspect --profile "$PROFILE" "$LAUNCHED"
  [[ $(tr -s ' \n' ' ' <<<"$output") == *"memory.max is 600 MiB (629145600), the profile requests 512 MiB (536870912)"* ]]
  echo 400M >"$CGROUP_ROOT/$GROUP/memory.max" # the group's own limit is no limit that the profile adapts to
  only_drift memory.max '512 << 20' '400 << 20'
  echo 512M >"$CGROUP_ROOT/$GROUP/memory.max"

  prlimit --pid "$LAUNCHED" --nofile=1000:65536
  only_drift RLIMIT_NOFILE '[65536, 65536]' '[1000, 65536]'
  prlimit --pid "$LAUNCHED" --nofile=65536:65536

  in_namespace 'echo 250 32000 100 127 >/proc/sys/kernel/sem'
  only_drift kernel.sem '[250, 32000, 100, 128]' '[250, 32000, 100, 127]'
  # the profile asks for a minimum
  in_namespace 'echo 251 64000 200 129 >/proc/sys/kernel/sem'
  no_drift

  in_namespace 'echo 1048576 >/proc/sys/kernel/shmmax'
  only_drift kernel.shmmax "s['-m']['actual'] << 20" 1048576

  echo 600M >"$CGROUP_ROOT/$GROUP/memory.max"
  echo 50 >"$CGROUP_ROOT/$GROUP/pids.max"
  prlimit --pid "$LAUNCHED" --nofile=1000:65536
  inspect_json 1 "[d['name'] for d in i['drift']] == ['memory.max', 'pids.max', 'RLIMIT_NOFILE', 'kernel.shmmax']" \
    -- --profile "$PROFILE" "$LAUNCHED"
}

@test "another oom_score_adj is named, also that of a child alone" {
  launch
  echo 300 >"/proc/$LAUNCHED/oom_score_adj"
  only_drift oom_score_adj -900 300
  echo -900 >"/proc/$LAUNCHED/oom_score_adj"
  local child
  child=$(pgrep -P "$LAUNCHED" | tail -n 1)
  echo 0 >"/proc/$child/oom_score_adj"
  only_drift oom_score_adj -900 0
  run -1 "$SIPLAUNCH" inspect --profile "$PROFILE" "$LAUNCHED"
  [[ $output == *"oom_score_adj of process $child is 0, the profile requests -900"* ]]
}

@test "a process that left the group is named" {
  launch
  mkdir "$CGROUP_ROOT/sip.slice/other"
  for pid in $(cg "$GROUP" cgroup.procs); do
    echo "$pid" >"$CGROUP_ROOT/sip.slice/other/cgroup.procs"
  done
  inspect_json 1 "'group' in [d['name'] for d in i['drift']]" "i['group']['path'] == '/sip.slice/other'" \
    "'memory.max' in [d['name'] for d in i['drift']]" -- --profile "$PROFILE" "$LAUNCHED"
}

@test "pools that the user gave himself are compared as they were at launch" {
  ROUTER+=(-m 100 -M 4)
  launch
  no_drift
  inspect_json 0 "s['-m']['actual'] == 100 and s['-m']['source'] == 'command line'" -- --profile "$PROFILE" "$LAUNCHED"
}

@test "pools of another profile are drift" {
  launch
  inspect_json 1 "{'memory.max', '-m'} <= {d['name'] for d in i['drift']}" -- --profile "$PROFILE" --set sizing.memory=256MiB "$LAUNCHED"
}

@test "a running router becomes a profile that is accepted, from which it does not drift, and that launches it again" {
  launch
  echo 32000000 >"$CGROUP_ROOT/$GROUP/memory.low"
  in_namespace 'echo 251 64000 200 129 >/proc/sys/kernel/sem'
  prlimit --pid "$LAUNCHED" --fsize=4194304000:8388608000
  local written=$BATS_TEST_TMPDIR/written.json
  run -0 --separate-stderr "$SIPLAUNCH" inspect --write-profile "$written" "$LAUNCHED"
  # the one thing that a process does not show
  [[ $stderr == 'siplaunch: warning: the router runs under a seccomp filter, which cannot be read back: the profile has none' ]]
  run -0 "$SIPLAUNCH" profiles check "$written"
  PROFILE=$written
  no_drift
  "$PYTHON" - "$written" <<'END'
import json, sys
p = json.load(open(sys.argv[1]))
assert p["router"] == "kamailio" and p["sizing"]["memory"] == "512MiB" and p["sizing"]["processes"] > 3, p
assert p["cgroup"]["path"] == "sip.slice/kamailio" and p["oomScoreAdj"] == -900, p
unified = p["resources"]["unified"]
assert unified["memory.max"] == "512MiB" and unified["memory.swap.max"] == "0" and unified["memory.oom.group"] == 1, p
assert unified["memory.low"] == "31248KiB" and "memory.high" not in unified, p # whole pages
assert {"type": "RLIMIT_FSIZE", "soft": "4000MiB", "hard": "8000MiB"} in p["rlimits"], p
assert p["sysctl"] == {"kernel.sem": "251 64000 200 129"} and p["ipc"] == {"namespace": "private"}, p
assert p["user"] == p["group"] == "kamailio" and p["capabilities"] == [] and p["noNewPrivileges"] is True, p
assert p["directories"] == {"runtime": ["kamailio"]}, p
END
  # every kind of change is seen from it, too
  echo 600M >"$CGROUP_ROOT/$GROUP/memory.max"
  in_namespace 'echo 251 64000 200 130 >/proc/sys/kernel/sem'
  inspect_json 1 "[d['name'] for d in i['drift']] == ['memory.max', 'kernel.sem']" -- --profile "$written" "$LAUNCHED"

  local shared
  shared=$("$PYTHON" -c 'import json, sys; print(json.load(open(sys.argv[1]))["sizing"]["shared"])' "$written")
  stop_bg "$LAUNCHED"
  remove_slices
  stock_machine # as after a reboot
  launch --profile "$written"
  [[ "$(tr '\0' ' ' <"/proc/$LAUNCHED/cmdline")" == *" -m ${shared%MiB} "* ]]
  no_drift
}

@test "a router that nobody sized, in a group made by hand, becomes a profile as well" {
  mkdir -p "$CGROUP_ROOT/sip.slice"
  echo +memory +pids >"$CGROUP_ROOT/cgroup.subtree_control"
  echo +memory +pids >"$CGROUP_ROOT/sip.slice/cgroup.subtree_control"
  mkdir "$CGROUP_ROOT/sip.slice/byhand"
  echo 128M >"$CGROUP_ROOT/sip.slice/byhand/memory.max"
  hand_made() { echo "$BASHPID" >"$CGROUP_ROOT/sip.slice/byhand/cgroup.procs" && exec "${ROUTER[@]}" -Y "$RUNTIME" -m 64 -M 4 -u kamailio -g kamailio; }
  export -f hand_made
  start_bg bash -c "$(declare -p CGROUP_ROOT ROUTER RUNTIME); hand_made"
  LAUNCHED=$BG_PID
  wait_until 60 sip_options 127.0.0.1 5060
  local written=$BATS_TEST_TMPDIR/written.json
  run -0 --separate-stderr "$SIPLAUNCH" inspect --write-profile "$written" "$LAUNCHED"
  run -0 "$SIPLAUNCH" profiles check "$written"
  PROFILE=$written
  no_drift
}

@test "a router that adopted the limit of the group it was started in has not drifted" {
  mkdir -p "$CGROUP_ROOT/sip.slice"
  echo +memory +pids >"$CGROUP_ROOT/cgroup.subtree_control"
  echo +memory +pids >"$CGROUP_ROOT/sip.slice/cgroup.subtree_control"
  mkdir "$CGROUP_ROOT/sip.slice/given"
  echo 256M >"$CGROUP_ROOT/sip.slice/given/memory.max"
  PROFILE=$BATS_TEST_TMPDIR/adopt.json
  echo '{"router": "kamailio", "oomScoreAdj": -900, "user": "kamailio", "directories": {"runtime": ["kamailio"]}}' >"$PROFILE"
  # shellcheck disable=SC2016 # the inner shell's
  start_bg bash -c 'echo $$ >"$0" && exec "$@"' "$CGROUP_ROOT/sip.slice/given/cgroup.procs" "$SIPLAUNCH" --profile "$PROFILE" -- "${ROUTER[@]}"
  LAUNCHED=$BG_PID
  wait_for_bg 60 sip_options 127.0.0.1 5060
  no_drift
  inspect_json 0 "128 < s['-m']['wanted'] < 256" -- --profile "$PROFILE" "$LAUNCHED"
  # what was sized for the old limit is not what the new one needs
  echo 200M >"$CGROUP_ROOT/sip.slice/given/memory.max"
  inspect_json 1 "[d['name'] for d in i['drift']] == ['-m']" -- --profile "$PROFILE" "$LAUNCHED"
}

@test "pools that no budget allows are written with a word about it" {
  launch --set sizing.shared=200MiB
  echo 220M >"$CGROUP_ROOT/$GROUP/memory.max"
  local written=$BATS_TEST_TMPDIR/written.json
  run -0 --separate-stderr "$SIPLAUNCH" inspect --write-profile "$written" "$LAUNCHED"
  [[ $stderr == *"warning: a launch with this profile would be refused"* ]]
  run -0 "$SIPLAUNCH" profiles check "$written"
}

@test "a group whose router has died still tells what happened, but cannot be compared" {
  launch

  stop_bg "$LAUNCHED" KILL
  wait_while 60 cg_populated "$GROUP"
  run -0 "$SIPLAUNCH" inspect --cgroup "/$GROUP"
  [[ $output == *"no process lives in the group"* && $output =~ memory.max\ +"512 MiB" && $output == *"oom_kill 0"* ]]
  inspect_json 0 "i['pid'] is None and i['processes'] == [] and i['command'] == []" -- --cgroup "$CGROUP_ROOT/$GROUP/"
  run -125 --separate-stderr "$SIPLAUNCH" inspect --profile "$PROFILE" --cgroup "$GROUP"
  [[ $stderr == *"no process lives in /$GROUP"* ]]
}

@test "a stranger in the group is said to be one, and p and B are not made up with it" {
  launch
  start_bg sleep 600
  echo "$BG_PID" >"$CGROUP_ROOT/$GROUP/cgroup.procs"
  inspect_json 0 "$BG_PID in [p['pid'] for p in i['processes']]" "'not the router' in i['measured']['reason']" -- "$LAUNCHED"
  run -0 "$SIPLAUNCH" inspect "$LAUNCHED"
  [[ $output == *"1 of them not children of the router"* ]]
}

@test "the router's own user may inspect it, but not its namespace" {
  launch
  cp "$SIPLAUNCH" "$BATS_TEST_TMPDIR/siplaunch"
  run -0 setpriv --reuid kamailio --regid kamailio --clear-groups "$BATS_TEST_TMPDIR/siplaunch" inspect "$LAUNCHED"
  [[ $output =~ memory.max\ +"512 MiB" && $output =~ kernel.sem\ +"not known: permission denied" ]]
  [[ $output == *"not everything could be read"* ]]
}
