#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Time and memory grow no faster than the input, by counts: tests/bench/scale measures seconds, and larger sizes.
# Not run with sanitizers.
# Not run in the Debian 13 root: it counts instructions of this machine's build.
# Left to make check: it takes 20 s of CPU time.

load ../lib/common
load ../lib/scale

setup() {
	plain_environment
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	scale_end
	stop_all
}

# instructions COMMAND...: of siplaunch itself, not of its children, which valgrind reports too; a plan may be refused here.
instructions() {
	valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" >output 2>counted || true
	awk 'NR == 1 { first = $1 } $1 == first && /refs:/ { gsub(",", "", $NF); print $NF; found = 1 } END { exit !found }' counted
}

# linear SUBJECT SIZE: from twice to four times the size at most 2.3 times the instructions are added that are added from SIZE to twice
# of it: 2 where each part of the input costs the same, 4 where each is compared with all others.
linear() {
	local factor counts=()
	for factor in 1 2 4; do
		scale_prepare "$1" $((factor * $2))
		counts+=("$(instructions "${scale_command[@]}")")
	done
	echo "# $1 ${counts[*]}"
	local first=$((counts[1] - counts[0])) second=$((counts[2] - counts[1]))
	((first > 0 && 10 * second <= 23 * first)) || fail "$1: ${counts[*]} instructions for $2, twice and four times as much"
}

@test "a plan's time grows as the number of Kamailio's sockets does" {
	linear kamailio-sockets 500
}

@test "a plan's time grows as the number of OpenSIPS' sockets does" {
	linear opensips-sockets 500
}

@test "a plan's time grows as the length of Kamailio's configuration does" {
	linear kamailio-config 25000
}

@test "a plan's time grows as the length of OpenSIPS' configuration does" {
	linear opensips-config 25000
}

@test "a plan's time grows as the length of a profile does" {
	linear profile 200000
}

@test "the time of advise grows as the number of samples does" {
	linear samples 100
}

@test "the time of advise grows as the number of the router's starts does" {
	linear restarts 1000
}

@test "the time of inspect grows as the number of processes does" {
	# all other processes of the machine are in the counts, too
	linear processes 100 || linear processes 100 || linear processes 100
}

@test "every one of 100,000 sockets counts, in 64 MiB" {
	local router
	for router in kamailio opensips; do
		scale_prepare "$router-sockets" 100000
		sed -i 's/tcp:/udp:/' "$router-sockets.100000"
		run -1 --separate-stderr "$PYTHON" - "${scale_command[@]}" <<-'END'
			import resource, subprocess, sys
			status = subprocess.run(sys.argv[1:]).returncode
			print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
			sys.exit(status)
		END
		[[ $stderr == *"$router with "[48]0000[0-9]" processes does not fit"* ]] || fail "$stderr"
		((output < 65536)) || fail "$router: $output KiB"
	done
}
