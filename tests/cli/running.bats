#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# How inspect and advise find the router that is meant, on stand-ins: executables that have a router's name. Real routers are
# found in tests/vm/running.bats.

load ../lib/common

setup() {
	plain_environment
	mkdir "$BATS_TEST_TMPDIR/work"
	cd "$BATS_TEST_TMPDIR/work" || return
	mkfifo never
	# a shell by another name: its subshells are processes of the same executable
	cp "$(command -v bash)" kamailio
	cp "$(command -v bash)" opensips
	cat >router <<'END'
for ((i = 1; i < $1; i++)); do
	(read -r <>never) &
done
for seconds in 600; do
	sleep "$seconds" &
	# Until it has executed sleep, it is one more process of the router's executable.
	until read -r name <"/proc/$!/comm" && [[ $name == sleep ]]; do :; done
done
echo $$ >"$2"
wait
END
}

# in_namespace SCRIPT: runs it where no process but its own is seen. The routers of other tests run as well.
in_namespace() {
	((EUID == 0)) || skip "needs root"
	unshare --pid --fork --kill-child --mount-proc bash -ec "$1" 3>&-
}

# start_router COMMAND PROCESSES: in the background, in the present namespace; its pid in $BG_PID.
start_router() {
	start_bg "$1" router "$2" started
	wait_until 30 test -s started
	wait_until 30 grep -q . "/proc/$BG_PID/task/$BG_PID/children"
}

# json EXPRESSION...: each is true of $output, an inspection or a list of routers, which is called i.
json() {
	"$PYTHON" -c 'import json, sys
i = json.load(sys.stdin)
for expression in sys.argv[1:]:
    assert eval(expression), (expression, i)' "$@" <<<"$output"
}

@test "a child leads to the main process, and a program that the router has executed is listed, but not its own" {
	start_router ./kamailio 4
	local child
	child=$(pgrep -P "$BG_PID" | head -n 1)
	run -0 --separate-stderr "$SIPLAUNCH" inspect --format json "$child"
	json "i['pid'] == $BG_PID and i['router'] == 'kamailio'" "sum(p['own'] for p in i['processes']) == 4" \
		"[p['own'] for p in i['processes'] if p['name'] == 'sleep'] == [False]"
	run -0 "$SIPLAUNCH" inspect "$child"
	[[ $output == *"process   $BG_PID (main process; $child was given); 5 with its descendants, 4 of them its own"* ]]
	run -0 "$SIPLAUNCH" inspect "$BG_PID"
	[[ $output == *"process   $BG_PID; 5 with its descendants, 4 of them its own"* ]]
}

@test "fewer processes than an auto-scaling profile's maximum are what the configuration makes" {
	cat >auto.cfg <<'END'
auto_scaling_profile = SCALE
	scale up to 8 on 70% for 4 cycles within 5
	scale down to 2 on 20% for 10 cycles
socket=udp:127.0.0.1:5060 use_workers 4 use_auto_scaling_profile SCALE
loadmodule "proto_udp.so"
route { exit; }
END
	local processes text
	for processes in 6 9; do
		start_bg ./opensips router "$processes" started -f "$PWD/auto.cfg"
		wait_until 30 test -s started
		run -0 "$SIPLAUNCH" inspect "$BG_PID"
		[[ ${output//$'\n          '/ } == *"$processes processes run, its configuration makes 6 to 12: more start under load"* ]]
		rm started
	done
	start_bg ./opensips router 5 started -f "$PWD/auto.cfg"
	wait_until 30 test -s started
	run -0 "$SIPLAUNCH" inspect "$BG_PID"
	[[ ${output//$'\n          '/ } == *"5 processes run, its configuration makes 12: a plan would keep private pools"* ]]
}

@test "a shell or a supervisor with one router below it leads to that router" {
	start_bg bash -c './kamailio router 2 started; true'
	wait_until 30 test -s started
	run -0 "$SIPLAUNCH" inspect --format json "$BG_PID"
	json "i['pid'] == $(<started)"
	rm started

	echo '{"router": "generic"}' >profile.json
	start_bg "$SIPLAUNCH" --supervise --profile ./profile.json -- ./kamailio router 2 started
	wait_until 30 test -s started
	run -0 "$SIPLAUNCH" inspect --format json "$BG_PID"
	json "i['pid'] == $(<started)"
}

@test "a router whose executable was removed, and one that another one's title hides, are found" {
	start_router ./kamailio 2
	rm kamailio
	run -0 "$SIPLAUNCH" inspect --format json "$(pgrep -P "$BG_PID" | head -n 1)"
	json "i['pid'] == $BG_PID and i['router'] == 'kamailio'"
	start_bg bash -c 'exec -a "sip: main" ./opensips router 2 titled'
	wait_until 30 test -s titled
	run -0 "$SIPLAUNCH" inspect --format json "$(pgrep -P "$(<titled)" | head -n 1)"
	json "i['pid'] == $(<titled) and i['router'] == 'opensips'"
}

@test "without a name the only router is meant, also for advise" {
	# shellcheck disable=SC2016 # the inner shell's
	run -0 in_namespace './kamailio router 3 started & until [ -s started ]; do sleep 0.1; done
		"$SIPLAUNCH" inspect --format json >one
		"$SIPLAUNCH" inspect kamailio --format json >two
		"$SIPLAUNCH" advise >three || echo "$?" >status; cat started'
	local pid=$output name
	for name in one two; do
		output=$(<$name)
		json "i['pid'] == $pid" "sum(p['own'] for p in i['processes']) == 3"
	done
	[[ ! -e status && -s three ]]
}

@test "several are listed with what names each, as text and as JSON, with status 2" {
	# shellcheck disable=SC2016 # the inner shell's
	run -0 --separate-stderr in_namespace '
		./kamailio router 2 one & ./kamailio router 3 two & ./opensips router 2 three &
		until [ -s one ] && [ -s two ] && [ -s three ]; do sleep 0.1; done
		for name in "" kamailio; do
			status=0
			"$SIPLAUNCH" inspect $name >"text$name" 2>"errors$name" || status=$?
			[ $status = 2 ]
			status=0
			"$SIPLAUNCH" advise --format json $name >"json$name" 2>&1 || status=$?
			[ $status = 2 ]
		done
		"$SIPLAUNCH" inspect opensips >only
		while read -r pid _ _ name; do "$SIPLAUNCH" inspect "$name" | grep -q "^process   $pid;"; done < <(tail -n +2 text)'
	[[ $(<errors) == *"3 routers run here"*"hint: give one of those listed: siplaunch inspect $(<one)"* ]]
	[[ $(<errorskamailio) == *'2 programs match "kamailio"'* ]]
	[[ $(wc -l <text) == 4 && $(wc -l <textkamailio) == 3 ]]
	grep -qE "^ +$(<two) +3 +kamailio +$(<two)$" textkamailio
	output=$(sed -n '/^{/,$p' jsonkamailio)
	json "list(i) == ['siplaunch', 'schema', 'routers']" \
		"[(r['pid'], r['name'], r['processes']) for r in i['routers']] == [($(<one), 'kamailio', 2), ($(<two), 'kamailio', 3)]" \
		"all(list(r) == ['pid', 'name', 'group', 'processes', 'select'] for r in i['routers'])"
	grep -q "^process   $(<three);" only
}

@test "a name that no process has is an error that says which routers run" {
	# shellcheck disable=SC2016 # the inner shell's
	run -0 in_namespace '
		code() { status=0; "$@" 2>&1 || status=$?; echo "status $status"; }
		code "$SIPLAUNCH" inspect
		code "$SIPLAUNCH" inspect kamailio
		./kamailio router 2 started & until [ -s started ]; do sleep 0.1; done
		code "$SIPLAUNCH" inspect kamailo
		code "$SIPLAUNCH" advise none.service'
	[[ $output == *"no OpenSIPS and no Kamailio runs here"*"status 125"*'no running process is named "kamailio"'*"status 125"* ]]
	[[ $output == *'named "kamailo"'*"hint: running here: $(<started)"*"status 125"*'named "none.service"'*"status 125"* ]]
}

@test "another program is found by its name as well, as a process and not as a router" {
	cp "$(command -v sleep)" asterisk
	start_bg ./asterisk 600
	wait_until 30 grep -q asterisk "/proc/$BG_PID/comm"
	run -0 "$SIPLAUNCH" inspect --format json asterisk
	json "i['pid'] == $BG_PID and i['router'] == 'generic'"
}

@test "advise takes a word without a slash for a router only where it names one" {
	run -2 --separate-stderr "$SIPLAUNCH" advise absent
	[[ $stderr == *"open absent"*ENOENT*"hint: give a running router"*"absent.service"* ]]
	echo garbage >kamailio.day
	run -2 --separate-stderr "$SIPLAUNCH" advise kamailio.day
	[[ $stderr == *"kamailio.day is not a file of samples"* ]]
	echo garbage >kamailio
	run -2 --separate-stderr "$SIPLAUNCH" advise ./kamailio
	[[ $stderr == *"./kamailio is not a file of samples"* ]]
}

# supervised COMMAND: for a budget of 3 processes; 5 run.
supervised() {
	printf '#!/bin/bash\n%s\n' "$1" >entry.sh
	chmod 755 entry.sh
	echo '{"router": "kamailio", "sizing": {"memory": "296MiB", "processes": 3, "shared": "100MiB", "private": "40MiB"}}' >profile.json
	start_bg "$SIPLAUNCH" --supervise --report report.json --profile ./profile.json -- ./entry.sh
	wait_until 30 test -s started
}

@test "a supervisor reports more processes than the budget counts, once, with what to set, and then sleeps" {
	local text='5 processes run, the budget counts 3: the pools alone can take 300 of 296 MiB'
	for entry in 'exec ./kamailio router 5 started' './kamailio router 5 started; true'; do
		supervised "$entry"
		wait_until 30 grep -qF "$text" "$BG_LOG"
		grep -A1 -F "$text" "$BG_LOG" | grep -q 'hint: set sizing.processes=5 and a memory limit of at least [0-9]* MiB (sizing.memory='
		timeout -s INT 2 strace -f -o trace -p "$BG_PID" 2>/dev/null || true
		run ! grep -vE 'poll|restart_syscall|detached' trace
		[[ $(grep -cF "$text" "$BG_LOG") == 1 ]]
		kill -TERM "$BG_PID"
		wait_while 40 is_alive "$BG_PID"
		output=$(<report.json)
		json "i['processes'] == {'counted': 5, 'budgeted': 3}"
		rm -f started
	done
}

@test "a supervisor says nothing of as many processes as are budgeted, whatever the router has executed" {
	sed -i 's/ in 600;/ in 600 601 602;/' router
	supervised 'exec ./kamailio router 3 started'
	# it opens /proc only to count
	strace -o trace -e trace=openat -p "$BG_PID" 2>/dev/null &
	counted() { (($(grep -c '"[0-9]*/stat"' trace) > 0)); }
	wait_until 30 counted
	kill -TERM "$BG_PID"
	wait_while 40 is_alive "$BG_PID"
	run ! grep -q 'processes run' "$BG_LOG"
	output=$(<report.json)
	json "i['processes'] == {'counted': 3, 'budgeted': 3}"
}

@test "inspect with a profile says the same, and a profile that counts them all finds nothing" {
	start_router ./kamailio 5
	echo '{"router": "kamailio", "policy": {"cgroup": "skip", "default": "skip"},
		"sizing": {"memory": "296MiB", "processes": 3, "shared": "100MiB", "private": "40MiB"}}' >profile.json
	run -1 --separate-stderr "$SIPLAUNCH" inspect --format json --profile ./profile.json "$BG_PID"
	json "[(d['mechanism'], d['name'], d['wanted'], d['actual'], d['pid']) for d in i['drift']] == [('sizing', 'processes', 3, 5, None)]" \
		"i['drift'][0]['text'].startswith('5 processes run, the budget counts 3: ') and i['sample']['processes'] == 5" \
		"'sizing.processes=5' in i['drift'][0]['hint']"
	# once the newest is a second old, it is taken for all of them
	settled() { "$SIPLAUNCH" inspect --profile ./profile.json "$BG_PID" | tr -s '\n ' ' ' | grep -q 'sizing.processes=5 [^;]*start the router again '; }
	wait_until 60 settled
	run -0 "$SIPLAUNCH" inspect --profile ./profile.json --set sizing.processes=5 --set sizing.memory=512MiB "$BG_PID"
	run -0 "$SIPLAUNCH" inspect --profile ./profile.json --set sizing.processes=6 --set sizing.memory=512MiB "$BG_PID"
}

@test "while a router still forks, inspect says that there may be more processes than it counts" {
	cat >router <<'END'
(read -r <>never) &
echo $$ >"$2"
for ((i = 1; i < 400; i++)); do
	(read -r <>never) &
	sleep 0.3
done
END
	start_router ./kamailio 400
	echo '{"router": "kamailio", "policy": {"cgroup": "skip", "default": "skip"},
		"sizing": {"memory": "296MiB", "processes": 1, "shared": "100MiB", "private": "40MiB"}}' >profile.json
	told() { "$SIPLAUNCH" inspect --profile ./profile.json "$BG_PID" | tr -s '\n ' ' ' | grep -q 'started less than a second ago, and more may follow: inspect the router again first'; }
	wait_until 60 told
}
