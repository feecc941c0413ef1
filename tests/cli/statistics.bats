#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a router says of its pools: asked over each of OpenSIPS's interfaces, in its own wire format, by a stand-in that
# also answers wrongly in every way. A real Kamailio is asked in tests/vm/statistics.bats.

load ../lib/common

setup() {
	export LC_ALL=C.UTF-8
	unset SIPLAUNCH_PROFILE SIPLAUNCH_PROFILE_PATH NO_COLOR
	cd "$BATS_TEST_TMPDIR" || return
	mkdir replies
	export MI_MODE=$PWD/mode MI_REPLIES=$PWD/replies/
	PORT=$((20000 + BASHPID % 20000))
}

teardown() {
	stop_all
}

# router KIND [NAME]: starts the stand-in; what --mi takes for it is in $MI, its configuration says the same.
router() {
	local module
	case $1 in
	fifo) MI_LISTEN=fifo:$PWD/mi.fifo MI=$MI_LISTEN,reply=${MI_REPLIES%/} ;;
	unix) MI_LISTEN=unix:$PWD/mi.sock MI=$MI_LISTEN ;;
	udp) MI_LISTEN=udp:$PORT MI=udp:127.0.0.1:$PORT ;;
	http) MI_LISTEN=http:$PORT MI=http://127.0.0.1:$PORT/mi ;;
	esac
	case $1 in
	fifo) module="modparam(\"mi_fifo\", \"fifo_name\", \"$PWD/mi.fifo\") modparam(\"mi_fifo\", \"reply_dir\", \"$MI_REPLIES\")" ;;
	unix) module="modparam(\"mi_datagram\", \"socket_name\", \"$PWD/mi.sock\")" ;;
	udp) module="modparam(\"mi_datagram\", \"socket_name\", \"$MI\")" ;;
	http) module="modparam(\"httpd\", \"port\", $PORT)" ;;
	esac
	printf 'socket=udp:127.0.0.1:5060\nloadmodule "mi_fifo.so"\nloadmodule "mi_datagram.so"\n%s\n%s\n' \
		"$([[ $1 != http ]] || echo 'loadmodule "httpd.so" loadmodule "mi_http.so"')" "$module" >router.cfg
	export MI_LISTEN
	# shellcheck disable=SC2016 # it is the inner shell's
	start_bg bash -c 'exec -a "$0" "$@"' "${2:-opensips}" "$PYTHON" "$REPO/tests/lib/mi-server" -f "$PWD/router.cfg"
	wait_for_bg 20 listens "$1"
}

listens() {
	case $1 in
	fifo) [ -p mi.fifo ] ;;
	unix) [ -S mi.sock ] ;;
	udp) grep -qi "0100007F:$(printf %04X "$PORT")" /proc/net/udp ;;
	http) grep -qi "0100007F:$(printf %04X "$PORT") .* 0A " /proc/net/tcp ;;
	esac
}

# idle_router: a process that is one by its name, and nothing else.
idle_router() {
	start_bg bash -c 'exec -a opensips sleep 600'
	wait_until 10 grep -q sleep "/proc/$BG_PID/comm"
}

# asked EXPRESSION... -- ARGUMENT...: inspect's JSON has the documented form, and every expression is true of its sample `p`.
asked() {
	local expressions=()
	while [[ $1 != -- ]]; do
		expressions+=("(lambda p, i: $1)(i['sample'], i)")
		shift
	done
	shift
	run -0 --separate-stderr "$SIPLAUNCH" inspect --format json "$@"
	"$PYTHON" "$REPO/tests/cli/inspect_check.py" 0 "${expressions[@]}" <<<"$output"
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

# recorded FILE: the stand-in answers with what a real router was recorded to answer, over the way that it was asked.
recorded() {
	local way=${1##*/} name
	name=$(basename "$(dirname "$1")")
	export MI_RECORDED=$1
	router "${way%-*}" "${name%-*}"
}

# recordings_agree FILE...: replayed, each is what inspect shows, and advise takes it.
recordings_agree() {
	for file in "$@"; do
		recorded "$file"
		"$SIPLAUNCH" inspect --format json --mi "$MI" "$BG_PID" >sample.json
		"$PYTHON" "$REPO/tests/cli/recorded_check.py" "$file" <sample.json || fail "$file"
		run -0 "$SIPLAUNCH" advise --mi "$MI" "$BG_PID"
		stop_bg "$BG_PID"
		rm -f mi.fifo mi.sock
	done
	[ -z "$(ls replies)" ]
}

@test "what real routers were recorded to answer is what inspect shows, and advise takes, over each way" {
	files=("$REPO"/tests/fixtures/recorded/*/*)
	((${#files[@]} >= 40))
	recordings_agree "${files[@]}"
}

@test "a real OpenSIPS with registrations and calls is asked over each way, and its numbers are what inspect shows" {
	[[ ${OPENSIPS:-} ]] || skip "OPENSIPS=/path/to/opensips is not given, and Debian has no package of it"
	unshare --net true 2>/dev/null || skip "a network namespace needs CAP_SYS_ADMIN"
	export RECORDED=$PWD/recorded
	run -0 "$REPO/tests/bench/record-management" "$OPENSIPS" ${OPENSIPS_MODULES:+--modules "$OPENSIPS_MODULES"} loaded
	[ "$(grep -c '; pools$' <<<"$output")" = 4 ] || fail "$output"
	# the registrations and calls that the recorder makes
	for file in recorded/*/*; do
		grep -aq '"usrloc:location-contacts":40' "$file"
		grep -aq '"dialog:active_dialogs":5,"dialog:early_dialogs":3' "$file"
	done
	recordings_agree "$PWD"/recorded/*/*
}

@test "what a registration takes is learned from a real OpenSIPS, and plan accepts what advise writes" {
	[[ ${OPENSIPS:-} ]] || skip "OPENSIPS=/path/to/opensips is not given, and Debian has no package of it"
	unshare --net true 2>/dev/null || skip "a network namespace needs CAP_SYS_ADMIN"
	unshare --net "$REPO/tests/cli/learn_registrations.sh" "$OPENSIPS" "${OPENSIPS_MODULES:-}" 3000
	run -0 "$SIPLAUNCH" advise --profile "$REPO/profiles/opensips-1g.json" --write learned.json day
	"$PYTHON" - <<-'END'
		import json
		samples = [json.loads(line) for line in open("day")]
		measured = json.load(open("learned.json"))["sizing"]["measured"]
		first, last = samples[0], samples[-1]
		assert last["registrations"] - first["registrations"] == 3000, (first, last)
		truth = (last["shared"]["realUsed"] - first["shared"]["realUsed"]) / 3000
		assert abs(measured["registration"] - truth) <= truth / 20, (measured, truth)
		assert abs(measured["start"] - first["shared"]["realUsed"]) <= first["shared"]["realUsed"] / 20, (measured, first)
	END
	run -0 "$SIPLAUNCH" plan --profile ./learned.json --set user=null --set group=null --policy default=prefer \
		--workload registrations=1000 -- "$OPENSIPS" -F -f "$PWD/real.cfg"
	[[ $output == *"measured here"* ]]
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

# wrong KIND MODE REASON: the router that is asked over KIND answers like that, and that is why there are no pools.
wrong() {
	echo "$2" >mode
	run -0 --separate-stderr timeout 30 "$SIPLAUNCH" inspect --format json "$BG_PID"
	[ -z "$stderr" ]
	[[ $output == *'"shared": null,'*'"private": null,'* ]] || fail "$1, $2: $output"
	grep '"noPools"' <<<"$output" | grep -qF -- "$3" || fail "$1, $2: $(grep '"noPools"' <<<"$output")"
	[[ $output != *$'\e'* ]]
}

# wrong_answers KIND MODE=REASON...: each is told as such; nothing stays.
wrong_answers() {
	router "$1"
	for case in "${@:2}"; do wrong "$1" "${case%%=*}" "${case#*=}"; done
	[ -z "$(ls replies)" ]
}

WRONG=(empty="no JSON" not-json="no JSON" cut-off="no JSON" wrong-id="another id" error=Internal wrong-type="no object"
	negative="no number from 0 on" fraction="no number from 0 on" duplicate=duplicate deep=depth)

@test "every wrong answer over a UNIX datagram socket is told as such: nothing hangs, nothing crashes, nothing stays" {
	wrong_answers unix "${WRONG[@]}" silent="asked for 2 s without a complete answer"
}

@test "every wrong answer over a FIFO is told as such" {
	# those that keep the router busy for a while are the last
	wrong_answers fifo "${WRONG[@]}" endless="longer than 2 MiB" slow="asked for 2 s without a complete answer"
}

@test "every wrong answer over HTTP is told as such" {
	wrong_answers http "${WRONG[@]/empty=no JSON/empty=no HTTP}" endless="longer than 2 MiB" status=404 pieces="in pieces" \
		short="ended after" silent="asked for 2 s without a complete answer"
}

@test "every wrong answer over UDP is told as such" {
	# anybody can send a datagram: what has not the question's id is none of the answer
	wrong_answers udp not-json="without a complete answer" error=Internal duplicate=duplicate
}

@test "a router that dies over a question is told as one that did not answer" {
	router fifo
	idle_router
	local other=$BG_PID
	echo die >mode
	asked "'without a complete answer' in p['noPools']" -- --mi "$MI" "$other"
	asked "'nobody reads' in p['noPools']" -- --mi "$MI" "$other"
	[ -z "$(ls replies)" ]
}

@test "somebody else's socket, a file, another machine: refused, and why" {
	idle_router
	local pid=$BG_PID
	touch file
	for case in "$PWD/file=neither a FIFO nor a socket" "fifo:$PWD/file=is no FIFO" "fifo:$PWD/none=No such file" \
		"udp:192.0.2.1:80=no address of this machine" "udp:127.0.0.1:9=nobody listens" "http://127.0.0.1:9/mi=nobody listens" \
		"ctl:$PWD/none=is an address of Kamailio" "ftp:1=no management address" "udp:sip.example.org:80=no management address"; do
		asked "'${case#*=}' in p['noPools']" -- --mi "${case%%=*}" "$pid"
	done
	run -0 "$SIPLAUNCH" inspect "$pid"
	[[ $output == *"its configuration, which says where it can be asked, is not known: "*mi_datagram* ]]
}

@test "a FIFO that one may not write to says whose it is" {
	((EUID == 0)) || skip "needs root"
	router fifo
	chmod 755 . .. "$BATS_RUN_TMPDIR" 2>/dev/null || true
	chmod 600 mi.fifo
	run setpriv --reuid=65534 --clear-groups "$SIPLAUNCH" inspect --mi "$MI" "$BG_PID"
	[ "$status" = 0 ]
	[[ $output =~ uid\ 0\ and\ gid\ 0\ with\ mode\ 0600 ]] || [[ $output == *"Permission denied"* ]]
}

@test "an interrupted look leaves no FIFO behind, and ends by the signal" {
	router fifo
	echo silent >mode
	start_bg "$SIPLAUNCH" inspect --mi "$MI" "${BG_PIDS[0]}"
	asks() { [ -n "$(ls replies)" ]; }
	wait_for_bg 10 asks
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
	wait_for_bg 20 lines 3
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

@test "what a registration takes is learned from a watch, written into a profile, and counted with by plan" {
	router unix
	local router=$BG_PID
	"$SIPLAUNCH" inspect --format json "$router" >one.json
	"$PYTHON" "$REPO/tests/cli/inspect_check.py" 0 "i['objects']['registrations'] == {'count': 500, 'bytes': None, 'doubt': None, 'sure': 'none', 'atMost': 8504, 'with': []}" \
		"i['objects']['start'] is None and i['objects']['dialogs']['count'] == 23 and i['objects']['transactions']['count'] == 7" <one.json
	run -0 "$SIPLAUNCH" inspect "$router"
	[[ ${output//$'\n'+( )/ } == *"registrations"*"at most 8504 bytes each, were all that is used theirs: one sample does not tell more"* ]]

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
assert profile["sizing"]["processes"] == 1 and "1 processes counted" in profile["description"], profile'

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
	[[ $output == *"--watch compares nothing: it does not go with --profile"* ]]
}

@test "--watch as text is a page each time, without escapes where nobody sees them" {
	router unix
	local router=$BG_PID
	start_bg "$SIPLAUNCH" inspect --watch=1 "$router"
	pages() { (($(grep -c '^memory ' "$BG_LOG") >= 2)); }
	wait_for_bg 20 pages
	kill -TERM "$BG_PID"
	wait "$BG_PID"
	grep -q 'SIP receiver' "$BG_LOG"
	fails grep -q $'\e' "$BG_LOG"
}

@test "--watch ends with the router, says so, and with 125" {
	router unix
	local router=$BG_PID
	start_bg "$SIPLAUNCH" inspect --watch=1 --format json "$router"
	wait_for_bg 20 lines 1
	kill "$router"
	local status=0
	wait "$BG_PID" || status=$?
	[ "$status" = 125 ]
	grep -q "process $router has ended" "$BG_LOG"
}

@test "a router that stays silent is asked ever more seldom" {
	router unix
	local router=$BG_PID
	echo silent >mode
	start_bg "$SIPLAUNCH" inspect --watch=1 --format json "$router"
	wait_for_bg 40 lines 4
	kill "$BG_PID"
	wait "$BG_PID" || true
	grep -q 'is not asked for now' "$BG_LOG"
}
