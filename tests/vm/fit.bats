#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Cells of the table that `make bench-fit` prints in full. Runs in the virtual machine.
# Takes about 210 s.

setup_file() {
	export BATS_TEST_TIMEOUT=600 # touching a GiB in dozens of processes takes an emulated machine its time
}

fit() {
	run env -u OPENSIPS "$BATS_TEST_DIRNAME/../bench/fit" "$1"
	echo "$output"
	[ "$status" -eq 0 ]
}

fit_opensips() {
	[[ ${OPENSIPS:-} ]] || skip "OPENSIPS=/path/to/opensips is not given, and Debian has no package of it"
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

@test "512 MiB, 16 children, huge pages expected: all pools touched in every process, no OOM kill" {
	HUGE_PAGES=1 fit 512:16
	[[ $output != *refused* ]]
	echo never >/sys/kernel/mm/transparent_hugepage/shmem_enabled
}

@test "a configuration with 100,000 TCP connections: its tables of descriptors in every TCP process fit" {
	TCP_MAX_CONNECTIONS=100000 fit 1900:4
	[[ $output != *refused* ]]
}

@test "a configuration without addresses on a machine with six: every socket's workers fit" {
	ADDRESSES=5 fit 768:4
	[[ $output != *refused* ]]
	# main, 3 timers, 6 x 4 UDP workers, TCP main, 4 TCP workers and what the modules start
	(($(awk '$1 == 768 { print $3 }' <<<"$output") > 30))
}

@test "256 MiB, 48 children: refused with the arithmetic and the smallest limit that would do" {
	fit 256:48
	[[ $output == *refused* ]]
	[[ $output == *"page tables"* ]]
	[[ $output == *"smallest limit"* ]]
}

@test "OpenSIPS in 512 MiB with 4 workers a protocol: all pools touched, no OOM kill" {
	CONNECTIONS=200 fit_opensips 512:4
	[[ $output != *refused* ]]
}

@test "OpenSIPS in 256 MiB with 16 workers a protocol: all pools touched, no OOM kill" {
	TCP_MAX_CONNECTIONS=512 CONNECTIONS=200 fit_opensips 256:16 # since 4.0 each takes 66 KiB beside the pools
	[[ $output != *refused* ]]
}
