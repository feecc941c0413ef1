#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a router that has been taken over can make siplaunch spend, which asks it as root: seconds, CPU, memory.
# Not run with sanitizers.

load ../lib/common

setup() {
	export LC_ALL=C.UTF-8
	unset SIPLAUNCH_PROFILE SIPLAUNCH_PROFILE_PATH NO_COLOR
	cd "$BATS_TEST_TMPDIR" || return
	mkdir replies
	export MI_MODE=$PWD/mode MI_REPLIES=$PWD/replies/
}

teardown() {
	stop_all
}

# router LISTEN: starts the stand-in there.
router() {
	# shellcheck disable=SC2016 # it is the inner shell's
	MI_LISTEN=$1 start_bg bash -c 'exec -a "$0" "$@"' opensips "$PYTHON" "$REPO/tests/lib/mi-server"
	case $1 in
	fifo:*) wait_for_bg 20 test -p "${1#fifo:}" ;;
	http:*) wait_for_bg 20 grep -qi "0100007F:$(printf %04X "${1#http:}") .* 0A " /proc/net/tcp ;;
	udp:*) wait_for_bg 20 grep -qi "0100007F:$(printf %04X "${1#udp:}")" /proc/net/udp ;;
	esac
}

# asking_costs MODE MI REASON: inspect asks once, and reports the reason. Less than 3 s of CPU, 64 MiB, 8 s (2 of asking).
asking_costs() {
	echo "$1" >mode
	run -0 "$PYTHON" - "$SIPLAUNCH" inspect --format json --mi "$2" "$BG_PID" <<-'END'
		import json, resource, subprocess, sys, time
		started = time.monotonic()
		text = subprocess.run(sys.argv[1:], check=True, stdout=subprocess.PIPE, timeout=60).stdout
		seconds, used = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
		print(json.loads(text)["sample"]["noPools"])
		cpu = used.ru_utime + used.ru_stime
		print("%.1f s, %.1f s of CPU, %d KiB" % (seconds, cpu, used.ru_maxrss))
		sys.exit(not (seconds < 8 and cpu < 3 and used.ru_maxrss < 65536))
	END
	[[ $output == *"$3"* ]] || fail "$1: $output"
	echo "# $1: ${lines[-1]}" >&3
}

@test "a router that sends a byte at a time, or without an end, is asked for two seconds in all" {
	router "fifo:$PWD/mi.fifo"
	asking_costs drips "fifo:$PWD/mi.fifo,reply=$PWD/replies" "asked for 2 s without a complete answer"
	stop_all
	port=$((20000 + BASHPID % 20000))
	router "http:$port"
	asking_costs drips "http://127.0.0.1:$port/mi" "asked for 2 s without a complete answer"
	asking_costs endless "http://127.0.0.1:$port/mi" "longer than 2 MiB"
}

@test "a flood of datagrams that are no answer ends with the two seconds, too" {
	port=$((20000 + BASHPID % 20000))
	router "udp:$port"
	asking_costs flood "udp:127.0.0.1:$port" "asked for 2 s without a complete answer"
}

@test "no answer takes more than tens of MiB and seconds of CPU, whatever it holds" {
	port=$((20000 + BASHPID % 20000))
	router "http:$port"
	asking_costs costly-objects "http://127.0.0.1:$port/mi" "does not tell the shared pool's size"
	asking_costs costly-pools "http://127.0.0.1:$port/mi" ""
	asking_costs too-many-values "http://127.0.0.1:$port/mi" "more than 100000 values"
}
