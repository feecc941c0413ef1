#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What the router needs and does not find: said by plan and doctor, with everything else shown, and refused by run.

load ../lib/common

CFG=$REPO/tests/fixtures/kamailio/minimal.cfg

setup() {
	export LC_ALL=C.UTF-8
	unset SIPLAUNCH_PROFILE SIPLAUNCH_PROFILE_PATH NO_COLOR
	cd "$BATS_TEST_TMPDIR" || return
	printf '#!/bin/sh\necho "started $0 $*"\n' >kamailio
	chmod 755 kamailio
	PATH=$PWD:$PATH
}

# own COMMAND [OPTION...]: for a profile without a group, a user or limits.
own() {
	local command=$1
	shift
	"$SIPLAUNCH" "$command" --profile-dir "$REPO/profiles" -p generic --set router=kamailio --set sizing.memory=512MiB "$@"
}

@test "a user that does not exist is a denied step, and the budget is shown all the same" {
	for command in plan doctor; do
		run -1 own "$command" --set user=nosuch -- kamailio -f "$CFG"
		[[ $output == *'there is no user "nosuch"'* ]]
		[[ $output == *"useradd --system"*nosuch* ]]
	done
	run -1 own plan --set user=nosuch -- kamailio -f "$CFG"
	[[ $output == *"shared pool"* ]]
	[[ $output =~ identity.user\ +denied|user\ +denied ]]
}

@test "a group that does not exist is a denied step too" {
	run -1 own plan --set group=nosuch -- kamailio -f "$CFG"
	[[ $output == *'there is no group "nosuch"'* ]]
	[[ $output == *"shared pool"* ]]
}

@test "run refuses a user that does not exist, and starts nothing" {
	run -125 own run --set user=nosuch -- kamailio -f "$CFG"
	[[ $output == *'there is no user "nosuch"'* ]]
	[[ $output != *started* ]]
}

@test "a mistyped command gets the one that was meant" {
	local typed meant
	while read -r typed meant; do
		run -127 "$SIPLAUNCH" "$typed"
		[[ $output == *"did you mean \"siplaunch $meant\"?"* ]]
		[[ $output != *"router installed"* ]]
	done <<-'END'
		pln plan
		docter doctor
		version --version
		stats inspect
		status inspect
		list profiles
	END
}

@test "a program that has the name of a mistyped command is run" {
	cp kamailio status
	run -0 "$SIPLAUNCH" --profile-dir "$REPO/profiles" -p generic status now
	[[ $output == *"started "*"/status now"* ]]
}

@test "behind run or -- a word is a program's name, whatever it looks like" {
	run -127 "$SIPLAUNCH" --profile-dir "$REPO/profiles" -p generic -- pln
	[[ $output != *"did you mean"* ]]
	run -127 "$SIPLAUNCH" run --profile-dir "$REPO/profiles" -p generic pln
	[[ $output != *"did you mean"* ]]
}

@test "a group that is sized for gets memory.max, unless the profile says max" {
	run -0 "$SIPLAUNCH" plan --profile-dir "$REPO/profiles" --host "$REPO/tests/fixtures/hosts/bare-v2" -p generic \
		--set cgroup.path=sip.slice/x --set sizing.memory=512MiB -- true
	[[ $output =~ memory.max\ +planned.*"512 MiB" ]]
	run -0 "$SIPLAUNCH" plan --profile-dir "$REPO/profiles" --host "$REPO/tests/fixtures/hosts/bare-v2" -p generic \
		--set cgroup.path=sip.slice/x --set sizing.memory=512MiB --set resources.unified.memory.max=max -- true
	[[ ! $output =~ memory.max\ +planned.*"512 MiB" ]]
}
