#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A number of processes that could not be counted: what the plan rests on, and how a policy decides about it.

load ../lib/common

CFG=$REPO/tests/fixtures/routers/kamailio/nothing-to-listen-on/router.cfg

setup() {
	plain_environment
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
	[[ $output == *'"eth0 192.0.2.1/24" is not an interface and an address'* ]]
}

@test "the policy decides whether an estimate is enough" {
	run -1 plan --policy estimate=require -- kamailio -DD -f "$CFG"
	[[ $(tr -s ' \n' ' ' <<<"$output") == *"12 processes are an estimate, and the limit of 512 MiB is too small for twice as many"* ]]
	run -0 --separate-stderr plan --policy estimate=require --set sizing.processes=30 -- kamailio -DD -f "$CFG"
	[[ ${lines[-1]} == "run would start it: "*" to apply" ]]
	run -0 plan --policy estimate=skip -- kamailio -DD -f "$CFG"
	[[ ${lines[-1]} == "run would start it: "*" to apply" ]]
	run -0 plan --policy default=require -- kamailio -DD -f "$CFG"
}

@test "values of the environment are followed, where the router will have the same" {
	# shellcheck disable=SC2016 # for Kamailio
	printf '%s\n' '#!defenv CHILDREN' '#!trydefenv NOT_THERE' '#!substdef "!TIMERS!$env(TIMERS)!g"' 'children=CHILDREN' 'listen=udp:127.0.0.1:5060' \
		'loadmodule "usrloc.so"' 'modparam("usrloc", "timer_procs", TIMERS)' 'request_route { exit; }' >"$BATS_TEST_TMPDIR/router.cfg"
	export CHILDREN=5 TIMERS=2
	COMMAND=(kamailio -DD -f "$BATS_TEST_TMPDIR/router.cfg")
	run -0 "$SIPLAUNCH" plan --format json --profile profiles/generic.json --set router=auto --set sizing.memory=2GiB --policy default=prefer -- "${COMMAND[@]}"
	[ "$(json 'plan["budget"]["processes"], plan["budget"]["processesRange"]')" = "(12, None)" ]
	[[ $(json 'plan["warnings"][0]') == *"router.cfg:1: CHILDREN comes from the environment, and must be the same for the router" ]]
	# on another machine it may be anything
	run -0 plan --format json -- "${COMMAND[@]}"
	[ "$(json 'plan["budget"]["processes"], plan["budget"]["processesRange"]')" = "(12, {'from': 1, 'to': None})" ]
}

@test "a plan says between which numbers of processes an estimate lies" {
	printf '%s\n' 'loadmodule "proto_udp.so"' 'auto_scaling_profile = GROW' 'scale up to 8 on 70% for 4 cycles' 'udp_workers = 3 use_auto_scaling_profile GROW' \
		'socket=udp:127.0.0.1:5060' 'route { exit; }' >"$BATS_TEST_TMPDIR/router.cfg"
	run -0 plan --format json --set router=opensips -- opensips -F -f "$BATS_TEST_TMPDIR/router.cfg"
	[ "$(json 'plan["budget"]["processes"], plan["budget"]["processesRange"]')" = "(12, {'from': 7, 'to': 12})" ]
	run -0 "$SIPLAUNCH" plan --verbose --profile-dir profiles --host "$HOST" --set user=1000 --set group=1000 -p kamailio-512m --set router=opensips -- opensips -F -f "$BATS_TEST_TMPDIR/router.cfg"
	[[ $output == *"   12  in all at most; 7 when idle"* ]]
}

@test "an estimate that would do no harm is none that a plan rests on" {
	run -0 plan --set sizing.memory=8GiB --set sizing.shared=64MiB --set sizing.private=4MiB --policy estimate=require -- kamailio -DD -f "$CFG"
	[[ ${lines[-1]} == "run would start it: "*" to apply" ]]
}
