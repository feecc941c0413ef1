#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# "siplaunch inspect", on ordinary processes: what it shows of them, what it calls drift, what it refuses.

load ../lib/common
load ../lib/inspect

setup() {
	plain_environment
	mkdir "$BATS_TEST_TMPDIR/work"
	cd "$BATS_TEST_TMPDIR/work" || return
}

# start COMMAND...: in the background; waits until it is what runs.
start() {
	start_bg "$@"
	wait_until 30 grep -q . "/proc/$BG_PID/cmdline"
	is_name() { [[ $(tr -d '\0' <"/proc/$BG_PID/cmdline") == sleep* ]]; }
	wait_until 30 is_name
}

# profile TEXT: writes profile.json.
profile() {
	printf '%s\n' "$1" >profile.json
}

need_root() {
	((EUID == 0)) || skip "needs root"
}

@test "an ordinary process is shown with its limits, its scores and its identity" {
	start prlimit --nofile=100:200 sleep 600
	run -0 --separate-stderr "$SIPLAUNCH" inspect "$BG_PID"
	[ -z "$stderr" ]
	[[ $output == *"command   sleep 600"* ]]
	[[ $output =~ RLIMIT_NOFILE\ +100:200 ]]
	[[ $output =~ oom_score_adj\ +$(<"/proc/$BG_PID/oom_score_adj") ]]
	[[ $output =~ $'\n'\ +$BG_PID\ +[0-9]+\ +$(<"/proc/$BG_PID/oom_score_adj")\ +sleep ]]
	[[ $output =~ user\ +$UID ]]
	[[ $output != *"drift"* ]]
	[[ $output != *$'\e'* ]]
}

@test "the JSON has the documented form and the process's own values" {
	start prlimit --nofile=100:200 sleep 600
	inspect_json 0 "i['pid'] == $BG_PID" "i['command'] == ['sleep', '600']" "i['router'] == 'generic'" \
		"i['drift'] is None" "s['RLIMIT_NOFILE']['actual'] == [100, 200]" "s['user']['actual'] == $UID" \
		"s['RLIMIT_CPU']['actual'] == ['max', 'max']" "s['-m']['actual'] is None" "i['seccomp'] in ('none', 'filter')" \
		"i['processes'][-1]['name'] == 'sleep'" -- "$BG_PID"
}

@test "with a profile that it fits there is no drift" {
	start prlimit --nofile=100:200 sleep 600
	profile '{"router": "generic", "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 200}]}'
	run -0 "$SIPLAUNCH" inspect --profile ./profile.json "$BG_PID"
	[[ $output == *$'drift from the profile\n  none' ]]
	inspect_json 0 "i['drift'] == []" "s['RLIMIT_NOFILE']['wanted'] == [100, 200]" -- --profile ./profile.json "$BG_PID"
}

@test "after prlimit exactly that limit has drifted, with both values" {
	start prlimit --nofile=100:200 sleep 600
	profile '{"router": "generic", "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 200},
		{"type": "RLIMIT_CORE", "soft": 0}]}'
	prlimit --pid "$BG_PID" --core=0:
	prlimit --pid "$BG_PID" --nofile=99:200
	run -1 --separate-stderr "$SIPLAUNCH" inspect --profile ./profile.json "$BG_PID"
	[ -z "$stderr" ]
	[[ $output == *"- RLIMIT_NOFILE of process $BG_PID is 99:200, the profile requests 100:200 (profile)" ]]
	[[ $output =~ RLIMIT_NOFILE\ +99:200\ +"<- drift: requested 100:200" ]]
	inspect_json 1 "[d['name'] for d in i['drift']] == ['RLIMIT_NOFILE']" "i['drift'][0]['actual'] == [99, 200]" \
		"i['drift'][0]['pid'] == $BG_PID" -- --profile ./profile.json "$BG_PID"
}

@test "--set and --policy change what is compared with" {
	start sleep 600
	local score
	score=$(<"/proc/$BG_PID/oom_score_adj")
	profile "{\"router\": \"generic\", \"oomScoreAdj\": $score}"
	run -0 "$SIPLAUNCH" inspect --profile ./profile.json "$BG_PID"
	run -1 "$SIPLAUNCH" inspect --profile ./profile.json --set oomScoreAdj=$((score ^ 1)) "$BG_PID"
	run -0 "$SIPLAUNCH" inspect --profile ./profile.json --set oomScoreAdj=$((score ^ 1)) --policy oom=skip "$BG_PID"
}

@test "a profile in the environment does not turn a look into a verdict" {
	start sleep 600
	SIPLAUNCH_PROFILE=./absent.json run -0 "$SIPLAUNCH" inspect "$BG_PID"
	[[ $output != *"drift"* ]]
}

@test "the IPC limits are those of its own namespace, and unused ones are called so" {
	need_root
	start unshare -i bash -c 'echo 300 40000 40 200 >/proc/sys/kernel/sem && exec sleep 600'
	inspect_json 0 "s['kernel.sem']['actual'] == [300, 40000, 40, 200]" "s['namespace']['actual'] == 'private'" \
		"i['systemV']['segments'] == i['systemV']['arrays'] == 0" \
		"'do not limit this router: it uses none' in i['systemV']['text']" -- "$BG_PID"
	profile '{"router": "generic", "ipc": {"namespace": "private"}, "sysctl": {"kernel.sem": "auto"}}'
	run -0 "$SIPLAUNCH" inspect --profile ./profile.json --set ipc.semaphores.sets=100 --set ipc.semaphores.opsPerCall=40 "$BG_PID"
	nsenter -i -t "$BG_PID" bash -c 'echo 300 40000 39 200 >/proc/sys/kernel/sem'
	run -1 "$SIPLAUNCH" inspect --profile ./profile.json --set ipc.semaphores.sets=100 --set ipc.semaphores.opsPerCall=40 "$BG_PID"
	[[ $(tr -s ' \n' ' ' <<<"$output") == *"kernel.sem of process $BG_PID is 300 40000 39 200, the profile requests at least 300 40000 40 200 (computed) " ]]
}

@test "System V objects of its namespace are counted, and then nothing is called unused" {
	need_root
	start unshare -i bash -c 'ipcmk -M 8192 -S 5 >/dev/null && exec sleep 600'
	inspect_json 0 "i['systemV']['segments'] == 1" "i['systemV']['segmentBytes'] == 8192" "i['systemV']['semaphores'] == 5" \
		"'do not limit' not in i['systemV']['text']" -- "$BG_PID"
}

@test "children are listed, others are not" {
	start_bg bash -c 'sleep 600 & sleep 601 & wait'
	both_sleep() { (($(pgrep -c -P "$BG_PID" -x sleep) == 2)); } # and are no longer the shell that forked them
	wait_until 30 both_sleep
	local other=$BG_PID
	inspect_json 0 "[p['name'] for p in i['processes']] == ['bash', 'sleep', 'sleep']" \
		"i['processes'][1]['parent'] == $other" -- "$other"
}

@test "a process that is not there, a zombie and a kernel thread are no routers" {
	run -125 --separate-stderr "$SIPLAUNCH" inspect 4194304
	[[ $stderr == *"there is no process 4194304"* ]]
	[ -z "$output" ]

	# a number behind --watch and a space is a pid, and may have been meant as the interval
	local free=86400
	while [ -e "/proc/$free" ]; do ((free--)); done
	run -125 --separate-stderr "$SIPLAUNCH" inspect --watch "$free"
	[[ $stderr == *"there is no process $free"*"hint: for an interval, write --watch=$free" ]] || fail "$stderr"
	run -125 --separate-stderr "$SIPLAUNCH" inspect --watch 4194304
	[[ $stderr != *hint* ]] || fail "$stderr"

	# The child ends only when its parent is no longer the shell, which may still reap it.
	start_bg bash -c 'until [ -e end ]; do sleep 0.1; done & echo $! >pid; exec sleep 600'
	parent_is_sleep() { [[ $(<"/proc/$BG_PID/comm") == sleep ]]; }
	wait_until 60 parent_is_sleep
	touch end
	wait_while 60 is_alive "$(<pid)"
	run -125 --separate-stderr "$SIPLAUNCH" inspect "$(<pid)"
	[[ $stderr == *"zombie that its parent, $BG_PID,"* ]]

	[[ $(cat /proc/2/comm 2>/dev/null) == kthreadd ]] || skip "no kernel thread is visible here"
	run -125 --separate-stderr "$SIPLAUNCH" inspect 2
	[[ $stderr == *"kernel thread"* ]]
}

@test "a thread's id, as top -H shows it, stands for its process" {
	cat >threads.py <<-'END'
		import os, threading, time
		def thread():
		    open("new", "w").write(str(threading.get_native_id()))
		    os.rename("new", "tid")
		    time.sleep(600)
		threading.Thread(target=thread).start()
	END
	start_bg "$PYTHON" threads.py
	wait_until 60 [ -s tid ]
	inspect_json 0 "i['pid'] == $BG_PID" "[p['pid'] for p in i['processes']] == [$BG_PID]" -- "$(<tid)"
	run -0 "$SIPLAUNCH" inspect "$(<tid)"
	[[ $output == *"$BG_PID (main process; $(<tid) was given); 1 with its descendants"* ]]
}

@test "a number that is no process id, two names, or a name and a group are bad usage" {
	local arguments
	for arguments in "-1" "0" "4194305" "1 2" "kamailio opensips" "1 --cgroup /" "kamailio --cgroup /" "--cgroup"; do
		# shellcheck disable=SC2086 # words
		run -2 "$SIPLAUNCH" inspect $arguments
	done
	run -2 "$SIPLAUNCH" inspect ""
}

@test "a bad profile is bad usage, and nothing is printed of the process" {
	start sleep 600
	profile '{"router": "generic", "oomScoreAjd": 1}'
	run -2 --separate-stderr "$SIPLAUNCH" inspect --profile ./profile.json "$BG_PID"
	[[ $stderr == *"oomScoreAdj"* ]]
	[ -z "$output" ]
	run -2 "$SIPLAUNCH" inspect --profile ./absent.json "$BG_PID"
}

@test "a group that is absent, of cgroup v1 or outside of the mount is refused with what to give" {
	grep -q ' cgroup2 ' /proc/mounts || skip "no cgroup v2 here"
	run -125 --separate-stderr "$SIPLAUNCH" inspect --cgroup /absent.slice
	[[ $stderr == *"/absent.slice"*ENOENT*"hint: give a path below /"* ]]
	run -125 --separate-stderr "$SIPLAUNCH" inspect --cgroup /proc
	[[ $stderr == *"/proc exists, but is not a cgroup v2 group"* ]]
	run -125 --separate-stderr "$SIPLAUNCH" inspect --cgroup ../../etc
	[[ $stderr == *"outside"* ]]
}

@test "an unprivileged user sees what he may, and is told how to see more" {
	need_root
	start unshare -i sleep 600
	cp "$SIPLAUNCH" ./siplaunch
	chmod 711 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR" .
	as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups ./siplaunch inspect "$@"; }
	run -0 --separate-stderr as_nobody "$BG_PID"
	[ -z "$stderr" ]
	[[ $output =~ kernel.sem\ +"not known: permission denied" ]]
	[[ $output =~ RLIMIT_NOFILE\ +[0-9] ]]
	[[ $output == *"run siplaunch inspect as root"* ]]

	profile '{"router": "generic", "ipc": {"namespace": "private"}}'
	chmod 644 profile.json
	run -125 --separate-stderr as_nobody --profile ./profile.json "$BG_PID"
	[[ $output == *"namespace cannot be compared: "*EACCES* ]]
	[[ $stderr == *"1 of the profile's settings could not be compared"*"hint: run siplaunch inspect as root"* ]]
}

@test "a name and arguments full of control characters do not reach the terminal" {
	start_bg bash -c $'exec -a \'sleep\e[31m\nx\' "$0" -c "$1"' "$PYTHON" '
import time
open("/proc/self/comm", "wb").write(b"s\x1b[2J\nl\xff")
open("ready", "w")
time.sleep(600)'
	wait_until 30 test -e ready
	run -0 "$SIPLAUNCH" inspect --color never "$BG_PID"
	[[ $output != *$'\e'* ]]
	[[ $output == *'sleep\x1b[31m'* ]]
	[[ $output == *'s?[2J?l'* ]]
	inspect_json 0 "i['command'][0] == 'sleep\x1b[31m\nx'" "i['processes'][-1]['name'] == 's?[2J?l\ufffd'" -- "$BG_PID"
}

@test "a process that wiped its arguments is known by its name" {
	start_bg "$PYTHON" -c '
import ctypes, time
libc = ctypes.CDLL(None)
start, end = (int(open("/proc/self/stat").read().rsplit(")", 1)[1].split()[n]) for n in (45, 46))
ctypes.memset(start, 0, end - start)
open("ready", "w")
time.sleep(600)'
	wait_until 30 test -e ready
	inspect_json 0 "i['command'] == [i['processes'][0]['name']]" -- "$BG_PID"
}

@test "colours come only when asked for, or on a terminal" {
	start sleep 600
	run -0 "$SIPLAUNCH" inspect --color always "$BG_PID"
	[[ $output == *$'\e[1m'* ]]
	run -0 "$SIPLAUNCH" inspect "$BG_PID"
	[[ $output != *$'\e'* ]]
}

@test "a process can be written as a profile, which is accepted and from which it does not drift" {
	start prlimit --nofile=100:200 --cpu=5000 sleep 600
	run -0 --separate-stderr "$SIPLAUNCH" inspect --write-profile written.json "$BG_PID"
	[ -z "$stderr" ]
	[[ $(ls -A) == written.json ]]
	run -0 "$SIPLAUNCH" profiles check ./written.json
	run -0 "$SIPLAUNCH" inspect --profile ./written.json "$BG_PID"
	[[ $output == *$'drift from the profile\n  none' ]]
	"$PYTHON" - <<'END'
import json
profile = json.load(open("written.json"))
limits = {limit["type"]: (limit["soft"], limit["hard"]) for limit in profile["rlimits"]}
assert limits["RLIMIT_NOFILE"] == (100, 200), limits
assert limits["RLIMIT_CPU"] == (5000, 5000), limits
assert profile["router"] == "generic" and "user" in profile and "cgroup" not in profile, profile
END
	prlimit --pid "$BG_PID" --nofile=99:200
	run -1 "$SIPLAUNCH" inspect --profile ./written.json "$BG_PID"
}

@test "a profile is never written over a file, a link or a directory" {
	start sleep 600
	echo mine >file
	ln -s absent link
	mkdir directory
	local name
	for name in file link directory; do
		run -125 --separate-stderr "$SIPLAUNCH" inspect --write-profile $name "$BG_PID"
		[[ $stderr == *"EEXIST"*"never replaces"* ]]
		[ -z "$output" ]
	done
	[[ $(<file) == mine && ! -e absent ]]
	[[ $(ls -A) == $'directory\nfile\nlink' ]]
	run -125 --separate-stderr "$SIPLAUNCH" inspect --write-profile absent/profile.json "$BG_PID"
	[[ $stderr == *"absent/profile.json"*ENOENT* ]]
	# standard output has the inspection
	run -125 --separate-stderr "$SIPLAUNCH" inspect --write-profile - "$BG_PID"
	[[ $stderr == *'write the profile to "-": standard output has'* && ! -e ./- && -z $output ]]
}
