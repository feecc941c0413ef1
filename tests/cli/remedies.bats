#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What makes a refused launch go through: one block, in the words of the tool that made the place, ready to be pasted.

load ../lib/common

HOSTS=$REPO/tests/fixtures/hosts
CFG=$REPO/tests/fixtures/kamailio/minimal.cfg

setup() {
	plain_environment
	cd "$REPO" || return
}

# plan HOST [OPTION...]
plan() {
	local host=$1
	shift
	"$SIPLAUNCH" plan --profile-dir profiles --host "$HOSTS/$host" --set user=1000 --set group=1000 "$@" -- kamailio -DD -E -f "$CFG"
}

remedies() {
	"$PYTHON" -c 'import json, sys; print(eval(sys.argv[1], {}, {"r": json.load(sys.stdin)["remedies"]}))' "$1" <<<"$output"
}

# block: the lines of the block in $output: the paragraph behind its heading.
block() {
	awk 'BEGIN { RS = "" } found { print; exit } /^To start as/ { found = 1 }' <<<"$output"
}

@test "in docker it is one docker run command, with memory and swap together" {
	run -1 plan docker-private-ro -p kamailio-4g
	[ "$(block)" = "  docker run --memory 4g --memory-swap 4g --oom-score-adj -900 IMAGE" ]
	run -1 plan docker-private-ro -p kamailio-4g --format json
	[ "$(remedies 'r["command"]')" = "docker run --memory 4g --memory-swap 4g --oom-score-adj -900 IMAGE" ]
}

@test "what a shell reads of the command is what was meant" {
	run -1 plan docker-private-ro --set 'sysctl.kernel.sem=10 100 5 4' --format json
	eval "words=($(remedies 'r["command"]'))"
	[ "${words[0]} ${words[1]} ${words[-1]}" = "docker run IMAGE" ]
	printf '%s\n' "${words[@]}" | grep -qx 'kernel.sem=10 100 5 4'
}

@test "a long command is broken where a shell goes on reading" {
	run -1 plan docker-private-ro --set 'sysctl.kernel.sem=10 100 5 4' --set sysctl.kernel.msgmni=7 \
		--set sysctl.kernel.msgmax=9000 --set sysctl.kernel.shmmni=9 --set sysctl.kernel.msgmnb=9000
	[ "$(block | wc -l)" -gt 1 ]
	[ "$(block | head -n -1 | grep -vc ' \\$')" -eq 0 ]
	docker() { printf '%s\n' "$@" >"$BATS_TEST_TMPDIR/words"; }
	eval "$(block)"
	for word in run 'kernel.sem=10 100 5 4' kernel.msgmni=7 kernel.msgmax=9000 kernel.shmmni=9 IMAGE; do
		grep -qxF "$word" "$BATS_TEST_TMPDIR/words" || fail "$word"
	done
}

@test "what nothing can be done about is told with why" {
	run -1 plan docker-private-ro -p kamailio-512m --set 'rlimits.RLIMIT_AS=1048576'
	[[ $output == *"rlimit/RLIMIT_AS: remove it: the cgroup's memory.max limits the router's memory"* ]]
}

@test "in a pod it is one manifest, which YAML reads" {
	run -1 plan kubernetes-burstable-high -p kamailio-4g --set 'sysctl.kernel.sem=10 100 5 4' --set sysctl.kernel.shm_rmid_forced=1
	block >"$BATS_TEST_TMPDIR/manifest.yaml"
	run -1 plan kubernetes-burstable-high -p kamailio-4g --set 'sysctl.kernel.sem=10 100 5 4' --set sysctl.kernel.shm_rmid_forced=1 --format json
	"$PYTHON" - "$BATS_TEST_TMPDIR/manifest.yaml" <<-END
		import json, sys, yaml
		text = yaml.safe_load(open(sys.argv[1]))
		assert text == $(remedies 'r["manifest"]'), text
		container, = text["spec"]["containers"]
		assert container["name"] == "CONTAINER"
		assert container["resources"] == {"limits": {"memory": "4Gi"}}
		assert container["securityContext"] == {"capabilities": {"add": ["SYS_RESOURCE"]}}
		sysctls = text["spec"]["securityContext"]["sysctls"]
		assert sysctls == [{"name": "kernel.shm_rmid_forced", "value": "1"}, {"name": "kernel.sem", "value": "10 100 5 4"}]
	END
	[[ $(remedies '[m["note"] for m in r["missing"] if m["name"] == "kernel.sem"]') == *"--allowed-unsafe-sysctls 'kernel.sem'"* ]]
	[[ $(remedies '[m["note"] for m in r["missing"] if m["name"] == "pids.max"]') == *podPidsLimit* ]]
}

@test "in a service it is a drop-in, which systemd reads" {
	run -1 plan systemd-service-plain -p kamailio-512m
	block >"$BATS_TEST_TMPDIR/drop-in"
	grep -qx '  # systemctl edit opensips.service' "$BATS_TEST_TMPDIR/drop-in"
	grep -qx '  \[Service\]' "$BATS_TEST_TMPDIR/drop-in"
	run -1 plan systemd-service-plain -p kamailio-512m --format json
	[ "$(remedies 'r["dropIn"]')" = "$(sed 's/^  //; /^#/d' "$BATS_TEST_TMPDIR/drop-in")" ]
	[ "$(remedies 'r["unit"]')" = opensips.service ]
	command -v systemd-analyze >/dev/null || skip "no systemd-analyze on this machine"
	mkdir -p "$BATS_TEST_TMPDIR/x.service.d"
	printf '[Service]\nExecStart=/bin/true\n' >"$BATS_TEST_TMPDIR/x.service"
	cp "$BATS_TEST_TMPDIR/drop-in" "$BATS_TEST_TMPDIR/x.service.d/siplaunch.conf"
	run systemd-analyze verify --man=no "$BATS_TEST_TMPDIR/x.service"
	fails grep -iE 'unknown (key|lvalue|section)|failed to parse|invalid' <<<"$output"
}

@test "in a service whose /proc has only processes it is the directive that gives it /proc/sys" {
	run -1 plan systemd-service-proc-subset -p kamailio-512m --format json
	[ "$(remedies '[m["fragment"] for m in r["missing"] if m["name"] == "kernel.sem"]')" = "['ProcSubset=all']" ] || fail "$output"
}

@test "without privileges on a host it is the same launch by root, with the profile that was asked for" {
	cp -r "$HOSTS/bare-v2" "$BATS_TEST_TMPDIR/host"
	sed -i -e 's/^Uid:.*/Uid:\t1000\t1000\t1000\t1000/' -e 's/^\(Cap[A-Z][a-z]*\):.*/\1:\t0000000000000000/' "$BATS_TEST_TMPDIR/host/proc/self/status"
	SIPLAUNCH_PROFILE=kamailio-512m run -1 "$SIPLAUNCH" plan --profile-dir profiles --host "$BATS_TEST_TMPDIR/host" --set 'user=1000' \
		--set group=1000 --set 'description="a b"' --die-with-parent=SIGINT --format json -- kamailio -DD -f "$CFG"
	command=$(remedies 'r["command"]')
	[ "$(remedies 'r["tool"]')" = shell ]
	sudo() { printf '%s\n' "$@" >"$BATS_TEST_TMPDIR/words"; }
	eval "$command"
	for word in siplaunch --profile kamailio-512m --profile-dir profiles 'description="a b"' --die-with-parent=SIGINT -- kamailio -DD "$CFG"; do
		grep -qxF -e "$word" "$BATS_TEST_TMPDIR/words" || fail "$word: $command"
	done
	fails grep -qxF -e --host "$BATS_TEST_TMPDIR/words"
}

@test "what can be started as it is has no remedies" {
	run -0 plan bare-v2 -p kamailio-512m
	[[ $output != *"To start as the profile requests"* ]]
	run -0 plan bare-v2 -p kamailio-512m --format json
	[ "$(remedies 'r')" = None ]
	run -0 plan docker-private-ro -p kamailio-512m --policy default=skip --format json
	[ "$(remedies 'r')" = None ]
}

@test "no text of a profile or a file name drives the terminal" {
	cp -r "$HOSTS/bare-v2" "$BATS_TEST_TMPDIR/host"
	sed -i -e 's/^Uid:.*/Uid:\t1000\t1000\t1000\t1000/' -e 's/^\(Cap[A-Z][a-z]*\):.*/\1:\t0000000000000000/' "$BATS_TEST_TMPDIR/host/proc/self/status"
	run -1 "$SIPLAUNCH" plan --profile-dir profiles --host "$BATS_TEST_TMPDIR/host" --set user=1000 --set group=1000 -p kamailio-512m \
		-- kamailio -DD -f "$CFG" $'-A\033[31m$(reboot)'
	[[ $output == *"sudo "* ]]
	[[ $output != *$'\033'* ]]
}

@test "a refused run ends with the remedies, on standard error" {
	# a hard limit above what is in force, without the capability for it
	without=()
	((0x$(sed -n 's/^CapEff:\t//p' /proc/self/status) >> 24 & 1)) && without=(capsh --drop=cap_sys_resource --shell=/usr/bin/env --)
	hard=$(($(ulimit -Hn) + 1))
	run -125 --separate-stderr "${without[@]}" "$SIPLAUNCH" --profile-dir profiles -p generic --set "rlimits.RLIMIT_NOFILE=$hard:$hard" -- true
	[[ $stderr == *"RLIMIT_NOFILE"*"To start as the profile requests:"* ]]
	run -125 --separate-stderr "${without[@]}" "$SIPLAUNCH" --profile-dir profiles --log-format json -p generic --set "rlimits.RLIMIT_NOFILE=$hard:$hard" -- true
	"$PYTHON" -c 'import json, sys; r = json.loads(sys.stdin.readlines()[-1]); assert r["remedies"]["missing"][0]["name"] == "RLIMIT_NOFILE", r' <<<"$stderr"
}
