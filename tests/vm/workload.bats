# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the plan says that registrations and dialogs take of the shared pool, against what a real Kamailio says that they do. The whole
# table is `make bench-workload`; this fails when src/sizing/footprint.c is not right any more.
# Takes about 14 s.

load ../lib/common

@test "registrations and dialogs raise Kamailio's used shared memory as the plan predicts, within a tenth" {
  run -0 "$REPO/tests/bench/workload" --check
  [[ $output == *"800 registrations more"*" %"*"200 dialogs more"*" %"* ]]
}
