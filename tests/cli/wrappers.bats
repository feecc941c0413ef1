#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Commands that start the router by something else: wrappers, entry scripts, shells. Router and wrappers are executed for
# real here; the router prints what it was given.
# shellcheck disable=SC2016 # the shells that are started expand them

load ../lib/common

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	mkdir bin
	cat >bin/kamailio <<-'END'
		#!/bin/sh
		echo "router: $*"
		echo "environment: $SIPLAUNCH_SHM_MB $SIPLAUNCH_PKG_MB, $SIPLAUNCH_ARGS"
	END
	printf '#!/bin/sh\nexec kamailio -DD "$@"\n' >entry.sh
	printf '#!/bin/sh\nexec kamailio -DD $SIPLAUNCH_ARGS\n' >sized.sh
	printf '#!/bin/sh\nexec kamailio -DD\n' >deaf.sh
	chmod 755 bin/kamailio ./*.sh
	printf 'listen=udp:127.0.0.1:5060\n#!defenv COUNT\nchildren=COUNT\n' >counted.cfg
	PATH=$PWD/bin:$PATH
	unset SIPLAUNCH_ARGS SIPLAUNCH_SHM_MB SIPLAUNCH_PKG_MB
	OPTIONS=(--profile container --profile-dir "$REPO/profiles" --set sizing.memory=512MiB --set sizing.processes=10 --policy default=prefer)
}

# run_as OPTION... -- COMMAND: runs it with the container's profile.
run_as() {
	run --separate-stderr "$SIPLAUNCH" "${OPTIONS[@]}" "$@"
	[ "$status" -eq 0 ]
}

@test "the router is found and sized behind programs that execute the rest of their words" {
	# shellcheck disable=SC2086 # several words
	for words in "env X=1" "env -i PATH=$PATH" "env -u X -C / Y=2" "nice" "nice -n 5" "nice -5" "ionice -c 3" "setpriv --nnp --keep-groups" \
		"stdbuf -oL" "setsid -w" "nohup" "timeout -k 5 60" "taskset -a 1" "catatonit -g --" "env A=1 nice -n 1 stdbuf -o L"; do
		run_as -- $words kamailio -DD -E
		[[ $output == *"router: -m 348 -M 8 -DD -E"* ]] || fail "$words: $output"
		[[ $output == *"environment:  , "* ]]
		[[ $stderr != *"nothing is sized"* ]]
	done
}

@test "the router's own -m behind a wrapper wins, and so does its configuration" {
	run -0 "$SIPLAUNCH" plan "${OPTIONS[@]}" -- env X=1 kamailio -m 100 -DD -f counted.cfg
	[[ $output == *"env X=1 kamailio -m 100 -M 8 -DD -f counted.cfg"* ]]
}

@test "what env sets counts in the number of processes, and what it takes away does not" {
	export COUNT=3
	OPTIONS=(--profile container --profile-dir "$REPO/profiles" --set sizing.memory=512MiB --format json --policy default=prefer)
	processes() {
		"$SIPLAUNCH" plan "${OPTIONS[@]}" -- "$@" kamailio -DD -f counted.cfg 2>/dev/null |
			python3 -c 'import json, sys; print(json.load(sys.stdin)["budget"]["processes"])'
	}
	three=$(processes)
	[ "$(processes env COUNT=7)" -eq $((three + 4)) ]
	[ "$(processes env -u COUNT COUNT=5)" -eq $((three + 2)) ]
	[ "$(processes nice env COUNT=4 nice)" -eq $((three + 1)) ]
	# without it kamailio has its default of 8 children
	[ "$(processes env -i)" -eq "$(processes env -u COUNT)" ]
	[ "$(processes env -i)" -ne "$three" ]
}

@test "a script, a shell and a wrapper that is not understood are warned of by run, plan and doctor" {
	# shellcheck disable=SC2086 # several words
	for words in ./entry.sh "sh ./entry.sh" "nice ./entry.sh" "bash -e ./entry.sh"; do
		run_as -- $words
		[[ $stderr == *"nothing is sized: "*"./entry.sh is a script"*'--set router=kamailio'*'exec kamailio "$@"'* ]]
	done
	run_as -- sh -c 'exec kamailio -DD'
	[[ $stderr == *"nothing is sized: a shell runs the command"*'exec kamailio $SIPLAUNCH_ARGS'* ]]
	run_as -- env -S 'kamailio -DD'
	[[ $stderr == *"nothing is sized: siplaunch does not know the options of env"* ]]
	for command in plan doctor; do
		run "$SIPLAUNCH" $command "${OPTIONS[@]}" -- ./entry.sh
		[[ $(tr -s ' \n' ' ' <<<"$output") == *"nothing is sized: ./entry.sh is a script"* ]]
	done
}

@test "a shell that reads what is typed, and a program that is no script, are left alone" {
	run_as -- bash </dev/null
	[[ $stderr != *"nothing is sized"* ]]
	run_as -- true
	[[ $stderr != *"nothing is sized"* ]]
	run --separate-stderr "$SIPLAUNCH" -p generic --profile-dir "$REPO/profiles" -- ./entry.sh
	[[ $stderr != *"nothing is sized"* ]]
}

@test "as the warning says, with the router's name the script gets its sizes as arguments" {
	# shellcheck disable=SC2086 # several words
	for words in ./entry.sh "sh ./entry.sh" "env X=1 nice ./entry.sh"; do
		run_as --set router=kamailio -- $words -E
		[[ $output == *"router: -DD -m 348 -M 8 -E"* ]] || fail "$words: $output"
		[[ $output == *"environment: 348 8, -m 348 -M 8"* ]]
		[[ $stderr != *"do not reach"* ]]
	done
	run_as --set router=kamailio -- sh -c 'exec kamailio "$@"' sh -DD
	[[ $output == *"router: -m 348 -M 8 -DD"* ]]
}

@test "as the warning says, with the router's name a shell's text and a script have them in the environment" {
	run_as --set router=kamailio -- sh -c 'exec kamailio -DD $SIPLAUNCH_ARGS'
	[[ $output == *"router: -DD -m 348 -M 8"* ]]
	[[ $stderr != *"cannot be put"* ]]
	run_as --set router=kamailio -- ./sized.sh
	[[ $output == *"router: -DD -m 348 -M 8"* ]]
	[[ $stderr != *"do not reach"* ]]
	run_as --set router=kamailio -- env -S './sized.sh'
	[[ $output == *"router: -DD -m 348 -M 8"* ]]
}

@test "what drops its sizes is warned of" {
	run_as --set router=kamailio -- ./deaf.sh
	[[ $stderr == *"./deaf.sh passes no arguments on, so that -m and -M do not reach kamailio"* ]]
	run_as --set router=kamailio -- sh -c 'exec kamailio -DD'
	[[ $stderr == *'-m and -M cannot be put into this command: start kamailio there with exec kamailio $SIPLAUNCH_ARGS'* ]]
	# where the router's configuration is not named, it is said which one was counted
	OPTIONS=(--profile container --profile-dir "$REPO/profiles" --set sizing.memory=2GiB --policy default=prefer)
	run_as --set router=kamailio -- ./entry.sh
	[[ $stderr == *"processes are counted for /etc/kamailio/kamailio.cfg"*"set sizing.processes"* ]]
	run_as --set router=kamailio -- ./entry.sh -f counted.cfg
	[[ $stderr != *"processes are counted for"* ]]
}

@test "a script that has sizes of its own behind siplaunch's is warned of" {
	local line
	while IFS= read -r line; do
		printf '#!/bin/sh\n%s\n' "${line//\\n/$'\n'}" >own.sh
		chmod 755 own.sh
		run_as --set router=kamailio -- ./own.sh
		[[ $stderr == *"./own.sh gives kamailio -m or -M of its own, and the last of a command counts: remove them there"* ]] || fail "$line" "$stderr"
	done <<-'END'
		exec kamailio -DD "$@" -m 64 -M 8
		exec kamailio $SIPLAUNCH_ARGS -M8
		echo "$@"\nexec kamailio -DD -m ${SHM_MEMORY:-64}
		exec kamailio "$@" \\n -DD \\n -m 64
	END
	while IFS= read -r line; do
		printf '#!/bin/sh\n%s\n' "${line//\\n/$'\n'}" >own.sh
		run_as --set router=kamailio -- ./own.sh
		[[ $stderr != *"of its own"* ]] || fail "$line" "$stderr"
	done <<-'END'
		exec kamailio -m 64 -M 8 "$@"
		exec kamailio -DD -m ${SIPLAUNCH_SHM_MB:-64} -M ${SIPLAUNCH_PKG_MB:-8}
		# exec kamailio "$@" -m 64\nexec kamailio "$@"
		mkdir "$@" -m 700\nexec kamailio "$@"
	END
}

@test "a size for the entry point of the router's own image is warned of where it no longer counts" {
	export SHM_MEMORY=256 PKG_MEMORY=8
	run_as -- kamailio -DD
	[[ $stderr == *"SHM_MEMORY=256 has no effect: siplaunch computes -m. For a size of your own: --set sizing.shared=256MiB"* ]]
	[[ $stderr != *PKG_MEMORY* && $output == *"router: -m 348 -M 8 -DD"* ]]
	run "$SIPLAUNCH" doctor "${OPTIONS[@]}" -- kamailio -DD
	[[ $(tr -s ' \n' ' ' <<<"$output") == *"SHM_MEMORY=256 has no effect"* ]]
	# as the warning says
	run_as --set sizing.shared=256MiB -- kamailio -DD
	[[ $output == *"router: -m 256 "* && $stderr != *SHM_MEMORY* ]]
	run_as -- kamailio -DD -m 300
	[[ $stderr != *SHM_MEMORY* ]]
	# where a script starts the router its variables are the script's
	run_as --set router=kamailio -- ./entry.sh
	[[ $stderr != *SHM_MEMORY* ]]
	PKG_MEMORY=$'much\e[31m' run_as -- kamailio -DD
	[[ $stderr == *'PKG_MEMORY=much'*'has no effect: siplaunch computes -M. For a size of your own: --set sizing.private=SIZE'* && $stderr != *$'\e'* ]]
	# what the image itself sets, nobody has chosen; and of another router it says nothing
	SHM_MEMORY=64 run_as -- kamailio -DD
	[[ $stderr != *SHM_MEMORY* ]]
	run_as --set router=opensips -- kamailio
	[[ $stderr != *SHM_MEMORY* ]]
}

@test "only what was set for this launch is in the environment" {
	export SIPLAUNCH_ARGS="-m 1 -M 1"
	run_as --set router=kamailio -- ./entry.sh -m 200
	[[ $output == *"router: -DD -m 200 -M 8"* ]]
	[[ $output == *"environment:  8, -M 8"* ]]
}

@test "the pools stand in the executed command as plan, its JSON and doctor show them, and init writes them" {
	mkdir pod
	cp bin/kamailio bin/opensips
	for words in "kamailio -DD -E" "opensips -F" "kamailio -m 100 -DD" "kamailio -DD -m 100" "kamailio -M 16 -DD" "opensips -m100 -F" \
		"opensips -F -M 16" "kamailio -m 100 -M 16" "env X=1 kamailio -m 100 -DD"; do
		read -ra command <<<"$words"
		run -0 --separate-stderr "$SIPLAUNCH" "${OPTIONS[@]}" -- "${command[@]}"
		executed=${lines[0]#router: }
		run -0 --separate-stderr "$SIPLAUNCH" plan "${OPTIONS[@]}" -- "${command[@]}"
		[[ ${lines[0]} == "command "*" $executed" ]] || fail "$words: $executed, but plan shows ${lines[0]}"
		run -0 --separate-stderr "$SIPLAUNCH" plan --format json "${OPTIONS[@]}" -- "${command[@]}"
		shown=$("$PYTHON" -c 'import json, sys; print(" ".join(json.load(sys.stdin)["command"]))' <<<"$output")
		[[ $shown == *"kamailio $executed" || $shown == *"opensips $executed" ]] || fail "$words: $executed, but the JSON has $shown"
		run --separate-stderr "$SIPLAUNCH" doctor "${OPTIONS[@]}" -- "${command[@]}"
		[[ $output == *" $executed"* ]] || fail "$words: $executed is not in doctor: $output"
	done
	run -0 "$SIPLAUNCH" init "${OPTIONS[@]}" --memory-limit 512MiB --out pod -- kamailio -DD -E
	run_as -- kamailio -DD -E
	# shellcheck disable=SC1091 # init has just written it
	[[ $output == *"router: $(. pod/siplaunch.env && echo "$SIPLAUNCH_ARGS") -DD -E"* ]]
}
