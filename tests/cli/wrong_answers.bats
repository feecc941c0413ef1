#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A router that answers wrongly in every way, over each of OpenSIPS's interfaces: each is told as such, and nothing stays.

load ../lib/common
load ../lib/stand_in

setup() {
	prepare_stand_in
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

WRONG=(empty="not JSON" not-json="not JSON" cut-off="not JSON" wrong-id="another id" error=Internal wrong-type="not an object"
	negative="not a number, 0 or more" fraction="not a number, 0 or more" duplicate=duplicate deep=depth)

@test "every wrong answer over a UNIX datagram socket is told as such: nothing hangs, nothing crashes, nothing stays" {
	wrong_answers unix "${WRONG[@]}" silent="no complete answer within 2 s"
}

@test "every wrong answer over a FIFO is told as such" {
	# those that keep the router busy for a while are the last
	wrong_answers fifo "${WRONG[@]}" endless="longer than 2 MiB" slow="no complete answer within 2 s"
}

@test "every wrong answer over HTTP is told as such" {
	wrong_answers http "${WRONG[@]/empty=not JSON/empty=not HTTP}" endless="longer than 2 MiB" status=404 pieces=chunked \
		short="ended after" silent="no complete answer within 2 s"
}

@test "every wrong answer over UDP is told as such" {
	# anybody can send a datagram: what has not the question's id is none of the answer
	wrong_answers udp not-json="no complete answer" error=Internal duplicate=duplicate
}
