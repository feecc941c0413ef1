#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Not run with sanitizers.
# What a launch costs in instructions, which are the same however busy the machine is: callgrind counts them; and what it reads. Times are in
# docs/measurements.md, system calls in tests/vm/cost.bats.

load ../lib/common

PROFILES=$REPO/profiles
: "${SIPLAUNCH_STATIC:=$REPO/build/static/siplaunch}"

# instructions BINARY ARGUMENT...: of siplaunch until it executes /bin/true. callgrind does not know seccomp(2): a launch with a filter is
# counted up to that call, with the report of its failure. Its files are /dev/null, because the user is another one then.
instructions() {
	local counts=$BATS_TEST_TMPDIR/counts
	valgrind --tool=callgrind --callgrind-out-file=/dev/null "$1" --quiet --profile-dir "$PROFILES" --profile generic \
		--set user=nobody --set 'capabilities=[]' --set noNewPrivileges=true "${@:2}" -- /bin/true >"$counts" 2>&1 || true
	# helper processes print theirs too, with what was counted before their fork
	sed -n 's/.*Collected : //p' "$counts" | sort -n | tail -n 1
}

# at_most LIMIT BINARY ARGUMENT...
at_most() {
	local count
	count=$(instructions "${@:2}")
	echo "# $count instructions, of at most $1" >&3
	[[ $count ]] || fail "not counted: $(cat "$BATS_TEST_TMPDIR/counts")"
	((count <= $1)) || fail "$count instructions, more than $1: $*"
}

@test "a launch under a shipped filter takes no more instructions than the limit" {
	at_most 1200000 "$SIPLAUNCH" --set seccomp=sip-router
}

@test "a launch that nothing sizes reads neither the memory nor the mounts and the groups, and one that is sized does" {
	local trace=$BATS_TEST_TMPDIR/trace
	opens() {
		strace -f -qq -o "$trace" -e trace=openat,openat2 "$SIPLAUNCH" --quiet --profile-dir "$PROFILES" --profile generic "$@" -- /bin/true
		grep -oE 'mountinfo"|meminfo"|cpu/online"|cgroup\.controllers"|memory\.(max|limit_in_bytes)"' "$trace" | sort -u
	}
	run opens --set oomScoreAdj=300 --set 'capabilities=[]'
	# an overlay as the root tells the container's runtime, and only mountinfo has its directories
	[[ -z $output || ($output == 'mountinfo"' && $(stat -f -c %T /) == overlayfs) ]] || fail "$output"
	local sized
	for sized in sizing.memory=64MiB oomScoreAdj=-1000 handoff=supervise; do
		run opens --set "$sized"
		[[ $output == *mountinfo* && $output == *meminfo* && $output == *cpu/online* ]] || fail "$sized: $output"
	done
}

@test "a launch of the static binary takes no more instructions than the limit" {
	at_most 1000000 "$SIPLAUNCH_STATIC" --set seccomp=sip-router
}
