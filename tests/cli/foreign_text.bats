#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Not run with sanitizers.
# What others have written, on the terminal of whoever reads it, in whatever language he reads.
# Not run in the Debian 13 root: what is printed depends on no library of the release.
# Left to make check: it runs siplaunch 4,200 times.

load ../lib/common

setup_file() {
	export BATS_TEST_TIMEOUT=300 # 4,200 runs: 15 s on two cores that are idle
}

@test "no text from anywhere drives a terminal, turns a line around or hides in it, in UTF-8 or without" {
	mkdir "$BATS_TEST_TMPDIR/made"
	run "$PYTHON" "$REPO/tests/cli/foreign_text.py" "$BATS_TEST_TMPDIR/made"
	printf '%s\n' "$output" | tail -n 40
	[ "$status" -eq 0 ]
	[[ ${lines[-1]} == *" 0 bad" ]]
}

@test "umlauts and wide characters stay what they are where the locale has them, and are bytes elsewhere" {
	run -2 env LC_ALL=C.UTF-8 "$SIPLAUNCH" plan --profile 'grün 音' -- true
	[[ $output == *'grün 音'* ]]
	run -2 env LC_ALL=C "$SIPLAUNCH" plan --profile 'grün' -- true
	[[ $output == *'gr\xc3\xbcn'* ]]
}

@test "a Turkish locale, whose I and i are other letters, changes nothing" {
	localedef -i tr_TR -f UTF-8 "$BATS_TEST_TMPDIR/tr_TR.UTF-8"
	local command=("$SIPLAUNCH" doctor --profile "$REPO/profiles/generic.json" --policy default=prefer --set user=nobody --set group=nogroup
		--set 'capabilities=["CAP_NET_BIND_SERVICE", "CAP_SYS_NICE"]' -- true)
	run env LC_ALL=C.UTF-8 "${command[@]}"
	local expected=$output
	run env LOCPATH="$BATS_TEST_TMPDIR" LC_ALL=tr_TR.UTF-8 "${command[@]}"
	# what memory is available is not: others use the machine meanwhile
	diff <(grep -v '^memory ' <<<"$expected") <(grep -v '^memory ' <<<"$output")
	# the locale is there, and the test would see it
	[ "$(LOCPATH=$BATS_TEST_TMPDIR LC_ALL=tr_TR.UTF-8 bash -c 'x=istanbul; echo "${x^}"')" = İstanbul ]
}
