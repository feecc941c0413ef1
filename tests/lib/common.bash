# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What every bats file loads first:  load ../lib/common
# Helpers that wait, that look into a cgroup, that start processes and are sure to end them, that speak SIP.
# A file with a teardown of its own must call stop_all in it.

bats_require_minimum_version 1.5.0

load "${BASH_SOURCE[0]%/*}/trace"

# A process for it in each test would be a tenth of what bats takes: a test has it from its file, which has loaded this already.
[[ ${REPO-} == /* && $REPO -ef ${BASH_SOURCE[0]%/*}/../.. ]] || REPO=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
: "${SIPLAUNCH:=$REPO/build/siplaunch}"
: "${CGROUP_ROOT:=/sys/fs/cgroup}"
# Not "python3" by PATH: what the distribution's packages install is there for this one only.
PYTHON=/usr/bin/python3
export REPO SIPLAUNCH CGROUP_ROOT PYTHON
# Tests look for phrases, which a line's end must not break.
export COLUMNS=140

# Root takes no profile that others can change: a checkout of somebody else's is one of the user who called sudo, also
# where there was no sudo (in the VM, in a container).
if ((EUID == 0)) && [[ ${REPO_OWNER-} != "$REPO "* ]]; then
	REPO_OWNER="$REPO $(stat -c %u "$REPO")"
	export REPO_OWNER
fi
((EUID != 0)) || export SUDO_UID=${REPO_OWNER##* }

# Not what is first in PATH, which may start it through a script.
python3() {
	"$PYTHON" "$@"
}

# plain_environment: nothing of the profile, the language or the colours of whoever runs the tests.
plain_environment() {
	plain_language
	unset SIPLAUNCH_PROFILE SIPLAUNCH_PROFILE_PATH NO_COLOR
}

# plain_language: text is UTF-8. Not LC_ALL: each process would open twelve files instead of one, which under emulation takes a
# quarter of its start.
plain_language() {
	unset LC_ALL LANG
	export LC_CTYPE=C.UTF-8
}

# compile ARGUMENT...: with the compiler of the build, which may be several words.
compile() {
	local words
	read -ra words <<<"${CC:-cc}"
	"${words[@]}" "$@"
}

# executable NAME: makes an executable of standard input.
executable() {
	{ echo '#!/bin/bash' && cat; } >"$1"
	chmod 755 "$1"
}

# fail MESSAGE...: ends the test.
fail() {
	printf '%s\n' "$@" >&2
	return 1
}

# wait_until SECONDS COMMAND...: runs COMMAND until it succeeds. Be generous: emulated machines stall, and a bound that
# holds costs nothing.
wait_until() {
	local seconds=$1 deadline=$((EPOCHSECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		if ((EPOCHSECONDS > deadline)); then
			fail "not within $seconds s: $*"
			return
		fi
		sleep 0.2 # each look is a process or two: polled faster, an emulated machine does little else
	done
}

# wait_while SECONDS COMMAND...: runs COMMAND until it fails.
wait_while() {
	local seconds=$1
	shift
	wait_until "$seconds" fails "$@"
}

fails() {
	! "$@"
}

# is_alive PID: it exists and is no zombie.
is_alive() {
	local state
	state=$(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null)
	[[ $state && $state != [ZX] ]]
}

# start_bg COMMAND...: starts it in a session of its own, its output in $BG_LOG, its pid in $BG_PID.
# It is not to see that bash starts background jobs with SIGINT and SIGQUIT ignored, nor bats's descriptor 3, which
# would keep bats waiting.
start_bg() {
	BG_LOG=$BATS_TEST_TMPDIR/background.${#BG_PIDS[@]}.log
	: >"$BG_LOG" # here, not when the process gets to it: whoever waits for a line must not find an earlier process's
	env --default-signal=INT,QUIT setsid "$@" </dev/null >"$BG_LOG" 2>&1 3>&- &
	BG_PID=$!
	BG_PIDS+=("$BG_PID")
}
BG_PIDS=()

# wait_for_bg SECONDS COMMAND...: like wait_until, but gives up as soon as the process that start_bg started last is dead.
wait_for_bg() {
	wait_for_process "$BG_PID" "$@"
}

# wait_for_process PID SECONDS COMMAND...: the same for any process.
wait_for_process() {
	local pid=$1 seconds=$2
	shift 2
	wait_until "$seconds" succeeds_or_is_dead "$pid" "$@"
	is_alive "$pid" || fail "ended before: $*"
}

succeeds_or_is_dead() {
	"${@:2}" || ! is_alive "$1"
}

# stop_bg PID [SIGNAL]: ends its whole session; what has not ended after 10 s is killed.
stop_bg() {
	stop_sessions "${2:-TERM}" "$1"
}

stop_sessions() { # stop_sessions SIGNAL PID...: all of them at once: each look is a process
	local sessions
	sessions=$(IFS=, && echo "${*:2}")
	pkill "-$1" -s "$sessions" || true
	wait_while 10 pgrep --runstates D,I,R,S,T -s "$sessions" 2>/dev/null || pkill -KILL -s "$sessions" || true
	wait "${@:2}" 2>/dev/null || true
}

# stop_all: ends everything that start_bg started, and shows its output, which bats prints when the test failed.
stop_all() {
	local log
	((${#BG_PIDS[@]} == 0)) || stop_sessions TERM "${BG_PIDS[@]}"
	BG_PIDS=()
	for log in "$BATS_TEST_TMPDIR"/background.*.log; do
		[[ ! -s $log ]] || { echo "--- ${log##*/}" && tail -n 100 "$log"; }
	done
}

teardown() {
	stop_all
}

# cg PATH FILE: prints a file of the cgroup PATH (relative to the root of the hierarchy).
cg() {
	cat "$CGROUP_ROOT/$1/$2"
}

# cg_value PATH FILE KEY: the value of KEY in a file of "KEY VALUE" lines (memory.events, memory.stat).
cg_value() {
	awk -v key="$3" '$1 == key { print $2 }' "$CGROUP_ROOT/$1/$2"
}

# cg_exec PATH COMMAND...: runs COMMAND as a member of the cgroup.
cg_exec() {
	local path=$1
	shift
	(echo "$BASHPID" >"$CGROUP_ROOT/$path/cgroup.procs" && exec "$@")
}

# cg_populated PATH: a process lives in it or below.
cg_populated() {
	[[ $(cg_value "$1" cgroup.events populated) == 1 ]]
}

# cg_remove PATH: kills what lives in the cgroup and below, and removes it; no such cgroup is no error.
cg_remove() {
	local folder=$CGROUP_ROOT/$1
	[[ -d $folder ]] || return 0
	echo 1 >"$folder/cgroup.kill"
	wait_while 60 cg_populated "$1" # a group with dying members is busy
	find "$folder" -depth -type d -exec rmdir {} +
}

# port_answers HOST PORT: a TCP connection can be made.
port_answers() {
	# shellcheck disable=SC2016 # the inner shell expands them
	timeout 5 bash -c 'exec 3<>"/dev/tcp/$1/$2"' port_answers "$1" "$2" 2>/dev/null
}

# sip_options HOST PORT: a SIP OPTIONS over UDP gets a 200.
sip_options() {
	timeout 5 sipsak -s "sip:$1:$2" </dev/null
}

# reported MEMBER...: of report.json, on one line; None for null.
reported() {
  "$PYTHON" -c 'import json, sys; print(*(json.load(open("report.json"))[member] for member in sys.argv[1:]))' "$@"
}
