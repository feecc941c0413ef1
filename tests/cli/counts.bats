#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Not run with sanitizers.
# The number of processes that siplaunch expects, against what real routers start: recorded, and with those that are here.
# Left to make check: it estimates every recorded configuration, and starts each with the routers that are here.

load ../lib/common

COUNTS=$REPO/tests/counts/counts.py

setup_file() {
	export BATS_TEST_TIMEOUT=300 # half a minute on two cores that are idle
}

# counted ROUTER [OPTION...]: starts each configuration, and prints what is wrong; the totals also where all is well.
counted() {
	unshare --net true 2>/dev/null || skip "a network namespace needs CAP_SYS_ADMIN"
	run "$PYTHON" "$COUNTS" count "$@"
	printf '# %s\n' "${lines[@]}" >&3
	[ "$status" -eq 0 ]
	[[ ${lines[-1]} == *" 0 wrong, 0 not started" ]]
}

@test "what real routers were seen to start is what is estimated now" {
	run "$PYTHON" "$COUNTS" check
	printf '# %s\n' "${lines[@]}" >&3
	[ "$status" -eq 0 ]
	[ "$(grep -c ' 0 wrong$' <<<"$output")" -eq 6 ]
}

@test "the document of the counts is current" {
	"$PYTHON" "$COUNTS" table | diff "$REPO/docs/process-counts.md" -
}

@test "Kamailio starts as many processes as are estimated, whatever the configuration" {
	counted "$(command -v kamailio)"
}

@test "OpenSIPS starts as many processes as are estimated, whatever the configuration" {
	[[ ${OPENSIPS:-} ]] || skip "OPENSIPS=/path/to/opensips is not given, and Debian has no package of it"
	counted "$OPENSIPS" ${OPENSIPS_MODULES:+--modules "$OPENSIPS_MODULES"}
}
