#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Not run with sanitizers.
# The table of mutants (make mutation) is about the code as it is: nothing is built here.

load ../lib/common

@test "each mutant's original text is found once in its function, and its tests are there" {
	run -0 "$REPO/tests/mutation/run" --check
	[[ $output =~ ^'mutation: '[0-9]+' mutants, each original text found once'$ ]]
}
