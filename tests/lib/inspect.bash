# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# inspect's JSON, checked: load ../lib/inspect

# inspect_json STATUS EXPRESSION... -- ARGUMENT...: the JSON is of the documented form, and every expression true of it.
inspect_json() {
	local expected=$1 expressions=()
	shift
	while [[ $1 != -- ]]; do
		expressions+=("$1")
		shift
	done
	shift
	run --separate-stderr "$SIPLAUNCH" inspect --format json "$@"
	((status == expected)) || fail "status $status: inspect $*" "$stderr" "$(sed -n '/^  "drift"/,$p' <<<"$output")" || return
	"$PYTHON" "$REPO/tests/cli/inspect_check.py" "$expected" "${expressions[@]}" <<<"$output"
}

# asked EXPRESSION... -- ARGUMENT...: the same with status 0, each expression is true of its sample `p`, or of all of it, `i`.
asked() {
	local expressions=()
	while [[ $1 != -- ]]; do
		expressions+=("(lambda p, i: $1)(i['sample'], i)")
		shift
	done
	inspect_json 0 "${expressions[@]}" "$@"
}
