#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a person types, and what comes of a slip.
# shellcheck disable=SC2016 # variables in single quotes are for the shell that is started

load ../lib/common

setup() {
	plain_environment
	cd "$REPO" || return
}

siplaunch() {
	"$SIPLAUNCH" "$@"
}

@test "bad usage is one line and where to look, on standard error, with status 2" {
	run -2 --separate-stderr siplaunch plan --frmat json -- true
	[ -z "$output" ]
	[ "${#stderr_lines[@]}" -eq 2 ]
	[ "${stderr_lines[0]}" = "siplaunch: unknown option --frmat: did you mean --format?" ]
	[ "${stderr_lines[1]}" = "Try 'siplaunch plan --help'." ]
}

@test "without a command nothing is run" {
	run -2 --separate-stderr siplaunch
	[[ ${stderr_lines[0]} == "siplaunch: no command to run"* ]]
}

@test "help is the same however it is asked for" {
	for command in run plan export inspect tune report profiles help; do
		run -0 siplaunch help $command
		by_command=$output
		[[ $output == "Usage: siplaunch "* ]]
		run -0 siplaunch $command --help
		[ "$output" = "$by_command" ]
		run -0 siplaunch $command -h
		[ "$output" = "$by_command" ]
	done
	run -0 siplaunch --help
	[ "$output" = "$(siplaunch help)" ]
}

@test "every option that help shows for a command is taken by it" {
	for command in run plan doctor export inspect tune report profiles help; do
		while read -r option argument; do
			[ "$option" != --help ] && [ "$option" != --version ] || continue
			word=x
			case $argument in
			*\|*) word=${argument##*|} ;;
			KEY=VALUE | KEY=NUMBER) word=a=b ;;
			'[='*) argument='' ;; # may be left out
			SECONDS | TIME | COUNT | PERCENT) word=1 ;;
			esac
			run -0 siplaunch $command "$option" ${argument:+"$word"} --help
			[[ $output == Usage:* ]]
		done < <(siplaunch $command --help | sed -n 's/^  \(-., \|    \)\(--[a-z-]*\) \{0,1\}\([^ ]*\).*/\2 \3/p')
	done
}

@test "help is no wider than the terminal, and siplaunch's own is a page" {
	for columns in 60 80 120; do
		for command in run plan doctor init export inspect top advise tune report profiles seccomp help; do
			# an example is a command to paste: it stays on its line
			COLUMNS=$columns siplaunch help $command | sed '/^Usage:/,/^$/d; /^Example:/,/^$/d' >"$BATS_TEST_TMPDIR/help"
			((columns < 80)) || [ "$(COLUMNS=80 siplaunch help $command | wc -L)" -le 80 ] || fail "$command"
			[ "$columns" -lt 80 ] || [ "$(wc -L <"$BATS_TEST_TMPDIR/help")" -le $columns ] || fail "$command at $columns"
		done
		[ "$(COLUMNS=$columns siplaunch --help | wc -L)" -le $columns ] || fail "$columns"
	done
	[ "$(COLUMNS=80 siplaunch --help | wc -l)" -le 26 ]
}

@test "each command's help has one example, which is understood" {
	for command in run plan doctor init export inspect top advise tune report profiles seccomp help; do
		[ "$(siplaunch help $command | grep -c '^Example:')" = 1 ] || fail "$command"
		# with --help in front it is parsed and not done; what is bad usage is 2 all the same
		line=$(siplaunch help $command | sed -n '/^Example:/{n;p}')
		# shellcheck disable=SC2016 # the text of a command substitution
		line=${line/'$(pidof -s kamailio)'/4194304}
		eval "words=(${line#  siplaunch })"
		[[ $command == run ]] || words=("${words[@]:1}")
		run -0 siplaunch $command --help "${words[@]}"
	done
}

@test "the version names siplaunch's own and those of the libraries" {
	run -0 siplaunch --version
	[[ $output =~ ^siplaunch\ [0-9]+\.[0-9]+\.[0-9]+\ .*libcgroup\ [0-9].*jansson\ [0-9].*libseccomp\ [0-9] ]]
	[[ $output == *"; in use: libseccomp $(pkg-config --modversion libseccomp), jansson $(pkg-config --modversion jansson), libyaml $(pkg-config --modversion yaml-0.1), ncurses $(pkg-config --modversion ncursesw))" ]]
	[ "$output" = "$(siplaunch plan -V)" ]
}

@test "the router's own options are left to the router" {
	run -0 siplaunch --profile-dir profiles -q -- sh -c 'echo "$0 $@"' --help --version
	[ "$output" = "--help --version" ]
	run -0 siplaunch --profile-dir profiles -q sh -c 'echo "$0 $@"' --help --version
	[ "$output" = "--help --version" ]
}

@test "an option of siplaunch behind the router is a warning, because the router gets it" {
	local command
	for command in plan doctor 'export docker'; do
		for words in 'kamailio -DD -E --profile opensips-1g' 'nice -n 5 kamailio -DD -E --set=sizing.memory=1GiB'; do
			# shellcheck disable=SC2086 # words
			run siplaunch $command --profile-dir profiles -p kamailio-4g $words
			tr -s '\n ' ' ' <<<"$output" | grep -qE 'siplaunch passes --(profile|set=sizing.memory=1GiB) to kamailio, which does not have this option: give siplaunch.s own options before' ||
				fail "$command $words: $output"
		done
		for words in 'kamailio -DD -E --debug=1 --version' 'stdbuf --output=L kamailio -DD -E' 'kamailio -DD -E -- --profile'; do
			# shellcheck disable=SC2086 # words
			run siplaunch $command --profile-dir profiles -p kamailio-4g $words
			[[ $output != *"which does not have this option"* ]] || fail "$command $words: $output"
		done
	done
	run siplaunch --profile-dir profiles -p kamailio-4g -- kamailio -DD -E --supervise
	[[ $output == *"siplaunch passes --supervise to kamailio"* ]]
}

@test "a full disk is no success" {
	for arguments in --help --version 'profiles --profile-dir profiles' 'profiles --profile-dir profiles show generic' \
		'profiles check profiles/generic.json' 'plan --profile-dir profiles true' 'plan --format json --profile-dir profiles true'; do
		run -125 --separate-stderr bash -c "\"\$SIPLAUNCH\" $arguments >/dev/full"
		[[ $stderr == *"cannot write to standard output"*ENOSPC* ]]
	done
	# longer than a buffer of stdio: the write that fails is not the last one
	for arguments in 'inspect --format json' 'inspect --watch=1 --format json' 'inspect --watch=1' 'inspect --verbose'; do
		run -125 --separate-stderr timeout 60 bash -c "\"\$SIPLAUNCH\" $arguments $$ >/dev/full"
		[[ $stderr == *"cannot write to standard output"*ENOSPC* ]] || fail "$arguments: $stderr"
	done
}

@test "a closed standard output is no success" {
	run -125 --separate-stderr bash -c '"$SIPLAUNCH" --help >&-'
	[[ $stderr == *"cannot write to standard output"* ]]
	run -125 bash -c '"$SIPLAUNCH" plan --profile-dir profiles true >&- 2>&- <&-'
}

@test "a reader that has gone is no success" {
	"$PYTHON" - "$SIPLAUNCH" <<-'END'
		import os, signal, subprocess, sys
		for disposition, expected in ((signal.SIG_DFL, -signal.SIGPIPE), (signal.SIG_IGN, 125)):
		    reader, writer = os.pipe()
		    os.close(reader)
		    child = subprocess.run([sys.argv[1], "--help"], stdout=writer, stderr=subprocess.DEVNULL,
		                           restore_signals=False, preexec_fn=lambda: signal.signal(signal.SIGPIPE, disposition))
		    os.close(writer)
		    assert child.returncode == expected, (disposition, child.returncode)
	END
}

@test "colours are for terminals, and NO_COLOR is honoured" {
	plan() {
		"$PYTHON" - "$@" <<-'END'
			import os, pty, sys
			output = b""
			def read(fd):
			    global output
			    output += (data := os.read(fd, 65536))
			    return b""
			pty.spawn(sys.argv[1:], read)
			sys.exit(0 if b"\033[" in output else 1)
		END
	}
	export TERM=xterm
	plan "$SIPLAUNCH" plan --profile-dir profiles true
	fails env NO_COLOR=1 bash -c "$(declare -f plan); plan \"\$@\"" plan "$SIPLAUNCH" plan --profile-dir profiles true
	fails env TERM=dumb bash -c "$(declare -f plan); plan \"\$@\"" plan "$SIPLAUNCH" plan --profile-dir profiles true
	fails env -u TERM bash -c "$(declare -f plan); plan \"\$@\"" plan "$SIPLAUNCH" plan --profile-dir profiles true
	fails plan "$SIPLAUNCH" plan --color never --profile-dir profiles true
	NO_COLOR=1 plan "$SIPLAUNCH" plan --color always --profile-dir profiles true
	run -0 siplaunch plan --profile-dir profiles true
	[[ $output != *$'\e'* ]]
}

@test "outside a UTF-8 locale the plan is plain ASCII" {
	plan=(siplaunch plan --host tests/fixtures/hosts/bare-v2 --profile-dir profiles --set user=null -- kamailio)
	run env LC_ALL=C "$SIPLAUNCH" "${plan[@]:1}"
	[[ $output == *"shared pool"* ]]
	fails grep -qP '[^\x00-\x7f]' <<<"$output"
	run "${plan[@]}"
	[[ $output == *█* && $output == *→* ]]
}

@test "control characters in a command line do not reach the terminal" {
	run --separate-stderr siplaunch plan --profile-dir profiles -- $'k\e[31m\a' $'-x\e]0;t\a'
	[[ $output$stderr != *$'\e'* && $output$stderr != *$'\a'* ]]
	[[ $output == *'\x1b[31m'* ]]
	run -127 --separate-stderr siplaunch --profile-dir profiles -q -- $'k\e[31m\a'
	[[ $stderr == *'\x1b[31m'* && $stderr != *$'\e'* ]]
}
