#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What cannot be raised here: as much as there is is taken where the profile only prefers it, and a hint names who can give more.

load ../lib/common

CFG=$REPO/tests/fixtures/kamailio/minimal.cfg

setup() {
	plain_environment
}

# without_right COMMAND...: as in a container that has not CAP_SYS_RESOURCE.
without_right() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --bounding-set -sys_resource --inh-caps -sys_resource -- "$@"
	else
		"$@"
	fi
}

container() {
	without_right "$SIPLAUNCH" "$1" --profile-dir "$REPO/profiles" -p container --set sizing.memory=512MiB "${@:2}"
}

@test "a soft limit above the hard one is set as far as the hard one goes, and that is said" {
	ulimit -Sn 1024
	ulimit -Hn 4096
	run -0 container run --set router=generic -- sh -c 'ulimit -Sn; ulimit -Hn'
	[[ $output == *"rlimit/RLIMIT_NOFILE is applied in part, as 4096:4096 and not 65536:4096: "* ]]
	[[ $output != *'give "hard"'* ]]
	[[ $output == *$'\n4096\n4096' ]]
}

@test "plan and doctor show the part and the engine's flag for the rest" {
	local command
	ulimit -Sn 1024
	ulimit -Hn 4096
	for command in plan doctor; do
		run container "$command" -- kamailio -DD -f "$CFG"
		[[ $output =~ RLIMIT_NOFILE\ +clamped\ +4096:4096,\ not\ 65536:4096 ]]
		[[ $output != *'give "hard"'* ]]
	done
}

@test "what an engine gives when it does as it is told is taken, and nothing is missing then" {
	ulimit -Sn 1024
	ulimit -Hn 4096
	run -0 container run --set router=generic --set rlimits.RLIMIT_NOFILE=4096: -- sh -c 'ulimit -Sn'
	[[ $output != *"RLIMIT_NOFILE"* ]]
	[[ $output == *$'\n4096' ]]
}

@test "with a policy that requires it, nothing is started" {
	ulimit -Sn 1024
	ulimit -Hn 4096
	run -125 container run --set router=generic --policy rlimit=require -- touch "$BATS_TEST_TMPDIR/started"
	[[ $output == *"raising the hard limit RLIMIT_NOFILE from 4096 to 65536 needs CAP_SYS_RESOURCE"* ]]
	[ ! -e "$BATS_TEST_TMPDIR/started" ]
}

@test "the OOM score is lowered as far as it may be" {
	[ "$(id -u)" = 0 ] || skip "only root's score has a floor that is below it"
	# raised by somebody who has the right to lower it: the floor stays where it was
	run -0 bash -c 'echo 500 >/proc/self/oom_score_adj && exec "$@"' - setpriv --bounding-set -sys_resource --inh-caps -sys_resource -- \
		"$SIPLAUNCH" --profile-dir "$REPO/profiles" -p container --set sizing.memory=512MiB --set router=generic --set oomScoreAdj=-1000 \
		-- cat /proc/self/oom_score_adj
	local floor=${lines[-1]}
	((floor <= 0))
	[[ $output == *"oom/oom_score_adj is applied in part, as $floor and not -1000: "* || $floor == -1000 ]]
}

@test "fewer processes than the router starts are refused to an ordinary user, and what the hint says is enough" {
	local user=65534 hint
	own() {
		local limit=$1 user=$2
		shift 2
		bash -c 'ulimit -Su "$1"; shift; exec "$@"' - "$limit" setpriv --reuid "$user" --regid "$user" --clear-groups -- "$@"
	}
	[ "$(id -u)" = 0 ] || skip "only root becomes the ordinary user that has so few"
	plan() {
		own 5 "$user" "$SIPLAUNCH" plan --profile-dir "$REPO/profiles" -p generic --set router=kamailio --set sizing.memory=512MiB "$@" -- \
			kamailio -DD -f "$CFG"
	}
	run -1 plan
	[[ ${output//$'\n'/ } == *"RLIMIT_NPROC is 5, but the router starts"* ]]
	hint=$(grep -o -- '--set rlimits.RLIMIT_NPROC=[0-9]*' <<<"$output" | head -1)
	[ -n "$hint" ]
	# shellcheck disable=SC2086  # an option and its value
	run plan $hint
	[[ $output != *"RLIMIT_NPROC is"* ]]
}
