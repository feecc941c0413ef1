#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The example of every command's --help, as it is printed there: a shell reads it as one command, and it works. Programs that it
# starts are stand-ins; a path that it names at the root of the machine is moved below the test's folder.

load ../lib/common

setup() {
	plain_language
	export SIPLAUNCH_PROFILE_PATH=$REPO/profiles
	unset SIPLAUNCH_PROFILE NO_COLOR COLUMNS
	mkdir "$BATS_TEST_TMPDIR/bin" "$BATS_TEST_TMPDIR/siplaunch"
	cd "$BATS_TEST_TMPDIR" || return
	ln -s "$SIPLAUNCH" bin/siplaunch
	# no router, but what siplaunch takes for one: it serves until it is asked to stop, or ends at once
	# shellcheck disable=SC2016 # it is the stand-in's
	printf '#!/bin/bash\ntrap "exit 0" TERM\n[ -z "$STAYS" ] && exit 0\nwhile :; do sleep 0.05; done\n' >bin/kamailio
	printf '#!/bin/sh\nexit 0\n' >bin/sipp
	chmod 755 bin/*
	PATH=$PWD/bin:$PATH
}

# example COMMAND [COLUMNS]: the example in its help, as printed for a terminal of that width.
example() {
	COLUMNS=${2:-80} siplaunch "$1" --help | sed -n '/^Example:$/,/^$/ { /^Example:$/d; /^$/d; p }'
}

# works STATUS COMMAND [OPTION...]: the example exits with the status; the options go before its other words, where the command needs
# a place or a policy that this machine has. Its standard output is in $output.
works() {
	local expected=$1 command=$2 words
	shift 2
	eval "words=($(example "$command"))"
	[ "${words[0]}" = siplaunch ]
	if [[ ${words[1]} == "$command" ]]; then
		run "-$expected" --separate-stderr "${words[0]}" "$command" "$@" "${words[@]:2}"
	else
		run "-$expected" --separate-stderr "${words[0]}" "$@" "${words[@]:1}"
	fi
}

@test "every command has one example, and at every width a shell reads the same words of it" {
	local wide narrow count=0
	for command in run plan doctor init export inspect top advise tune report profiles seccomp help; do
		eval "wide=($(example "$command" 140))"
		[ "${wide[0]}" = siplaunch ] && ((${#wide[@]} > 1)) || fail "$command: ${wide[*]}"
		for columns in 40 50 60 80; do
			bash -n <(example "$command" $columns)
			eval "narrow=($(example "$command" $columns))"
			[ "${narrow[*]@Q}" = "${wide[*]@Q}" ] || fail "$command at $columns: ${narrow[*]@Q}"
		done
		count=$((count + 1))
	done
	[ "$(siplaunch --help | grep -cE '^  [a-z]+  ')" = $count ]
}

@test "the example of run starts the router" {
	works 0 run --policy default=prefer --set user=null --set ipc.namespace=inherit --quiet
}

@test "the examples of plan and doctor show their reports" {
	works "$(siplaunch plan --profile kamailio-4g -- kamailio -DD -E >/dev/null 2>&1; echo $?)" plan
	[[ $output == *"router    kamailio"*"steps"*"run would "* ]] || fail "$output"
	works 0 plan --host "$REPO/tests/fixtures/hosts/bare-v2" --set user=null --set group=null
	[[ $output == *"run would start it"* ]] || fail "$output"
	run --separate-stderr siplaunch doctor --profile kamailio-4g
	# shellcheck disable=SC2154 # run sets it
	((status < 2)) || fail "$stderr"
	works "$status" doctor
	[[ $output == *kamailio-4g* ]] || fail "$output"
}

@test "the example of init writes the plan" {
	((EUID == 0)) || skip "needs root: it sets the IPC namespace's limits"
	example init | sed "s, /siplaunch, $BATS_TEST_TMPDIR/siplaunch," >line
	run -0 unshare --ipc bash ./line
	[ -s siplaunch/plan.json ]
}

@test "the example of export is a service" {
	works 0 export
	[[ $output == *"[Service]"*"ExecStart="* ]] || fail "$output"
}

@test "the examples of inspect and advise find a router by its name" {
	((EUID == 0)) || skip "needs root: a PID namespace without the routers of other tests"
	for command in inspect advise; do
		# shellcheck disable=SC2016 # it is the inner shell's
		example $command >line
		cp "$(command -v bash)" bin/kamailio
		unshare --pid --fork --kill-child --mount-proc bash -c \
			'bin/kamailio -c "sleep 60; true" & timeout 30 bash -c "until pgrep -x kamailio >/dev/null; do sleep 0.1; done"; bash ./line; exit $?' >shown 3>&- || (($? == 1)) || fail "$command: $(<shown)"
		grep -q '^router ' shown || fail "$command: $(<shown)"
		grep -q '^profile .*kamailio-4g' shown || fail "$command: $(<shown)"
	done
}

@test "the example of tune finds a size" {
	export STAYS=1
	printf '{"router": "kamailio", "sizing": {"memory": "256MiB", "processes": 4}}' >small.json
	works 0 tune --profile ./small.json --ready true --rounds 12
	[[ $output == *'"sizing": {'* ]] || fail "$output"
}

@test "the example of report makes a page" {
	"$PYTHON" "$REPO/tests/cli/page_samples.py" 3 >samples.json
	works 0 report
	[ "$(tail -1 report.html)" = '</html>' ]
}

@test "the examples of profiles, seccomp and help print what they name" {
	works 0 profiles
	"$PYTHON" -c 'import json, sys; assert json.load(sys.stdin)["router"] == "kamailio"' <<<"$output"
	works 0 seccomp
	[[ $output == *"system call"* || $output == *"fails with"* ]] || fail "$output"
	works 0 help
	[[ $output == "Usage: siplaunch plan"* ]] || fail "$output"
}
