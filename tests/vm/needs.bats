# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What plan refuses for the router's own needs is a start that fails, and what it accepts is one that works: real
# Kamailio, started by siplaunch with the check switched off.
# Takes about 40 s.

load launch

setup() {
	prepare_router
	CFG=$BATS_TEST_TMPDIR/kamailio.cfg
	cp "$CONFIG" "$CFG"
	chmod 644 "$CFG"
}

teardown() {
	umount -l "$BATS_TEST_TMPDIR/fuse" 2>/dev/null || true
	stop_all
	remove_slices
}

# needs COMMAND [OPTION...] -- [ARGUMENT...]
needs() {
	local command=$1
	shift
	"$SIPLAUNCH" "$command" --profile "$PROFILES/generic.json" --set router=kamailio --set user=kamailio \
		--set sizing.memory=512MiB "$@"
}

# fails_as_said WORDS ARGUMENT...: plan refuses, and without the check Kamailio itself does not start.
fails_as_said() {
	local words=$1
	shift
	run -1 needs plan -- kamailio -DD -E "$@"
	[[ $output == *"$words"* ]]
	run timeout 60 "$SIPLAUNCH" run --profile "$PROFILES/generic.json" --set router=kamailio --set user=kamailio \
		--set sizing.memory=512MiB --policy router=skip -- kamailio -DD -E "$@"
	((status != 0 && status != 124 && status != 125))
}

# starts ARGUMENT...: plan accepts, and Kamailio answers.
starts() {
	run -0 needs plan "${OPTIONS[@]}" -- kamailio -DD -E "$@"
	start_bg "$SIPLAUNCH" run --profile "$PROFILES/generic.json" --set router=kamailio --set user=kamailio \
		--set sizing.memory=512MiB "${OPTIONS[@]}" -- kamailio -DD -E "$@"
	wait_for_bg 60 sip_options 127.0.0.1 5060
	stop_all
}

@test "a configuration that is not there or not readable by the router's user does not start" {
	fails_as_said "cannot read the configuration" -Y "$RUNTIME" -f /nope.cfg
	chmod 600 "$CFG"
	fails_as_said "cannot read the configuration" -Y "$RUNTIME" -f "$CFG"
	chown kamailio "$CFG"
	OPTIONS=()
	starts -Y "$RUNTIME" -f "$CFG"
}

@test "a missing include, module and pid file directory do not start" {
	printf 'include_file "nope.inc"\n' >"$CFG.1"
	cat "$CFG" >>"$CFG.1"
	fails_as_said "cannot read the included file" -Y "$RUNTIME" -f "$CFG.1"
	printf 'loadmodule "/nodir/nosuch.so"\n' >"$CFG.2"
	cat "$CFG" >>"$CFG.2"
	fails_as_said "cannot load the module" -Y "$RUNTIME" -f "$CFG.2"
	fails_as_said "cannot write the pid file" -Y "$RUNTIME" -P /nodir/x.pid -f "$CFG"
}

@test "a runtime directory that the router's user cannot make does not start" {
	fails_as_said "cannot make the runtime directory" -Y /usr/kamailio-run -f "$CFG"
}

@test "a port below 1024 does not start, unless the network namespace lets everybody bind it" {
	printf '\nlisten=udp:127.0.0.1:80\n' >>"$CFG"
	fails_as_said "cannot listen on udp:127.0.0.1:80" -Y "$RUNTIME" -f "$CFG"
	echo 80 >/proc/sys/net/ipv4/ip_unprivileged_port_start
	OPTIONS=()
	starts -Y "$RUNTIME" -f "$CFG"
	echo 1024 >/proc/sys/net/ipv4/ip_unprivileged_port_start
}

@test "a file system that only its user may enter is the user's, though siplaunch may not enter it" {
	local directory=$BATS_TEST_TMPDIR/fuse
	mkdir "$directory"
	modprobe fuse
	start_bg "$REPO/tests/vm/fuse-directory" "$directory" "$(id -u kamailio)" "$(id -g kamailio)"
	wait_for_bg 60 grep -q " $directory fuse " /proc/mounts
	wait_for_bg 60 setpriv --reuid kamailio --regid kamailio --clear-groups test -w "$directory"
	[ ! -w "$directory" ]
	local path
	for path in "$directory" "$directory/below"; do
		run -0 needs plan -- kamailio -DD -E -Y "$RUNTIME" -P "$path/kamailio.pid" -f "$CFG"
		[[ $output != *"cannot write"* ]]
	done
	# and to another user it is closed
	run -1 needs plan --set user=nobody -- kamailio -DD -E -Y "$BATS_TEST_TMPDIR" -P "$directory/kamailio.pid" -f "$CFG"
	[[ $output == *"cannot write the pid file"* ]]
}
