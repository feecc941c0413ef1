#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The shared pool by module: who is queried for it and when, what inspect shows, what is refused. What a real Kamailio says is in
# tests/vm/statistics.bats.

load ../lib/common
load ../lib/stand_in

setup() {
	prepare_stand_in
}

GROUPS_OF_ALL=$'mem-group = "usrloc": "usrloc" "registrar"\nmem-group = "tm": "tm"\nmem-group = "core": "core"'
USRLOC_TM_CORE="{'name': 'usrloc', 'shared': 1220000, 'private': None}, {'name': 'tm', 'shared': 600000, 'private': None}, {'name': 'core', 'shared': 180000, 'private': None}"

# times N: the stand-in was queried so often.
times() {
	[ "$(wc -c <counted)" = "$1" ]
}

@test "Kamailio with kex is queried once, and the largest module is the first" {
	echo kex >mode
	router unix kamailio
	asked "p['modules'] == [$USRLOC_TM_CORE]" "p['noModules'] is None" -- --mi "$MI" "$BG_PID"
	times 1
	run -0 "$SIPLAUNCH" inspect --mi "$MI" "$BG_PID"
	[[ $output == *"shared pool by module: 1.9 MiB"*usrloc*"61.0 %"*tm*"30.0 %"*core*"9.0 %"* ]]
}

@test "OpenSIPS is queried for the groups of modules in its configuration" {
	MEMORY_GROUPS=$GROUPS_OF_ALL router fifo
	asked "[(m['name'], m['shared']) for m in p['modules']] == [('usrloc', 2000000), ('tm', 1500000), ('core', 452288)]" -- "$BG_PID"
	run -0 "$SIPLAUNCH" inspect "$BG_PID"
	[[ $output == *"shared pool by module"*usrloc*"50.6 %"* ]]
}

@test "what is in no module is a row of its own" {
	MEMORY_GROUPS='mem-group = "usrloc": "usrloc"' router fifo
	run -0 "$SIPLAUNCH" inspect "$BG_PID"
	[[ $output == *usrloc*"50.6 %"*"in no module"*"49.3 %"* ]]
}

@test "a router without groups is not queried, and why is said only to whoever asks" {
	router fifo
	asked "p['modules'] is None and 'SHM_EXTRA_STATS' in p['noModules'] and 'mem-group' in p['noModules']" -- "$BG_PID"
	run -0 "$SIPLAUNCH" inspect "$BG_PID"
	[[ $output != *"by module"* ]]
	for option in --verbose --modules; do
		run -0 "$SIPLAUNCH" inspect "$option" "$BG_PID"
		[[ $output == *"shared pool by module"*"SHM_EXTRA_STATS"* ]]
	done
}

@test "Kamailio without kex, and one that was built without MEMDBG, are told what is missing" {
	router unix kamailio
	asked "p['modules'] is None and 'the module kex' in p['noModules'] and p['noPools'] is None" -- --mi "$MI" "$BG_PID"
	echo kex-not-built >mode
	asked "p['modules'] is None and 'MEMDBG=1' in p['noModules'] and p['noPools'] is None" -- --mi "$MI" "$BG_PID"
}

@test "a wrong answer about modules is told as such, and the pools stay known" {
	MEMORY_GROUPS=$GROUPS_OF_ALL router fifo
	for case in groups-wrong-type="not an object" groups-negative="not a number, 0 or more" groups-not-built="build OpenSIPS with" \
		groups-beyond-the-pool="more than the shared pool"; do
		echo "${case%%=*}" >mode
		asked "p['modules'] is None and '${case#*=}' in p['noModules']" "p['noPools'] is None and p['shared']['used'] == 3952288" -- "$BG_PID"
	done
	[ -z "$(ls replies)" ]
}

@test "a router that has to count for long is not made to, but for --modules" {
	echo kex-full >mode
	router unix kamailio
	asked "p['modules'] is None and '1 GiB' in p['noModules'] and '--modules' in p['noModules']" -- --mi "$MI" "$BG_PID"
	[ ! -e counted ]
	run -0 "$SIPLAUNCH" inspect --mi "$MI" "$BG_PID"
	[[ $output == *"shared pool by module"*"--modules"* ]]
	asked "p['modules'] == [$USRLOC_TM_CORE]" -- --modules --mi "$MI" "$BG_PID"
	times 1
}

# watched N: the watch has printed so many lines.
watched() {
	(($(wc -l <"$BG_LOG") >= $1))
}

@test "--watch queries once a minute, and each line has the modules; with --modules it queries each time" {
	echo kex >mode
	router unix kamailio
	local router=$BG_PID
	start_bg "$SIPLAUNCH" inspect --watch=1 --format json --mi "$MI" "$router"
	wait_for_bg 30 watched 3
	stop_bg "$BG_PID"
	times 1
	[ "$(grep -c '"modules":\[{"name":"usrloc"' "$BG_LOG")" = "$(wc -l <"$BG_LOG")" ]
	rm counted
	start_bg "$SIPLAUNCH" inspect --watch=1 --modules --format json --mi "$MI" "$router"
	wait_for_bg 30 watched 3
	stop_bg "$BG_PID"
	(($(wc -c <counted) >= 3))
}

@test "a module's name cannot write to the terminal" {
	echo kex-hostile >mode
	router unix kamailio
	run -0 "$SIPLAUNCH" inspect --mi "$MI" "$BG_PID"
	[[ $output != *$'\e'* && $output == *"61.0 %"* && $output == *xxxxxxxxxx* ]]
	run -0 "$SIPLAUNCH" inspect --format json --mi "$MI" "$BG_PID"
	[[ $output != *$'\e'* ]]
}
