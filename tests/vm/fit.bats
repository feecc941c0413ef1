#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Three cells of the table that `make bench-fit` prints in full. Runs in the virtual machine.
# Takes about 76 s.

setup_file() {
	export BATS_TEST_TIMEOUT=600 # touching a GiB in dozens of processes takes an emulated machine its time
}

fit() {
	run "$BATS_TEST_DIRNAME/../bench/fit" "$1"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "1 GiB, 4 children: all pools touched, no OOM kill, and the pools get 85 %" {
	fit 1024:4
	[[ $output != *refused* ]]
}

@test "256 MiB, 16 children: all pools touched, no OOM kill" {
	fit 256:16
	[[ $output != *refused* ]]
}

@test "256 MiB, 48 children: refused with the arithmetic and the smallest limit that would do" {
	fit 256:48
	[[ $output == *refused* ]]
	[[ $output == *"page tables"* ]]
	[[ $output == *"smallest limit"* ]]
}
