#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# siplaunch seccomp: explain a filter, check files, write the program. And a launch under one.

load ../lib/common

FILTERS=$REPO/tests/fixtures/seccomp
ROUTER=$FILTERS/valid/small-router.json

seccomp() {
	"$SIPLAUNCH" seccomp "$@"
}

@test "show says in plain words what happens to each call" {
	run -0 seccomp show "$ROUTER"
	[[ $output == *"What a small SIP router needs"* ]]
	[[ $output == *"a call that is not named below fails with ENOSYS"* ]]
	[[ $output == *"fails with EPERM (6)"$'\n'"  bpf keyctl mount ptrace setns unshare"* ]]
	[[ $output == *"is allowed where argument 0 is 2 and argument 1 & 15 gives 1"* ]]
}

@test "show is JSON too" {
	seccomp show --format json "$ROUTER" >"$BATS_TEST_TMPDIR/shown"
	python3 - "$BATS_TEST_TMPDIR/shown" <<-'EOF'
		import json, sys
		shown = json.load(open(sys.argv[1]))
		calls = {call['name']: call for call in shown['calls']}
		assert shown['default'] == 'ERRNO(ENOSYS)' and shown['instructions'] > 50, shown
		assert calls['mount']['rules'] == [{'action': 'ERRNO(EPERM)', 'rule': '/syscalls/7', 'conditions': []}], calls['mount']
		assert calls['clone']['rules'][0]['conditions'] == [{'argument': 0, 'operator': '&==', 'value': 0, 'mask': 2114060288}]
		assert len(calls['socket']['rules']) == 4 and calls['read']['number'] is not None
	EOF
}

@test "show counts the rules for the capabilities that are named" {
	run -0 seccomp show "$FILTERS/valid/capabilities.json"
	[[ $output == *"it applies only with CAP_SYS_BOOT: reboot"* ]]
	run -0 seccomp show --capability CAP_SYS_BOOT "$FILTERS/valid/capabilities.json"
	[[ $output != *"it applies only with CAP_SYS_BOOT: reboot"* ]]
	run -2 --separate-stderr seccomp show --capability SYS_BOOTS "$FILTERS/valid/capabilities.json"
	[ -z "$output" ]
	[[ $stderr == *'not "SYS_BOOTS"'* ]]
}

@test "check names every error of every file, and passes good ones" {
	run -1 seccomp check "$ROUTER" "$FILTERS/invalid/unknown-keys/profile.json" "$FILTERS/invalid/would-stay-open/profile.json"
	[[ $output == *"small-router.json: ok, 67 system calls, "* ]]
	[[ $output == *'unknown-keys/profile.json:6:55: /syscalls/0/arg: unknown key "arg"'*'did you mean "args"?'* ]]
	[[ $output == *"would-stay-open/profile.json:4:25: "*"it would stay allowed"* ]]
	run -1 seccomp check --format json "$FILTERS/invalid/twice/profile.json"
	python3 -c 'import json, sys; assert [p["line"] for p in json.loads(sys.argv[1])] == [3, 4]' "$output"
}

@test "check finds what is not there and what is no file" {
	run -1 seccomp check "$BATS_TEST_TMPDIR/none.json"
	[[ $output == *"none.json: "*"ENOENT"* ]]
	mkfifo "$BATS_TEST_TMPDIR/fifo.json"
	run -1 seccomp check "$BATS_TEST_TMPDIR/fifo.json"
	[[ $output == *"fifo.json: "* ]]
}

@test "an unchanged shipped filter has the program that its copy gets here, and show says which was compiled before" {
	local filter copy=$BATS_TEST_TMPDIR/copy.json
	for filter in "$REPO"/profiles/seccomp/*.json; do
		{ cat "$filter" && echo; } >"$copy"
		seccomp export "$filter" >"$BATS_TEST_TMPDIR/linked"
		seccomp export "$copy" >"$BATS_TEST_TMPDIR/made"
		cmp "$BATS_TEST_TMPDIR/linked" "$BATS_TEST_TMPDIR/made"
		run -0 seccomp show "$filter"
		[[ $output == *" instructions, compiled when siplaunch was built"* ]]
		run -0 seccomp show "$copy"
		[[ $output != *"compiled when"* ]]
		run -0 seccomp show --format json "$filter"
		[[ $output == *'"shipped": true'* ]]
		run -0 seccomp show --format json "$copy"
		[[ $output == *'"shipped": false'* ]]
	done
}

@test "export writes instructions of eight bytes that return what show says" {
	seccomp export "$ROUTER" >"$BATS_TEST_TMPDIR/program"
	instructions=$(seccomp show --format json "$ROUTER" | python3 -c 'import json, sys; print(json.load(sys.stdin)["instructions"])')
	[ "$(stat -c %s "$BATS_TEST_TMPDIR/program")" -eq $((instructions * 8)) ]
	python3 - "$BATS_TEST_TMPDIR/program" <<-'EOF'
		import struct, sys
		program = list(struct.iter_unpack('=HBBI', open(sys.argv[1], 'rb').read()))
		returned = {k for code, _, _, k in program if code == 0x06}
		assert returned == {0x7fff0000, 0x50026, 0x50001, 0x80000000}, returned
	EOF
}

@test "export does not write to a terminal" {
	run -2 script -qec "'$SIPLAUNCH' seccomp export '$ROUTER'" /dev/null
	[[ $output == *"standard output is a terminal"*"siplaunch seccomp export NAME > FILE"* ]]
}

@test "a launch under a filter has it, with no_new_privs, and is refused what it forbids" {
	run -0 "$SIPLAUNCH" -q -p generic --profile-dir "$REPO/profiles" --set "seccomp=$ROUTER" -- grep -E '^(Seccomp|NoNewPrivs):' /proc/self/status
	[[ $output =~ NoNewPrivs:[[:space:]]1 ]]
	[[ $output =~ Seccomp:[[:space:]]2 ]]
	run -1 "$SIPLAUNCH" -q -p generic --profile-dir "$REPO/profiles" --set "seccomp=$ROUTER" -- busybox unshare true
	[[ $output == *"Operation not permitted"* ]]
}

@test "a supervised router has its filter too" {
	run -0 "$SIPLAUNCH" -q --supervise -p generic --profile-dir "$REPO/profiles" --set "seccomp=$ROUTER" -- grep -E '^Seccomp:' /proc/self/status
	[[ $output =~ Seccomp:[[:space:]]2 ]]
}

@test "inspect says of a filter in force that its program is not verified, and knows one that is inherited only" {
	local profile=("$SIPLAUNCH" -p generic --profile-dir "$REPO/profiles") namespaces=(unshare --pid --fork --mount-proc)
	((EUID == 0)) || namespaces+=(--map-root-user)
	echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["swapon"], "action": "SCMP_ACT_ERRNO"}]}' >"$BATS_TEST_TMPDIR/filter.json"
	export LAUNCH="${profile[*]} -q --set seccomp=$BATS_TEST_TMPDIR/filter.json --"
	export INSPECT="$SIPLAUNCH inspect -p generic --profile-dir $REPO/profiles --set seccomp=$BATS_TEST_TMPDIR/filter.json"
	# shellcheck disable=SC2016 # for the shell in the namespaces, all of whose processes have a filter
	run -0 "${profile[@]}" -q --set "seccomp=$BATS_TEST_TMPDIR/filter.json" -- "${namespaces[@]}" bash -c '
		sleep 600 &
		$INSPECT $!
		echo "inherited: $?"
		$LAUNCH sleep 600 &
		for i in {1..300}; do
			[[ $(cat /proc/$!/comm) == sleep ]] && break
			sleep 0.1
		done
		$INSPECT $!
		echo "own: $?"
		kill %1 %2'
	[[ $output == *"filter "*"inherited  <- drift: requested filter"*"inherited: 1"*"filter (mode only: the filter's program is not verified)"*"own: 0"* ]] ||
		fail "$output"
}

@test "a rule that is for a capability does not hold for a router that leaves root without it" {
	((EUID == 0)) || skip "only root can leave root"
	cat >"$BATS_TEST_TMPDIR/filter.json" <<-'END'
		{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		  {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "includes": {"caps": ["CAP_SETUID"]}}]}
	END
	install -d -m 777 "$BATS_TEST_TMPDIR/router"
	chmod 711 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR"
	launch=("$SIPLAUNCH" -q -p generic --profile-dir "$REPO/profiles" --set "seccomp=$BATS_TEST_TMPDIR/filter.json")
	run -1 "${launch[@]}" -- mkdir "$BATS_TEST_TMPDIR/router/root"
	[[ $output == *"Operation not permitted"* ]]
	"${launch[@]}" --set user=65534 --set group=65534 -- mkdir "$BATS_TEST_TMPDIR/router/user"
	"${launch[@]}" --set user=65534 --set group=65534 --set 'capabilities=["CAP_NET_RAW"]' -- mkdir "$BATS_TEST_TMPDIR/router/with-another"
	run -1 "${launch[@]}" --set user=65534 --set group=65534 --set 'capabilities=["CAP_SETUID"]' -- mkdir "$BATS_TEST_TMPDIR/router/with"
}

@test "the plan shows the filter last, and what it brings with it" {
	run -0 "$SIPLAUNCH" plan -p generic --profile-dir "$REPO/profiles" --set "seccomp=$ROUTER" -- true
	[[ $output == *"noNewPrivileges"*"a seccomp filter needs it"*"filter "*"none → filter"* ]]
}

@test "a filter without execve is refused before anything is done" {
	run -125 --separate-stderr "$SIPLAUNCH" -p generic --profile-dir "$REPO/profiles" \
		--set "seccomp=$FILTERS/valid/action-allow.json" -- touch "$BATS_TEST_TMPDIR/started"
	[[ $stderr == *"does not permit execve"* ]]
	[ ! -e "$BATS_TEST_TMPDIR/started" ]
}

@test "a relative path starts in the directory of the profile that contains it" {
	mkdir "$BATS_TEST_TMPDIR/profiles"
	cp "$ROUTER" "$BATS_TEST_TMPDIR/profiles/mine.json"
	for path in ./mine.json mine.json; do
		echo '{"router": "generic", "seccomp": "'$path'"}' >"$BATS_TEST_TMPDIR/profiles/router.json"
		run -0 "$SIPLAUNCH" -q -p "$BATS_TEST_TMPDIR/profiles/router.json" -- grep '^Seccomp:' /proc/self/status
		[[ $output =~ Seccomp:[[:space:]]2 ]]
	done
}

@test "an inline filter is as good as a file, and its errors have pointers" {
	printf '{"router": "generic", "seccomp": %s}' "$(cat "$ROUTER")" >"$BATS_TEST_TMPDIR/inline.json"
	run -0 "$SIPLAUNCH" -q -p "$BATS_TEST_TMPDIR/inline.json" -- grep '^Seccomp:' /proc/self/status
	[[ $output =~ Seccomp:[[:space:]]2 ]]
	echo '{"router": "generic", "seccomp": {"defaultAction": "SCMP_ACT_TRACE"}}' >"$BATS_TEST_TMPDIR/inline.json"
	run -125 --separate-stderr "$SIPLAUNCH" -q -p "$BATS_TEST_TMPDIR/inline.json" -- true
	[[ $stderr == *"inline.json: /seccomp/defaultAction: SCMP_ACT_TRACE is not available: "* ]]
}

@test "check warns of threads that cannot start, and --newer-enosys lets them start" {
	cd "$BATS_TEST_TMPDIR"
	echo '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["clone", "execve"], "action": "SCMP_ACT_ALLOW"}]}' >old.json
	run -0 "$SIPLAUNCH" seccomp check old.json
	text=$(tr -s ' \n' ' ' <<<"$output")
	[[ $text == *"clone3 fails with EPERM: glibc 2.34 and later falls back to clone on ENOSYS only"* ]]
	[[ $text == *'"seccompNewer": "enosys", --newer-enosys'* ]]
	run -0 "$SIPLAUNCH" seccomp check --newer-enosys old.json
	[[ $output != *warnings* ]]
	run -0 "$SIPLAUNCH" seccomp show --newer-enosys ./old.json
	[[ $output == *"a call with a number above 59 fails with ENOSYS"* ]] || [ "$(uname -m)" != x86_64 ]
	run -0 "$SIPLAUNCH" seccomp show --newer-enosys --format json ./old.json
	python3 -c 'import json, sys; assert json.loads(sys.argv[1])["newer"] == "ERRNO(ENOSYS)"' "$output"
}

@test "with seccompNewer a call newer than the filter fails with ENOSYS, without it as the default has it" {
	cd "$BATS_TEST_TMPDIR"
	cat >probe.py <<-'END'
		import ctypes, os
		OPENAT2 = 437 # Linux 5.6
		ctypes.CDLL(None, use_errno=True).syscall(OPENAT2, 0, 0, 0, 0)
		print(os.strerror(ctypes.get_errno()))
	END
	python3 - <<-'END'
		import json
		rules = json.load(open("/usr/share/containers/seccomp.json"))["syscalls"]
		newer = """clone3 close_range openat2 pidfd_getfd faccessat2 process_madvise epoll_pwait2 mount_setattr quotactl_fd landlock_create_ruleset
		    landlock_add_rule landlock_restrict_self memfd_secret process_mrelease futex_waitv set_mempolicy_home_node cachestat fchmodat2
		    map_shadow_stack futex_wake futex_wait futex_requeue statmount listmount lsm_get_self_attr lsm_set_self_attr lsm_list_modules
		    mseal setxattrat getxattrat listxattrat removexattrat""".split()
		names = [name for rule in rules if rule["action"] == "SCMP_ACT_ALLOW" and not rule["args"] for name in rule["names"] if name not in newer]
		json.dump({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": names, "action": "SCMP_ACT_ALLOW"}]}, open("old.json", "w"))
	END
	run -0 "$SIPLAUNCH" -q -p generic --profile-dir "$REPO/profiles" --set seccomp="$PWD/old.json" -- "$PYTHON" probe.py
	[ "$output" = "Operation not permitted" ]
	run -0 "$SIPLAUNCH" -q -p generic --profile-dir "$REPO/profiles" --set seccomp="$PWD/old.json" --set seccompNewer=enosys -- "$PYTHON" probe.py
	[ "$output" = "Function not implemented" ]
}

@test "every shipped filter is found by its name wherever one of them is, whoever names it" {
	cd "$BATS_TEST_TMPDIR" || return
	cp "$SIPLAUNCH" siplaunch # away from its checkout, and not installed
	mkdir edge
	cp -R "$REPO/profiles" there
	rm -r there/schema
	for filter in "$REPO"/profiles/seccomp/*.json; do
		name=$(basename "$filter" .json)
		printf '{"extends": "../there/kamailio-512m.json", "seccomp": "%s"}' "$name" >edge/names.json
		printf '{"extends": "../there/kamailio-512m.json"}' >edge/inherits.json
		for words in "-p edge/names.json" "-p edge/inherits.json --set seccomp=$name" "-p there/kamailio.json --set seccomp=$name" \
			"-p there/generic.json --set noNewPrivileges=true --set seccomp=$name" "-p kamailio --profile-dir there --set seccomp=$name"; do
			# shellcheck disable=SC2086 # several words
			run --separate-stderr ./siplaunch plan $words --host "$REPO/tests/fixtures/hosts/bare-v2" --set user=null --set group=null -- kamailio -DD -E
			[[ $output == *" $name, "*" instructions"* ]] || fail "$words: $output $stderr"
		done
	done
	run -2 --separate-stderr ./siplaunch plan -p edge/inherits.json --set seccomp=sip-ruter -- kamailio
	[[ $stderr == *"did you mean \"sip-router"* ]]
	# the one beside the profile that names it comes first
	mkdir edge/seccomp
	echo '{"defaultAction": "SCMP_ACT_KILL"' >edge/seccomp/sip-router.json
	run -2 --separate-stderr ./siplaunch plan -p edge/inherits.json --set seccomp=sip-router -- kamailio
	[[ $stderr == *"edge/seccomp/sip-router.json"* ]]
}

@test "a filter in force that refuses seccomp(2), with an errno or a kill, is found before anything is applied" {
	local action outer=$BATS_TEST_TMPDIR/outer.json inner=$BATS_TEST_TMPDIR/inner.json
	echo '{ "router": "generic", "oomScoreAdj": 300, "seccomp": "sip-router" }' >"$inner"
	for action in ERRNO KILL_PROCESS KILL_THREAD; do
		echo '{ "router": "generic", "seccomp": { "defaultAction": "SCMP_ACT_ALLOW",
			"syscalls": [{ "names": ["seccomp"], "action": "SCMP_ACT_'$action'" }] } }' >"$outer"
		run -125 "$SIPLAUNCH" --quiet --profile "$outer" -- "$SIPLAUNCH" --profile-dir "$REPO/profiles" --profile "$inner" -- true
		[[ $output == *'seccomp/filter: the system call filter that is already in force does not permit seccomp(2)'*'hint: allow seccomp(2)'* ]] || fail "$output"
		[[ $action == ERRNO || $output == *'was killed by signal 31'* ]] || fail "$output"
		[[ $output != *applied* ]]
		run -1 "$SIPLAUNCH" --quiet --profile "$outer" -- "$SIPLAUNCH" plan --profile-dir "$REPO/profiles" --profile "$inner" -- true
		[[ $output == *'run would refuse: seccomp/filter'* ]] || fail "$output"
		run -0 "$SIPLAUNCH" --quiet --profile "$outer" -- "$SIPLAUNCH" doctor
		[[ $output == *'a filter is in force and does not permit another one'* ]] || fail "$output"
	done
	sed -i 's/KILL_THREAD/ALLOW/' "$outer"
	"$SIPLAUNCH" --quiet --profile "$outer" -- "$SIPLAUNCH" --profile-dir "$REPO/profiles" --profile "$inner" -- true
}

@test "a filter in force that refuses a call of a required step is found before anything is applied" {
  local action call step outer=$BATS_TEST_TMPDIR/outer.json inner=$BATS_TEST_TMPDIR/inner.json
  cat >"$inner" <<-END
	{ "router": "generic", "oomScoreAdj": 300, "user": "nobody", "capabilities": [], "noNewPrivileges": true,
	  "additionalGids": [7], "directories": { "runtime": ["filtered-$BASHPID"] } }
	END
  while read -r call step; do
    for action in ERRNO KILL_PROCESS; do
      echo '{ "router": "generic", "seccomp": { "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [{ "names": ["'"$call"'"], "action": "SCMP_ACT_'$action'" }] } }' >"$outer"
      run -125 "$SIPLAUNCH" --quiet --profile "$outer" -- "$SIPLAUNCH" --profile "$inner" -- true
      [[ $output == *"$step: the system call filter that is already in force does not permit $call(2)"*"hint: allow $call(2)"* ]] || fail "$call: $output"
      [[ $action == ERRNO || $output == *"the probe process that tries $call(2) was killed by signal 31"* ]] || fail "$call: $output"
      [[ ! -e /run/filtered-$BASHPID ]]
    done
    # where nothing makes the call, the filter is not in the way
    run -0 "$SIPLAUNCH" --quiet --profile "$outer" -- "$SIPLAUNCH" --quiet --set user="$(id -u)" --set additionalGids=null \
      --set capabilities=null --policy directories=skip --profile "$inner" -- true
  done <<-'END'
	setgroups identity/additionalGids
	setresgid identity/group
	setresuid identity/user
	capset identity/capabilities
	mkdirat directories/runtime
	fchmod directories/runtime
	fchown directories/runtime
	END
}
