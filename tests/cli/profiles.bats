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
	for name in opensips opensips-1g opensips-4g opensips-16g opensips-user kamailio kamailio-512m kamailio-4g kamailio-user \
		container generic; do
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

@test "a name that nobody typed is reported with its origin" {
	local elsewhere=$BATS_TEST_TMPDIR/siplaunch
	for path in no-such /no/such.json; do
		SIPLAUNCH_PROFILE=$path run -2 "$SIPLAUNCH" plan -- true
		[ "${lines[0]}" = "$path: no such profile (SIPLAUNCH_PROFILE names it)" ]
		SIPLAUNCH_PROFILE=other run -2 "$SIPLAUNCH" plan --profile "$path" -- true
		[ "${lines[0]}" = "$path: no such profile" ]
	done
	# the binary alone, without the profiles that are installed with it
	cp "$SIPLAUNCH" "$elsewhere"
	run -2 "$elsewhere" plan --profile-dir "$BATS_TEST_TMPDIR" -- rtpengine
	[ "${lines[0]}" = "rtpengine: no such profile (the default for rtpengine)" ] || [ -e /usr/share/siplaunch ] || [ -e /usr/local/share/siplaunch ]
	# the plan of a pod whose volume has lost the profile
	mkdir "$BATS_TEST_TMPDIR/out"
	run -0 "$SIPLAUNCH" init --out "$BATS_TEST_TMPDIR/out" --memory-limit 512Mi -p profiles/generic.json -- true
	rm -r "$BATS_TEST_TMPDIR"/out/profiles
	run -2 "$SIPLAUNCH" plan --plan "$BATS_TEST_TMPDIR/out/plan.json" -- true
	[[ ${lines[0]} == *"generic.json: no such profile ($BATS_TEST_TMPDIR/out/plan.json names it)" ]]
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

@test "--set extends is refused, because it would change nothing" {
	for value in opensips nosuch null; do
		run -2 --separate-stderr profiles show kamailio-512m --set extends=$value
		[ -z "$output" ]
		[[ $stderr == *'"extends" cannot be set here'*--profile* ]]
	done
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

@test "check finds the errors of the system call filter as well" {
	local file=$BATS_TEST_TMPDIR/filter.json
	for filter in '"sip-ruoter"' '"./nosuch.json"' '{"defaultAction": "SCMP_ACT_ALOW"}' \
		'{"defaultAction": "SCMP_ACT_ALLOW", "sycalls": []}'; do
		echo "{\"seccomp\": $filter}" >"$file"
		run -1 profiles check "$file"
		[ "${#lines[@]}" -ge 1 ]
		fails grep -F ': ok' <<<"$output"
	done
	[[ $output == *"$file: /seccomp/sycalls: unknown key"* ]]
	for filter in '"sip-router"' '{"defaultAction": "SCMP_ACT_ALLOW"}' null; do
		echo "{\"seccomp\": $filter}" >"$file"
		run -0 profiles check "$file"
		[ "$output" = "$file: ok" ]
	done
	mkdir "$BATS_TEST_TMPDIR/seccomp"
	echo '{"defaultAction": "SCMP_ACT_ALLOW"}' >"$BATS_TEST_TMPDIR/seccomp/beside.json"
	echo '{"seccomp": "beside"}' >"$file"
	run -0 profiles check "$file"
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

# warnings_of PROFILE COMMAND…: what the plan for a machine with room for all of them says, but for what it cannot ask there.
warnings_of() {
	local name=$1 hosts=$BATS_TEST_TMPDIR/hosts
	shift
	mkdir -p "$hosts"
	cp -r "$REPO"/tests/fixtures/hosts/{.common,bare-v2} "$hosts"
	sed -i 's/^MemTotal:.*/MemTotal:       33554432 kB/; s/^MemAvailable:.*/MemAvailable:   30000000 kB/' "$hosts/.common/proc/meminfo"
	echo $((24 << 30)) >"$hosts/bare-v2/sys/fs/cgroup/sip.slice/memory.max"
	"$SIPLAUNCH" plan --format json --profile-dir "$REPO/profiles" --host "$hosts/bare-v2" --set user=1000 --set group=1000 \
		-p "$name" -- "$@" >"$BATS_TEST_TMPDIR/plan.json" || true
	"$PYTHON" -c '
import json, sys
unasked = "the version of opensips is not known (--host only describes the host)"
print([text for text in json.load(open(sys.argv[1]))["warnings"] if not text.startswith(unasked)])' "$BATS_TEST_TMPDIR/plan.json"
}

@test "a shipped profile has no warning of a usual configuration, at its own size" {
	local name config
	for name in opensips opensips-1g opensips-4g opensips-16g; do
		for config in registrar registrar-tls; do
			echo "$name $config"
			run -0 warnings_of "$name" opensips -F -f "$REPO/tests/fixtures/opensips/$config.cfg"
			[[ $output == "[]" ]]
		done
	done
	for name in kamailio kamailio-512m kamailio-4g; do
		for config in "$REPO/tests/fixtures/kamailio/registrar.cfg" /etc/kamailio/kamailio.cfg; do
			echo "$name $config"
			run -0 warnings_of "$name" kamailio -DD -E -f "$config" -l udp:127.0.0.1:5060 -l tcp:127.0.0.1:5060
			[[ $output == "[]" ]]
		done
	done
}

@test "a reactor that has no room for the connections of the configuration is a warning with two ways out" {
	sed '1i tcp_max_connections=50000' "$REPO/tests/fixtures/opensips/registrar-tls.cfg" >"$BATS_TEST_TMPDIR/many.cfg"
	echo '{"extends": "opensips-1g", "sizing": {"connections": 2048}}' >"$BATS_TEST_TMPDIR/few.json"
	run -0 warnings_of "$BATS_TEST_TMPDIR/few.json" opensips -F -f "$BATS_TEST_TMPDIR/many.cfg"
	[[ $output == *"open_files_limit=50410 in the configuration, or raise sizing.private to 20MiB"* ]]
	sed -i '1i open_files_limit=50410' "$BATS_TEST_TMPDIR/many.cfg"
	run -0 warnings_of "$BATS_TEST_TMPDIR/few.json" opensips -F -f "$BATS_TEST_TMPDIR/many.cfg"
	[[ $output != *reactor* ]]
}

@test "a key or a value of the command line that is not UTF-8 is refused as that, with each of the options" {
	local argument
	for argument in --set=$'\xff=1' --set=$'user=\xff' --set=$'rlimits.RLIMIT_\xff=1' --policy=$'\xff=skip' --workload=$'a\xff=5'; do
		run -2 "$SIPLAUNCH" plan --profile-dir "$REPO/profiles" --profile generic "$argument" -- true
		[ "$output" = "${argument%%=*}: the key or its value is not UTF-8" ] || fail "$output"
	done
}
