# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the plan says that registrations and calls take of the shared pool, against what a real Kamailio says that they do. The whole
# table is `make bench-workload`; this fails when src/sizing/footprint.c is not right any more.
# Takes about 15 s.

load ../lib/common

@test "registrations and calls raise Kamailio's used shared memory as the plan predicts, within a tenth" {
  run -0 "$REPO/tests/bench/workload" --check
  [[ $output == *"1500 registrations more"*" %"*"the transactions of 150 calls more"*" %"* ]]
}
