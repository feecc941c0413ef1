#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Not run with sanitizers.
# The schema that editors use and the decoder that siplaunch uses: one verdict on every profile.
# (The decoder meets the same profiles in unit/profile_test, with sanitizers too.)

load ../lib/common

verdicts() {
	local kind=$1 at_least=$2
	shift 2
	run --separate-stderr "$PYTHON" "$REPO/tests/cli/schema_verdicts.py" "$SIPLAUNCH" \
		"$REPO/profiles/schema/profile.schema.json" "$kind" "$@"
	echo "$output" "$stderr"
	[ "$status" -eq 0 ]
	# a glob that matches nothing must not pass for agreement
	[ "${output%% profiles*}" -ge "$at_least" ]
}

@test "schema and siplaunch accept every valid profile" {
	verdicts valid 30 "$REPO"/tests/fixtures/profiles/valid/*/
}

@test "schema and siplaunch refuse every invalid profile" {
	verdicts invalid 80 "$REPO"/tests/fixtures/profiles/invalid/*/
}

@test "siplaunch alone refuses what is beyond a schema, and each case says why" {
	verdicts beyond 30 "$REPO"/tests/fixtures/profiles/beyond-schema/*/
}

@test "schema and siplaunch accept the shipped profiles" {
	verdicts shipped 9 "$REPO/profiles"
}

@test "every profile resolved is a valid profile again" {
	local folder=$BATS_TEST_TMPDIR/resolved name
	mkdir "$folder"
	for name in "$REPO"/profiles/*.json; do
		"$SIPLAUNCH" --profile-dir "$REPO/profiles" profiles show "$(basename "$name" .json)" >"$folder/${name##*/}"
	done
	verdicts shipped 9 "$folder"
}
