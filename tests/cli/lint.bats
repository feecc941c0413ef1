#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The linters of tests/lint find what they are for, in a copy of the sources: those are named that a test changes. The suite `lint` runs
# the linters on all of them.
# Depends on: tests/lint src/base/value.c src/report/plan.c launcher/command_profiles.c.
# Not run with sanitizers.

load ../lib/common

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	mkdir tests
	cp -r "$REPO/src" "$REPO/launcher" .
	cp -r "$REPO/tests/lint" tests/
}

setup_file() {
	cd "$REPO" || return
	tests/lint/rooms >/dev/null
}

# lines N: so many lines of C.
lines() {
	yes '	count++;' | head -n "$1"
}

@test "rooms fails on an include of a room that is not below" {
	echo '#include "plan/plan.h"' >>src/base/value.c
	run -1 --separate-stderr tests/lint/rooms
	[ "$stderr" = "rooms: src/base/value.c includes plan/plan.h: plan is not below base" ]
}

@test "rooms fails on a function of more than 50 lines between its braces, and names it" {
	printf 'void long_one(void)\n{\n%s\n}\n' "$(lines 50)" >src/base/new.c
	run -0 tests/lint/rooms
	printf 'static struct a *long_one(int first,\n\t\t\t  int second)\n{\n%s\n}\n' "$(lines 51)" >src/base/new.c
	run -1 --separate-stderr tests/lint/rooms
	[ "$stderr" = "rooms: src/base/new.c: long_one: 51 lines, more than 50" ]
}

@test "rooms fails on a file of more than 500 lines" {
	lines 500 >src/base/new.c
	run -0 tests/lint/rooms
	lines 501 >src/base/new.c
	run -1 --separate-stderr tests/lint/rooms
	[ "$stderr" = "rooms: src/base/new.c: 501 lines, more than 500" ]
}

@test "rooms fails on a file that is to be split and is short enough" {
	sed -i 's|^TO_SPLIT = \[|&\n    "src/base/value.c",|' tests/lint/rooms
	run -1 --separate-stderr tests/lint/rooms
	[ "$stderr" = "rooms: src/base/value.c is not too long: take it out of TO_SPLIT" ]
}

@test "printed fails on a string that did not pass the printable border, and on an exception that is none any more" {
	run -0 tests/lint/printed
	printf '%s\n' 'static void show(FILE *out, const char *name) { fprintf(out, "%d %s", 1, name); }' >>src/report/plan.c
	run -1 --separate-stderr tests/lint/printed
	[[ $stderr == "printed: src/report/plan.c:"*": name is printed, and did not pass format_printable()" ]]
	sed -i '$d' src/report/plan.c
	sed -i 's/fputs(text, out)/fputs("", out)/' src/report/problem.c
	run -1 --separate-stderr tests/lint/printed
	[ "$stderr" = "printed: src/report/problem.c: text is not printed: take it out of KNOWN" ]
}
