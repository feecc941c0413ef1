#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# `make check-fast` leaves out what passed already, and nothing else: tests/run --changed and tests/lint/each --changed, in a
# checkout of two C files, a test program and a bats file.
# Depends on: tests/run tests/lint Makefile .ci.
# Not run with sanitizers.

load ../lib/common

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	unset BUILD CHANGED
	RUN=(--changed) FLAGS=()
	mkdir -p tests/lib tests/lint tests/fixtures src/base src/host build/tests/unit
	cp "$REPO/tests/run" tests/
	cp "$REPO/tests/lib/stamps.py" "$REPO/tests/lib/trace.bash" tests/lib/
	cp "$REPO/tests/lint/each" tests/lint/
	printf '#include "base/deep.h"\n' >src/base/a.h
	touch src/base/deep.h src/base/alone.c
	printf '#include "base/a.h"\n' >src/host/dependant.c
	echo 'Checks: all' >.clang-tidy
	# shellcheck disable=SC2016 # the linter's own: it finds the word "wrong" in a file, or in a header of it
	printf '%s\n' '#!/bin/bash' 'echo "$*" >>linted' '! grep -H wrong "${!#}" src/base/*.h' >linter
	chmod +x linter
	program 'ok 1 - one' 'ok 2 - two'
}

# program LINE...: the test program prints a plan and these lines.
program() {
	printf '%s\n' '#!/bin/sh' 'echo 1..2' "$(printf 'echo "%s"\n' "$@")" >build/tests/unit/one_test
	chmod +x build/tests/unit/one_test
}

# units TOTAL: what the suite `unit` adds up to.
units() {
	run tests/run "${RUN[@]}" unit
	[ "${lines[-1]}" = "siplaunch: $1" ] || fail "$output"
}

# linted FILE...: those that the linter is given, and no other; its status is $status.
linted() {
	rm -f linted
	run tests/lint/each --changed tool "$PWD/linter" "${FLAGS[@]}" --- src/base/alone.c src/host/dependant.c
	[ "$(sed 's/.* //' linted 2>/dev/null | sort | xargs)" = "$*" ] || fail "$output" "linted: $(cat linted)"
}

@test "a test program that passed is up to date until it, a fixture, or who runs it with what changes" {
	units '2 passed, 0 failed, 0 skipped, 0 up to date'
	units '0 passed, 0 failed, 0 skipped, 2 up to date'
	[ "$status" = 0 ]
	echo 1 >tests/fixtures/new
	units '2 passed, 0 failed, 0 skipped, 0 up to date'
	echo 2 >tests/fixtures/new
	units '2 passed, 0 failed, 0 skipped, 0 up to date'
	rm tests/fixtures/new
	units '2 passed, 0 failed, 0 skipped, 0 up to date'
	OPENSIPS=/opt/opensips units '2 passed, 0 failed, 0 skipped, 0 up to date'
	units '2 passed, 0 failed, 0 skipped, 0 up to date'
	echo '# another' >>build/tests/unit/one_test
	units '2 passed, 0 failed, 0 skipped, 0 up to date'
	echo >src/base/alone.c # what is compiled is in the program
	units '0 passed, 0 failed, 0 skipped, 2 up to date'
}

@test "a test that failed fails until it passes, and one that was skipped is run each time" {
	program 'ok 1 - one' 'not ok 2 - two'
	units '1 passed, 1 failed, 0 skipped, 0 up to date'
	units '1 passed, 1 failed, 0 skipped, 0 up to date'
	[ "$status" = 1 ]
	program 'ok 1 - one'
	units '1 passed, 1 failed, 0 skipped, 0 up to date'
	units '1 passed, 1 failed, 0 skipped, 0 up to date'
	program 'ok 1 - one' 'ok 2 - two # SKIP not here'
	units '1 passed, 0 failed, 1 skipped, 0 up to date'
	units '1 passed, 0 failed, 1 skipped, 0 up to date'
}

@test "a program that failed is not up to date once it is what passed before, or the other way round" {
	units '2 passed, 0 failed, 0 skipped, 0 up to date'
	cp build/tests/unit/one_test build/passed
	program 'ok 1 - one' 'not ok 2 - two'
	units '1 passed, 1 failed, 0 skipped, 0 up to date'
	units '1 passed, 1 failed, 0 skipped, 0 up to date'
	cp build/passed build/tests/unit/one_test
	units '0 passed, 0 failed, 0 skipped, 2 up to date' # that very program did pass
}

@test "without --changed every program runs, and no line says otherwise" {
	RUN=()
	units '2 passed, 0 failed, 0 skipped'
	units '2 passed, 0 failed, 0 skipped'
}

# declared LINE: a bats file with two tests and this line.
declared() {
	mkdir -p tests/cli
	touch build/siplaunch tests/lib/helper
	printf '# %s\nload ../lib/trace\nTEST "one" { true; }\nTEST "two" { true; }\n' "$1" | sed 's/^TEST/@test/' >tests/cli/one.bats
}

# bats_files TOTAL: what the suite `cli` adds up to.
bats_files() {
	PATH=${PATH//"$BATS_LIBEXEC:"/} run env --unset=BATS_TEST_FILENAME tests/run "${RUN[@]}" cli
	[ "${lines[-1]}" = "siplaunch: $1" ] || fail "$output"
}

@test "without --changed a suite begins when the one before has no program left that waits" {
	# shellcheck disable=SC2016 # it is the program's own
	local waits='i=0; while [ ! -e made ] && [ $i -lt 300 ]; do i=$((i + 1)); sleep 0.1; done; [ -e made ] || printf "not "' i cpus
	RUN=()
	declared 'No dependency'
	sed -i '/"one"/s/true/touch made/' tests/cli/one.bats
	cpus=$(nproc)
	# one less than processors wait for what the next suite makes
	rm build/tests/unit/one_test
	for ((i = 1; i < cpus; i++)); do
		printf '%s\n' '#!/bin/sh' 'echo 1..1' "$waits" 'echo "ok 1 - one"' >"build/tests/unit/wait${i}_test"
		chmod +x "build/tests/unit/wait${i}_test"
	done
	((cpus > 1)) || skip "one processor: suites never overlap"
	PATH=${PATH//"$BATS_LIBEXEC:"/} run env --unset=BATS_TEST_FILENAME tests/run unit cli
	[ "${lines[-1]}" = "siplaunch: $((cpus + 1)) passed, 0 failed, 0 skipped" ] || fail "$output"
}

@test "a bats file that passed is up to date until what it says, a helper, the file itself or the name of any file changes" {
	declared 'Depends on: src/base Makefile.'
	touch Makefile
	bats_files '2 passed, 0 failed, 0 skipped, 0 up to date'
	bats_files '0 passed, 0 failed, 0 skipped, 2 up to date'
	echo >src/host/dependant.c
	bats_files '0 passed, 0 failed, 0 skipped, 2 up to date'
	echo >src/base/deep.h
	bats_files '2 passed, 0 failed, 0 skipped, 0 up to date'
	echo >Makefile
	bats_files '2 passed, 0 failed, 0 skipped, 0 up to date'
	touch src/host/new.c
	bats_files '2 passed, 0 failed, 0 skipped, 0 up to date'
	echo >tests/lib/helper
	bats_files '2 passed, 0 failed, 0 skipped, 0 up to date'
	echo >>tests/cli/one.bats
	bats_files '2 passed, 0 failed, 0 skipped, 0 up to date'
	bats_files '0 passed, 0 failed, 0 skipped, 2 up to date'
	RUN=()
	bats_files '2 passed, 0 failed, 0 skipped'
}

@test "a bats file that does not say what it depends on, or names what is not there, runs each time" {
	for line in 'It depends on: src.' 'Depends on: src nowhere.'; do
		declared "$line"
		bats_files '2 passed, 0 failed, 0 skipped, 0 up to date'
		bats_files '2 passed, 0 failed, 0 skipped, 0 up to date'
	done
}

@test "what bats files say that they depend on is there" {
	cd "$REPO" || return
	while read -r path; do
		[ -e "$path" ] || fail "$path is not there"
	done < <(sed -n 's/^# Depends on: \(.*\)\.$/\1/p' tests/cli/*.bats | xargs -n 1)
}

@test "a linter gets the files that changed, and those whose headers did, however deep" {
	linted src/base/alone.c src/host/dependant.c
	[ "$output" = 'tool: 0 of 2 files up to date' ]
	linted
	[ "$output" = 'tool: 2 of 2 files up to date' ]
	echo >src/base/deep.h
	linted src/host/dependant.c
	echo >src/base/alone.c
	linted src/base/alone.c
	rm src/base/deep.h
	linted src/host/dependant.c # the header is nowhere: what it would be is not known
	linted src/host/dependant.c
	touch src/base/deep.h
	linted src/host/dependant.c
	linted
}

@test "another flag, another linter or another configuration is a change of every file" {
	linted src/base/alone.c src/host/dependant.c
	FLAGS=(-x)
	linted src/base/alone.c src/host/dependant.c
	linted
	echo '# upgraded' >>linter
	linted src/base/alone.c src/host/dependant.c
	echo 'Checks: none' >.clang-tidy
	linted src/base/alone.c src/host/dependant.c
	linted
}

@test "a file that failed fails until it is mended" {
	echo wrong >src/base/deep.h
	linted src/base/alone.c src/host/dependant.c
	[ "$status" = 1 ]
	[[ $output == *src/base/deep.h:wrong* ]]
	linted src/base/alone.c src/host/dependant.c
	[ "$status" = 1 ]
	: >src/base/deep.h
	linted src/base/alone.c src/host/dependant.c
	[ "$status" = 0 ]
	linted
}

@test "without --changed every file is linted" {
	linted src/base/alone.c src/host/dependant.c
	rm linted
	run -0 tests/lint/each tool "$PWD/linter" --- src/base/alone.c src/host/dependant.c
	[ "$(wc -l <linted)" = 2 ]
	[ -z "$output" ]
}

@test "only check-fast leaves anything out" {
	[ "$(grep -c -- '--changed [a-z]' "$REPO/Makefile")" = 1 ]
	grep -A 2 '^check-fast:' "$REPO/Makefile" | grep -q -- '--changed lint unit cli'
	fails grep -q -e --changed -e CHANGED "$REPO/.ci/run"
}

@test "what the Makefile gives a unit test of the checkout is what its being up to date depends on" {
	given=$(grep -oE '_test\.o: .*' "$REPO/Makefile" | grep -oE '\$\(CURDIR\)[a-z/]*' | sed 's|.*)/||' | xargs)
	[ "$given" = 'tests/fixtures profiles' ]
	grep -qF "UNIT_READS = ('tests/fixtures', 'profiles')" "$REPO/tests/run"
}
