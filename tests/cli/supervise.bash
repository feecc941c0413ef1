# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Supervision with scripts for routers: load supervise

# prepare_supervision: to be called in setup.
prepare_supervision() {
	plain_environment
	cd "$BATS_TEST_TMPDIR" || return
	RUN=("$SIPLAUNCH" run --supervise --profile "$REPO/profiles/generic.json")
	# like a Kamailio to siplaunch, of which nothing is asked but to be supervised
	printf '{"router": "kamailio", "policy": {"default": "skip"}}' >router.json
	ROUTER=("$SIPLAUNCH" run --supervise --profile ./router.json)
}

# supervise OPTION... -- COMMAND...: in the background; waits until COMMAND has written its pid; $BG_PID is the supervisor.
supervise() {
	start_bg "$@"
	wait_for_bg 30 test -s pid
}

# idle_supervisor COMMAND...: of a router that sleeps; waits until the supervisor does, too.
idle_supervisor() {
	# the kernel copies the environment to its stack
	supervise env -i PATH="$PATH" "$@" bash -c 'echo $$ >pid; trap "exit 0" TERM; while :; do read -r -t 600 <> <(:); done'
	in_poll() { grep -q poll "/proc/$BG_PID/wchan" 2>/dev/null || [[ $(cut -d ' ' -f 1 "/proc/$BG_PID/syscall") =~ ^(7|271)$ ]]; }
	wait_until 30 in_poll
}

# supervisor_has_at_most ANONYMOUS RESIDENT: kB.
supervisor_has_at_most() {
	local anonymous resident
	anonymous=$(awk '/^Anonymous:/ { print $2 }' "/proc/$BG_PID/smaps_rollup")
	resident=$(awk '/^VmRSS:/ { print $2 }' "/proc/$BG_PID/status")
	((anonymous <= $1 && resident <= $2)) || fail "anonymous $anonymous kB, resident $resident kB"
}
