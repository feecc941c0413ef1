#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Nothing that is printed by default is wider than the terminal.

load ../lib/common

setup() {
	cd "$REPO" || return
	export LC_ALL=C.UTF-8
	PROFILES=(--profile-dir profiles)
	PLAN=("${PROFILES[@]}" --set user=null --host tests/fixtures/hosts/bare-v2)
}

# fits COLUMNS COMMAND...: runs it as at a terminal of that width. A line may be wider where its last word alone is a path,
# which is to be copied whole.
fits() {
	local columns=$1
	shift
	COLUMNS=$columns "$@" >"$BATS_TEST_TMPDIR/output" 2>/dev/null || true
	[ -s "$BATS_TEST_TMPDIR/output" ] || fail "nothing from $*"
	"$PYTHON" - "$columns" "$BATS_TEST_TMPDIR/output" <<-'END' || fail "$*"
		import sys, unicodedata
		def width(text):
		    return sum(2 if unicodedata.east_asian_width(c) in "WF" else not unicodedata.combining(c) for c in text)
		wide = [line for line in open(sys.argv[2]).read().split("\n")
		        if width(line) > int(sys.argv[1]) and not (len(line.split()) == 1 and "/" in line)]
		if wide:
		    sys.exit("wider than %s:\n%s" % (sys.argv[1], "\n".join(wide)))
	END
}

@test "plan, doctor, profiles, seccomp and inspect are no wider than the terminal" {
	start_bg sleep 600
	for columns in 80 100 120; do
		fits $columns "$SIPLAUNCH" plan "${PLAN[@]}" --profile kamailio-512m -- kamailio -DD -E
		fits $columns "$SIPLAUNCH" plan --verbose "${PLAN[@]}" --profile opensips-4g -- opensips -F
		fits $columns "$SIPLAUNCH" plan "${PLAN[@]}" --profile kamailio-512m \
			--workload registrations=100000 --workload callsPerSecond=50 --workload dialogs=20 -- kamailio
		fits $columns "$SIPLAUNCH" doctor
		fits $columns "$SIPLAUNCH" doctor "${PROFILES[@]}" --profile kamailio-4g
		fits $columns "$SIPLAUNCH" profiles list "${PROFILES[@]}"
		fits $columns "$SIPLAUNCH" seccomp show "${PROFILES[@]}" sip-router
		fits $columns "$SIPLAUNCH" inspect "$BG_PID"
	done
}

@test "a plan fits a terminal of 60 columns" {
	for columns in 60 70; do
		fits $columns "$SIPLAUNCH" plan "${PLAN[@]}" --profile kamailio-512m -- kamailio
	done
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
	[ "$(grep -v '^  hint' <<<"$output" | wc -L)" -le 60 ] || fail "$output"
	run -127 --separate-stderr "$SIPLAUNCH" "${PROFILES[@]}" --profile generic -- "$long"
	[ "$(grep -c '^siplaunch' <<<"$stderr")" = 1 ]
	[[ $stderr == *"$long"* ]] || fail "$stderr"
}
