#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What the router needs and does not find: said by plan and doctor, with everything else shown, and refused by run.

load ../lib/common

CFG=$REPO/tests/fixtures/kamailio/minimal.cfg

setup() {
	plain_environment
	cd "$BATS_TEST_TMPDIR" || return
	# shellcheck disable=SC2016  # the script's own words
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
		[[ $output != *"install the router"* ]]
	done <<-'END'
		pln plan
		docter doctor
		version --version
		stats inspect
		status inspect
		list profiles
	END
}

@test "a command that cannot be executed gets the hint for what is there, and none about PATH where that is not searched" {
	ln -s nosuch dangling
	ln -s circle circle
	mkdir folder
	touch file
	while IFS='|' read -r status command hint; do
		run -"$status" --separate-stderr "$SIPLAUNCH" --profile-dir "$REPO/profiles" -p generic -- "$command"
		[[ $stderr == *"execute $command"*"hint: $hint"* ]] || fail "$command: $stderr"
		[[ $command != */* || $stderr != *"add its directory to PATH"* ]] || fail "$command: $stderr"
	done <<-'END'
		127|nosuch-router|install the router, or add its directory to PATH
		127|./nosuch|give the path of the program
		127|./nosuch/kamailio|give the path of the program
		127|./file/kamailio|give the path of the program
		127|./dangling|correct the symbolic link: its target does not exist
		126|./folder|give the path of the program in it
		126|./file|give the path of the program, or chmod +x the file
	END
	run -126 --separate-stderr "$SIPLAUNCH" --profile-dir "$REPO/profiles" -p generic -- ./circle
	[[ $stderr == *"execute ./circle"*ELOOP* ]]
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

# refuses WORDS ARGUMENT...: run, plan and doctor say those words of that command line, and none starts it.
refuses() {
	local words=$1 command
	shift
	for command in plan doctor run; do
		run own "$command" -- kamailio -DD -E -Y . "$@"
		[[ $command == run ]] || ((status == 1))
		[[ $command != run ]] || ((status == 125))
		# a long path goes to the next line
		[[ $(tr -s ' \n' ' ' <<<"$output") == *"$words"* ]]
		[[ $output != *started* ]]
	done
}

@test "a configuration that is not there is refused by run, plan and doctor" {
	refuses "kamailio cannot read the configuration /nope.cfg" -f /nope.cfg
}

@test "a check, a help and a policy of skip go on without the configuration" {
	run -0 own run -- kamailio -c -f /nope.cfg
	[[ $output == *started* ]]
	run -0 own run -- kamailio -h
	run -0 own run --policy router=skip -- kamailio -DD -E -f /nope.cfg
	[[ $output == *started* ]]
	run -0 own run --policy router/config=prefer -- kamailio -DD -E -Y . -f /nope.cfg
	[[ $output == *started* ]]
	[[ $output == *"cannot read the configuration"* ]]
}

@test "an included file that is not there is refused, unless it is imported" {
	printf 'include_file "nope.inc"\n' >a.cfg
	refuses "kamailio cannot read the included file" -f a.cfg
	printf 'import_file "nope.inc"\n' >a.cfg
	run -0 own run -- kamailio -DD -E -Y . -f a.cfg
}

@test "behind text that siplaunch cannot decide a missing file is a warning" {
	printf '#!ifexp KAMAILIO_VERSION >= 5006000\ninclude_file "nope.inc"\n#!endif\n' >a.cfg
	run -0 own run -- kamailio -DD -E -Y . -f a.cfg
	[[ $output == *started* ]]
	printf '#!ifdef NOT_DEFINED\ninclude_file "nope.inc"\n#!endif\n' >a.cfg
	run -0 own run -- kamailio -DD -E -Y . -f a.cfg
	[[ $output != *nope.inc* ]]
}

@test "a module that is in none of the directories is refused; without a known directory nobody can say" {
	mkdir -p modules/nested
	touch modules/tm.so modules/nested/nested.so
	printf 'mpath="%s"\nloadmodule "tm.so"\nloadmodule "nested"\n' "$PWD/modules" >a.cfg
	run -0 own run -- kamailio -DD -E -Y . -f a.cfg
	printf 'loadmodule "nosuch.so"\n' >>a.cfg
	refuses "kamailio cannot load the module nosuch.so" -f a.cfg
	printf 'loadmodule "nosuch.so"\n' >a.cfg
	run -0 own run -- kamailio -DD -E -Y . -f a.cfg
	refuses "kamailio cannot load the module nosuch.so" -L "$PWD/modules" -f a.cfg
}

@test "loadpath needs no '=': its directories follow those of -L" {
	mkdir extra
	touch extra/tm.so
	printf 'loadpath "%s"\nloadmodule "tm.so"\n' "$PWD/extra" >a.cfg
	run -0 own run -- kamailio -DD -E -Y . -L "$PWD" -f a.cfg
	printf 'loadpath "%s"\nloadmodule "nosuch.so"\n' "$PWD/extra" >a.cfg
	refuses "kamailio cannot load the module nosuch.so" -f a.cfg
}

@test "a pid file whose directory is not there is refused" {
	printf '\n' >a.cfg
	refuses "kamailio cannot write the pid file" -P "$PWD/nodir/x.pid" -f a.cfg
	run -0 own run -- kamailio -DD -E -Y . -P "$PWD/x.pid" -f a.cfg
}

@test "a relative pid file is below the directory of -w or else the root directory, where both routers change to" {
	printf '\n' >a.cfg
	mkdir here
	refuses "kamailio cannot write the pid file" -P here/x.pid -f a.cfg
	run -0 own run -- kamailio -DD -E -Y . -w "$PWD" -P here/x.pid -f a.cfg
	run -0 own run -- kamailio -DD -E -Y . -w . -P here/x.pid -f a.cfg
}

@test "a runtime directory that cannot be made is refused" {
	printf '\n' >a.cfg
	run -125 own run -- kamailio -DD -E -Y "$PWD/no/deep" -f a.cfg
	[[ $output == *"cannot make the runtime directory"* ]]
	run -0 own run -- kamailio -DD -E -Y "$PWD/shallow" -f a.cfg
}

@test "on a host that is described nothing of this machine is looked for" {
	run own plan --host "$REPO/tests/fixtures/hosts/bare-v2" -- kamailio -DD -E -f /nope.cfg
	[[ $output != *denied*nope* ]]
}

@test "a build tree that is not installed, and another prefix, have their profiles found" {
	local binary
	mkdir -p tree/build tree/build/static other/bin other/share/siplaunch
	cp -r "$REPO/profiles" tree/profiles
	cp -r "$REPO/profiles" other/share/siplaunch/profiles
	for binary in tree/build tree/build/static other/bin; do
		cp "$SIPLAUNCH" "$binary/siplaunch"
		run -0 "$binary/siplaunch" profiles show kamailio-512m
		run -0 "$binary/siplaunch" profiles
		[[ $output == *"$PWD/${binary%%/*}/"* ]]
		run -0 "$binary/siplaunch" seccomp check "$REPO/profiles/seccomp/"*.json
	done
	# any other directory of that name is nobody's
	rm -r tree/profiles/schema
	run "$PWD/tree/build/siplaunch" profiles
	[[ $output != *"$PWD/tree"* ]]
}

@test "root does not take a profile of a build tree that others can change" {
	((EUID == 0)) || skip "only root is given pause by a file that others can change"
	mkdir -p tree/build
	cp -r "$REPO/profiles" tree/profiles
	cp "$SIPLAUNCH" tree/build/siplaunch
	chmod 666 tree/profiles/generic.json
	run -125 tree/build/siplaunch -p generic -- true
	[[ $output == *"others can change"* ]]
}
