#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A number of processes that could not be counted: what the plan rests on, and how a policy decides about it.

load ../lib/common

CFG=$REPO/tests/fixtures/routers/kamailio/nothing-to-listen-on/router.cfg

setup() {
	export LC_ALL=C.UTF-8
	unset SIPLAUNCH_PROFILE SIPLAUNCH_PROFILE_PATH NO_COLOR
	cd "$REPO" || return
	HOST=$BATS_TEST_TMPDIR/host
	cp -r tests/fixtures/hosts/bare-v2 "$HOST"
}

# plan [OPTION...] [-- COMMAND]: for a host whose addresses are in $HOST/.addresses, or not known.
plan() {
	"$SIPLAUNCH" plan --profile-dir profiles --host "$HOST" --set user=1000 --set group=1000 -p kamailio-512m "$@"
}

json() {
	"$PYTHON" -c 'import json, sys; print(eval(sys.argv[1], {}, {"plan": json.load(sys.stdin)}))' "$1" <<<"$output"
}

@test "a plan for addresses that are not known names the number that it rests on, and what one more costs" {
	run -0 plan -- kamailio -DD -f "$CFG"
	[[ ${lines[-1]} == "run would start it: "*" to apply, as long as kamailio starts no more than 12 processes" ]]
	[[ $(tr -s ' \n' ' ' <<<"$output") =~ "each further address adds 2 processes, up to "[0-9]+" MiB" ]]
	run -0 plan --format json -- kamailio -DD -f "$CFG"
	[ "$(json 'plan["condition"]')" = "as long as kamailio starts no more than 12 processes" ]
}

@test "with the machine's addresses the processes are counted, and the plan rests on nothing" {
	printf '%s\n' 'lo 127.0.0.1' 'eth0 192.0.2.1' 'eth0 192.0.2.2' 'eth1 198.51.100.1' >"$HOST/.addresses"
	run -0 plan --format json -- kamailio -DD -f "$CFG"
	[ "$(json 'plan["budget"]["processes"], plan["budget"]["processesSource"], plan["condition"]')" = "(16, 'computed', None)" ]
	[ "$(json 'plan["warnings"]')" = "[]" ]
	run -0 plan -- kamailio -DD -f "$CFG"
	[[ ${lines[-1]} == "run would start it: "*" to apply" ]]
}

@test "addresses that cannot be read are an error, with the line" {
	echo 'eth0 192.0.2.1/24' >"$HOST/.addresses"
	run -125 plan -- kamailio -DD -f "$CFG"
	[[ $output == *'"eth0 192.0.2.1/24" is no interface and address'* ]]
}

@test "the policy decides whether an estimate is enough" {
	run -1 plan --policy estimate=require -- kamailio -DD -f "$CFG"
	[[ $(tr -s ' \n' ' ' <<<"$output") == *"12 processes are an estimate, and the limit of 512 MiB would not hold twice as many"* ]]
	run -0 --separate-stderr plan --policy estimate=require --set sizing.processes=30 -- kamailio -DD -f "$CFG"
	[[ ${lines[-1]} == "run would start it: "*" to apply" ]]
	run -0 plan --policy estimate=skip -- kamailio -DD -f "$CFG"
	[[ ${lines[-1]} == "run would start it: "*" to apply" ]]
	run -0 plan --policy default=require -- kamailio -DD -f "$CFG"
}

@test "an estimate that would do no harm is none that a plan rests on" {
	run -0 plan --set sizing.memory=8GiB --set sizing.shared=64MiB --set sizing.private=4MiB --policy estimate=require -- kamailio -DD -f "$CFG"
	[[ ${lines[-1]} == "run would start it: "*" to apply" ]]
}
