#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# tune, with scripts for routers: what comes of each kind of round, what is found, said, written, and left behind: nothing.
# The search itself is tests/unit/tune_search_test.c, a real router in its slice tests/vm/tune.bats.
# shellcheck disable=SC2016 # what is in single quotes is for the load's shell
# Not run in the Debian 13 root: it starts no program of the release's but bash.
# Left to make check: it makes dozens of rounds, each of them a launch.

load ../lib/common

setup() {
	plain_language
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	unset SIPLAUNCH_PROFILE SIPLAUNCH_PROFILE_PATH NO_COLOR
	cd "$BATS_TEST_TMPDIR" || return
	mkdir tmp
	# like a Kamailio to siplaunch; a place is asked for nothing, so that the tests run anywhere
	printf '{"router": "kamailio", "sizing": {"memory": "1GiB", "processes": 8}}' >router.json
	: >router.cfg
	# needs -m STARTS to start and -M PRIVATE, and serves until it is asked to stop
	cat >router <<'END'
#!/bin/bash
while (($#)); do
	case $1 in
	-m) shared=$2 ;;
	-M) private=$2 ;;
	esac
	shift
done
echo $$ >>pids
echo "pools of $shared and $private MiB"
((shared >= ${STARTS:-1} && private >= ${PRIVATE:-1})) || {
	echo "no memory for the pools" >&2
	exit 255
}
trap 'exit 0' TERM
while :; do sleep 0.02; done
END
	chmod 755 router
	ROUTER=(./router -DD -E -f router.cfg)
	TUNE=("$SIPLAUNCH" tune --profile ./router.json --margin 0)
}

# A load that ends the router's parent.
KILL_SUPERVISOR='kill -KILL $(awk "/^PPid/ { print \$2 }" /proc/$SIPLAUNCH_ROUTER_PID/status); sleep 1'

# needs MIB: a load that passes with so much.
needs() {
	LOAD="test \$SIPLAUNCH_SHM_MB -ge $1"
}

# result EXPRESSION...: each is true of the JSON in $output, which is called r.
result() {
	"$PYTHON" -c '
import json, sys
r = json.loads(sys.argv[1])
found, rounds, MIB = r["found"], r["rounds"], 1 << 20
for expression in sys.argv[2:]:
    assert eval(expression), (expression, r)' "$output" "$@"
}

# nothing_left: no router of any round, no file.
nothing_left() {
	local pid
	while read -r pid; do
		run ! is_alive "$pid"
	done <pids
	[[ -z $(ls -A tmp) ]]
}

@test "the smallest pool that the load passes with is found, and the last round confirms it" {
	needs 40
	run -0 --separate-stderr "${TUNE[@]}" --format json --load "$LOAD" -- "${ROUTER[@]}"
	result 'r["result"] == "found"' 'found["shared"] == 40 * MIB' 'r["needed"]["fails"] == 39 * MIB' 'r["needed"]["complete"]' \
		'rounds[-1]["shared"] == found["shared"] and rounds[-1]["private"] == found["private"] == 8 * MIB' \
		'[x["round"] for x in rounds] == list(range(1, len(rounds) + 1))' \
		'all((x["load"] == 0) == (x["result"] == "passed") == (x["shared"] >= 40 * MIB) for x in rounds)' \
		'not r["statistics"]' 'any("did not report its pools" in note for note in r["notes"])'
	nothing_left
}

@test "two runs decide the same" {
	needs 100
	run -0 --separate-stderr "${TUNE[@]}" --format json --load "$LOAD" -- "${ROUTER[@]}"
	"$PYTHON" -c 'import json, sys; print([x["shared"] for x in json.loads(sys.argv[1])["rounds"]])' "$output" >first
	run -0 --separate-stderr "${TUNE[@]}" --format json --load "$LOAD" -- "${ROUTER[@]}"
	"$PYTHON" -c 'import json, sys; print([x["shared"] for x in json.loads(sys.argv[1])["rounds"]])' "$output" >second
	cmp first second
}

@test "as a table: each round, what to paste, and on standard error a line a round with how many follow" {
	needs 300
	run -0 --separate-stderr "${TUNE[@]}" --margin 10% --load "$LOAD" -- "${ROUTER[@]}"
	[[ $output == *'"sizing": { "shared": "33'*'MiB", "private": "8MiB" }'* ]]
	[[ $output =~ needed\ +-m\ 30[0-9]\ passes,\ -m\ 29[0-9]\ fails ]]
	[[ $output == *" s  failed"$'\n'"         the load exited with status 1"$'\n'* ]]
	[[ ${stderr_lines[0]} == "siplaunch: round 1: -m 662 -M 32 (the maximum that the memory allows): passed, "*"more rounds, "* ]]
	run -0 --separate-stderr "${TUNE[@]}" --quiet --load "$LOAD" -- "${ROUTER[@]}"
	[[ -z $stderr ]]
	run -0 --separate-stderr "${TUNE[@]}" --rounds 2 --log-format json --load "$LOAD" -- "${ROUTER[@]}"
	"$PYTHON" -c 'import json, sys
lines = [json.loads(line) for line in sys.argv[1].splitlines()]
assert [line["event"] for line in lines] == ["round"] * 2 and lines[0]["roundsLeft"] == 1 and lines[1]["result"] == "passed", lines' "$stderr"
}

@test "a router that does not start with less is no failure of tune" {
	STARTS=50 run -0 --separate-stderr "${TUNE[@]}" --format json --load true -- "${ROUTER[@]}"
	result 'found["shared"] == 50 * MIB' \
		'all("router exited with status 255" in x["message"] for x in rounds if x["shared"] < 50 * MIB)'
	nothing_left
}

@test "a router that never starts: its last words" {
	STARTS=5000 run -1 --separate-stderr "${TUNE[@]}" --format json --load 'sleep 600' -- "${ROUTER[@]}"
	result 'r["result"] == "nothing-passes"' 'found is None' 'len(rounds) == 1'
	[[ $stderr == *"no size passes: with -m 662 -M 32, the maximum, router exited with status 255"* ]]
	[[ $stderr == *"no memory for the pools"* ]]
	nothing_left
}

@test "a load that fails with the most as well is broken, and its last words say how" {
	run -1 --separate-stderr "${TUNE[@]}" --load 'echo "no route to host"; exit 3' -- "${ROUTER[@]}"
	[[ $stderr == *"the load exited with status 3; the load or the router is broken"* ]]
	[[ $stderr == *"no route to host"* ]]
	nothing_left
}

@test "a load or a check that is not there is no matter of size" {
	run -125 --separate-stderr "${TUNE[@]}" --load 'no-such-load --now' -- "${ROUTER[@]}"
	[[ $stderr == *"the load cannot be run: no-such-load --now"*"not found"* ]]
	run -125 --separate-stderr "${TUNE[@]}" --load true --check ./no-such-check -- "${ROUTER[@]}"
	[[ $stderr == *"the check cannot be run"* ]]
	nothing_left
}

@test "the check decides as well, while the router still runs" {
	run -0 --separate-stderr "${TUNE[@]}" --format json --load true \
		--check 'kill -0 $SIPLAUNCH_ROUTER_PID && test $SIPLAUNCH_SHM_MB -ge 20' -- "${ROUTER[@]}"
	result 'found["shared"] == 20 * MIB' \
		'all(x["result"] == ("passed" if x["shared"] >= 20 * MIB else "check-failed") for x in rounds)'
}

@test "the load begins when the router is ready" {
	run -0 --separate-stderr "${TUNE[@]}" --rounds 2 --format json --ready 'echo >>asked; test $(wc -l <asked) -ge 3' \
		--load 'test $(wc -l <asked) -ge 3 && echo $SIPLAUNCH_ROUND $SIPLAUNCH_PKG_MB >>environment' -- "${ROUTER[@]}"
	[[ $(<environment) == $'1 32\n2 8' ]]
}

@test "what a flaky load says once is not believed" {
	# the second round fails, whatever it gets
	run -0 --separate-stderr "${TUNE[@]}" --format json --load 'test $SIPLAUNCH_ROUND -ne 2 && test $SIPLAUNCH_SHM_MB -ge 500' -- "${ROUTER[@]}"
	result '500 * MIB <= found["shared"] <= 520 * MIB'
	nothing_left
}

@test "an early end says what is known, and confirms what it can" {
	needs 40
	run -0 --separate-stderr "${TUNE[@]}" --rounds 4 --format json --load "$LOAD" -- "${ROUTER[@]}"
	result 'len(rounds) == 4' 'not r["needed"]["complete"]' 'found["shared"] == 165 * MIB' \
		'any("did not search" in note for note in r["notes"])'
	run -1 --separate-stderr "${TUNE[@]}" --rounds 1 --format json --load "$LOAD" -- "${ROUTER[@]}"
	result 'r["result"] == "unfinished"' 'r["needed"]["passes"] == 662 * MIB' 'found is None'
	[[ $stderr == *"--rounds was reached"*"--rounds"* ]]
}

@test "the time that was given is not exceeded by a load that hangs" {
	local began=$EPOCHSECONDS
	run -1 --separate-stderr "${TUNE[@]}" --budget 2s --format json --load 'sleep 600' -- "${ROUTER[@]}"
	((EPOCHSECONDS - began < 30))
	result 'r["result"] == "unfinished"' 'rounds == []'
	[[ $stderr == *"--budget was reached"* ]]
	nothing_left
}

@test "interrupted at any point, nothing is left running, also of a pipeline" {
	local signal pid
	executable deaf <<'END'
trap "" TERM
sleep 600 &
printf '%d\n' $$ $! >>loads
wait
END
	executable apart <<'END'
setsid sleep 600 &
printf '%d\n' $$ $! >>loads
exec sleep 600
END
	all_run() { (($(wc -l <loads) == 4)); }
	for signal in INT TERM HUP; do
		rm -f pids loads
		start_bg "${TUNE[@]}" --load './deaf | ./apart' -- "${ROUTER[@]}"
		wait_for_bg 30 all_run
		for pid in $(<loads); do is_alive "$pid"; done
		kill -"$signal" "$BG_PID"
		wait_while 30 is_alive "$BG_PID"
		local status=0
		wait "$BG_PID" || status=$?
		[[ $status == $((128 + $(kill -l "$signal"))) ]]
		grep -q "interrupted by SIG$signal" "$BG_LOG"
		for pid in $(<loads); do run ! is_alive "$pid"; done
		nothing_left
	done
}

@test "what the load leaves in the background is ended with its round" {
	run -0 --separate-stderr "${TUNE[@]}" --rounds 2 --load 'sleep 600 & echo $! >>left' -- "${ROUTER[@]}"
	local pid
	while read -r pid; do run ! is_alive "$pid"; done <left
	[[ $(wc -l <left) == 2 ]]
}

@test "a profile is written that extends the old one, changes its sizes, and keeps what --set said" {
	needs 40
	run -0 --separate-stderr "${TUNE[@]}" --set sizing.connections=5 --set oomScoreAdj=0 --policy oom=skip --write tuned.json --load "$LOAD" -- "${ROUTER[@]}"
	run -0 "$SIPLAUNCH" profiles show ./tuned.json
	"$PYTHON" -c 'import json, sys
p = json.loads(sys.argv[1])
assert p["sizing"] == {"memory": "1GiB", "processes": 8, "connections": 5, "shared": "40MiB", "private": "8MiB"}, p
assert p["oomScoreAdj"] == 0 and p["policy"]["oom"] == "skip" and p["router"] == "kamailio", p' "$output"
	run -0 --separate-stderr "$SIPLAUNCH" plan --profile ./tuned.json -- "${ROUTER[@]}"
	# the router's own file has not changed, and an existing one is not replaced: that is said before the first round
	rm pids
	run -125 --separate-stderr "${TUNE[@]}" --write tuned.json --load "$LOAD" -- "${ROUTER[@]}"
	[[ $stderr == *"siplaunch never replaces an existing file"* && ! -e pids ]]
}

@test "what each round printed is kept where it is asked for" {
	run -0 --separate-stderr "${TUNE[@]}" --rounds 2 --keep logs --load 'echo "load of round $SIPLAUNCH_ROUND"' --check 'echo checked' -- "${ROUTER[@]}"
	grep -qx "load of round 2" logs/02-load.log
	grep -qx checked logs/02-check.log
	grep -qx "pools of 662 and 32 MiB" logs/01-router.log
	[[ $("$PYTHON" -c 'import json; print(json.load(open("logs/02-report.json"))["outcome"])') == stopped ]]
}

@test "what is in the folder of --keep from an earlier run is taken for nothing, and a file of somebody else's stays" {
	mkdir logs
	# what a router that was tuned before left: it was out of memory, whatever this run shows
	printf '{"outcome":"out-of-memory","message":"a lie","memory":{"events":{"oom_kill":1}}}' >logs/01-report.json
	cp logs/01-report.json logs/02-report.json
	echo old >logs/01-load.log
	echo mine >logs/notes
	run -1 --separate-stderr "${TUNE[@]}" --rounds 1 --format json --keep logs --load 'echo new' -- "${ROUTER[@]}"
	result 'rounds[0]["result"] == "passed"'
	[[ $(<logs/01-load.log) == new && $(<logs/notes) == mine && ! -e logs/02-report.json ]]
	# nor where the supervisor of this one leaves none
	run -125 --separate-stderr "${TUNE[@]}" --rounds 1 --keep logs --load "$KILL_SUPERVISOR" -- "${ROUTER[@]}"
	[[ $stderr == *"round 1 has no result: the supervisor was killed by SIGKILL and wrote no report"* ]] || fail "$stderr"
	[[ ! -e logs/01-report.json ]]
	mkdir logs/01-report.json
	run -125 --separate-stderr "${TUNE[@]}" --rounds 1 --keep logs --load true -- "${ROUTER[@]}"
	[[ $stderr == *"remove logs/01-report.json of an earlier run"* ]] || fail "$stderr"
}

@test "a supervisor that is killed or stopped leaves no router running" {
	local signal
	run -125 --separate-stderr "${TUNE[@]}" --load "$KILL_SUPERVISOR" -- "${ROUTER[@]}"
	[[ $stderr == *"the supervisor was killed by SIGKILL and wrote no report"* ]] || fail "$stderr"
	nothing_left
	# one that hears nothing, with a child in a session of its own
	cat >deaf <<'END'
#!/bin/bash
trap '' TERM INT HUP
setsid bash -c 'echo $$ >>pids; trap "" TERM; while :; do sleep 0.1; done' &
echo $$ >>pids
while :; do sleep 0.1; done
END
	chmod 755 deaf
	rm pids
	run -125 --separate-stderr "${TUNE[@]}" --load "until test \$(wc -l <pids) = 2; do sleep 0.1; done; $KILL_SUPERVISOR" -- ./deaf -DD -E -f router.cfg
	nothing_left
	run -1 --separate-stderr "${TUNE[@]}" --rounds 1 --load 'kill -STOP $(awk "/^PPid/ { print \$2 }" /proc/$SIPLAUNCH_ROUTER_PID/status)' -- "${ROUTER[@]}"
	nothing_left
}

@test "killed by SIGKILL, alone or together with its supervisor, it leaves no router running" {
	local victim
	for victim in tune both; do
		rm -f pids ready
		start_bg "${TUNE[@]}" --load 'echo >ready; exec sleep 600' -- "${ROUTER[@]}"
		wait_for_bg 30 test -s ready
		if [[ $victim == both ]]; then
			local supervisor
			supervisor=$(awk '/^PPid/ { print $2 }' "/proc/$(cat pids)/status")
			# one that does nothing more for its router
			kill -STOP "$supervisor"
			kill -KILL "$BG_PID" "$supervisor"
		else
			kill -KILL "$BG_PID"
		fi
		wait_while 30 is_alive "$(cat pids)"
	done
}

@test "what cannot be tuned is said before anything is started" {
	run -125 --separate-stderr "${TUNE[@]}" --load true -- "${ROUTER[@]}" -m 100
	[[ $stderr == *"the command has a -m of its own"* ]]
	run -125 --separate-stderr "$SIPLAUNCH" tune --profile "$REPO/profiles/generic.json" --load true -- sleep 600
	[[ $stderr == *"nothing to tune: siplaunch does not size the pools of sleep"* ]]
	run -125 --separate-stderr "${TUNE[@]}" --policy default=skip --load true -- "${ROUTER[@]}"
	[[ $stderr == *"the profile's policy skips"* ]]
	run -2 --separate-stderr "${TUNE[@]}" --set sizing.nothing=1 --load true -- "${ROUTER[@]}"
	run -2 --separate-stderr "${TUNE[@]}" -- "${ROUTER[@]}"
	[[ $stderr == *"--load COMMAND"* ]]
	run -2 --separate-stderr "${TUNE[@]}" --load true
	[[ $stderr == *"no router to tune"* ]]
	run -2 --separate-stderr "${TUNE[@]}" --budget soon --load true -- "${ROUTER[@]}"
	[[ $stderr == *"--budget must be a time such as 90s"* ]]
	[[ ! -e pids ]]
}

@test "a launch that is refused says why, and is no result" {
	run -125 --separate-stderr "${TUNE[@]}" --load true -- ./no-such-router -DD -E -f router.cfg
	[[ $stderr == *"could not be launched"*"no-such-router"* ]]
}

@test "every member is in docs/tune-json.md" {
	run -0 --separate-stderr "${TUNE[@]}" --rounds 2 --format json --load true -- "${ROUTER[@]}"
	"$PYTHON" -c 'import json, sys
r, text = json.loads(sys.argv[1]), open(sys.argv[2]).read()
for member in [*r, *r["found"], *r["needed"], *r["rounds"][0]]:
    assert any("\x60%s\x60" % member in line.split("|")[1] for line in text.splitlines() if line.startswith("| ")), member' "$output" "$REPO/docs/tune-json.md"
}
