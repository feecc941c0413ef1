#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What takes long says so on a terminal: one line on standard error, which is gone in the end.

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
}

@test "advise says how far it has read, and its line is gone when the advice comes" {
	local samples=$REPO/tests/fixtures/advice/too-large-after-a-busy-day-is-lowered/samples.jsonl
	mkfifo fifo
	# shellcheck disable=SC2016 # it is the inner shell's
	start_bg bash -c 'exec 5>fifo; cat "$0" >&5; until [ -e go ]; do sleep 0.1; done' "$samples"
	drive size:150x100 'shows:read fifo, ' 'shows:; 0 samples' 'run:touch go' 'shows:advised' status:0 screen:after -- "$SIPLAUNCH" advise fifo
	grep -q '^router ' after
	fails grep -q 'read fifo' after
}

@test "inspect says that it waits for a silent router, and doctor for one that does not say how it was built" {
	router unix
	echo silent >mode
	drive size:150x100 'shows:look at the router, ' 'shows:memory.pressure' status:0 screen:after -- "$SIPLAUNCH" inspect "$BG_PID"
	fails grep -q 'look at the router' after

	compile -O0 -w -DACT=act_hang -DCONFIG="\"$PWD/router.cfg\"" -o kamailio "$REPO/tests/cli/router.c"
	drive size:150x100 'shows:ask kamailio how it was built, ' 'expect:profile' screen:after -- \
		"$SIPLAUNCH" doctor --profile-dir "$REPO/profiles" --profile kamailio-512m -- ./kamailio -DD -E -f router.cfg
	fails grep -q 'ask kamailio' after
}

@test "a round of tune says what it does and for how long, in one line that never wraps" {
	printf '{"router": "kamailio", "sizing": {"memory": "1GiB", "processes": 8}}' >router.json
	printf '#!/bin/bash\ntrap "exit 0" TERM\nwhile :; do sleep 0.02; done\n' >router
	chmod 755 router
	: >router.cfg
	local tune=("$SIPLAUNCH" tune --profile ./router.json --rounds 1 --margin 0)
	drive size:40x60 'shows:round 1: -m ' screen:during size:40x120 'shows:load, ' run:'touch go' 'expect:effort' screen:after -- \
		"${tune[@]}" --load 'until [ -e go ]; do sleep 0.1; done' -- ./router -DD -E -f router.cfg
	[ "$(grep -c . during)" = 1 ] || fail "$(<during)"
	fails grep -q 'load, [0-9]* s; about' after
	drive 'expect:effort' -- "${tune[@]}" --quiet --load 'sleep 2' -- ./router -DD -E -f router.cfg >output
	fails grep -q 'round 1: ' output
}

@test "nothing of it comes where no terminal is, in JSON, and on a terminal without cursor movements" {
	router unix
	echo silent >mode
	local look=("$SIPLAUNCH" inspect "$BG_PID")
	# shellcheck disable=SC2016 # it is the inner shell's
	drive 'expect:memory.pressure' status:0 -- bash -c '"$@" 2>errors' bash "${look[@]}" >output
	drive 'expect:memory.pressure' status:0 -- "${look[@]}" --log-format json >>output
	TERM=dumb drive 'expect:memory.pressure' status:0 -- "${look[@]}" >>output
	fails grep -q 'look at the router' output errors
}

@test "what is fast says nothing: no line comes and goes" {
	drive 'expect:Usage' status:0 -- "$SIPLAUNCH" --help >output
	drive 'expect:pid' status:0 -- "$SIPLAUNCH" doctor >>output
	fails grep -q 'look at this machine' output
}
