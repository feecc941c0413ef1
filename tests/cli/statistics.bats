#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a router says of its pools: asked over each of OpenSIPS's interfaces, in its own wire format, by a stand-in.
# Wrong answers are in wrong_answers.bats, what real routers answered in recorded.bats, a real Kamailio in tests/vm/statistics.bats.

load ../lib/common
load ../lib/stand_in

setup() {
	prepare_stand_in
}

# idle_router: a process that is one by its name, and nothing else.
# idle_router [NAME]
idle_router() {
	# shellcheck disable=SC2016 # it is the inner shell's
	start_bg bash -c 'exec -a "$0" sleep 600' "${1:-opensips}"
	wait_until 30 grep -q sleep "/proc/$BG_PID/comm"
}

@test "OpenSIPS is asked over mi_fifo, mi_datagram and mi_http, where its configuration says" {
	for kind in unix fifo http udp; do
		router "$kind"
		asked "p['shared'] == {'total': 268435456, 'used': 3952288, 'realUsed': 4252336, 'maxUsed': 4523544, 'free': 264183120, 'fragments': 91}" \
			"[q['id'] for q in p['private']] == [3, 4, 5, 6] and p['private'][0]['name'].startswith('SIP receiver')" \
			"p['private'][0]['maxUsed'] == 1300003 and p['private'][3]['pid'] == 106" \
			"p['version'] == 'OpenSIPS (3.6.8 (x86_64/linux))' and p['requests'] == 120 and p['replies'] == 80" \
			"p['arguments'] == {'-m': 256, '-M': 16} and p['noPools'] is None" \
			"i['memory']['shared']['used'] == 4252336 and i['memory']['private']['used'] == 4800018" -- "$BG_PID"
		asked "p['noPools'] is None" -- --mi "$MI" "$BG_PID"
		stop_bg "$BG_PID"
		rm -f mi.fifo mi.sock
	done
	[ -z "$(ls replies)" ]
}

@test "a path alone is a FIFO or a datagram socket, as the file is" {
	router unix
	asked "p['noPools'] is None" -- --mi "$PWD/mi.sock" "$BG_PID"
	stop_bg "$BG_PID"
	export MI_REPLIES=/tmp/
	router fifo
	asked "p['noPools'] is None" -- --mi "$PWD/mi.fifo" "$BG_PID"
	[ -z "$(compgen -G '/tmp/siplaunch_*')" ]
}

@test "the reply FIFO is named as the router does: right behind its reply directory, which need not end in a slash" {
	MI_REPLIES=$PWD/replies/edge- router fifo
	asked "p['noPools'] is None" -- "$BG_PID"
	[ -z "$(ls replies)" ]
}

@test "an answer that is too long for OpenSIPS's datagrams is told as such, with the ways that take it" {
	for way in unix udp; do
		recorded "$REPO/tests/fixtures/recorded/opensips-3.6.8/$way-huge"
		asked "'too long for a datagram' in p['noPools'] and 'mi_http' in p['noPools']" -- --mi "$MI" "$BG_PID"
		stop_bg "$BG_PID"
		rm -f mi.sock
	done
}

@test "Kamailio without kex tells its shared pool, and no question that it does not know is asked twice" {
	router unix kamailio
	asked "p['shared']['total'] == 64 << 20 and p['shared']['realUsed'] == 2661 << 10" "p['private'] == []" \
		"p['requests'] is None and p['arguments']['-m'] == 64" -- --mi "$MI" "$BG_PID"
	run -0 "$SIPLAUNCH" inspect --mi "$MI" "$BG_PID"
	[[ $output == *"private pools"*"kex"* ]]
}

@test "a router that dies over a question is told as one that did not answer" {
	router fifo
	idle_router
	local other=$BG_PID
	echo die >mode
	asked "'no complete answer' in p['noPools']" -- --mi "$MI" "$other"
	asked "'(ENXIO)' in p['noPools'] and 'no process reads' in p['noPools']" -- --mi "$MI" "$other"
	[ -z "$(ls replies)" ]
}

@test "a router that does not answer because it is stopped is reported as stopped" {
	router unix
	kill -STOP "$BG_PID"
	asked "'stopped by a signal or a debugger: 1 of its 1 processes (kill -CONT' in p['noPools']" -- --mi "$MI" "$BG_PID"
	kill -CONT "$BG_PID"
}

@test "the answers of another router at the same address are refused, and not taken for this one's" {
	local kind
	for kind in unix fifo http udp; do
		router "$kind"
		idle_router
		# its configuration says the same as the other's
		asked "'another router answered: its process ${BG_PIDS[-2]} does not belong to this router' in p['noPools']" \
			"p['shared'] is None and p['version'] is None" -- --mi "$MI" "$BG_PID"
		asked "p['noPools'] is None" -- --mi "$MI" "${BG_PIDS[-2]}"
		stop_all
		rm -f mi.sock mi.fifo
	done
}

@test "Kamailio without kex tells its first process, so that the answers of another are refused; one that does not is believed" {
	router unix kamailio
	local first=$BG_PID
	asked "p['noPools'] is None and p['shared']['total'] == 64 << 20" -- --mi "$MI" "$first"
	idle_router kamailio
	asked "'another router answered: its process $first does not belong to this router' in p['noPools']" "p['shared'] is None" -- --mi "$MI" "$BG_PID"
	echo no-ps >mode
	asked "p['noPools'] is None" -- --mi "$MI" "$BG_PID"
}

@test "somebody else's socket, a file, another machine: refused, and why" {
	idle_router
	local pid=$BG_PID
	touch file
	for case in "$PWD/file=neither a FIFO nor a socket" "fifo:$PWD/file=is not a FIFO" "fifo:$PWD/none=No such file" \
		"udp:192.0.2.1:80=not an address of this machine" "udp:127.0.0.1:9=no process listens at udp:127.0.0.1:9: Connection refused (ECONNREFUSED)" \
		"http://127.0.0.1:9/mi=no process listens at http://127.0.0.1:9/mi: Connection refused (ECONNREFUSED)" \
		"ctl:$PWD/none=is an address of Kamailio" "ftp:1=not a management address" "udp:sip.example.org:80=not a management address"; do
		asked "'${case#*=}' in p['noPools']" -- --mi "${case%%=*}" "$pid"
	done
	run -0 "$SIPLAUNCH" inspect "$pid"
	[[ $output == *"its configuration, which names the management address, is not known: "*" give the address with "*mi_datagram* ]] || fail "$output"
	[[ $output != *"add to the configuration"* ]]
}

@test "a FIFO that one may not write to says whose it is" {
	((EUID == 0)) || skip "needs root"
	router fifo
	chmod 755 . .. "$BATS_RUN_TMPDIR" 2>/dev/null || true
	chmod 600 mi.fifo
	run setpriv --reuid=65534 --clear-groups "$SIPLAUNCH" inspect --mi "$MI" "$BG_PID"
	[ "$status" = 0 ]
	[[ $output =~ uid\ 0\ and\ gid\ 0\ and\ has\ mode\ 0600 ]] || [[ $output == *"Permission denied"* ]]
}

@test "an interrupted look leaves no FIFO behind, and ends by the signal" {
	router fifo
	echo silent >mode
	start_bg "$SIPLAUNCH" inspect --mi "$MI" "${BG_PIDS[0]}"
	asks() { [ -n "$(ls replies)" ]; }
	wait_for_bg 30 asks
	kill -INT "$BG_PID"
	local status=0
	wait "$BG_PID" || status=$?
	[ "$status" = 130 ]
	[ -z "$(ls replies)" ]
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
			until tail -n 1 lines | grep -q "\"pid\":$router,"; do kill -0 "$watch"; sleep 0.1; done
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

@test "the metrics name the configuration of a router, which tells routers of one name apart" {
	router unix
	run -0 --separate-stderr "$SIPLAUNCH" inspect --format openmetrics "$BG_PID"
	grep -qE "^siplaunch_router_info\{router=\"opensips\",.*config=\"$PWD/router.cfg\"\} 1\$" <<<"$output" || fail "$output"
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
