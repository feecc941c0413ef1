#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Not run with sanitizers.
# A test that fails is reported with its line and the functions that it called: tests/lib/trace.bash replaces bats's own notes.
# Depends on: tests/lib.

load ../lib/common

# reported_as LINE...: runs the file on standard input, whose tests begin with TEST, and finds each line in what bats prints.
reported_as() {
	local line
	{ printf 'load %q\n' "$REPO/tests/lib/common" && sed 's/^TEST /@test /'; } >"$BATS_TEST_TMPDIR/own.bats"
	cd "$BATS_TEST_TMPDIR" || return
	run -1 env -i PATH="${PATH//"$BATS_LIBEXEC:"/}" BATS_TEST_TIMEOUT=1 "$BATS_ROOT/bin/bats" --formatter tap own.bats
	for line; do
		grep -qxF -e "$line" <<<"$output" || fail "not reported: $line" "$output"
	done
}

@test "a command, a function and a return that fail are reported with their lines" {
	reported_as "#  in test file own.bats, line 4)" "#   \`helper' failed with status 3" "# (from function \`helper' in file own.bats, line 2," \
		"# (in test file own.bats, line 8)" "#   \`[[ a == b ]]' failed" "# (in test file own.bats, line 11)" "#   \`false || return' failed" \
		"# (in test file own.bats, line 14)" "#   \`run -0 false' failed, expected exit code 0, got 1" <<-'END'
			helper() { (exit 3); }
			TEST "a function" {
			helper
			}
			TEST "a condition" {
			true
			[[ a == b ]]
			}
			TEST "a return" {
			false || return
			}
			TEST "a run" {
			run -0 false
			}
		END
}

@test "an exit, an unbound variable, a failing teardown and a time-out are reported with their lines" {
	reported_as "#   \`exit 3' failed with status 3" "#   \`set -u; : \"\$nothing\"' failed" "#   \`sleep 60' failed due to timeout" \
		"# (from function \`teardown' in test file own.bats, line 3)" <<-'END'
			teardown() {
			[ "$BATS_TEST_NUMBER" != 4 ]
			}
			TEST "an exit" {
			exit 3
			}
			TEST "a variable" {
			set -u; : "$nothing"
			}
			TEST "a time-out" {
			sleep 60
			}
			TEST "a teardown" {
			true
			}
		END
}

@test "tests that are over at once leave nothing that is waited for" {
	local i
	{
		printf 'load %q\n' "$REPO/tests/lib/common"
		for i in {1..30}; do
			printf '@test "%d" { skip; }\n' "$i"
		done
	} >"$BATS_TEST_TMPDIR/own.bats"
	run -0 env -i PATH="${PATH//"$BATS_LIBEXEC:"/}" BATS_TEST_TIMEOUT=600 timeout 300 "$BATS_ROOT/bin/bats" --formatter tap "$BATS_TEST_TMPDIR/own.bats"
}
