#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Not run with sanitizers.
# The static binary: one file that runs where there is nothing else.

load ../lib/common
load ../lib/screen
load supervise

: "${SIPLAUNCH_STATIC:=$REPO/build/static/siplaunch}"

setup() {
	plain_language
	unset SIPLAUNCH_PROFILE SIPLAUNCH_PROFILE_PATH
}

teardown() {
	screen_close
}

# make_root: a root directory with nothing in it but the binary, a profile, two names, and a container's cgroups.
make_root() {
	ROOT=$BATS_TEST_TMPDIR/root
	cp -R "$REPO/tests/fixtures/hosts/docker-private-ro" "$ROOT"
	cp -R "$REPO/tests/fixtures/hosts/.common" "$ROOT" # its links lead there, from a root as well
	mkdir "$ROOT/etc"
	cp "$SIPLAUNCH_STATIC" "$ROOT/siplaunch"
	cp "$REPO/profiles/generic.json" "$ROOT"
	echo 'sip:x:5061:5062::/:/bin/sh' >"$ROOT/etc/passwd"
	echo 'sips:x:5062:' >"$ROOT/etc/group"
}

in_root() {
	((EUID == 0)) || skip "chroot(2) is for root"
	# it takes nothing for /proc that is none
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare --mount sh -c 'mount --bind /proc "$0/proc" && exec chroot "$0" /siplaunch "$@"' "$ROOT" "$@"
}

@test "it asks for no loader and no library" {
	run -0 readelf -lW "$SIPLAUNCH_STATIC"
	[[ $output != *INTERP* ]]
	run -0 readelf -dW "$SIPLAUNCH_STATIC"
	[[ $output != *NEEDED* ]]
	# what glibc's name services would open at run time
	run ! grep -qa -e libnss_ -e nsswitch.conf "$SIPLAUNCH_STATIC"
}

@test "it is smaller than 3 MB, with the live view" {
	[ "$(stat -c %s "$SIPLAUNCH_STATIC")" -lt 3000000 ]
}

@test "an idle supervisor has even less memory than the other one's" {
	prepare_supervision
	idle_supervisor "$SIPLAUNCH_STATIC" "${RUN[@]:1}"
	supervisor_has_at_most 120 1000
	kill -TERM "$BG_PID"
}

@test "its stack cannot be executed, and what is constant once it has started cannot be written" {
	run -0 readelf -lW "$SIPLAUNCH_STATIC"
	[[ $output == *GNU_RELRO* && $output == *GNU_STACK* && $output != *RWE* ]]
}

@test "it is the same version, without libsystemd" {
	run -0 "$SIPLAUNCH_STATIC" --version
	[[ $output == "$("$SIPLAUNCH" --version | cut -d ' ' -f 1,2) "* ]]
	[[ $output != *libsystemd* && $output == *"; in use: libseccomp $(pkg-config --modversion libseccomp), "* ]]
}

@test "in an empty root it plans, and knows the names of that root's own passwd file" {
	make_root
	run -0 in_root plan --profile /generic.json --set user=sip -- /siplaunch
	[[ $output == *'sip (uid 5061), sips (gid 5062)'* ]]
}

@test "a name that the root's passwd file has not is nobody, whoever is outside" {
	make_root
	run -1 --separate-stderr in_root plan --profile /generic.json --set user=daemon -- /siplaunch
	[[ $output == *'there is no user "daemon"'* ]]
}

@test "it says that it cannot talk to systemd, and what to do about it" {
	cd "$REPO"
	run -1 "$SIPLAUNCH_STATIC" plan --host tests/fixtures/hosts/systemd-host --profile profiles/kamailio.json \
		--set user=null --set cgroup.manager=systemd -- kamailio -f tests/fixtures/kamailio/minimal.cfg
	[[ $output == *'cannot talk to systemd'* ]]
	[[ $output == *Delegate=yes* ]]
}

@test "in an empty root it has its own description of the usual terminals, and says which others it lacks" {
	make_root
	cp "$REPO/tests/fixtures/top/samples.jsonl" "$ROOT"
	((EUID == 0)) || skip "chroot(2) is for root"
	LC_ALL=C SCREEN_TERM=xterm-256color screen_open 80x24 unshare --mount chroot "$ROOT" /siplaunch top --replay /samples.jsonl
	screen_shows '^ kamailio 5'
	screen_keys q
	screen_ends 0
	screen_close
	SCREEN_TERM=vt52 screen_open 80x24 unshare --mount chroot "$ROOT" /siplaunch top --replay /samples.jsonl
	screen_ends 125
	grep -q 'TERM is vt52' "$BATS_TEST_TMPDIR/errors"
}
