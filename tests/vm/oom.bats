# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Some of the cycles of OOM kills and of the rounds of races; `make oom-cycles race-rounds` runs a thousand, and five hundred.
# Takes about 25 s.

# bats file_tags=release

load ../lib/common

@test "of 32 groups that run out of memory in all the ways there are, what is reported is what the kernel did" {
  "$REPO/tests/oom/cycles" --count 32 --seed "${SEED:-1}"
}

@test "of 20 launchers at once no two get one group, nobody loses a limit, losers say why, and nothing is left" {
  "$REPO/tests/oom/races" --count 5 --seed "${SEED:-1}"
}
