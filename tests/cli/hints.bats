# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What siplaunch says to do about a refusal or a warning is done, and must help. HINTS_CASES and HINTS_SEED draw more, and others.

load ../lib/common

@test "every limit, size and flag that a refusal or a warning names makes it go away, and no other refusal takes its place" {
	run "$PYTHON" "$REPO/tests/cli/hints_check.py" "${HINTS_CASES:-1200}" "${HINTS_SEED:-1}"
	echo "$output"
	echo "${lines[-1]}" >&3
	[ "$status" -eq 0 ]
}
