# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The machine itself: what the other tests take for granted.
# Takes about 15 s.

load ../lib/common

teardown() {
	stop_all
	cg_remove smoke
}

make_group() {
	echo +memory +pids >"$CGROUP_ROOT/cgroup.subtree_control"
	mkdir "$CGROUP_ROOT/smoke"
}

@test "the machine has the memory controller in cgroup v2" {
	grep -qw memory "$CGROUP_ROOT/cgroup.controllers"
	[[ $(stat -f -c %T "$CGROUP_ROOT") == cgroup2fs ]]
}

@test "/run is only for root to write in, as on every machine" {
	[[ $(stat -c '%a %U' /run) == '755 root' ]]
}

@test "a child group takes a memory limit" {
	make_group
	echo 64M >"$CGROUP_ROOT/smoke/memory.max"
	[[ $(cg smoke memory.max) == 67108864 ]]
}

@test "a hog in a group of 64 MiB is killed, and only the hog" {
	make_group
	echo 0 >"$CGROUP_ROOT/smoke/memory.swap.max"
	echo 64M >"$CGROUP_ROOT/smoke/memory.max"
	start_bg sleep 600
	local neighbour=$BG_PID
	run cg_exec smoke dd if=/dev/zero of=/dev/null bs=200M count=1
	[[ $status == 137 ]]
	[[ $(cg_value smoke memory.events oom_kill) == 1 ]]
	is_alive "$neighbour"
}

@test "root may lower oom_score_adj" {
	run bash -c 'echo -900 >/proc/self/oom_score_adj && cat /proc/self/oom_score_adj'
	[[ $status == 0 && $output == -900 ]]
}

@test "a job starts with default signals, no oom_score_adj and an empty input" {
	[[ $(cat /proc/self/oom_score_adj) == 0 ]]
	[[ $(readlink /proc/$$/fd/0) == /dev/null ]]
	start_bg grep SigIgn /proc/self/status
	wait_while 60 is_alive "$BG_PID"
	[[ $(<"$BG_LOG") == $'SigIgn:\t0000000000000000' ]]
}

@test "a new IPC namespace starts with the kernel's defaults" {
	[[ $(unshare -i cat /proc/sys/kernel/sem) == $'32000\t1024000000\t500\t32000' ]]
	unshare -i bash -c 'echo 300 40000 40 128 >/proc/sys/kernel/sem'
	[[ $(cat /proc/sys/kernel/sem) == $'32000\t1024000000\t500\t32000' ]]
}

@test "Kamailio answers OPTIONS, and ends when told to" {
	start_bg kamailio -DD -E -Y "$BATS_TEST_TMPDIR" -f "$REPO/tests/fixtures/kamailio/minimal.cfg"
	wait_for_bg 30 sip_options 127.0.0.1 5060
	stop_bg "$BG_PID"
	run ! sip_options 127.0.0.1 5060
}

@test "Kamailio is found to listen on TCP" {
	start_bg kamailio -DD -E -Y "$BATS_TEST_TMPDIR" -A LISTEN_TCP=tcp:127.0.0.1:5060 \
		-f "$REPO/tests/fixtures/kamailio/minimal.cfg"
	wait_for_bg 30 port_answers 127.0.0.1 5060
}
