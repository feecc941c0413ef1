#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Not run with sanitizers.
# Libraries that siplaunch loads when it needs them: a launch does without, and an absent one is an error only where it is needed.

load ../lib/common

PROFILES=$REPO/profiles
FILTER=$REPO/tests/fixtures/seccomp/valid/small-router.json

# without LIBRARY COMMAND...: the file LIBRARY is empty for the command.
without() {
	local file
	file=$(realpath "$(dirname "$(ldd "$SIPLAUNCH" | awk '/libc\.so/ { print $3 }')")/$1")
	[[ -f $file ]] || fail "no $1 here"
	# shellcheck disable=SC2016 # expands in the inner shell
	unshare --mount sh -c 'mount --bind /dev/null "$1" && shift && exec "$@"' - "$file" "${@:2}"
}

# What the dynamic loader does for every launch.
@test "siplaunch is linked with jansson and the C library only" {
	# shellcheck disable=SC2016 # expands in the inner shell
	run -0 bash -c 'readelf -d "$1" | sed -n "s/.*Shared library: \[\(.*\)\.so.*/\1/p" | sort | xargs' - "$SIPLAUNCH"
	[[ $output == "libc libjansson" ]] || fail "$output"
}

@test "a launch under a shipped filter needs no libseccomp, one under another filter names it" {
	run -0 without libseccomp.so.2 "$SIPLAUNCH" --quiet --profile-dir "$PROFILES" --profile generic \
		--set seccomp=sip-router -- /bin/true
	run -125 --separate-stderr without libseccomp.so.2 "$SIPLAUNCH" --quiet --profile-dir "$PROFILES" --profile generic \
		--set seccomp="$FILTER" -- /bin/true
	[[ $stderr == *"small-router.json: load libseccomp.so.2: "*"file too short"* ]] || fail "$stderr"
	[[ $stderr != *install* ]] || fail "to install what is there mends nothing: $stderr"
}

# A copy that looks for a file of another name.
@test "the package is named where the library is not installed" {
	LC_ALL=C sed 's/libseccomp\.so\.2/libseccomp.so.0/' "$SIPLAUNCH" >"$BATS_TEST_TMPDIR/siplaunch"
	chmod +x "$BATS_TEST_TMPDIR/siplaunch"
	run -125 --separate-stderr "$BATS_TEST_TMPDIR/siplaunch" --quiet --profile-dir "$PROFILES" --profile generic \
		--set seccomp="$FILTER" -- /bin/true
	[[ $stderr == *"load libseccomp.so.0: "*"No such file or directory"*"install libseccomp (Debian: libseccomp2)"* ]] || fail "$stderr"
}

@test "without libyaml a manifest is JSON, which is YAML that says the same" {
	local words=("$SIPLAUNCH" export kubernetes --profile-dir "$PROFILES" --profile kamailio-512m --set user=5060 --set group=5060)
	"${words[@]}" 2>/dev/null >"$BATS_TEST_TMPDIR/yaml"
	without libyaml-0.so.2 "${words[@]}" 2>/dev/null >"$BATS_TEST_TMPDIR/json"
	run ! cmp -s "$BATS_TEST_TMPDIR/yaml" "$BATS_TEST_TMPDIR/json"
	python3 - "$BATS_TEST_TMPDIR"/{yaml,json} <<-'EOF'
		import sys, yaml
		one, other = (list(yaml.safe_load_all(open(file))) for file in sys.argv[1:])
		assert one == other and len(one) > 1, (one, other)
	EOF
}

@test "--version says which libraries there are, and which there are not" {
	run -0 without libseccomp.so.2 "$SIPLAUNCH" --version
	[[ $output == *"in use: libseccomp none, jansson "*", libyaml "[0-9]* ]] || fail "$output"
	run -0 without libyaml-0.so.2 "$SIPLAUNCH" --version
	[[ $output == *"in use: libseccomp "[0-9]*", libyaml none"* ]] || fail "$output"
}
