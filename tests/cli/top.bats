#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The live view on a real terminal, over samples that a Kamailio wrote: sizes, keys, terminals, and that it leaves the terminal as it was.
# What it draws is in tests/unit/top_test.c, a running Kamailio in tests/vm/top.bats.

load ../lib/common
load ../lib/screen

SAMPLES=$REPO/tests/fixtures/top/samples.jsonl

setup() {
	plain_language
	export TZ=UTC
	unset NO_COLOR
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	screen_close
	stop_all
}

# replay COLUMNSxLINES: opens the recording, and stops it where it is.
replay() {
	screen_open "$1" "$SIPLAUNCH" top --replay "$SAMPLES"
	screen_shows 'kama'
	screen_keys '}'
	screen_shows 'END 41/41'
}

@test "it draws the screen of the terminal's size, and the one of another size when that changes" {
	replay 80x24
	screen_keys '}' # no message is left
	diff <(screen_text) "$REPO/tests/fixtures/top/80x24.txt"
	for size in 120x40 40x10 20x5; do
		tmux -S "$SCREEN" resize-window -x "${size%x*}" -y "${size#*x}"
		wait_until 60 screen_is "$REPO/tests/fixtures/top/$size.txt" || diff <(screen_text) "$REPO/tests/fixtures/top/$size.txt"
	done
	screen_keys q
	screen_ends 0
}

@test "its keys sort, scroll, turn pages, step and explain themselves" {
	replay 80x24
	screen_has 'USED↓.*1-8 of 13'
	screen_keys Down
	screen_shows ' 2-9 of 13'
	screen_keys End
	screen_shows ' 6-13 of 13'
	screen_keys Home r
	screen_shows 'USED↑'
	screen_keys m
	screen_shows '^ MODULE '
	screen_keys '?'
	screen_shows '^  s S  '
	screen_keys '?'
	screen_shows '^ MODULE '
	screen_keys Escape
	screen_shows 'PROCESS'
	screen_keys Left
	screen_shows 'PAUSED 40/41 1x'
	screen_keys '{'
	screen_shows 'PAUSED 1/41 1x'
	screen_keys + + Space
	screen_shows 'REPLAY [0-9]+/41 4x'
	screen_shows 'END 41/41 4x'
	screen_keys w
	screen_shows 'there is nothing to write'
	screen_keys q
	screen_ends 0
}

@test "a signal, a hung-up terminal's among them, ends it with the terminal as it was" {
	for signal in INT TERM HUP; do
		replay 80x24
		kill -"$signal" "$(screen_pid)"
		screen_ends 0
		screen_close
	done
	replay 80x24
	screen_keys C-c
	screen_ends 0
}

@test "it is suspended with the terminal as it was, and comes back whole" {
	run_shell() { env -u TMUX tmux -S "$SCREEN" -f /dev/null new-session -d -x 80 -y 24 'PS1="shell> " exec bash --norc --noprofile -i' 3>&-; }
	SCREEN=$BATS_TEST_TMPDIR/tmux
	run_shell
	screen_shows '^shell>'
	screen_keys "$SIPLAUNCH top --replay $SAMPLES" Enter
	screen_shows 'kamailio 5'
	screen_keys C-z
	screen_shows '^shell> *$'
	screen_lacks 'promised'
	screen_keys fg Enter
	screen_shows '^ promised'
	screen_keys q
	screen_shows '^shell> *$'
}

@test "terminals of several types show it, and one whose cursor does not move is told what to do" {
	for type in xterm-256color vt100 linux screen tmux-256color xterm-nobody-knows; do
		SCREEN_TERM=$type replay 80x24
		screen_has 'MiB of 341 MiB'
		screen_keys q
		screen_ends 0
		screen_close
	done
	for type in dumb unknown no-such-terminal; do
		SCREEN_TERM=$type screen_open 80x24 "$SIPLAUNCH" top --replay "$SAMPLES"
		screen_ends 125
		grep -q "TERM is $type" errors
		grep -q 'inspect --watch' errors
		screen_close
	done
}

@test "where the locale is not one of UTF-8 it is all ASCII" {
	export LC_ALL=C
	replay 80x24
	diff <(screen_text) "$REPO/tests/fixtures/top/80x24-ascii.txt"
	screen_keys q
	screen_ends 0
}

@test "samples come from standard input too, and the keys from the terminal" {
	screen_open 80x24 sh -c "cat '$SAMPLES' | '$SIPLAUNCH' top --replay -"
	screen_shows '/41 1x'
	screen_keys '}'
	screen_shows 'END 41/41'
	screen_keys q
	screen_ends 0
}

@test "what is no terminal, no file of samples or no router is an error before anything is drawn" {
	run -125 --separate-stderr "$SIPLAUNCH" top --replay "$SAMPLES"
	[[ -z $output && $stderr == *'standard output is not a terminal'*'siplaunch inspect --watch'* ]]
	echo '{"at": 1}' >wrong.jsonl
	: >empty.jsonl
	for file in wrong.jsonl empty.jsonl missing.jsonl /dev/zero "$PWD"; do
		screen_open 80x24 "$SIPLAUNCH" top --replay "$file"
		screen_ends 2
		grep -qF "$file" errors
		screen_close
	done
	run -2 --separate-stderr "$SIPLAUNCH" top --replay "$SAMPLES" kamailio
	[[ $stderr == *'--replay shows a file'* ]]
	run -2 --separate-stderr "$SIPLAUNCH" top one two
	[[ $stderr == *'top takes one router'* ]]
}

@test "colours are left out where NO_COLOR or --color asks for that" {
	for way in NO_COLOR=1 A=1; do
		screen_open 80x24 env "$way" "$SIPLAUNCH" top --replay "$SAMPLES" "--color=$([[ $way == A=1 ]] && echo never || echo auto)"
		screen_shows 'kamailio 5'
		! tmux -S "$SCREEN" capture-pane -e -p | grep -q $'\e\\[3[1-7]m'
		screen_keys q
		screen_ends 0
		screen_close
	done
	replay 80x24
	tmux -S "$SCREEN" capture-pane -e -p | grep -q $'\e\\[3[1-7]m'
}
