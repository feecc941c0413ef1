#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What the service manager hears over NOTIFY_SOCKET, and what the journal does of priorities.

load ../lib/common

# launch ADDRESS [OPTION...]: siplaunch with that NOTIFY_SOCKET; prints what the socket got before the command ended.
notified() {
	"$PYTHON" - "$@" <<-'END'
		import os, socket, subprocess, sys
		address, *words = sys.argv[1:]
		server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		server.bind("\0" + address[1:] if address[0] == "@" else address)
		ended = subprocess.run([os.environ["SIPLAUNCH"], *words], env=dict(os.environ, NOTIFY_SOCKET=address), timeout=60)
		server.setblocking(False)
		try:
		    while True:
		        print(server.recv(4096).decode(), end="--\n")
		except BlockingIOError:
		    print("status", ended.returncode)
	END
}

setup() {
	cd "$REPO" || return
	ARGUMENTS=(--profile-dir profiles --profile generic)
}

@test "a launch reports READY with its status, to a path and to an abstract name" {
	for address in "$BATS_TEST_TMPDIR/socket" "@siplaunch-test-$$"; do
		run -0 --separate-stderr notified "$address" "${ARGUMENTS[@]}" -- true
		[[ $output == $'READY=1\nSTATUS=true'*$'--\nstatus 0' ]] || fail "$output"
	done
}

@test "a refused launch reports why and never READY" {
	run -0 --separate-stderr notified "$BATS_TEST_TMPDIR/socket" --profile no-such-profile -- true
	[[ $output == $'STATUS=refused: '*no-such-profile*'status 125' && $output != *READY* ]] || fail "$output"
	rm "$BATS_TEST_TMPDIR/socket"
	run -0 --separate-stderr notified "$BATS_TEST_TMPDIR/socket" "${ARGUMENTS[@]}" -- /nonexistent/router
	[[ $output == $'STATUS=refused: execute /nonexistent/router'*$'ERRNO=2\n'*'status 127' && $output != *READY* ]] || fail "$output"
}

@test "a supervisor reports READY only when the command was executed, and how it ended" {
	run -0 --separate-stderr notified "$BATS_TEST_TMPDIR/socket" --supervise "${ARGUMENTS[@]}" -- sh -c 'exit 3'
	[[ $output == $'READY=1\nSTATUS=sh'*$'STATUS=sh exited with status 3\n--\nstatus 3' ]] || fail "$output"
	rm "$BATS_TEST_TMPDIR/socket"
	printf '#!/nonexistent\n' >"$BATS_TEST_TMPDIR/broken"
	chmod 755 "$BATS_TEST_TMPDIR/broken"
	run -0 --separate-stderr notified "$BATS_TEST_TMPDIR/socket" --supervise "${ARGUMENTS[@]}" -- "$BATS_TEST_TMPDIR/broken"
	[[ $output == *'STATUS=refused: execute '*'status 126' && $output != *READY* ]] || fail "$output"
}

@test "a supervisor that is asked to stop reports STOPPING" {
	# shellcheck disable=SC2016 # the inner shell expands it
	run -0 --separate-stderr notified "$BATS_TEST_TMPDIR/socket" --supervise "${ARGUMENTS[@]}" -- sh -c 'kill $PPID; sleep 60'
	[[ $output == *$'STOPPING=1\n--'* ]] || fail "$output"
}

@test "plan and doctor report nothing, and the command keeps NOTIFY_SOCKET" {
	run -0 --separate-stderr notified "$BATS_TEST_TMPDIR/socket" plan "${ARGUMENTS[@]}" -- true
	[[ $output != *READY* && $output != *STATUS* ]]
	rm "$BATS_TEST_TMPDIR/socket"
	# shellcheck disable=SC2016 # the inner shell expands it
	run -0 --separate-stderr notified "$BATS_TEST_TMPDIR/socket" "${ARGUMENTS[@]}" -- sh -c 'echo "has $NOTIFY_SOCKET"'
	[[ $output == *"has $BATS_TEST_TMPDIR/socket"* ]]
}

@test "a socket that cannot be reached is a warning, and the command runs" {
	local long
	printf -v long '/%0200d' 0
	for address in /nonexistent/socket "$long" @ vsock:2:1234 relative; do
		run -0 --separate-stderr env NOTIFY_SOCKET="$address" "$SIPLAUNCH" "${ARGUMENTS[@]}" -- echo ran
		[[ $output == ran && $stderr == *"warning: cannot report to the service manager"*NOTIFY_SOCKET* ]] || fail "$address: $stderr"
	done
	run -0 --separate-stderr env NOTIFY_SOCKET= "$SIPLAUNCH" "${ARGUMENTS[@]}" -- echo ran
	[[ $stderr != *warning* ]]
}

@test "a socket that nobody reads delays the launch for seconds, and does not stop it" {
	run -0 --separate-stderr "$PYTHON" - "${ARGUMENTS[@]}" <<-'END'
		import os, socket, subprocess, sys
		path = os.environ["BATS_TEST_TMPDIR"] + "/full"
		server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		server.bind(path)
		client = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		client.connect(path)
		client.setblocking(False)
		try:
		    while True:
		        client.send(b"x")
		except BlockingIOError:
		    pass
		ended = subprocess.run([os.environ["SIPLAUNCH"], *sys.argv[1:], "--", "echo", "ran"], timeout=60,
		                       env=dict(os.environ, NOTIFY_SOCKET=path), capture_output=True, text=True)
		assert ended.returncode == 0 and ended.stdout == "ran\n", ended
		assert "warning: cannot report to the service manager" in ended.stderr, ended.stderr
	END
}

# into_journal COMMAND...: standard error is what JOURNAL_STREAM names; prints it.
into_journal() {
	local file=$BATS_TEST_TMPDIR/journal
	: >"$file"
	local stream
	stream=$(stat -c %d:%i "$file")
	JOURNAL_STREAM=$stream "$@" 2>"$file" || true
	cat "$file"
}

@test "every line that goes to the journal has its priority, and no line that goes elsewhere" {
	run -0 into_journal "$SIPLAUNCH" "${ARGUMENTS[@]}" -- true
	[[ $output == '<5>siplaunch: true'* ]] || fail "$output"
	run -0 into_journal "$SIPLAUNCH" --profile-dir profiles --profile kamailio --set rlimits=4 -- true
	[[ $output == '<3>'* ]] || fail "$output"
	fails grep -v '^<3>' <<<"$output"
	run -0 into_journal env NOTIFY_SOCKET=/nonexistent/socket "$SIPLAUNCH" "${ARGUMENTS[@]}" -- true
	[[ $output == '<4>siplaunch: warning'*$'\n<4>  hint: '* ]] || fail "$output"
	run -0 into_journal "$SIPLAUNCH" --no-such-option
	[[ $output == '<3>'*$'\n<3>Try'* ]] || fail "$output"
	run --separate-stderr env JOURNAL_STREAM=1:2 "$SIPLAUNCH" --no-such-option
	[[ $stderr != *'<3>'* ]]
	run -0 into_journal "$SIPLAUNCH" --log-format json "${ARGUMENTS[@]}" -- true
	"$PYTHON" -m json.tool <<<"$output" >/dev/null || fail "$output"
}

@test "the shipped units and export systemd report and restart alike" {
	"$SIPLAUNCH" export systemd --profile-dir profiles --profile kamailio-512m -- kamailio -DD -E >"$BATS_TEST_TMPDIR/unit" || fail 'export systemd'
	for line in $(grep -E '^(Type|KillMode|ManagedOOMPreference)=' "$BATS_TEST_TMPDIR/unit") \
		"$(grep '^RestartPreventExitStatus=' "$BATS_TEST_TMPDIR/unit")"; do
		for file in deploy/systemd/*.service deploy/systemd/*.d/*.conf; do
			grep -qxF "$line" "$file" || fail "$file: no $line"
		done
	done
	# 2 and what command_run ends with before there is a router
	[[ $(grep '^RestartPreventExitStatus=' "$BATS_TEST_TMPDIR/unit") == "RestartPreventExitStatus=2 125 126 127" ]]
}
