#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# "siplaunch profiles": list, show, check.

load ../lib/common

setup() {
	unset SIPLAUNCH_PROFILE SIPLAUNCH_PROFILE_PATH
	cd "$REPO" || return
}

profiles() {
	"$SIPLAUNCH" profiles --profile-dir "$REPO/profiles" "$@"
}

@test "the list has every shipped profile with its description and file" {
	run -0 profiles
	for name in opensips opensips-1g opensips-4g opensips-16g kamailio kamailio-512m kamailio-4g container generic; do
		# the file is beside the description, or below it where the line would be too wide
		grep -qE "^$name +[A-Z]" <<<"$output" || fail "$name is missing"
		grep -qE " $REPO/profiles/$name.json$" <<<"$output" || fail "the file of $name is missing"
	done
	[ "$output" = "$(profiles list)" ]
}

@test "the list as JSON has the same" {
	run -0 profiles list --format json
	"$PYTHON" -c '
import json, sys
found = json.load(sys.stdin)
assert len(found) >= 9 and all(list(row) == ["name", "description", "file"] and row["description"] for row in found)
assert [row["name"] for row in found] == sorted(row["name"] for row in found)' <<<"$output"
}

@test "a broken profile does not hide the others" {
	mkdir "$BATS_TEST_TMPDIR/dir"
	echo '{' >"$BATS_TEST_TMPDIR/dir/aa-broken.json"
	run -0 profiles --profile-dir "$BATS_TEST_TMPDIR/dir"
	[[ ${lines[0]} =~ ^aa-broken\ +-( |$) ]]
	[[ $output == *kamailio-4g* ]]
}

@test "where there are no profiles the error says where they were looked for" {
	# one that is not in its build tree
	cp "$SIPLAUNCH" "$BATS_TEST_TMPDIR/siplaunch"
	run -1 --separate-stderr "$BATS_TEST_TMPDIR/siplaunch" profiles --profile-dir "$BATS_TEST_TMPDIR"
	[[ $stderr == *"SIPLAUNCH_PROFILE_PATH"*"--profile-dir DIR"* ]] || [[ $output == *kamailio* ]]
}

@test "show resolves extends, --set and --policy" {
	run -0 profiles show kamailio-512m --set sizing.processes=40 --policy sysctl=prefer
	"$PYTHON" -c '
import json, sys
profile = json.load(sys.stdin)
assert "extends" not in profile
assert profile["sizing"]["memory"] == "512MiB" and profile["sizing"]["processes"] == 40
assert profile["resources"]["unified"]["memory.max"] == "auto"
assert profile["policy"]["sysctl"] == "prefer"' <<<"$output"
}

@test "what show prints is a profile, and means the same" {
	for file in profiles/*.json; do
		name=$(basename "$file" .json)
		profiles show "$name" >"$BATS_TEST_TMPDIR/$name.json"
		run -0 profiles check "$BATS_TEST_TMPDIR/$name.json"
		[ "$(profiles show "$BATS_TEST_TMPDIR/$name.json")" = "$(cat "$BATS_TEST_TMPDIR/$name.json")" ]
	done
}

@test "show of what is not there is exit status 2" {
	run -2 --separate-stderr profiles show kamailio-512
	[ -z "$output" ]
	[[ $stderr == *kamailio-512* ]]
}

@test "check says ok for each good file" {
	files=(profiles/*.json)
	run -0 profiles check "${files[@]}"
	[ "${#lines[@]}" -eq "${#files[@]}" ]
	for file in "${files[@]}"; do
		[[ $output == *"$file: ok"* ]]
	done
}

@test "check reports every error of every file and ends with 1" {
	printf '{\n  "router": "asterisk",\n  "sizing": { "memory": "4GB" },\n  "colour": 1\n}\n' >"$BATS_TEST_TMPDIR/a.json"
	echo '{ "user": ' >"$BATS_TEST_TMPDIR/b.json"
	run -1 --separate-stderr profiles check "$BATS_TEST_TMPDIR/a.json" profiles/generic.json "$BATS_TEST_TMPDIR/b.json"
	[ -z "$stderr" ]
	[ "$(grep -c '^[^ ].*a.json:[0-9]*:[0-9]*: /' <<<"$output")" -eq 3 ]
	[[ $output == *"profiles/generic.json: ok"* ]]
	[[ $output == *"b.json:"* ]]
	[[ $output != *"a.json: ok"* ]]
}

@test "check --format json prints one array with file, line, column, pointer, message and hint" {
	printf '{\n  "sizing": { "memory": "4GB" }\n}\n' >"$BATS_TEST_TMPDIR/a.json"
	run -1 profiles check --format json "$BATS_TEST_TMPDIR/a.json" profiles/generic.json
	"$PYTHON" -c '
import json, sys
(problem,) = json.load(sys.stdin)
assert list(problem) == ["file", "line", "column", "pointer", "message", "hint"]
assert (problem["line"], problem["pointer"]) == (2, "/sizing/memory") and "GiB" in problem["hint"]' <<<"$output"
	run -0 profiles check --format json profiles/generic.json
	[ "$output" = "[]" ]
}

@test "check takes a file's name as a file, also where a profile is called so" {
	cd "$BATS_TEST_TMPDIR" || return
	echo '{"colour": 1}' >kamailio
	run -1 profiles check kamailio
	[[ $output == *colour* ]]
	run -1 profiles check nothing
	[[ $output == *nothing* ]]
}
