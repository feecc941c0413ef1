#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What each kind of place lets a router have, mechanism by mechanism: the part of docs/environments.md that can be seen in a
# plan. The rest has been run, in tests/vm.

load ../lib/common

HOSTS=$REPO/tests/fixtures/hosts
COMMAND=(kamailio -DD -E -f "$REPO/tests/fixtures/kamailio/minimal.cfg")

setup() {
	unset SIPLAUNCH_PROFILE SIPLAUNCH_PROFILE_PATH
	cd "$REPO" || return
}

# outcomes: of a plan, how the steps of each mechanism end, and how the router is started.
outcomes() {
	"$PYTHON" -c '
import json, sys
doctor = json.load(sys.stdin)
ends = {}
for step in doctor["have"] + doctor["missing"]:
    ends.setdefault(step["mechanism"], set()).add(step["status"])
words = ["+".join(sorted(ends[m])) for m in ("cgroup", "oom", "rlimit", "ipc", "sysctl", "identity", "arguments")]
print(doctor["place"]["group"]["manager"], *words, doctor["handoff"], (doctor["remedies"] or {}).get("tool"))'
}

# host, manager, then how the steps of each mechanism end: cgroup, oom, rlimit, ipc, sysctl, identity, arguments; hand-over; tool of
# the remedies. The sysctls of a machine are those of a new namespace, which a described host has not: "*".
@test "in each kind of place a plan says of every mechanism what it can do" {
	while read -r host expected; do
		run --separate-stderr "$SIPLAUNCH" doctor --profile-dir profiles --host "$HOSTS/$host" -p kamailio-512m --set user=1000 \
			--set group=1000 --format json -- "${COMMAND[@]}"
		actual=$(outcomes <<<"$output") || fail "$host: $stderr"
		# shellcheck disable=SC2053 # a pattern
		[[ $actual == $expected ]] || fail "$host: $actual, and not $expected"
	done <<-'END'
		bare-v2 cgroupfs planned planned planned planned satisfied planned planned exec None
		systemd-host-limited-slice systemd planned planned planned planned * planned planned exec *
		systemd-service-plain systemd denied+planned+satisfied planned planned planned * planned planned exec systemd
		systemd-service-own-namespace adopt denied planned planned planned * planned planned exec shell
		systemd-delegated-service cgroupfs planned satisfied planned planned * denied+satisfied planned exec systemd
		systemd-user-manager systemd planned denied planned planned * denied+planned+satisfied planned exec shell
		docker-private-ro adopt adopted+satisfied denied planned satisfied satisfied planned planned supervise docker
		privileged-container cgroupfs planned planned planned satisfied satisfied planned planned supervise None
		podman-userns cgroupfs planned denied planned satisfied satisfied denied+planned planned supervise podman
		kubernetes-burstable-high adopt adopted+denied+satisfied denied planned satisfied satisfied planned planned supervise kubernetes
		v1 adopt adopted+denied+satisfied denied planned satisfied satisfied planned planned supervise docker
		nspawn-without-v2 adopt denied planned planned planned planned planned planned exec shell
		v1-no-hierarchy adopt denied planned planned planned * planned planned exec shell
		hybrid adopt denied planned planned planned * planned planned exec shell
	END
}

@test "without privileges the score, the namespace and another user are refused" {
	as_nobody=()
	((EUID)) || as_nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all)
	cp "$SIPLAUNCH" profiles/generic.json "$BATS_TEST_TMPDIR"
	chmod 711 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR"
	run -1 --separate-stderr "${as_nobody[@]}" "$BATS_TEST_TMPDIR/siplaunch" plan --profile "$BATS_TEST_TMPDIR/generic.json" \
		--set oomScoreAdj=-900 --set ipc.namespace=private --set user=1000 --set group=1000 --format json -- true
	"$PYTHON" -c '
import json, sys
steps = {step["name"]: step for step in json.load(sys.stdin)["steps"]}
assert steps["oom_score_adj"]["status"] == "denied" and "CAP_SYS_RESOURCE" in steps["oom_score_adj"]["reason"], steps
assert steps["user"]["status"] == "denied", steps
# where the tests are in a container they have one already
assert steps["namespace"]["status"] in ("denied", "satisfied"), steps' <<<"$output"
}
