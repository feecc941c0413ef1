#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a router that has been taken over can make siplaunch spend, which asks it as root: seconds, CPU, memory.
# Left to make check: a router takes all that it can of each query, seconds of it.
# Not run with sanitizers.

load ../lib/common
load ../lib/stand_in

setup() {
	prepare_stand_in
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
	router fifo
	asking_costs drips "$MI" "no complete answer within 2 s"
	stop_all
	router http
	asking_costs drips "$MI" "no complete answer within 2 s"
	asking_costs endless "$MI" "longer than 2 MiB"
}

@test "a flood of datagrams that are no answer ends with the two seconds, too" {
	router udp
	asking_costs flood "$MI" "no complete answer within 2 s"
}

@test "no answer takes more than tens of MiB and seconds of CPU, whatever it holds" {
	router http
	asking_costs costly-objects "$MI" "does not contain the shared pool's size"
	asking_costs costly-pools "$MI" ""
	asking_costs too-many-values "$MI" "more than 100000 values"
}
