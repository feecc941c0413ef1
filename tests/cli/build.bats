#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a router was built with is asked of its program, within bounds, or read in its file, or assumed, and the plan says which.

load ../lib/common

setup() {
	plain_environment
	# root trusts only what nobody else can change, with every directory above it
	FOLDER=$(mktemp -d /opt/siplaunch-build.XXXXXX 2>/dev/null || mktemp -d)
	chmod 755 "$FOLDER"
	cd "$FOLDER" || return
	PATH=$PWD:$PATH
	CFG=$PWD/own.cfg
	printf 'children=3\nlisten=udp:127.0.0.1:5060\n' >own.cfg
	printf 'children=5\nlisten=udp:127.0.0.1:5060\n' >own.cfg.read
}

teardown() {
	rm -rf "$FOLDER"
}

# stand_in ACT: a program called kamailio that does ACT when it is asked.
stand_in() {
	compile -O0 -w -DACT="act_$1" -DCONFIG="\"$CFG\"" -o kamailio "$REPO/tests/cli/router.c"
}

# Processes that execute a stand-in of this test's.
left_behind() {
	find /proc/[0-9]*/exe -maxdepth 0 -lname "$PWD/*" 2>/dev/null
}

# own COMMAND [OPTION...]: for a profile without a group, a user or limits.
own() {
	local command=$1
	shift
	"$SIPLAUNCH" "$command" --profile-dir "$REPO/profiles" -p generic --set router=kamailio --set sizing.memory=512MiB "$@"
}

# planned PYTHON: an expression over the plan of plain `kamailio -DD`.
planned() {
	own plan --format json "${OPTIONS[@]}" -- kamailio -DD >"$BATS_TEST_TMPDIR/plan.json" || true
	python3 -c "import json, sys; plan = json.load(open('$BATS_TEST_TMPDIR/plan.json')); print(($1))"
}

config='plan["build"]["config"]["value"], plan["build"]["config"]["source"]'

@test "the configuration that is read without -f is the one that the program says, and its processes are counted" {
	stand_in plain
	[ "$(planned "$config")" = "('$CFG', 'reported by $PWD/kamailio -I')" ]
	[ "$(planned 'plan["build"]["version"]["value"], plan["build"]["sharedDefault"]["value"], plan["build"]["privateDefault"]["value"]')" = \
		"('5.9.9', '96', '12')" ]
	run own plan --verbose -- kamailio -DD
	[[ $output == *"config    $CFG (reported by "* ]]
	[[ $output == *"own.cfg:2: "*": 3 workers"* ]]
}

@test "the default of -m that Kamailio does not honour is the program's own, where the configuration has a size" {
	stand_in plain
	printf 'shm_mem_size=40\n' >>own.cfg
	run own plan -- kamailio -m 96 -DD
	[[ $output == *"-m 96 equals kamailio's default"* ]]
	run own plan -- kamailio -m 64 -DD
	[[ $output != *"equals kamailio's default"* ]]
}

@test "a program is not executed where nothing depends on what it would say" {
	stand_in plain
	run "${STRACE:-strace}" -f -e trace=execveat,execve -o trace "$SIPLAUNCH" export systemd --profile-dir "$REPO/profiles" -p generic \
		--set router=kamailio --set sizing.memory=512MiB -- kamailio -DD -f "$CFG"
	[ "$(grep -c exec trace)" = 1 ]
}

@test "doctor always asks" {
	stand_in plain
	run own doctor -- kamailio -DD -f "$CFG"
	[[ $output == *"version   5.9.9 (reported by "* ]]
	[[ $output == *"-m        96 MiB by default (reported by "* ]]
}

@test "a program that hangs, floods, fails or crashes is given up, and its file is read" {
	local act reason
	while read -r act reason; do
		stand_in "$act"
		[[ "$(planned "$config")" == "('$CFG.read', 'read in the file $PWD/kamailio: kamailio -I $reason')" ]]
	done <<-'END'
		hang timed out after 3 s
		flood printed more than 65536 bytes
		fail exited with status 3
		crash was killed by signal 6
	END
	[ -z "$(left_behind)" ]
}

@test "a program that forks leaves no process behind, and keeps nobody waiting" {
	stand_in fork
	[ "$(planned "$config")" = "('$CFG', 'reported by $PWD/kamailio -I')" ]
	[ -z "$(left_behind)" ]
}

@test "control characters in what a program prints are no path" {
	stand_in control
	[ "$(planned "$config")" = "('$CFG.read', 'read in the file $PWD/kamailio: the program does not print it')" ]
}

@test "a program that is asked gets no descriptor, input, environment or privilege, and can open no file and no socket" {
	stand_in try
	exec 7<own.cfg
	[ "$(LD_LIBRARY_PATH=/tmp SECRET=1 planned 'plan["build"]["config"]["value"]')" = "/uid$(id -u).$(id -u)" ]
	exec 7<&-
	[ ! -e own.cfg.written ]
}

@test "a program that is asked can change no file" {
	stand_in write
	planned "$config"
	[ "$(head -1 own.cfg)" = "children=3" ]
}

@test "a set-uid program gets no other user by being asked" {
	[ "$(id -u)" = 0 ] || skip "only root can give a file to another user"
	stand_in try
	chown 65534 kamailio
	chmod 4755 kamailio
	# it belongs to somebody else, so root does not execute it at all
	[[ "$(planned "$config")" == *"read in the file $PWD/kamailio: others can change it: "* ]]
	chown 0 kamailio
	chmod 4755 kamailio
	chmod 644 own.cfg own.cfg.read
	local uid=65534
	run setpriv --reuid $uid --regid $uid --clear-groups "$SIPLAUNCH" plan --format json --profile-dir "$REPO/profiles" -p generic \
		--set router=kamailio --set sizing.memory=512MiB -- kamailio -DD
	[[ $output == *"/uid$uid.$uid"* ]]
}

@test "root asks as the router's user, and not as root" {
	[ "$(id -u)" = 0 ] || skip "only root can become another user"
	stand_in try
	OPTIONS=(--set user=65534 --set group=65534)
	[ "$(planned 'plan["build"]["config"]["value"]')" = "/uid65534.65534" ]
}

@test "root does not execute a program that others can change" {
	[ "$(id -u)" = 0 ] || skip "only root trusts nobody else"
	stand_in plain
	chmod 777 kamailio
	[[ "$(planned "$config")" == *"'read in the file $PWD/kamailio: others can change it: "* ]]
}

@test "a script is not executed to be asked, and that the configuration is assumed is said" {
	# shellcheck disable=SC2016  # the script's own words
	printf '#!/bin/sh\ntouch "%s/asked"\n' "$PWD" >kamailio
	chmod 755 kamailio
	[[ "$(planned "$config")" == "('/etc/kamailio/kamailio.cfg', 'assumed: $PWD/kamailio is a script, "* ]]
	[ ! -e asked ]
	[ -e /etc/kamailio/kamailio.cfg ] || skip "there is no configuration to be counted by mistake"
	run own plan -- kamailio -DD
	[[ $output == *"which configuration kamailio reads without -f is not known"* ]]
}

@test "nothing is asked for another machine: with --host, and for an export" {
	stand_in plain
	run "${STRACE:-strace}" -f -e trace=execveat,execve -o trace "$SIPLAUNCH" export docker --profile-dir "$REPO/profiles" \
		-p kamailio-512m -- kamailio -DD -E
	[ "$(grep -c exec trace)" = 1 ]
	OPTIONS=(--host "$REPO/tests/fixtures/hosts/bare-v2")
	[ "$(planned 'plan["build"]')" = None ]
}

@test "a program that needs LD_LIBRARY_PATH is not given it to be asked, and its file is read" {
	mkdir lib
	echo 'int extra(void) { return 0; }' | compile -shared -fPIC -o lib/libextra.so -x c -
	compile -O0 -w -DACT=act_plain -DCONFIG="\"$CFG\"" -o kamailio "$REPO/tests/cli/router.c" -Wl,--no-as-needed -Llib -lextra
	LD_LIBRARY_PATH=$PWD/lib ./kamailio -I >/dev/null
	[ "$(LD_LIBRARY_PATH=$PWD/lib planned "$config")" = "('$CFG.read', 'read in the file $PWD/kamailio: kamailio -I exited with status 127')" ]
}

@test "for another machine the usual path is assumed, and that is said" {
	[ -e /etc/kamailio/kamailio.cfg ] || skip "there is no configuration to be counted by mistake"
	run own plan --host "$REPO/tests/fixtures/hosts/bare-v2" -- kamailio -DD
	[[ ${output//$'\n'/ } == *"is not known (--host only describes the host)"* ]]
}

# made_for CLASS MACHINE: a program called kamailio of which there is no more than its ELF header.
made_for() {
	python3 -c '
import struct, sys
bits, machine = int(sys.argv[1]), int(sys.argv[2])
sys.stdout.buffer.write(b"\x7fELF" + bytes([bits, 1, 1]) + bytes(9) + struct.pack("<HH", 2, machine) + bytes(44))' "$1" "$2" >kamailio
	chmod 755 kamailio
}

@test "a 32-bit router gets no more than its address space has for both pools" {
	[ "$(uname -m)" = x86_64 ] || skip "this machine's 32-bit programs are not i386's"
	made_for 1 3
	OPTIONS=(--set sizing.memory=6GiB)
	run planned 'int(plan["command"][2]) + int(plan["command"][4]) <= 2432'
	[ "$output" = True ]
	run -1 own plan --set sizing.memory=6GiB -- kamailio -m 3000 -DD -f "$CFG"
	[[ ${output//$'\n'/ } == *"kamailio is a 32-bit i386 program: -m 3000 and -M 2 are 3002 MiB in its address space"* ]]
	[[ $output == *"lower -m (sizing.shared) to 2430 MiB"* ]]
	run own plan --set sizing.memory=6GiB -- kamailio -m 2430 -DD -f "$CFG"
	[[ $output != *"32-bit"* ]]
}

@test "a program for another machine is refused before anything is applied" {
	made_for 2 22
	run own plan -- kamailio -DD -f "$CFG"
	if [ -e /proc/sys/fs/binfmt_misc/status ]; then
		[ "$status" = 1 ]
		[[ ${output//$'\n'/ } == *"program for another machine (64-bit s390), and no interpreter is registered for it"* ]]
	else
		[[ ${output//$'\n'/ } == *"program for another machine (64-bit s390): it starts only where an interpreter is registered"* ]]
	fi
}

@test "a plan asks the program for its version, and names the nearest that was measured" {
	stand_in plain
	with_workload() { own plan "$@" --set sizing.memory=512MiB --workload registrations=1000 -- kamailio -DD -f own.cfg; }
	run -0 with_workload
	[[ ${output//$'\n  '/ } == *"(measured with Kamailio 6.0.1; this is 5.9.9)"* ]]
	run -0 --separate-stderr with_workload --format json
	[ "$(python3 -c 'import json, sys; print(json.load(sys.stdin)["capacity"]["measuredWith"])' <<<"$output")" = \
		"{'version': 'Kamailio 6.0.1', 'allocator': 'q_malloc', 'versionHere': '5.9.9', 'allocatorHere': None}" ]
	run -0 --separate-stderr own plan --format json -- kamailio -DD -f own.cfg -x tlsf
	[ "$(python3 -c 'import json, sys; print(json.load(sys.stdin)["capacity"]["measuredWith"])' <<<"$output")" = \
		"{'version': 'Kamailio 6.0.1', 'allocator': 'q_malloc', 'versionHere': '5.9.9', 'allocatorHere': 'tlsf'}" ]
}
