#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# "siplaunch plan --pods" and "export kubernetes --replicas": a workload that several pods carry together.
# Whole plans are in tests/fixtures/fleets/: a new case is a new folder with the arguments, a line each, and what is expected.

load ../lib/common

CFG=$REPO/tests/fixtures/kamailio/minimal.cfg
LOAD=(--workload registrations=100000 --workload callsPerSecond=50)

setup() {
	plain_environment
	export COLUMNS=80
	cd "$REPO" || return
}

# fleet [OPTION...]: a plan of pods for Kamailio.
fleet() {
	"$SIPLAUNCH" plan --profile-dir profiles --profile kamailio-4g "$@" -- kamailio -DD -E -f "$CFG"
}

# replicas [OPTION...]: the manifests of such pods.
replicas() {
	"$SIPLAUNCH" export kubernetes --profile-dir profiles --profile kamailio-4g --format json "$@" -- kamailio -DD -E -f "$CFG"
}

# json EXPRESSION: of the last output, which it calls d; of an export it calls the Deployment's spec spec, its pod's pod.
json() {
	"$PYTHON" -c '
import json, sys
names = {"d": json.load(sys.stdin)}
for object in names["d"].get("document", []):
    if object["kind"] == "Deployment":
        names.update(spec=object["spec"], pod=object["spec"]["template"]["spec"])
print(eval(sys.argv[1], names))' "$1" <<<"$output"
}

@test "every fixture is planned as its expected file shows it, within 80 columns" {
	local folder arguments count=0
	for folder in tests/fixtures/fleets/*/; do
		mapfile -t arguments <"$folder/arguments"
		"$SIPLAUNCH" plan --profile-dir profiles "${arguments[@]}" >"$BATS_TEST_TMPDIR/actual" 2>&1 || true
		diff -u "$folder/expected" "$BATS_TEST_TMPDIR/actual" || fail "$folder"
		[[ $folder == */refused-* ]] || fails grep -nE '.{81}' "$folder/expected"
		count=$((count + 1))
	done
	((count >= 8))
}

@test "pods are not planned for one machine: --host and --plan are refused" {
	for other in --host --plan; do
		run -2 --separate-stderr "$SIPLAUNCH" plan $other tests/fixtures/hosts/bare-v2 --pods 4 "${LOAD[@]}" -- kamailio
		[[ $stderr == *"$other plans for one machine: it cannot be combined with --pods"* ]]
	done
}

@test "the plan of one pod is what run would refuse with a MiB less" {
	run -0 --separate-stderr fleet --format json --pods 4 "${LOAD[@]}"
	local memory each
	memory=$(json 'd["fleet"]["memory"] >> 20')
	each=$(json '" ".join("--workload %s=%d" % (key, number["each"]) for key, number in d["fleet"]["workload"].items())')
	[ "$(json 'd["fleet"]["pods"] * d["fleet"]["memory"] == d["fleet"]["total"]')" = True ]
	[ "$(json 'd["budget"]["limit"] == d["fleet"]["memory"], d["capacity"]["fits"]')" = "(True, True)" ]
	# shellcheck disable=SC2086 # words
	run -0 plan_pod "$memory" $each
	# shellcheck disable=SC2086 # words
	run -1 plan_pod $((memory - 1)) $each
	[[ $output == *"the workload does not fit"* || $output == *"does not fit into"* ]] || fail "$output"
}

# plan_pod MIB [OPTION...]: one of them alone.
plan_pod() {
	local memory=$1
	shift
	"$SIPLAUNCH" plan --profile-dir profiles --host tests/fixtures/hosts/bare-v2 --profile kamailio-4g --set user=1000 --set group=1000 \
		--set sizing.memory="${memory}MiB" "$@" -- kamailio -DD -E -f "$CFG"
}

@test "plan-json.md has every member of a fleet" {
	run -0 --separate-stderr fleet --format json --pods 4 "${LOAD[@]}"
	[ "$(json '[name for name in [*d["fleet"], *d["fleet"]["sizes"][0], *d["fleet"]["workload"]["callsPerSecond"]]
		if "\x60%s\x60" % name not in open("docs/plan-json.md").read()]')" = "[]" ]
	run -0 --separate-stderr "$SIPLAUNCH" plan --profile-dir profiles --host tests/fixtures/hosts/bare-v2 --set user=1000 --set group=1000 \
		--profile kamailio-512m --format json -- kamailio -f "$CFG"
	[ "$(json 'd["fleet"]')" = None ]
}

@test "a refusal is JSON with nothing planned, and exits 1" {
	run -1 --separate-stderr fleet --format json --pods 4 --pod-memory 100MiB "${LOAD[@]}"
	[ "$(json 'd["budget"], d["capacity"], d["steps"], d["fleet"]')" = "(None, None, [], None)" ]
	[[ $(json 'd["error"]["message"]') == "4 pods of 100 MiB cannot carry the workload while one is down: "* ]]
	[ "$(json 'd["command"]')" = "['kamailio', '-DD', '-E', '-f', '$CFG']" ]
}

@test "what is no number of pods and no memory is refused before anything is read" {
	local words
	while IFS='|' read -r words message; do
		# shellcheck disable=SC2086 # words
		run -2 --separate-stderr "$SIPLAUNCH" $words
		[[ $stderr == *"$message"* ]] || fail "$words" "$stderr"
	done <<-'END'
		plan --pods 0 -- kamailio|--pods must be a whole number from 1 to 1000, not "0"
		plan --pods 1001 -- kamailio|--pods must be a whole number from 1 to 1000, not "1001"
		plan --pods -1 -- kamailio|--pods must be a whole number from 1 to 1000, not "-1"
		plan --pods 3.5 -- kamailio|--pods must be a whole number from 1 to 1000, not "3.5"
		plan --pod-memory 1GB -- kamailio|KB, MB, GB are ambiguous
		plan --pod-memory 50% -- kamailio|--pod-memory must be a size from 1MiB on, such as 512MiB, not "50%"
		plan --pod-memory 1023K -- kamailio|--pod-memory must be a size from 1MiB on, such as 512MiB, not "1023K"
		plan --pod-memory 9999999T -- kamailio|--pod-memory must be a size from 1MiB on, such as 512MiB, not "9999999T"
		run --pods 3 -- kamailio|--pods is an option of plan, not of run
		export kubernetes --replicas 0 -- kamailio|--replicas must be "auto" or a whole number from 1 to 1000, not "0"
		export kubernetes --replicas many -- kamailio|--replicas must be "auto" or a whole number from 1 to 1000, not "many"
		export kubernetes --kind pod --replicas 3 -- kamailio|--replicas cannot be combined with --kind pod, which is one pod
		export docker --replicas 3 -- kamailio|--replicas is for kubernetes, not for docker
	END
}

@test "a router that siplaunch does not size has no number of pods" {
	run -1 --separate-stderr "$SIPLAUNCH" plan --profile-dir profiles --pods 3 --workload registrations=5 -- rtpengine
	[[ $stderr == *"no number of pods is computed for rtpengine: siplaunch does not size it"* ]]
	run -1 --separate-stderr "$SIPLAUNCH" plan --profile-dir profiles --pods 3 --workload registrations=5 -- kamailio -c -f "$CFG"
	[[ $stderr == *"no number of pods is computed for a command that only checks"* ]]
	run -1 --separate-stderr fleet --pods 3
	[[ $stderr == *"there is no workload to divide among pods"*"--workload registrations=100000"* ]]
}

@test "a memory.max of the profile that is smaller than a pod needs is refused" {
	run -1 --separate-stderr fleet --pods 3 "${LOAD[@]}" --set resources.unified.memory.max=100MiB
	[[ $stderr == *"the workload does not fit into a shared pool of"* ]] || fail "$stderr"
}

@test "an export of replicas has their number, their memory and their share of the workload" {
	run -0 --separate-stderr replicas --replicas 4 "${LOAD[@]}"
	[ "$(json 'd["fleet"]["pods"], d["fleet"]["memory"] >> 20')" = "(4, 142)" ]
	[ "$(json 'spec["replicas"]')" = 4 ]
	[ "$(json 'pod["containers"][0]["resources"]["limits"]["memory"]')" = 142Mi ]
	[ "$(json 'pod["topologySpreadConstraints"][0]["topologyKey"]')" = kubernetes.io/hostname ]
	[ "$(json '__import__("json").loads(d["document"][0]["data"]["kamailio-4g.json"])["sizing"]["workload"]')" = \
		"{'registrations': 33334, 'callsPerSecond': 17}" ]
}

@test "auto is the number of pods that the workload needs with the profile's memory, and --set gives the memory of each" {
	run -0 --separate-stderr replicas --replicas auto "${LOAD[@]}" --profile kamailio-512m --workload registrations=1000000
	[ "$(json 'd["fleet"]["pods"], d["fleet"]["memory"] >> 20, spec["replicas"]')" = "(6, 512, 6)" ]
	run -0 --separate-stderr replicas --replicas 4 "${LOAD[@]}" --set sizing.memory=200MiB
	[ "$(json 'd["fleet"]["pods"], d["fleet"]["memory"] >> 20')" = "(4, 200)" ]
	run -1 --separate-stderr replicas --replicas 4 "${LOAD[@]}" --set sizing.memory=100MiB
	[[ $stderr == *"4 pods of 100 MiB cannot carry the workload while one is down"* ]]
	run -2 --separate-stderr replicas --replicas auto
	[[ $stderr == *"--replicas auto: there is no workload to divide among pods"* ]]
	run -2 --separate-stderr replicas --replicas auto "${LOAD[@]}" --set sizing.memory=null
	[[ $stderr == *"--replicas auto: the profile does not say how large a pod is"* ]]
}

@test "exported fleets are what Kubernetes' own types say, and meet the level restricted" {
	local file=$BATS_TEST_TMPDIR/fleet.yaml number
	for number in 4 auto; do
		"$SIPLAUNCH" export kubernetes --profile-dir profiles --profile kamailio-4g --replicas "$number" "${LOAD[@]}" -- \
			kamailio -DD -E -f "$CFG" >"$file"
		tests/kubernetes/validate "$file"
		"$PYTHON" tests/kubernetes/pod_security.py "$file"
	done
}

@test "without a workload --replicas is the number alone, and one replica is spread over nothing" {
	run -0 --separate-stderr replicas --replicas 7
	[ "$(json 'spec["replicas"], "fleet" in d')" = "(7, False)" ]
	[ "$(json 'pod["containers"][0]["resources"]["limits"]["memory"]')" = 4Gi ]
	run -0 --separate-stderr replicas --replicas 1
	[ "$(json '"topologySpreadConstraints" in pod')" = False ]
	run -0 --separate-stderr replicas
	[ "$(json 'spec["replicas"]')" = 2 ]
}

# init_pod [OPTION...]: what init makes of the pod that was exported last.
init_pod() {
	json 'd["document"][0]["data"]["kamailio-4g.json"]' >"$BATS_TEST_TMPDIR/pod.json"
	mkdir "$BATS_TEST_TMPDIR/volume"
	"$SIPLAUNCH" init --allow-insecure-profile --profile "$BATS_TEST_TMPDIR/pod.json" --memory-limit "$(json 'd["fleet"]["memory"]')" \
		--out "$BATS_TEST_TMPDIR/volume" --policy sysctl=prefer "$@" -- kamailio -DD -E
}

@test "an exported pod is sized by init as the plan of the fleet sized it" {
	run -0 --separate-stderr replicas --replicas 4 "${LOAD[@]}"
	[[ $(json '" ".join(pod["initContainers"][0]["command"])') == *"--install --router-config $CFG --"* ]]
	[ "$(json '[m["mountPath"] for m in pod["initContainers"][0]["volumeMounts"]][-1]')" = "$CFG" ]
	run -0 --separate-stderr init_pod --router-config "$CFG"
	[[ $stderr == *"142 MiB = shared 68 + 6 x 3 private"* && $stderr != *"the workload needs"* ]] || fail "$stderr"
}

@test "an exported pod starts also where its share needs more than was known" {
	run -0 --separate-stderr replicas --replicas 4 "${LOAD[@]}"
	run -0 --separate-stderr init_pod
	# with which version of the router is that machine's
	[[ $stderr =~ "warning: the workload needs "7[01]" MiB of shared pool, but it has 6"[0-9]": " ]] || fail "$stderr"
}
