#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# inspect --watch on a terminal: fitted to it, redrawn in place, and the terminal is as it was afterwards.

load ../lib/common
load ../lib/stand_in
load terminal

setup_file() {
	export BATS_TEST_TIMEOUT=300 # seconds on two cores that are idle; what a step waits for is printed after 120 s
}

setup() {
	prepare_stand_in
	export TERM=xterm-256color
	unset COLUMNS
	echo many >mode
	router unix
	# Once in 1,000 s: what is drawn after the first page was drawn for another reason than that time has passed.
	WATCH=("$SIPLAUNCH" inspect --watch=1000 "$BG_PID")
}

# fitted FILE ROWS COLUMNS: it is a page of that size that says how many processes it has left out, and has the fullest ones.
fitted() {
	"$PYTHON" - "$@" <<-'END'
		import re, sys
		lines = open(sys.argv[1]).read().splitlines()
		rows, columns = int(sys.argv[2]), int(sys.argv[3])
		assert len(lines) == rows and max(map(len, lines)) <= columns, (len(lines), lines)
		assert lines[0].startswith("router") and "opensips" in lines[0], lines[0]
		shown = re.findall(r"^ +1 .*worker (..)$", "\n".join(lines), re.M)
		rest = re.match(r"… (\d+) more processes", lines[-1])
		assert rest and int(rest[1]) + len(shown) == 40, (shown, lines[-1])
		assert shown == [chr(65 + i // 26) + chr(65 + i % 26) for i in range(42, 42 - len(shown), -1)], shown
		assert any("promised" in line for line in lines) and any("shared pool" in line for line in lines), lines
	END
}

@test "a page is fitted to terminals of 80x24, 40x10 and 120x40, with the fullest processes and how many more there are" {
	for size in 24x80 10x40 40x120; do
		drive size:$size 'shows:more processes' screen:page 'type:\x03' status:0 -- "${WATCH[@]}"
		fitted page ${size/x/ } || fail "$(<page)"
	done
	grep -q 'worker BQ' page
	grep -q 'registrations' page
}

@test "a page that has room is whole: without a line for what is left out" {
	echo good >mode
	drive size:60x120 'shows:memory.events' screen:page 'type:\x03' status:0 -- "${WATCH[@]}"
	grep -q '^in the shared pool' page
	grep -q '^$' page
	fails grep -q '…' page
}

@test "a new size of the terminal is a new page at once" {
	drive size:24x80 'shows:more processes' size:40x120 'shows:registrations' screen:large size:10x40 'shows:40 more' screen:small \
		'type:\x03' status:0 -- "${WATCH[@]}"
	fitted large 40 120 || fail "$(<large)"
	fitted small 10 40 || fail "$(<small)"
}

@test "a page is drawn over the one before, not on a cleared screen, and has nothing of it" {
	drive size:24x80 'shows:more processes' run:'echo good >mode' 'shows:SIP receiver' screen:page 'type:\x03' status:0 -- \
		"$SIPLAUNCH" inspect --watch=1 "$BG_PID" >output
	[ "$(grep -o $'\e\\[2J' output | wc -l)" = 1 ]
	fails grep -q 'worker\|more processes' page
}

@test "the terminal is as it was after ^C, while it is suspended, and after fg; the last page is left" {
	local shell=(env PS1='ready> ' bash --norc --noprofile -i)
	drive size:24x80 'expect:ready>' 'type:echo bef\x27\x27ore\r' 'shows:before' "type:$(printf '%q ' "${WATCH[@]}")\\r" 'shows:more processes' screen:first \
		'type:\x1a' 'shows:before' 'shows:Stopped' screen:suspended 'type:fg\r' 'shows:more processes' screen:again \
		'type:\x03' 'type:echo st\x27\x27atus $?\r' 'shows:status 0' screen:after 'type:exit\r' status:0 -- "${shell[@]}" >output
	fitted first 24 80 || fail "$(<first)"
	fitted again 24 80 || fail "$(<again)"
	fails grep -q 'more processes' suspended
	grep -q 'memory.events' after
	fails grep -q 'more processes' after
	"$PYTHON" -c 'import sys; text = sys.argv[1]; assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l") and text.count("1049h") == text.count("1049l") == 2' "$(<output)"
}

@test "a terminal without cursor movements gets pages without them" {
	export TERM=dumb
	drive size:24x80 'expect:memory.events' 'type:\x03' status:0 -- "${WATCH[@]}" >output
	fails grep -q $'\e' output
}

@test "on a terminal the first line says that the router ended, until it runs again" {
	((EUID == 0)) || skip "needs root"
	stop_bg "$BG_PID"
	export REPO
	# shellcheck disable=SC2016 # the inner shell's
	drive size:24x100 'shows:promised' run:'touch stop' 'shows:has ended: siplaunch waits until it runs again' screen:ended run:'touch start' \
		'shows:more processes' 'type:\x03' status:0 -- unshare --pid --fork --kill-child --mount-proc bash -c '
		start() {
			rm -f mi.sock
			(exec -a opensips "$PYTHON" "$REPO/tests/lib/mi-server" -f "$PWD/router.cfg") >mi.log 2>&1 </dev/null &
			router=$!
			until [ -S mi.sock ]; do sleep 0.1; done
		}
		start
		(until [ -e stop ]; do sleep 0.1; done; kill "$router"; until [ -e start ]; do sleep 0.1; done; start; wait) >/dev/null 2>&1 </dev/null &
		exec "$SIPLAUNCH" inspect --watch=1 opensips'
	grep -q '^opensips, process [0-9]*, has ended: siplaunch waits' ended || fail "$(<ended)"
	[[ $(wc -l <ended) -le 24 ]]
}
