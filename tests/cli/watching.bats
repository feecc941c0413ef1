#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# inspect --watch as a program reads it: a line each time, what ends it, a router that comes and goes, the profile that is written at
# the end. On a terminal: watch.bats.

load ../lib/common
load ../lib/stand_in

setup() {
	prepare_stand_in
}

# lines N: the watch's output has so many whole lines.
lines() {
	(($(wc -l <"$BG_LOG") >= $1))
}

@test "--watch prints a line of JSON each time, at once, and is stopped with status 0" {
	router unix
	local router=$BG_PID
	start_bg "$SIPLAUNCH" inspect --watch=1 --format json "$router"
	wait_for_bg 30 lines 3
	kill -INT "$BG_PID"
	wait "$BG_PID"
	"$PYTHON" - "$BG_LOG" <<-'EOF'
		import json, sys
		samples = [json.loads(line) for line in open(sys.argv[1])]
		assert len(samples) >= 3 and all(s["shared"]["total"] == 268435456 for s in samples)
		beats = [b["at"] - a["at"] for a, b in zip(samples, samples[1:])]
		assert all(600 < beat < 10000 for beat in beats) and min(beats) < 1400, beats
	EOF
}

@test "a watch asks a router that makes its socket later" {
	router unix
	local router=$BG_PID
	mv mi.sock later.sock
	start_bg "$SIPLAUNCH" inspect --watch=1 --format json "$router"
	wait_for_bg 30 lines 1
	grep -q '"noPools":"open .*mi.sock: No such file' "$BG_LOG"
	mv later.sock mi.sock
	answered() { tail -n 1 "$BG_LOG" | grep -q '"noPools":null'; }
	wait_for_bg 30 answered
	kill -INT "$BG_PID"
	wait "$BG_PID"
}

@test "a watch that has no descriptor left does not take the router for gone" {
	router unix
	local router=$BG_PID
	start_bg "$SIPLAUNCH" inspect --watch=1 --format json "$router"
	wait_for_bg 30 lines 1
	prlimit --pid "$BG_PID" --nofile=4:4
	local status=0
	wait "$BG_PID" || status=$?
	[ "$status" = 125 ]
	grep -q EMFILE "$BG_LOG" || fail "$(cat "$BG_LOG")"
	run ! grep -q 'has ended' "$BG_LOG"
}

@test "what a registration takes is learned from a watch, written into a profile, and counted with by plan" {
	router unix
	local router=$BG_PID
	"$SIPLAUNCH" inspect --format json "$router" >one.json
	"$PYTHON" "$REPO/tests/cli/inspect_check.py" 0 "i['objects']['registrations'] == {'count': 500, 'bytes': None, 'doubt': None, 'sure': 'none', 'atMost': 8504, 'with': []}" \
		"i['objects']['start'] is None and i['objects']['dialogs']['count'] == 23 and i['objects']['transactions']['count'] == 7" <one.json
	run -0 "$SIPLAUNCH" inspect "$router"
	[[ ${output//$'\n'+( )/ } == *"registrations"*"at most 8504 bytes each, if all used memory belonged to them: one sample does not show more"* ]]

	echo grows >mode
	start_bg "$SIPLAUNCH" inspect --watch=1 --format json --write-profile "$PWD/edge.json" "$router"
	wait_for_bg 30 lines 4
	[ ! -e edge.json ]
	kill -INT "$BG_PID"
	wait "$BG_PID"
	"$PYTHON" -c '
import datetime, json
profile = json.load(open("edge.json"))
measured = profile["sizing"]["measured"]
days = {str(datetime.datetime.now(datetime.timezone.utc).date() - datetime.timedelta(days=n)) for n in (0, 1)}
assert abs(measured["registration"] - 1304) <= 2 and measured["on"] in days, measured
assert measured["version"].startswith("OpenSIPS") and set(measured) <= {"registration", "start", "on", "version"}, measured
assert profile["sizing"]["processes"] == 1 and "1 process counted" in profile["description"], profile'

	grep -v '^siplaunch: ' "$BG_LOG" >samples
	run -0 --separate-stderr "$SIPLAUNCH" advise --format json samples
	"$PYTHON" -c '
import json, sys
seen = json.load(sys.stdin)["objects"]
assert abs(seen["registrations"]["bytes"] - 1304) <= 2 and seen["registrations"]["sure"] == "high", seen
assert seen["dialogs"]["bytes"] is None and seen["start"] > 0, seen' <<<"$output"
	echo '{"extends": "opensips", "sizing": {"memory": "1GiB"}}' >base.json
	run -0 "$SIPLAUNCH" advise --profile-dir "$REPO/profiles" --profile ./base.json --write learned.json samples
	run -0 "$SIPLAUNCH" plan --profile-dir "$REPO/profiles" --host "$REPO/tests/fixtures/hosts/bare-v2" --set user=null --set group=null \
		--profile ./learned.json --workload registrations=1000 --policy workload=prefer -- opensips
	[[ $output =~ registrations\ +1,000\ .*"130"[2-6]" bytes, measured here 20" ]]
	rm learned.json edge.json

	run -2 "$SIPLAUNCH" inspect --watch --profile ./base.json "$router"
	[[ $output == *"--watch compares nothing: it cannot be combined with --profile"* ]]
}

@test "--watch as text is a page each time, without escapes where nobody sees them" {
	router unix
	local router=$BG_PID
	start_bg "$SIPLAUNCH" inspect --watch=1 "$router"
	pages() { (($(grep -c '^memory ' "$BG_LOG") >= 2)); }
	wait_for_bg 30 pages
	kill -TERM "$BG_PID"
	wait "$BG_PID"
	grep -q 'SIP receiver' "$BG_LOG"
	fails grep -q $'\e' "$BG_LOG"
}

@test "--watch ends with the router, says so, and with 125" {
	router unix
	local router=$BG_PID
	start_bg "$SIPLAUNCH" inspect --watch=1 --format json "$router"
	wait_for_bg 30 lines 1
	kill "$router"
	local status=0
	wait "$BG_PID" || status=$?
	[ "$status" = 125 ]
	grep -q "process $router has ended" "$BG_LOG"
}

@test "--watch --write-profile writes what was observed until the router ended" {
	router unix
	local router=$BG_PID status=0
	echo grows >mode
	start_bg "$SIPLAUNCH" inspect --watch=1 --format json --write-profile "$PWD/edge.json" "$router"
	wait_for_bg 30 lines 4
	kill "$router"
	wait "$BG_PID" || status=$?
	[ "$status" = 125 ]
	grep -q "process $router has ended: there is nothing more to watch" "$BG_LOG"
	grep -q "hint: $PWD/edge.json has what siplaunch observed until then" "$BG_LOG" || fail "$(<"$BG_LOG")"
	"$PYTHON" -c '
import json, sys
profile = json.load(open("edge.json"))
assert abs(profile["sizing"]["measured"]["registration"] - 1304) <= 2, profile
assert profile["sizing"]["processes"] == 1 and "pid %s," % sys.argv[1] in profile["description"], profile' "$router"
}

# in_namespace SCRIPT: runs it where no process but its own is seen. The routers of other tests run as well.
in_namespace() {
	((EUID == 0)) || skip "needs root"
	unshare --pid --fork --kill-child --mount-proc bash -ec "$1" 3>&-
}

@test "--watch follows a router that was not chosen by its pid over a restart, and what it learned before stays" {
	router unix
	stop_bg "$BG_PID"
	export REPO
	local choice
	for choice in opensips ""; do
		rm -f mi.sock edge.json ./*.pid
		: >lines # of the choice before: the watch empties it as soon as it runs, which may be later than the first look
		: >said
		echo grows >mode
		# shellcheck disable=SC2016 # the inner shell's
		in_namespace '
			start() {
				rm -f mi.sock
				(exec -a opensips "$PYTHON" "$REPO/tests/lib/mi-server" -f "$PWD/router.cfg") &
				router=$!
				until [ -S mi.sock ]; do sleep 0.1; done
			}
			start
			echo "$router" >first.pid
			"$SIPLAUNCH" inspect --watch=1 --format json --write-profile "$PWD/edge.json" '"$choice"' >lines 2>said &
			watch=$!
			until [ "$(wc -l <lines)" -ge 4 ]; do kill -0 "$watch"; sleep 0.1; done
			kill "$router"
			wait "$router" || :
			until grep -q "has ended" said; do kill -0 "$watch"; sleep 0.1; done
			[ ! -e edge.json ]
			echo good >mode
			start
			echo "$router" >second.pid
			# behind the time: the pools have pids too, which the stand-in makes up
			until tail -n 1 lines | grep -q "\"at\":[0-9]*,\"pid\":$router,"; do kill -0 "$watch"; sleep 0.1; done
			kill -INT "$watch"
			wait "$watch"' || fail "$(cat said lines)"
		grep -qx "siplaunch: warning: opensips, process $(<first.pid), has ended: siplaunch waits until it runs again" said || fail "$(<said)"
		grep -qx "siplaunch: warning: opensips runs again, as process $(<second.pid)" said || fail "$(<said)"
		"$PYTHON" -c '
import json, sys
profile = json.load(open("edge.json"))
assert abs(profile["sizing"]["measured"]["registration"] - 1304) <= 2, profile
assert "pid %s," % sys.argv[1] in profile["description"], profile' "$(<second.pid)"
	done
}

@test "--watch that waits for a router to run again writes the profile when it is interrupted" {
	router unix
	stop_bg "$BG_PID"
	rm -f mi.sock
	export REPO
	# shellcheck disable=SC2016 # the inner shell's
	in_namespace '
		(exec -a opensips "$PYTHON" "$REPO/tests/lib/mi-server" -f "$PWD/router.cfg") &
		router=$!
		until [ -S mi.sock ]; do sleep 0.1; done
		"$SIPLAUNCH" inspect --watch=1 --format json --write-profile "$PWD/edge.json" opensips >lines 2>said &
		watch=$!
		until [ -s lines ]; do kill -0 "$watch"; sleep 0.1; done
		kill "$router"
		until grep -q "waits until it runs again" said; do kill -0 "$watch"; sleep 0.1; done
		kill -INT "$watch"
		wait "$watch"' || fail "$(cat said lines)"
	[ -s edge.json ]
}

@test "a router that stays silent is asked ever more seldom" {
	router unix
	local router=$BG_PID
	echo silent >mode
	start_bg "$SIPLAUNCH" inspect --watch=1 --format json "$router"
	wait_for_bg 40 lines 4
	kill "$BG_PID"
	wait "$BG_PID" || true
	grep -q 'is not queried for now' "$BG_LOG"
}
