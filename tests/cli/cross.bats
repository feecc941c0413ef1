#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Not run with sanitizers.
# Builds for another architecture: the filters that are compiled in are for that one, or none is.

load ../lib/common

FILTER=$REPO/profiles/seccomp/sip-router.json

setup() {
	plain_environment
	BUILT=$(dirname "$SIPLAUNCH")
}

# tokens: the architectures that the program on stdin compares a call's with (linux/audit.h).
tokens() {
	grep -oE '0x(c00000b7|40000028|40000003|c000003e)' | sort | uniq -c | xargs
}

@test "the filters of a build are compiled for the architecture that it is for" {
	local architecture
	for architecture in x86_64:0xc000003e aarch64:0xc00000b7 arm:0x40000028 x86:0x40000003; do
		run -0 "$BUILT/compile-filters" --architecture "${architecture%:*}" "$FILTER"
		[ "$(tokens <<<"$output")" = "1 ${architecture#*:}" ]
	done
}

@test "filters for an architecture that libseccomp does not know are refused" {
	run -1 --separate-stderr "$BUILT/compile-filters" --architecture arm65 "$FILTER"
	[[ $stderr == *"libseccomp does not know the architecture arm65" ]]
}

# A program of another machine, as a compiler for that machine makes it.
foreign_program() {
	cp "$BUILT/compile-filters" foreign
	printf '\xf3\0' | dd of=foreign bs=1 seek=18 conv=notrunc status=none # e_machine: RISC-V
	! ./foreign 2>/dev/null || skip "this machine executes programs for RISC-V"
}

@test "a build that cannot execute its own programs has no filter compiled in, and compiles it at each launch" {
	cd "$BATS_TEST_TMPDIR"
	foreign_program
	run -0 make -s -C "$REPO" BUILD="$PWD/build" FILTER_COMPILER="$PWD/foreign" "$PWD/build/shipped-filters.c"
	[[ $output == *"$PWD/foreign cannot run here, so no filter is compiled in"* ]]
	# symbols of an object go before those of an archive
	compile -w -I "$REPO/src" -o siplaunch build/shipped-filters.c "$BUILT/launcher/main.o" "$BUILT/liblauncher.a" \
		"$BUILT/libsiplaunch.a" -ljansson -lcap -lm
	run -0 "$SIPLAUNCH" seccomp show "$FILTER"
	[[ $output == *"compiled when siplaunch was built"* ]]
	run -0 ./siplaunch seccomp show "$FILTER"
	[[ $output != *"compiled when siplaunch was built"* ]]
	run -0 ./siplaunch --quiet --profile-dir "$REPO/profiles" --profile generic --set seccomp=sip-router -- \
		grep 'Seccomp:' /proc/self/status
	[ "$output" = $'Seccomp:\t2' ]
}

@test "a filter compiler that fails ends the build" {
	cd "$BATS_TEST_TMPDIR"
	run -2 make -s -C "$REPO" BUILD="$PWD/build" FILTER_COMPILER="$BUILT/compile-filters --architecture arm65" \
		"$PWD/build/shipped-filters.c"
	[[ $output == *"libseccomp does not know the architecture arm65"* ]]
	[ ! -e build/shipped-filters.c ]
}
