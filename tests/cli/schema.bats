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

@test "the schema accepts every valid seccomp filter, and finds what is wrong in the invalid ones" {
	cd "$REPO"
	"$PYTHON" - <<-'END'
		import glob, json, jsonschema, os, re
		validator = jsonschema.Draft202012Validator(json.load(open("profiles/schema/profile.schema.json")))
		def errors(path):
		    """The JSON pointers of what the schema does not accept, as from the filter."""
		    return {"".join("/%s" % step for step in list(error.absolute_path)[1:]) for error in validator.iter_errors({"seccomp": json.load(open(path))})}
		valid = glob.glob("tests/fixtures/seccomp/valid/*.json") + glob.glob("profiles/seccomp/*.json")
		assert len(valid) > 60, valid
		for path in valid:
		    assert not errors(path), (path, errors(path))
		# what two members or two rules are together, and which names there are
		beyond = re.compile("nothing can match|for the same arguments|gives no error number|the name of an error|EPERM is 1|two forms|occurs twice|does not know")
		found = 0
		for path in glob.glob("tests/fixtures/seccomp/invalid/*/problems"):
		    folder = os.path.dirname(path)
		    if folder.endswith("/no-json"):
		        continue
		    wrong = errors(folder + "/profile.json")
		    for pointer, text in re.findall(r"^profile\.json:\d+:\d+: (?:(/\S*): )?(.*)", open(path).read(), re.M):
		        assert pointer in wrong or pointer.rpartition("/")[0] in wrong or beyond.search(text), (folder, pointer, text)
		        found += not beyond.search(text)
		assert found > 45, found
	END
}
