#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What others may have put in siplaunch's way: profiles that they can change, links, FIFOs and devices in place of files,
# names that drive a terminal, mounts over /proc and the cgroup tree, a kernel without openat2. docs/threat-model.md.
# shellcheck disable=SC2016 # variables in single quotes are for the shell that is started
# Left to make check: it repeats an attack for every file of a described host, and races with links.

load ../lib/common

setup() {
	plain_language
	unset SIPLAUNCH_PROFILE SIPLAUNCH_PROFILE_PATH SUDO_UID
	umask 022
	cd "$BATS_TEST_TMPDIR" || return
	TRUSTED=$PWD/trusted
	mkdir -p trusted/seccomp
	install -m 644 "$REPO"/profiles/*.json trusted
	install -m 644 "$REPO"/profiles/seccomp/*.json trusted/seccomp
	LAUNCHED=$PWD/launched
}

as_root() {
	((EUID == 0)) || skip "only root may not take everybody's profile"
}

# A sentence a line of: setup; the profile; whose path is complained of; what mends it
insecure_profiles() {
	cat <<-'END'
		chmod 666 trusted/generic.json       | trusted/generic.json | trusted/generic.json   | chmod go-w
		chown 4242 trusted/generic.json      | trusted/generic.json | trusted/generic.json   | chown root
		chown 0:4242 trusted/generic.json; chmod g+w trusted/generic.json | trusted/generic.json | trusted/generic.json | chmod g-w
		setfacl -m u:4242:rw trusted/generic.json | trusted/generic.json | trusted/generic.json | chmod g-w
		setfacl -m u:4242:rwx trusted         | trusted/generic.json | trusted                | chmod g-w
		chmod 777 trusted                    | trusted/generic.json | trusted                | chmod go-w
		mkdir -m 777 a; cp -r trusted a/b    | a/b/generic.json     | a                      | chmod go-w
		chmod 777 trusted; ln -s trusted/generic.json l.json | l.json | trusted              | chmod go-w
		chmod 777 trusted; ln -s trusted l   | l/generic.json       | trusted                | chmod go-w
		mkdir -m 777 a; ln -s ../trusted/generic.json a/l.json | a/l.json | a                | chmod go-w
		mkdir -m 1777 a; ln -s ../trusted a/l; chown -h 4242 a/l | a/l/generic.json | a/l    | chown -h root
		mkdir -m 1777 a; cp trusted/generic.json a; chown 4242 a/generic.json | a/generic.json | a/generic.json | chown root
		mkdir b; cp trusted/generic.json b/open.json; chmod 666 b/open.json; echo '{"extends": "b/open.json"}' >heir.json | heir.json | b/open.json | chmod go-w
	END
}

@test "as root a profile that others can change is refused by run, plan and doctor, with the command that fixes it" {
	as_root
	local number=0 prepare profile culprit mend
	while IFS='|' read -r prepare profile culprit mend; do
		number=$((number + 1))
		rm -rf "case$number" && mkdir "case$number" && cp -r trusted "case$number"
		cd "case$number" || return
		eval "$prepare"
		read -r profile culprit <<<"$profile $culprit"
		mend="${mend# } $PWD/$culprit;"
		run -125 --separate-stderr "$SIPLAUNCH" -p "$profile" -- touch "$LAUNCHED"
		[[ ${stderr_lines[0]} == *"others can change the profile $profile: "*"$PWD/$culprit "* ]] || fail "$prepare: $stderr"
		[[ $stderr == *"hint: $mend"*"--allow-insecure-profile" ]] || fail "$prepare: $mend: $stderr"
		for command in plan doctor; do
			run -1 --separate-stderr "$SIPLAUNCH" $command -p "$profile" -- touch "$LAUNCHED"
			[[ $stderr == *"$PWD/$culprit "* && $stderr == *"$mend"* ]] || fail "$command, $prepare: $stderr"
		done
		[ ! -e "$LAUNCHED" ]
		# what is pasted helps
		eval "$(sed -n 's/^ *hint: \([^;]*\); .*/\1/p' <<<"$stderr")"
		run -0 "$SIPLAUNCH" -q -p "$profile" -- true
		cd ..
	done < <(insecure_profiles)
	[ "$number" -eq 13 ]
}

@test "with --allow-insecure-profile it is taken, with a warning" {
	as_root
	chmod 777 trusted
	run -0 --separate-stderr "$SIPLAUNCH" --allow-insecure-profile -p trusted/generic.json -- true
	[[ $stderr == *"warning: "*"$TRUSTED is writable by everybody"* ]]
	run -0 "$SIPLAUNCH" plan --allow-insecure-profile --format json -p trusted/generic.json -- true
	[[ $output == *"$TRUSTED is writable by everybody"* ]]
}

@test "however the profile is found, it is judged" {
	as_root
	chmod 777 trusted
	run -125 "$SIPLAUNCH" --profile-dir trusted -- true
	[[ $output == *"$TRUSTED is writable by everybody"* ]]
	SIPLAUNCH_PROFILE=generic SIPLAUNCH_PROFILE_PATH=$TRUSTED run -125 "$SIPLAUNCH" -- true
	[[ $output == *"$TRUSTED is writable by everybody"* ]]
	mkdir filter
	install -m 666 "$REPO/profiles/seccomp/sip-router.json" filter/mine.json
	chmod 755 trusted
	run -125 "$SIPLAUNCH" -p trusted/generic.json --set "seccomp=$PWD/filter/mine.json" --set noNewPrivileges=true -- true
	[[ $output == *"seccomp profile"*"$PWD/filter/mine.json is writable by everybody"* ]]
	chmod 777 trusted
	run -125 --separate-stderr "$SIPLAUNCH" --log-format json --profile-dir trusted -- true
	"$PYTHON" -c '
import json, sys
record = json.loads(sys.stdin.read())
assert record["level"] == "error" and "is writable by everybody" in record["message"] and "chmod" in record["hint"], record' <<<"$stderr"
}

@test "profiles check and show only warn of it" {
	chmod 666 trusted/generic.json
	for action in check show; do
		run -0 --separate-stderr "$SIPLAUNCH" profiles --profile-dir trusted $action trusted/generic.json
		[[ $stderr == *"warning: "*"$TRUSTED/generic.json is writable by everybody"*"chmod go-w"* ]]
		[[ $output == *ok* || $output == *description* ]]
	done
}

@test "who called sudo may have it as he likes, and an ordinary user anyway" {
	as_root
	chown -R 4242:4242 trusted && chmod -R g+w trusted
	run -125 "$SIPLAUNCH" -q -p trusted/generic.json -- true
	SUDO_UID=4242 run -0 "$SIPLAUNCH" -q -p trusted/generic.json -- true
	for uid in 4243 '' x -1 4294967295 99999999999; do
		SUDO_UID=$uid run -125 "$SIPLAUNCH" -q -p trusted/generic.json -- true
	done
	chmod 777 trusted
	SUDO_UID=4242 run -125 "$SIPLAUNCH" -q -p trusted/generic.json -- true
	chmod 755 . .. # bats's own folders
	cp "$SIPLAUNCH" siplaunch
	run -0 setpriv --reuid 4243 --regid 4243 --clear-groups ./siplaunch -q -p trusted/generic.json -- true
}

# hostile_files: makes one of each kind; prints their names.
hostile_files() {
	[[ -p fifo ]] || { mkfifo fifo && mkdir folder && ln -s loop loop && ln -s /dev/zero zero && ln -s nothing dangling; }
	echo fifo folder loop zero dangling
}

@test "what is no regular file in place of a profile or what it extends is an error that names it, and nothing hangs" {
	for file in $(hostile_files); do
		echo "{\"extends\": \"./$file\"}" >heir.json
		for profile in "./$file" heir.json; do
			run -125 --separate-stderr timeout 60 "$SIPLAUNCH" -p "$profile" -- touch "$LAUNCHED"
			[[ $stderr == *"$file"* ]] || fail "$profile $file: $stderr"
		done
	done
	[ ! -e "$LAUNCHED" ]
}

@test "the same in place of a router's configuration" {
	for file in $(hostile_files); do
		run --separate-stderr timeout 60 "$SIPLAUNCH" plan -p trusted/kamailio.json --set user=null --set seccomp=null --host "$REPO/tests/fixtures/hosts/bare-v2" \
			-- kamailio -DD -E -f "$PWD/$file"
		((status < 2)) || fail "$file: $status $stderr"
		[[ $output$stderr == *"$file"* ]]
		echo "include_file \"$PWD/$file\"" >kamailio.cfg
		run --separate-stderr timeout 60 "$SIPLAUNCH" plan -v -p trusted/kamailio.json --set user=null \
			--host "$REPO/tests/fixtures/hosts/bare-v2" -- kamailio -DD -E -f "$PWD/kamailio.cfg"
		((status < 2)) || fail "included $file: $status $stderr"
		[[ $output$stderr == *"$file"* ]]
	done
}

@test "the same where siplaunch is to write" {
	for file in $(hostile_files); do
		# a dangling link is made good, a device is written to
		if [[ $file != dangling && $file != zero ]]; then
			run -125 --separate-stderr timeout 60 "$SIPLAUNCH" -p trusted/generic.json --supervise --report "$file" -- touch "$LAUNCHED"
			[[ $stderr == *"--report"*"$file"* ]]
		fi
		run -125 --separate-stderr timeout 60 "$SIPLAUNCH" inspect --write-profile "$file" $$
		[[ $stderr == *"$file"*"never replaces"* ]] || fail "$file: $stderr"
	done
	[ ! -e "$LAUNCHED" ]
}

# his_folder: a folder "his" of nobody's with links to root's file "victim" in place of all that siplaunch may write there.
his_folder() {
	rm -rf his victim && mkdir his
	echo "root's own" >victim
	ln -s ../victim his/report.json
	ln -s .. his/logs
	chown -hR 65534 his
	chmod 755 his
}

# A sentence a line: what writes into his folder; what comes of it once the folder is root's
writers() {
	cat <<-END
		-p trusted/generic.json --supervise --report his/report.json -- true
		inspect --write-profile his/new.json $$
		advise --profile ./old.json --write his/new.json $REPO/tests/fixtures/advice/more-processes-than-were-counted-are-told-with-what-they-can-take/samples.jsonl
		tune --profile ./router.json --rounds 1 --load true --write his/new.json -- ./router
		tune --profile ./router.json --rounds 1 --load true --keep his -- ./router
		tune --profile ./router.json --rounds 1 --load true --keep his/new -- ./router
		init --profile trusted/generic.json --memory-limit 512Mi --out his/new -- true
	END
}

@test "as root no file is written where others can put a link in its way, and the command that ends that helps" {
	as_root
	local line words number=0
	printf '{"router": "kamailio", "sizing": {"memory": "1GiB", "processes": 8}}' >router.json
	printf '{"router": "kamailio", "sizing": {"memory": "1GiB", "processes": 3}}' >old.json
	printf '#!/bin/sh\nexit 3\n' >router # at once: for one that runs tune waits until it answers
	chmod 755 router
	while read -r line; do
		number=$((number + 1))
		read -ra words <<<"$line"
		his_folder
		[[ $line != *--out* ]] || mkdir his/new
		run -125 --separate-stderr timeout 60 "$SIPLAUNCH" "${words[@]}" </dev/null
		[[ $stderr == *"other users can change files there: $PWD/his"*" belongs to uid 65534"* ]] || fail "$line: $stderr"
		[[ $(<victim) == "root's own" && $(find his -newer victim -type f) == '' ]] || fail "$line: $(ls -lR his)"
		# what is pasted helps; where it was a folder in which a link was, that one is found then
		while [[ $stderr == *"other users can change"* ]]; do
			eval "$(sed -n 's/^ *hint: \([^;]*\); or write where only root can.*/\1/p' <<<"$stderr")"
			run --separate-stderr timeout 60 "$SIPLAUNCH" "${words[@]}" </dev/null
		done
		[[ $stderr != *"uid 65534"* && $(<victim) == "root's own" ]] || fail "$line: $stderr"
	done < <(writers)
	[ "$number" -eq 7 ]
	[ -s his/new/plan.json ]
}

@test "in a folder where everybody may make files a file of somebody else's is not replaced, and one of root's is" {
	as_root
	mkdir -m 1777 sticky
	echo "root's own" >victim
	report() {
		run "$1" --separate-stderr timeout 60 "$SIPLAUNCH" -q -p trusted/generic.json --supervise --report sticky/report.json -- sh -c 'exit 3'
	}
	report -3
	[[ $(stat -c '%u %a' sticky/report.json) == '0 644' ]]
	report -3
	for plant in 'ln -s ../victim' mkfifo 'install -m 666 /dev/null'; do
		rm sticky/report.json
		$plant sticky/report.json
		chown -h 65534 sticky/report.json
		report -125
		[[ $stderr == *"sticky/report.json belongs to uid 65534"* ]] || fail "$plant: $stderr"
		eval "$(sed -n 's/^ *hint: \([^;]*\); or write where only root can.*/\1/p' <<<"$stderr")"
		report -3
	done
	# a hard link to it, as without fs.protected_hardlinks
	rm sticky/report.json
	ln victim sticky/report.json
	report -3
	[[ $(<victim) == "root's own" && $(<sticky/report.json) == *failed* ]]
}

@test "a link that comes and goes while siplaunch writes leads it nowhere" {
	as_root
	his_folder
	mkdir -m 1777 sticky
	chmod 711 "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}"
	start_bg setpriv --reuid 65534 --regid 65534 --clear-groups "$PYTHON" -c '
import os
def quietly(function, *arguments):
    try: function(*arguments)
    except OSError: pass
open("his/ready", "w").close()
while True:
    for folder in "his", "sticky":
        path = folder + "/r.json"
        quietly(os.symlink, "../victim", path); quietly(os.unlink, path)
        quietly(os.symlink, "..", folder + "/d"); quietly(os.unlink, folder + "/d")
        quietly(os.mkdir, folder + "/d"); quietly(os.rmdir, folder + "/d")'
	wait_for_bg 30 test -e his/ready
	local written=0
	for _ in {1..4}; do
		for file in his/r.json his/d/victim sticky/d/victim; do
			run -125 timeout 60 "$SIPLAUNCH" -q -p trusted/generic.json --supervise --report $file -- true
		done
		rm -f sticky/r.json
		timeout 60 "$SIPLAUNCH" -q -p trusted/generic.json --supervise --report sticky/r.json -- true && written=$((written + 1))
		"$SIPLAUNCH" inspect --write-profile sticky/r.json $$ && written=$((written + 1))
	done >log 2>&1
	is_alive "$BG_PID"
	((written)) || fail "$(<log)"
	[[ $(<victim) == "root's own" && $(ls -A sticky) != *.r.json.* ]]
}

@test "samples are read of a file or of a pipe that was given, and nothing hangs or goes on for ever" {
	local samples=$REPO/tests/fixtures/advice/an-idle-router-is-not-lowered/samples.jsonl
	for file in $(hostile_files) /dev/zero /dev/null; do
		[[ $file != fifo ]] || continue
		run -2 --separate-stderr timeout 60 "$SIPLAUNCH" advise "./$file" "$samples"
		[[ $stderr == *"$file"* ]] || fail "$file: $stderr"
	done
	truncate -s 17G large
	run -2 --separate-stderr timeout 60 "$SIPLAUNCH" advise ./large
	[[ $stderr == *"./large is larger than 16 GiB"* ]] || fail "$stderr"
	run -0 timeout 60 "$SIPLAUNCH" advise - <"$samples"
	run -0 timeout 60 "$SIPLAUNCH" advise <(cat "$samples")
	run -0 timeout 60 bash -c 'cat "$1" | "$0" advise /dev/stdin' "$SIPLAUNCH" "$samples"
	# one of ours is waited for
	rm fifo && mkfifo fifo
	start_bg bash -c 'sleep 1; exec cat "$0" >fifo' "$samples"
	run -0 timeout 60 "$SIPLAUNCH" advise ./fifo
	((EUID == 0)) || return 0
	chown 65534 fifo
	run -2 --separate-stderr timeout 60 "$SIPLAUNCH" advise ./fifo
	[[ $stderr == *"./fifo is a FIFO of uid 65534"*"hint: cat ./fifo | siplaunch advise -" ]] || fail "$stderr"
}

@test "a disk that is full leaves the report of before, and no other file" {
	may_mount
	run -0 in_mounts 'mount -t tmpfs -o size=64k none /mnt && cd /mnt && echo old >report.json || exit 1
		cat /dev/zero >rest 2>/dev/null
		"$SIPLAUNCH" -q -p "$OLDPWD/trusted/generic.json" --supervise --report report.json -- true 2>"$OLDPWD/log"
		[[ $(<report.json) == old && $(ls -A) == $'"'report.json\nrest'"' ]]'
	[[ $(<log) == *"--report: create report.json"*ENOSPC* ]]
}

@test "a profile is not written through what somebody put in the way of its temporary file" {
	mkdir target
	# the name has the pid in it, which a shell knows that becomes siplaunch
	run -0 timeout 60 sh -c 'mkfifo "new.json.$$.tmp"; exec "$0" inspect --write-profile new.json '$$ "$SIPLAUNCH"
	[ -f new.json ]
	run -0 timeout 60 sh -c 'ln -s target/got "other.json.$$.tmp"; exec "$0" inspect --write-profile other.json '$$ "$SIPLAUNCH"
	[[ -f other.json && ! -e target/got ]]
}

@test "the same in place of any file of a described host" {
	for file in proc/self/status proc/self/mountinfo proc/self/cgroup proc/self/limits proc/self/uid_map proc/meminfo \
		proc/sys/kernel/sem etc/passwd etc/group sys/fs/cgroup/cgroup.controllers run/.containerenv; do
		for kind in $(hostile_files); do
			rm -rf hosts && mkdir hosts
			cp -r "$REPO"/tests/fixtures/hosts/{bare-v2,.common} hosts
			mkdir -p "hosts/bare-v2/${file%/*}"
			rm -rf "hosts/bare-v2/$file"
			cp -a "$kind" "hosts/bare-v2/$file"
			run timeout 60 "$SIPLAUNCH" plan -v --host hosts/bare-v2 -p trusted/kamailio-512m.json --set user=1000 --set group=1000 -- kamailio -DD -E
			case $status in
			0 | 1 | 125) ;;
			*) fail "$kind as $file: $status: $output" ;;
			esac
		done
	done
}

@test "a cgroup path with control characters is refused, and so is one that leads out" {
	for path in 'a\nb' 'a\u001bb' 'a\u007fb' '../b' 'a/../../b' '/a' 'a//b' '.' ''; do
		echo "{\"extends\": \"./trusted/generic.json\", \"cgroup\": {\"path\": \"$path\"}}" >p.json
		run -125 --separate-stderr "$SIPLAUNCH" -p p.json -- touch "$LAUNCHED"
		[[ $stderr == *"p.json:1:"*"/cgroup/path"* ]] || fail "$path: $stderr"
	done
	[ ! -e "$LAUNCHED" ]
}

@test "a file's name drives no terminal" {
	name=$'evil\e[31m\a\n.json'
	cp trusted/generic.json "$name"
	for arguments in 'profiles check' 'plan -p' '-p' 'inspect 1 -p' 'plan --host'; do
		read -ra words <<<"$arguments"
		run --separate-stderr "$SIPLAUNCH" "${words[@]}" "./$name" true
		[[ $output$stderr != *[$'\e\a']* ]] || fail "$arguments: $output$stderr"
	done
	run -0 "$SIPLAUNCH" profiles --profile-dir .
	[[ $output == *evil* && $output != *[$'\e\a']* ]]
}

# without_openat2 ERRNO COMMAND...: as on a kernel, or under a seccomp filter, that does not know it.
without_openat2() {
	local error=$1
	shift
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o trace -e trace=openat2 -e inject=openat2:error="$error" "$@"
}

@test "without openat2 everything is the same" {
	plan=("$SIPLAUNCH" plan --format json -p trusted/generic.json --set cgroup.path=a/b -- true)
	with=$("${plan[@]}" || true)
	for error in ENOSYS EPERM; do
		[ "$(without_openat2 $error "${plan[@]}" || true)" = "$with" ]
		grep -q "openat2(.*$error.*INJECTED" trace
		run -125 --separate-stderr without_openat2 $error "$SIPLAUNCH" inspect --cgroup ../../etc
		[[ $stderr == *../../etc* ]]
		run -0 without_openat2 $error "$SIPLAUNCH" inspect $$
	done
	((EUID == 0)) || return 0
	while IFS='|' read -r prepare profile culprit _; do
		rm -rf case && mkdir case && cp -r trusted case && cd case || return
		eval "$prepare"
		read -r profile culprit <<<"$profile $culprit"
		run -125 --separate-stderr without_openat2 ENOSYS "$SIPLAUNCH" -p "$profile" -- touch "$LAUNCHED"
		[[ $stderr == *"$PWD/$culprit "* ]] || fail "$prepare: $stderr"
		cd ..
	done < <(insecure_profiles)
	[ ! -e "$LAUNCHED" ]
}

# in_mounts SCRIPT: in a mount namespace of its own.
in_mounts() {
	unshare --mount bash -c "$1"
}

may_mount() {
	unshare --mount mount -t tmpfs none /mnt 2>/dev/null || skip "mounting needs CAP_SYS_ADMIN"
}

@test "a /proc that is no proc is refused by everything" {
	may_mount
	for arguments in '-p trusted/generic.json --' 'plan -p trusted/generic.json --' doctor; do
		run -125 --separate-stderr in_mounts 'mount -t tmpfs none /proc && cp -rL "$REPO/tests/fixtures/hosts/bare-v2/proc/." /proc 2>/dev/null
			[[ -r /proc/self/status ]] || exit 1
			printf "ASAN_OPTIONS=detect_leaks=0\0" >/proc/self/environ # where a sanitized build reads it
			"$SIPLAUNCH" '"$arguments"" touch '$LAUNCHED'"
		[[ $stderr == *"/proc is not a proc file system"*"mount -t proc"* ]] || fail "$arguments: $stderr"
	done
	[ ! -e "$LAUNCHED" ]
}

@test "a cgroup tree that something else is mounted over is not written to" {
	may_mount
	mount=$(awk '/ - cgroup2 / { print $5; exit }' /proc/self/mountinfo)
	[[ $mount ]] || skip "no cgroup2 is mounted here"
	export mount LAUNCHED
	run -125 --separate-stderr in_mounts 'mount -t tmpfs none "$mount" && touch "$mount/cgroup.procs" "$mount/cgroup.controllers"
		"$SIPLAUNCH" -p trusted/generic.json --set cgroup.path=a --set cgroup.manager=cgroupfs -- touch "$LAUNCHED"
		status=$?
		[[ ! -s $mount/cgroup.procs && ! -e $mount/a ]] && exit $status'
	[[ $stderr == *"$mount"* ]]
	run in_mounts 'mount -t tmpfs none "$mount"; "$SIPLAUNCH" plan -v -p trusted/generic.json -- true'
	[[ $output == *"$mount"*"something else is in its place"* ]]
	[ ! -e "$LAUNCHED" ]
}

# A launch that nothing sizes does not read the mounts: it looks at /proc/sys itself.
@test "a /proc/sys that is read-only, or not there, is seen by a launch as by its plan" {
	may_mount
	local made seen
	export COLUMNS=300
	while IFS='|' read -r made seen; do
		run in_mounts "$made"' || exit 99
			"$SIPLAUNCH" plan -p trusted/generic.json --set ipc.namespace=private --set sysctl.kernel.shmmni=4000 --policy sysctl=require -- true; echo "plan $?"
			"$SIPLAUNCH" -p trusted/generic.json --set ipc.namespace=private --set sysctl.kernel.shmmni=4000 --policy sysctl=require -- touch '"$LAUNCHED"'; echo "launch $?"'
		[[ $output == *"plan 1"* && $output == *"launch 125"* ]] || fail "$made: $output"
		[[ $output == *"! $seen"*"siplaunch: sysctl/kernel.shmmni: $seen"* ]] || fail "$made: $seen: $output"
	done <<-'END'
		mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys|open /proc/sys/kernel/sem for writing in a new IPC namespace
		mount --bind /proc /proc && mount -o remount,bind,ro /proc|open /proc/sys/kernel/sem for writing in a new IPC namespace
		mount -t proc -o subset=pid proc /proc|write /proc/sys/kernel/shmmni: /proc is mounted with subset=pid, without sys
	END
	[ ! -e "$LAUNCHED" ]
}

# Where nothing else tells it, only mountinfo does: the directories of the overlay.
@test "the runtime that mounted the root as an overlay is known to a launch" {
	may_mount
	mkdir -p layers/var/lib/docker merged
	run in_mounts 'mount -t tmpfs none layers/var/lib/docker && cd layers/var/lib/docker && mkdir upper work &&
		mount -t overlay -o "lowerdir=/,upperdir=$PWD/upper,workdir=$PWD/work" none "$OLDPWD/merged" || exit 99
		cd "$OLDPWD/merged" && mount -t proc proc proc && mount --bind proc/sys proc/sys && mount -o remount,bind,ro proc/sys || exit 98
		rm -rf .dockerenv run/.containerenv run/systemd run/host var/run/secrets
		mkdir trusted && cp ../trusted/generic.json trusted && cp "$SIPLAUNCH" siplaunch
		chroot . env -u KUBERNETES_SERVICE_HOST /siplaunch -p /trusted/generic.json --set ipc.namespace=private \
			--set sysctl.kernel.shmmni=4000 --policy sysctl=require -- true'
	((status != 99)) || skip "an overlay cannot be mounted here: $output"
	[[ $status == 125 && $output == *"hint: docker run --sysctl kernel.shmmni=4000"* ]] || fail "$status: $output"
}

@test "a siplaunch with the set-user-ID bit or with file capabilities refuses to work for anybody but root" {
	as_root
	local copy=$TRUSTED/siplaunch
	cp "$SIPLAUNCH" "$copy"
	chmod 711 "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}"
	as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
	run -0 as_nobody "$copy" --version
	chmod u+s "$copy"
	run -125 as_nobody "$copy" --version
	[[ $output == *"(0:65534) are not the real ones (65534:65534)"*"hint: chmod ug-s $copy, and start it as root"* ]]
	run -0 "$copy" --version
	chmod u-s "$copy"
	setcap cap_sys_admin+ep "$copy"
	run -125 as_nobody "$copy" plan -p trusted/generic.json -- true
	[[ $output == *"file capabilities"*"hint: setcap -r $copy, and start it as root"* ]]
	run -0 "$copy" --version
	setcap -r "$copy"
	run -0 as_nobody "$copy" --version
}
