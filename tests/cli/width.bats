#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Nothing that is printed by default is wider than the terminal.

load ../lib/common

setup() {
	cd "$REPO" || return
	plain_language
	PROFILES=(--profile-dir profiles)
	PLAN=("${PROFILES[@]}" --set user=null --host tests/fixtures/hosts/bare-v2)
	PRINTED=0
}

teardown() {
	stop_all
	nothing_is_too_wide
}

# printed COLUMNS NAME: keeps the file "output" until the test ends, when nothing in it may be wider. NAME says where it is from.
printed() {
	((PRINTED += 1))
	{ printf '%s\n' "$1 ${TABLES:-0} $2" && cat "$BATS_TEST_TMPDIR/output"; } >"$BATS_TEST_TMPDIR/printed-$PRINTED"
}

# nothing_is_too_wide: names each line that is wider than its terminal. One may be where its last word is a path or a name that has no
# room beside its label at all; with TABLES=1 so may be a row of numbers. One process for all: Python's start takes longer than the rest.
nothing_is_too_wide() {
	((PRINTED)) || return 0
	"$PYTHON" - "$BATS_TEST_TMPDIR"/printed-* <<-'END'
		import re, sys, unicodedata
		def width(text):
		    return sum(2 if unicodedata.east_asian_width(c) in "WF" else not unicodedata.combining(c) for c in text)
		def may(line, columns, tables):
		    words = line.split()
		    if len(words) > 2 or not words:
		        return tables and (re.search(r"\d+(\.\d+)? [KMG]iB|now +advised|RLIMIT|processes|(-m|-M)  ", line) is not None)
		    path = re.fullmatch(r"\(?/[^ ]+\)?:?|spec\.[^ ]+:|SIPLAUNCH_PROFILE_PATH=/[^ ]+", words[-1])
		    label = len(words) == 1 or words[0] in ("profile", "command", "group", "plan")
		    return bool(path) and label and width(words[-1]) > columns - 18
		wide = []
		for path in sys.argv[1:]:
		    about, *lines = open(path).read().split("\n")
		    columns, tables, what = about.split(" ", 2)
		    wide += [f"{columns} columns, {what}: {line}" for line in lines
		             if width(line.rstrip()) > int(columns) and not may(line, int(columns), tables == "1")]
		if wide:
		    sys.exit("wider than the terminal:\n" + "\n".join(wide))
	END
}

# fits COLUMNS COMMAND...: what it prints at a terminal of that width, on both streams, is no wider.
fits() {
	local columns=$1
	shift
	COLUMNS=$columns "$@" >"$BATS_TEST_TMPDIR/output" 2>/dev/null || true
	[ -s "$BATS_TEST_TMPDIR/output" ] || fail "nothing from $*"
	printed "$columns" "$*"
}

# stand_in NAME: something that siplaunch takes for that router, with four processes and a group where there are groups.
stand_in() {
	cp "$(command -v bash)" "$BATS_TEST_TMPDIR/$1"
	mkfifo "$BATS_TEST_TMPDIR/never"
	# shellcheck disable=SC2016 # it is the inner shell's
	start_bg "$BATS_TEST_TMPDIR/$1" -c 'for i in 1 2 3; do (read -r <>"$0/never") & done; echo >"$0/started"; wait' "$BATS_TEST_TMPDIR"
	wait_until 30 test -s "$BATS_TEST_TMPDIR/started"
}

@test "plan, doctor, profiles and seccomp are no wider than the terminal" {
	for columns in 60 80 100 120; do
		fits $columns "$SIPLAUNCH" plan "${PLAN[@]}" --profile kamailio-512m -- kamailio -DD -E
		fits $columns "$SIPLAUNCH" plan --verbose "${PLAN[@]}" --profile opensips-4g -- opensips -F
		fits $columns "$SIPLAUNCH" plan "${PLAN[@]}" --profile kamailio-512m \
			--workload registrations=100000 --workload callsPerSecond=50 --workload dialogs=20 -- kamailio
		fits $columns "$SIPLAUNCH" plan "${PROFILES[@]}" --profile kamailio-512m --pods 4 \
			--workload registrations=100000 --workload callsPerSecond=50 --workload dialogs=20 -- kamailio
		fits $columns "$SIPLAUNCH" doctor
		fits $columns "$SIPLAUNCH" doctor "${PROFILES[@]}" --profile kamailio-4g
		fits $columns "$SIPLAUNCH" profiles list "${PROFILES[@]}"
		fits $columns "$SIPLAUNCH" seccomp show "${PROFILES[@]}" sip-router
	done
}

@test "what makes a refused launch start is no wider than the terminal" {
	for columns in 60 80 100 120; do
		for host in docker-private-ro kubernetes-burstable-high; do
			fits $columns "$SIPLAUNCH" plan "${PROFILES[@]}" --profile kamailio-4g --set user=1000 --set group=1000 \
				--host "tests/fixtures/hosts/$host" --set 'sysctl.kernel.sem=10 100 5 4' --set rlimits.RLIMIT_AS=1048576 -- kamailio
			grep -q 'To start as the profile requests' "$BATS_TEST_TMPDIR/output" || fail "no remedy on $host"
		done
	done
}

@test "inspect of a router is no wider than the terminal, whichever group it has" {
	stand_in kamailio
	for columns in 60 80 100 120; do
		fits $columns "$SIPLAUNCH" inspect "$BG_PID"
		grep -q 'use of the group\|no group of its own\|no cgroup v2' "$BATS_TEST_TMPDIR/output" || fail "$(<"$BATS_TEST_TMPDIR/output")"
		fits $columns "$SIPLAUNCH" inspect --verbose "${PROFILES[@]}" --profile kamailio-4g "$BG_PID"
	done
}

@test "advise is no wider than the terminal" {
	local samples=tests/fixtures/advice/too-large-after-a-busy-day-is-lowered
	cp $samples/* "$BATS_TEST_TMPDIR"
	stand_in kamailio
	for columns in 60 80 100 120; do
		fits $columns "$SIPLAUNCH" advise --profile "$BATS_TEST_TMPDIR/profile.json" "$BATS_TEST_TMPDIR/samples.jsonl"
		fits $columns "$SIPLAUNCH" advise "$BG_PID"
	done
}

@test "tune is no wider than the terminal, with its rounds and what it found" {
	printf '{"router": "kamailio", "sizing": {"memory": "1GiB", "processes": 8}}' >"$BATS_TEST_TMPDIR/router.json"
	cat >"$BATS_TEST_TMPDIR/router" <<-'END'
		#!/bin/bash
		trap 'exit 0' TERM
		while :; do sleep 0.02; done
	END
	chmod 755 "$BATS_TEST_TMPDIR/router"
	: >"$BATS_TEST_TMPDIR/router.cfg"
	cd "$BATS_TEST_TMPDIR" || return
	for columns in 60 80 120; do
		# shellcheck disable=SC2016 # it is the load's shell's
		fits $columns "$SIPLAUNCH" tune --profile ./router.json --margin 0 --rounds 3 \
			--load 'test $SIPLAUNCH_SHM_MB -ge 400' -- ./router -DD -E -f router.cfg
		grep -q 'the load exited' "$BATS_TEST_TMPDIR/output" || fail "$(<"$BATS_TEST_TMPDIR/output")"
	done
}

@test "every help page is no wider than the terminal" {
	for columns in 60 80 100 120; do
		for command in '' run plan doctor init export inspect top advise tune report profiles seccomp help; do
			# shellcheck disable=SC2086 # none is no argument
			COLUMNS=$columns "$SIPLAUNCH" $command --help >"$BATS_TEST_TMPDIR/page"
			[ -s "$BATS_TEST_TMPDIR/page" ] || fail "nothing from $command --help"
			cat "$BATS_TEST_TMPDIR/page"
		done >"$BATS_TEST_TMPDIR/output"
		printed $columns help
	done
}

@test "the comments of an export are no wider than 120 columns" {
	for tool in docker podman compose kubernetes systemd sysctl; do
		"$SIPLAUNCH" export "${PROFILES[@]}" --profile kamailio-4g --set sizing.processes=20 --set resources.unified.memory.high=400M \
			--set 'sysctl.kernel.sem=33000 1024000000 500 32000' $tool -- kamailio -DD -E 2>/dev/null |
			grep '^ *#' >"$BATS_TEST_TMPDIR/output"
		printed 120 "$tool"
	done
}

# The tables of the budget (47 columns), the workload (57) and the advice (58) stop at their least width.
@test "at 40 columns all that plan, doctor and advise say in words fits" {
	local samples=tests/fixtures/advice/too-large-after-a-busy-day-is-lowered TABLES=1
	cp $samples/* "$BATS_TEST_TMPDIR"
	fits 40 "$SIPLAUNCH" plan "${PLAN[@]}" --profile kamailio-512m -- kamailio -DD -E
	fits 40 "$SIPLAUNCH" plan --verbose "${PLAN[@]}" --profile opensips-4g -- opensips -F
	fits 40 "$SIPLAUNCH" plan "${PLAN[@]}" --profile kamailio-512m --workload registrations=100000 --workload tlsConnections=20 -- kamailio
	grep -q '100,000  *1[0-9]0,000$' "$BATS_TEST_TMPDIR/output" || fail "$(<"$BATS_TEST_TMPDIR/output")"
	fits 40 "$SIPLAUNCH" plan "${PROFILES[@]}" --profile kamailio-4g --set user=1000 --set group=1000 \
		--host tests/fixtures/hosts/docker-private-ro --set rlimits.RLIMIT_AS=1048576 -- kamailio
	fits 40 "$SIPLAUNCH" doctor "${PROFILES[@]}" --profile kamailio-4g --set user=1000 --set group=1000 \
		--host tests/fixtures/hosts/bare-v2
	fits 40 "$SIPLAUNCH" advise --profile "$BATS_TEST_TMPDIR/profile.json" "$BATS_TEST_TMPDIR/samples.jsonl"
}

@test "wide and combining characters keep the columns of a table and the width" {
	local names=("路由器" $'e\u0301te\u0301' plain)
	mkdir "$BATS_TEST_TMPDIR/profiles"
	for name in "${names[@]}"; do
		printf '{"description": "%s", "router": "kamailio", "user": null, "cgroup": {"path": "sip.slice/%s"}, "sizing": {"memory": "512MiB"}}' \
			"$name $name $name $name $name $name $name $name $name" "$name" >"$BATS_TEST_TMPDIR/profiles/$name.json"
	done
	for columns in 60 80 120; do
		fits $columns "$SIPLAUNCH" profiles list --profile-dir "$BATS_TEST_TMPDIR/profiles"
		for name in "${names[@]}"; do
			fits $columns "$SIPLAUNCH" plan --profile-dir "$BATS_TEST_TMPDIR/profiles" --host tests/fixtures/hosts/bare-v2 --profile "$name" \
				-- kamailio -f "/srv/$name $name $name $name $name $name $name/$name.cfg"
		done
	done
	"$SIPLAUNCH" profiles list --profile-dir "$BATS_TEST_TMPDIR/profiles" >"$BATS_TEST_TMPDIR/output"
	"$PYTHON" - "$BATS_TEST_TMPDIR/output" "${names[@]}" <<-'END'
		import sys, unicodedata
		def width(text):
		    return sum(2 if unicodedata.east_asian_width(c) in "WF" else not unicodedata.combining(c) for c in text)
		lines = [line for line in open(sys.argv[1]) if line.split()[0] in sys.argv[2:] and not line.startswith(" ")]
		columns = {width(line[:line.index(line.split()[1], len(line.split()[0]))]) for line in lines}
		assert len(lines) == 3 and len(columns) == 1, (columns, lines)
	END
}

# at_terminal COLUMNS COMMAND...: what a terminal of that width gets.
at_terminal() {
	"$PYTHON" - "$@" <<-'END'
		import fcntl, os, pty, struct, sys, termios
		pid, fd = pty.fork()
		if pid == 0:
		    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
		    os.execvp(sys.argv[2], sys.argv[2:])
		try:
		    while data := os.read(fd, 4096):
		        os.write(1, data.replace(b"\r\n", b"\n"))
		except OSError:
		    pass
	END
}

@test "an error is wrapped on a terminal, and one line in a file" {
	local long
	printf -v long '/a path of %s' words{1..30}
	run -0 env -u COLUMNS TERM=dumb bash -c "$(declare -f at_terminal); at_terminal 60 \"\$@\"" bash "$SIPLAUNCH" "${PROFILES[@]}" --profile generic -- "$long"
	[[ $output == "siplaunch: execute /a path of"* ]] || fail "$output"
	[ "$(wc -L <<<"$output")" -le 60 ] || fail "$output"
	run -127 --separate-stderr "$SIPLAUNCH" "${PROFILES[@]}" --profile generic -- "$long"
	[ "$(grep -c '^siplaunch' <<<"$stderr")" = 1 ]
	[[ $stderr == *"$long"* ]] || fail "$stderr"
}

@test "siplaunch --help is 22 lines on a terminal of 80 columns: with a prompt and a status line nothing scrolls off one of 24" {
	run -0 env -u COLUMNS TERM=dumb bash -c "$(declare -f at_terminal); at_terminal 80 \"\$@\"" bash "$SIPLAUNCH" --help
	((${#lines[@]} >= 20))
	[ "$(wc -l <<<"$output")" -le 22 ] || fail "$output"
	[ "$(wc -L <<<"$output")" -le 80 ] || fail "$output"
}
