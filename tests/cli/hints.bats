# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What siplaunch says to do about a refusal or a warning is done, and must help. HINTS_CASES and HINTS_SEED draw more, and others.
# Left to make check: it plans 1,200 cases, twice or more each.

load ../lib/common

setup_file() {
	export BATS_TEST_TIMEOUT=400 # 10 s on two cores that are idle
}

@test "every limit, size and flag that a refusal or a warning names makes it go away, and no other refusal takes its place" {
	local cases=1200
	# with sanitizers a plan takes twenty times as long
	! grep -q __asan_init "$SIPLAUNCH" || cases=150
	run "$PYTHON" "$REPO/tests/cli/hints_check.py" "${HINTS_CASES:-$cases}" "${HINTS_SEED:-1}"
	echo "$output"
	echo "${lines[-1]}" >&3
	[ "$status" -eq 0 ]
	for what in "smallest limit" "--policy"; do
		[[ $output == *"$what "[1-9]* ]] || fail "no text names a value of the kind \"$what\": did the text change, and hints_check.py not?"
	done
}
