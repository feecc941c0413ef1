#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a router says of its pools: asked over each of OpenSIPS's interfaces, in its own wire format, by a stand-in.
# Again and again is in watching.bats, wrong answers are in wrong_answers.bats, what real routers answered in recorded.bats, a real
# Kamailio in tests/vm/statistics.bats.

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

@test "the metrics name the configuration of a router, which tells routers of one name apart" {
	router unix
	run -0 --separate-stderr "$SIPLAUNCH" inspect --format openmetrics "$BG_PID"
	grep -qE "^siplaunch_router_info\{router=\"opensips\",.*config=\"$PWD/router.cfg\"\} 1\$" <<<"$output" || fail "$output"
}
