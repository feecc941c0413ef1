#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# "siplaunch doctor": what a place permits, what a profile needs of it, what is missing; and that it changes nothing.

load ../lib/common
load ../lib/changes

HOSTS=$REPO/tests/fixtures/hosts
CFG=$REPO/tests/fixtures/kamailio/minimal.cfg

setup() {
	plain_environment
	cd "$REPO" || return
}

# doctor HOST [OPTION...]: for a host that is described.
doctor() {
	local host=$1
	shift
	"$SIPLAUNCH" doctor --profile-dir profiles --host "$HOSTS/$host" "$@"
}

# with_profile HOST [OPTION...]: no names are to be looked up in the fixture.
with_profile() {
	local host=$1
	shift
	doctor "$host" -p kamailio-512m --set user=1000 --set group=1000 "$@"
}

json() {
	"$PYTHON" -c 'import json, sys; print(eval(sys.argv[1], {}, {"d": json.load(sys.stdin)}))' "$1" <<<"$output"
}

@test "without a profile and a command only the place is shown, and all is well" {
	for host in "$HOSTS"/*/; do
		run -0 --separate-stderr doctor "$(basename "$host")"
		[ -z "$stderr" ]
		for label in kernel cgroups runtime systemd group memory oom files ipc sysctls identity seccomp pid; do
			[[ $'\n'$output =~ $'\n'$label\ +[^\ ] ]] || fail "$host: no $label"
		done
		[[ $output != *"needed and"* ]]
	done
}

# host, manager, whether a group of its own is possible, tool of the remedies, status
@test "each kind of place is told for what it is, with the remedies of its own tool" {
	while read -r host runtime manager possible tool status; do
		run --separate-stderr with_profile "$host" --format json -- kamailio -DD -E -f "$CFG"
		[ "$status" -le 1 ] || fail "$host: $stderr"
		[ "$(json 'str(d["place"]["runtime"]), d["place"]["group"]["manager"], d["place"]["group"]["possible"]')" = \
			"('$runtime', '$manager', $possible)" ] || fail "$host: $(json 'd["place"]["runtime"], d["place"]["group"]')"
		[ "$(json '(d["remedies"] or {}).get("tool")')" = "$tool" ] || fail "$host: $(json 'd["remedies"]')"
		[ "$(json 'd["starts"]')" = "$( ((status)) && echo False || echo True)" ] || fail "$host"
	done <<-'END'
		docker-private-ro docker adopt True docker
		podman-userns podman cgroupfs True podman
		kubernetes-burstable-high kubernetes adopt True kubernetes
		systemd-service-plain None systemd True systemd
		bare-v2 None cgroupfs True None
	END
}

@test "what is had and what is missing are grouped, and together they are the plan" {
	run -1 --separate-stderr with_profile docker-private-ro --format json -- kamailio -DD -E -f "$CFG"
	[ "$(json '{s["status"] for s in d["missing"]} <= {"denied", "failed", "clamped"}')" = True ]
	[ "$(json '{s["status"] for s in d["have"]} & {"denied", "failed", "clamped"}')" = "set()" ]
	[ "$(json '[s["name"] for s in d["missing"]]')" = "['oom_score_adj']" ]
	have=$(json 'len(d["have"]) + len(d["missing"])')
	run -1 "$SIPLAUNCH" plan --profile-dir profiles --host "$HOSTS/docker-private-ro" -p kamailio-512m --set user=1000 \
		--set group=1000 --format json -- kamailio -DD -E -f "$CFG"
	[ "$(json 'len([s for s in d["steps"] if s["status"] != "skipped"])')" = "$have" ]
}

@test "the text has the groups, the remedies and the verdict" {
	run -1 --separate-stderr with_profile docker-private-ro -- kamailio -DD -E -f "$CFG"
	[[ $output == *"needed and available"*"memory.max"*"needed and missing"*"oom_score_adj"*"denied"* ]]
	[[ $output == *"To start as the profile requests:"*"docker run --oom-score-adj -900 IMAGE"* ]]
	[[ ${lines[-1]} == "run would refuse: oom/oom_score_adj"* ]]
	run -0 --separate-stderr with_profile bare-v2 -- kamailio -DD -E -f "$CFG"
	[[ $output != *"needed and missing"* && $output != *"To start as the profile requests"* ]]
	[[ ${lines[-1]} == "run would start it: "* ]]
}

@test "what is only preferred may be missing" {
	run -0 --separate-stderr with_profile docker-private-ro --policy oom=prefer -- kamailio -DD -E -f "$CFG"
	[[ $output == *"needed and missing"*"--oom-score-adj -900"* ]]
	[[ ${lines[-1]} == "run would start it: "* ]]
}

@test "without a command the profile's router is asked about, in the foreground" {
	run --separate-stderr with_profile bare-v2 --format json
	[ "$(json 'd["router"], d["command"][0], d["command"][-2:]')" = "('kamailio', 'kamailio', ['-DD', '-E'])" ]
	[ "$(json '[w for w in d["warnings"] if "background" in w]')" = "[]" ]
	run -0 doctor bare-v2 -p container --format json
	[ "$(json 'd["router"], d["command"]')" = "('generic', ['generic'])" ]
}

@test "SIPLAUNCH_PROFILE is asked about too" {
	SIPLAUNCH_PROFILE=kamailio-4g run doctor bare-v2 --set user=1000 --set group=1000 --format json
	[ "$(json 'd["profile"]')" = kamailio-4g ]
}

@test "a command that is not installed is a remark, and no error" {
	run -0 --separate-stderr "$SIPLAUNCH" doctor --profile-dir profiles -p generic -- no-such-router
	[ -z "$stderr" ]
	[[ $output == *"execute no-such-router: No such file or directory"* ]]
	run -0 --separate-stderr "$SIPLAUNCH" doctor --profile-dir profiles -p generic --format json -- no-such-router
	[[ $(json 'd["commandError"]["message"]') == *no-such-router* ]]
}

@test "a bad profile, bad usage and an override of nothing are exit status 2" {
	echo '{"sizing": 3}' >"$BATS_TEST_TMPDIR/bad.json"
	run -2 --separate-stderr doctor bare-v2 -p "$BATS_TEST_TMPDIR/bad.json"
	[ -z "$output" ]
	[[ $stderr == *"bad.json:1:12: /sizing: "* ]]
	run -2 --separate-stderr doctor bare-v2 --nonsense
	run -2 --separate-stderr doctor bare-v2 --set sizing.memory=1GiB
	[[ $stderr == *"need a profile or a command"*"--profile"* ]]
}

@test "a budget that does not fit is exit status 1, after what the place permits" {
	run -1 --separate-stderr with_profile bare-v2 --set sizing.memory=100MiB --set sizing.processes=60
	[[ $output == *"kernel "*"profile "* ]]
	[[ $stderr == *"smallest limit that is enough"* ]]
	run -1 --separate-stderr with_profile bare-v2 --format json --set sizing.memory=100MiB --set sizing.processes=60
	[ "$(json 'd["starts"], "error" in d, d["have"]')" = "(False, True, [])" ]
}

@test "a host that is not there is exit status 125" {
	run -125 --separate-stderr doctor no-such-host
	[ -z "$output" ]
}

@test "--supervise is what a supervised launch would be" {
	run with_profile bare-v2 --supervise --format json
	[ "$(json 'd["handoff"]')" = supervise ]
}

@test "every member of the JSON is documented" {
	run --separate-stderr with_profile systemd-service-plain --format json
	"$PYTHON" -c '
import json, sys
text = open("docs/doctor-json.md").read()
def check(node, depth):
    for name, child in node.items():
        assert "| \x60%s\x60 |" % name in text, name
        if isinstance(child, dict) and depth < 2 and name != "remedies":
            check(child, depth + 1)
check(json.load(sys.stdin), 0)' <<<"$output"
}

@test "no line is wider than 100 columns" {
	for host in "$HOSTS"/*/; do
		COLUMNS=100 run with_profile "$(basename "$host")" -v
		[ -n "$output" ] || fail "nothing of $host"
		printf '%s\n' "$output"
	done >"$BATS_TEST_TMPDIR/plans"
	"$PYTHON" -X utf8 -c 'import sys; wide = [l for l in sys.stdin if len(l) > 101 and max(map(len, l.split())) <= 60]; sys.exit(wide[0] if wide else 0)' \
		<"$BATS_TEST_TMPDIR/plans"
}

@test "colours come when they are asked for" {
	run doctor bare-v2 --color always
	[[ $output == *$'\033['* ]]
	run doctor bare-v2
	[[ $output != *$'\033['* ]]
}

@test "doctor changes nothing: no directory, no write, no identity, no limit" {
	# a leak checker, where one is built in, cannot work under strace
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o "$BATS_TEST_TMPDIR/trace" "$SIPLAUNCH" doctor --profile-dir profiles \
		--policy default=prefer -p kamailio-512m -- true >"$BATS_TEST_TMPDIR/out" || true
	grep -q '^run would' "$BATS_TEST_TMPDIR/out"
	changed_nothing "$BATS_TEST_TMPDIR/trace"
}

@test "in an image SIPLAUNCH_ENTRYPOINT is the command of plan and doctor, and a command or --entrypoint goes before it" {
	export SIPLAUNCH_ENTRYPOINT='kamailio -DD -E'
	local verb
	for verb in plan doctor; do
		run "$SIPLAUNCH" "$verb" --profile-dir profiles --host "$HOSTS/bare-v2" --profile container
		[[ $output == *'command   kamailio -m '*' -DD -E'* ]]
		run "$SIPLAUNCH" "$verb" --profile-dir profiles --host "$HOSTS/bare-v2" --profile container --entrypoint 'opensips -F' -- -C
		[[ $output == *'command   opensips '*'-F -C'* ]]
		run "$SIPLAUNCH" "$verb" --profile-dir profiles --host "$HOSTS/bare-v2" --profile container -- sleep 1
		[[ $output == *'command   sleep 1'* ]]
	done
	SIPLAUNCH_ENTRYPOINT=' ' run -2 "$SIPLAUNCH" plan --profile container
	[[ $output == *'SIPLAUNCH_ENTRYPOINT: COMMAND is empty'* ]]
	SIPLAUNCH_ENTRYPOINT='' run -2 "$SIPLAUNCH" plan --profile container
	[[ $output == *'no command to plan'* ]]
}
