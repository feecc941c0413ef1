#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Not run with sanitizers.
# (They need more memory, stack and descriptors than is given here, and have their own answers to LD_PRELOAD and MALLOC_*.)
#
# What surrounds siplaunch when it starts may be hostile or broken: environment, descriptors, limits, umask, directory. Each time
# it does what it should, or says in a sentence why not; it never crashes, hangs or does something else.

load ../lib/common

setup() {
	unset SIPLAUNCH_PROFILE SIPLAUNCH_PROFILE_PATH
	cd "$BATS_TEST_TMPDIR" || return
	RUN=(timeout 30 "$SIPLAUNCH" run --quiet -- sh -c 'echo "it ran"')
	PLAN=(timeout 30 "$SIPLAUNCH" plan --profile-dir "$REPO/profiles" -p generic -- true)
}

# Each line is put in front of a command.
hostile_environments() {
	cat <<-'END'
		LD_LIBRARY_PATH=/nonexistent:.
		LD_PRELOAD=
		LD_BIND_NOW=1
		TZ=:/etc/shadow
		TZ=../../../dev/zero
		TZ=%s%n
		MALLOC_PERTURB_=255
		MALLOC_ARENA_MAX=1
		GLIBC_TUNABLES=glibc.malloc.tcache_count=0
		XDG_CONFIG_HOME=/dev/null
		XDG_RUNTIME_DIR=.
		HOME=
		HOME=/dev/zero
		USER=root;reboot
		JOURNAL_STREAM=1:2
		JOURNAL_STREAM=%n
		TERM=
		TERM=../../dev/zero
		COLUMNS=-1
		COLUMNS=0
		COLUMNS=1
		COLUMNS=99999999999999999999
		COLUMNS=%d
		LINES=-1
		LC_ALL=nonsense
		LC_ALL=tr_TR.UTF-8
		LANG=../../etc/passwd
		LOCPATH=/dev
		NLSPATH=/dev/zero
		POSIXLY_CORRECT=1
		IFS=x
		ENV=/dev/zero
		NO_COLOR=
		SIPLAUNCH_PROFILE=
		SUDO_UID=-1
		SUDO_UID=99999999999999999999
		LISTEN_FDS=2147483647
		LISTEN_PID=-1
		WATCHDOG_USEC=-1
	END
}

@test "no environment keeps it from running the command or from planning, and no value is taken for another" {
	local assignment expected
	expected=$("${PLAN[@]}" 2>&1)
	while read -r assignment; do
		run env "$assignment" "${RUN[@]}"
		[[ $status == 0 && $output == "it ran" ]] || fail "$assignment: $status: $output"
		run env "$assignment" "${PLAN[@]}"
		[[ $status == 0 ]] || fail "$assignment: $status: $output"
		# lines break elsewhere
		[[ $assignment == COLUMNS=* || $output == "$expected" ]] || fail "$assignment: $output"
	done < <(hostile_environments)
}

@test "an environment as large as the kernel permits is passed on" {
	# shellcheck disable=SC2016 # the inner shell expands it
	run env HUGE="$(head -c 120000 /dev/zero | tr '\0' x)" timeout 30 "$SIPLAUNCH" run --quiet -- sh -c 'echo ${#HUGE}'
	[[ $status == 0 && $output == 120000 ]]
}

@test "a NOTIFY_SOCKET that is no address is a warning that says why, with no errno that nobody returned" {
	local address says
	while read -r address says; do
		NOTIFY_SOCKET=$address run --separate-stderr "$SIPLAUNCH" run -- echo "it ran"
		[[ $status == 0 && $output == "it ran" ]] || fail "$address: $stderr"
		[[ $stderr == *"warning: cannot report to the service manager: "*"$says"* ]] || fail "$address: $stderr"
	done <<-END
		/nonexistent/socket connect to NOTIFY_SOCKET=/nonexistent/socket: No such file or directory (ENOENT)
		relative NOTIFY_SOCKET=relative is neither an absolute path nor @ and a name
		vsock:2:1 NOTIFY_SOCKET=vsock:2:1 is neither an absolute path nor @ and a name
		@ NOTIFY_SOCKET=@ is neither an absolute path nor @ and a name
		@$(printf 'x%.0s' {1..200}) is longer than the 108 bytes of an address (unix(7))
		/$(printf 'x%.0s' {1..200}) is longer than the 108 bytes of an address (unix(7))
	END
	NOTIFY_SOCKET='' run --separate-stderr "${RUN[@]}"
	[[ $status == 0 && ! $stderr ]]
}

@test "neither an empty nor a relative element of PATH is searched, and without a PATH the usual directories are" {
	mkdir here
	printf '#!/bin/sh\necho "the wrong one"\n' | tee here/planted >planted
	chmod 755 here/planted planted
	local path
	for path in : . .: here :here here: ./here ../"${PWD##*/}"/here; do
		PATH=$path run -127 "$SIPLAUNCH" run --quiet -- planted
		[[ $output == *"execute planted"*"only absolute ones are searched"* && $output != *wrong* ]] ||
			fail "PATH=$path: $status: $output"
		PATH=$path:$PWD/here run "$SIPLAUNCH" run --quiet -- planted
		[[ $status == 0 && $output == "the wrong one" ]] || fail "PATH=$path: $status: $output"
	done
	run env -u PATH "$SIPLAUNCH" run --quiet -- true
	[[ $status == 0 ]]
	PATH='' run "$SIPLAUNCH" run --quiet -- true
	[[ $status == 0 ]]
}

@test "with every set of the standard descriptors closed the command runs, with no other file in their place" {
	local closed seen
	for closed in '0<&-' '1>&-' '2>&-' '0<&- 1>&-' '0<&- 2>&-' '1>&- 2>&-' '0<&- 1>&- 2>&-'; do
		eval "\"$SIPLAUNCH\" run --quiet -- sh -c 'readlink /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 >seen' $closed" || fail "$closed: $?"
		seen=$(<seen)
		[[ $seen != *siplaunch* && $seen != *cgroup* && $seen != */proc/* ]] || fail "$closed: $seen"
		[[ $closed != *'0<&-'* || ${seen%%$'\n'*} == /dev/null ]] || fail "$closed: $seen"
	done
}

@test "what cannot be printed is a status, wherever standard output goes" {
	run bash -c '"$1" profiles --profile-dir "$2" >&-' - "$SIPLAUNCH" "$REPO/profiles"
	[[ $status == 125 && $output == *"cannot write to standard output"*EBADF* ]] || fail "$status: $output"
	run bash -c '"$1" profiles --profile-dir "$2" >/dev/full' - "$SIPLAUNCH" "$REPO/profiles"
	[[ $status == 125 && $output == *"cannot write to standard output"*ENOSPC* ]] || fail "$status: $output"
	# its reader has gone: killed by SIGPIPE as any program is, or, where that is ignored, told
	run bash -c '{ "$1" profiles --profile-dir "$2"; echo $? >status; } | true; cat status' - "$SIPLAUNCH" "$REPO/profiles"
	[[ $output == 141 || $output == 0 ]] || fail "$output"
	run bash -c 'trap "" PIPE; { sleep 0.5; "$1" profiles --profile-dir "$2"; echo $? >status; } | true; cat status' - "$SIPLAUNCH" "$REPO/profiles"
	[[ $output == *"cannot write to standard output"*EPIPE*125 ]] || fail "$output"
}

@test "SIGPIPE stays ignored or not for the command as it was found" {
	local found ignored
	# whoever runs the tests may ignore another signal
	found=$(env --default-signal=PIPE grep SigIgn /proc/self/status)
	ignored=$(env --ignore-signal=PIPE grep SigIgn /proc/self/status)
	[[ $found != "$ignored" ]]
	run env --default-signal=PIPE "$SIPLAUNCH" run --quiet -- grep SigIgn /proc/self/status
	[[ $output == "$found" ]] || fail "$output"
	run env --ignore-signal=PIPE "$SIPLAUNCH" run --quiet -- grep SigIgn /proc/self/status
	[[ $output == "$ignored" ]] || fail "$output"
}

@test "under a small limit of any kind it does its work or says what failed, and is never killed for it" {
	local limit status
	while read -r limit; do
		status=0
		# shellcheck disable=SC2086 # words
		prlimit $limit "${PLAN[@]}" 2>err | cat >out || true
		status=${PIPESTATUS[0]}
		case $status in
		0) grep -q '^command *true' out || fail "$limit: $(cat out)" ;;
		125) grep -q '^siplaunch: ' err || fail "$limit: $(cat err)" ;;
		127) [[ -s err ]] && ! grep -q '^siplaunch: ' err || fail "$limit: $(cat err)" ;; # not even the dynamic linker had enough
		*) fail "$limit: status $status: $(cat err)" ;;
		esac
	done <<-'END'
		--fsize=0
		--stack=65536
		--stack=131072
		--as=12000000
		--as=16000000
		--as=24000000
		--data=100000
		--data=1000000
		--nofile=8
		--nproc=0
		--memlock=0
		--core=0
		--sigpending=0
		--cpu=30
		--msgqueue=0
		--nice=0 --rtprio=0
	END
}

@test "a file that may not grow is an error of the file, and not the end of the supervisor" {
	run bash -c 'ulimit -f 0; exec "$1" --supervise --quiet --report report.json -- true 2>&1 | cat' - "$SIPLAUNCH"
	[[ $output == *report.json*"EFBIG"* ]] || fail "$output"
}

@test "a file that may not grow is an error of each command that writes one, and nothing is left of it" {
	"$SIPLAUNCH" plan --profile-dir "$REPO/profiles" -p kamailio-512m --format json -- kamailio -DD -E >plan.json 2>/dev/null || true
	mkdir files
	while read -r arguments; do
		# shellcheck disable=SC2086 # words
		run -125 --separate-stderr prlimit --fsize=0 "$SIPLAUNCH" $arguments
		[ -z "$(find files -type f)" ] || fail "$arguments: a file is left"
	done <<-END
		report plan.json --output files/page.html
		init --profile-dir $REPO/profiles -p kamailio-512m --memory-limit 512Mi --out files -- kamailio -DD -E
	END
	# shellcheck disable=SC2016 # it is the inner shell's
	run -125 bash -c 'prlimit --fsize=0 "$SIPLAUNCH" --version 2>&1 >page.html'
	[[ $output == *"cannot write to standard output"*EFBIG* ]] || fail "$output"
}

@test "the command finds SIGXFSZ as siplaunch found it" {
	local found
	for how in --default-signal=XFSZ --ignore-signal=XFSZ; do
		found=$(env $how grep -E 'Sig(Ign|Cgt)' /proc/self/status)
		run -0 env $how "$SIPLAUNCH" run --quiet -- grep -E 'Sig(Ign|Cgt)' /proc/self/status
		[[ $output == "$found" ]] || fail "$output"
		run -0 env $how "$SIPLAUNCH" --supervise --quiet --report report.json -- sh -c 'grep -E "Sig(Ign|Cgt)" /proc/self/status'
	done
}

@test "where descriptors run out, whatever was opened, the hint is their limit" {
	local files
	for files in 4 5 6 7 8 10; do
		for command in "plan -p generic -- true" "inspect $$"; do
			# shellcheck disable=SC2086 # words
			output=$(prlimit --nofile=$files "$SIPLAUNCH" $command 2>&1) || true
			[[ $output != *"siplaunch: "*EMFILE* || $output == *"hint: raise the limit of open files (ulimit -n)"* ]] ||
				fail "$files, $command: $output"
		done
	done
}

@test "whatever the umask is, the command gets it and what siplaunch writes has its own mode" {
	(umask 0777 && "$SIPLAUNCH" --supervise --quiet --report report.json -- sh -c 'umask >seen; cat seen' 2>/dev/null) || true
	[[ $(stat -c %a report.json) != 0 && $(reported outcome) != None ]]
	run bash -c 'umask 0777; exec "$1" run --quiet -- sh -c umask' - "$SIPLAUNCH"
	[[ $status == 0 && $output == 0777 ]] || fail "$output"
}

@test "in a directory that is gone it runs what has an absolute path, and names what it cannot find" {
	mkdir gone
	cd gone || return
	rmdir ../gone
	run "$SIPLAUNCH" run --quiet -- true
	[[ $status == 0 ]] || fail "$output"
	run -127 "$SIPLAUNCH" run --quiet -- ./program
	[[ $output == *"execute ./program"*ENOENT* ]] || fail "$output"
	run "$SIPLAUNCH" run -p ./profile.json -- true
	[[ $status == 125 && $output == *"./profile.json: no such profile"* ]] || fail "$output"
}

@test "without arguments, not even its own name, it says how it is used" {
	run "$PYTHON" -c 'import ctypes, sys
none = (ctypes.c_char_p * 1)(None)
ctypes.CDLL(None).execve(sys.argv[1].encode(), none, none)' "$SIPLAUNCH"
	[[ $status == 2 && $output == *"no command to run"* ]] || fail "$status: $output"
}
