#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Not run with sanitizers.
# deploy/kubernetes: what kustomize makes of it is what Kubernetes takes, and its README says what there is. Nothing here has a network.

load ../lib/common

DEPLOY=$REPO/deploy/kubernetes
: "${SIPLAUNCH_STATIC:=$REPO/build/static/siplaunch}"

# apart NAMESPACE COMMAND...: in a namespace of its own, without a network or without the machine's IPC limits.
apart() {
	local user=()
	((EUID == 0)) || user=(--map-root-user)
	unshare "${user[@]}" "--$1" "${@:2}"
}

setup_file() {
	local overlay
	TOOLS=$("$REPO/tests/kubernetes/fetch")
	BUILT=$BATS_FILE_TMPDIR
	export TOOLS BUILT
	for overlay in "$DEPLOY"/overlays/*/; do
		apart net "$TOOLS/kubectl" kustomize "$overlay" >"$BUILT/$(basename "$overlay").yaml"
	done
}

@test "each overlay is built from local files alone, and is what Kubernetes' own types say, field by field" {
	local files=("$BUILT"/*.yaml)
	((${#files[@]} == 8))
	run -0 apart net "$REPO/tests/kubernetes/validate" "${files[@]}"
	[ "$output" = "" ]
}

@test "each overlay meets the level restricted of the Pod Security Standards, but for the controls that are listed" {
	local file missed expected
	for file in "$BUILT"/*.yaml; do
		case $(basename "$file" .yaml) in
		# what writes /proc/sys is root in a privileged container
		*-privileged-init) expected='Capabilities,Privilege Escalation,Privileged Containers,Running as Non-root,Running as Non-root user' ;;
		# the kubelet writes kernel.sem, an unsafe sysctl
		*-unsafe-sysctls) expected='Sysctls' ;;
		# /proc/sys is not covered, so that root of the pod's own user namespace may write it; newer clusters allow all three there
		*-userns) expected='/proc Mount Type,Running as Non-root,Running as Non-root user' ;;
		*) expected= ;;
		esac
		missed=$("$PYTHON" "$REPO/tests/kubernetes/pod_security.py" "$file" | awk -F': ' '{ print $3 }' | sort -u | paste -sd, || true)
		[ "$missed" = "$expected" ] || fail "$file: $missed"
	done
}

@test "the check of the Pod Security Standards sees a breach of each control" {
	local file=$BATS_TEST_TMPDIR/breach.yaml control change
	while IFS='|' read -r control change; do
		sed "$change" "$BUILT/kamailio.yaml" >"$file"
		run -1 "$PYTHON" "$REPO/tests/kubernetes/pod_security.py" "$file"
		[[ $output == *": $control: "* ]] || fail "$control" "$output"
	done <<-'END'
		Host Namespaces|s/^      automountServiceAccountToken:.*/      hostNetwork: true/
		HostPath Volumes|s/emptyDir: *$/hostPath: {path: \/}\n        emptyDir:/
		Volume Types|s/emptyDir: *$/hostPath: {path: \/}\n        emptyDir:/
		Privileged Containers|s/allowPrivilegeEscalation: false/privileged: true/
		Privilege Escalation|s/allowPrivilegeEscalation: false/allowPrivilegeEscalation: true/
		Capabilities|s/drop:/add: [NET_ADMIN]\n            drop:/
		Host Ports|s/containerPort: 5060/hostPort: 5060\n          containerPort: 5060/
		Host Probes / Lifecycle Hooks|s/port: sip-tcp/host: example.org\n            port: sip-tcp/
		/proc Mount Type|s/allowPrivilegeEscalation: false/procMount: Unmasked/
		Host Probes / Lifecycle Hooks|s/^\( *\)preStop:/\1postStart: {tcpSocket: {host: example.org, port: 1}}\n&/
		AppArmor|s/type: RuntimeDefault/type: RuntimeDefault\n        appArmorProfile: {type: Unconfined}/
		SELinux|s/runAsUser: 5060/seLinuxOptions: {user: root}/
		Seccomp|s/type: RuntimeDefault/type: Unconfined/
		Sysctls|s/runAsUser: 5060/sysctls: [{name: kernel.sem, value: "1"}]/
		HostProcess|s/runAsUser: 5060/windowsOptions: {hostProcess: true}/
		Running as Non-root|s/runAsNonRoot: true/runAsNonRoot: false/
		Running as Non-root|s/runAsNonRoot: true/runAsNonRoot: false/; s/^\( *\)allowPrivilegeEscalation: false/\1runAsNonRoot: true\n&/
		Running as Non-root|/runAsNonRoot: true/d
		Privilege Escalation|/allowPrivilegeEscalation:/d
		Seccomp|/seccompProfile:/,/type:/d
		Capabilities|s/- ALL/- NET_RAW/
		Capabilities|s/drop:/add: [CHOWN]\n            drop:/
		Running as Non-root user|s/runAsUser: 5060/runAsUser: 0/
	END
}

@test "a misspelt field, one of the wrong type and a missing one are told, however deep" {
	local file=$BATS_TEST_TMPDIR/wrong.yaml change expected
	while IFS='|' read -r change expected; do
		sed "$change" "$BUILT/kamailio-userns.yaml" >"$file"
		run -1 "$REPO/tests/kubernetes/validate" "$file"
		[ "$output" = "$file: Deployment kamailio-router: $expected" ] || fail "$change" "$output"
	done <<-'END'
		s/resizePolicy:/resizePolicies:/|/spec/template/spec/containers/0/resizePolicies: unknown field
		s/hostUsers:/hostUser:/|/spec/template/spec/hostUser: unknown field
		s/procMount:/procmount:/|/spec/template/spec/initContainers/0/securityContext/procmount: unknown field
		s/resourceFieldRef:/resourceFieldReference:/|/spec/template/spec/initContainers/0/env/0/valueFrom/resourceFieldReference: unknown field
		s/maxSkew: 1/&\n        minimum: 1/|/spec/template/spec/topologySpreadConstraints/0/minimum: unknown field
		s/replicas:/replica:/|/spec/replica: unknown field
		s/hostUsers: false/hostUsers: "false"/|/spec/template/spec/hostUsers: type {"type":"boolean"}
		0,/containerPort: 5060/s//hostPort: 5060/|/spec/template/spec/containers/0/ports/0: required {"missingProperty":"containerPort"}
	END
}

@test "of what is no manifest the check says so" {
	local file=$BATS_TEST_TMPDIR/wrong.yaml
	printf 'apiVersion: apps/v2\nkind: Deployment\n' >"$file"
	run -1 "$REPO/tests/kubernetes/validate" "$file"
	[ "$output" = "$file: Deployment: apiVersion apps/v2, kind Deployment: there is no such kind" ]
	printf 'apiVersion: v1\nkind: Pod\nkind: Pod\n' >"$file"
	run -1 "$REPO/tests/kubernetes/validate" "$file"
	[[ $output == *"Map keys must be unique"* ]]
	: >"$file"
	run -1 "$REPO/tests/kubernetes/validate" "$file"
	run -2 "$REPO/tests/kubernetes/validate"
}

@test "the fields that siplaunch names where a pod refuses something are Kubernetes'" {
	run -1 --separate-stderr "$SIPLAUNCH" plan --profile-dir "$REPO/profiles" --host "$REPO/tests/fixtures/hosts/kubernetes-burstable-high" \
		--set user=1000 --set group=1000 -p kamailio-4g --set 'sysctl.kernel.sem=10 100 5 4' --set sysctl.kernel.shm_rmid_forced=1 --format json \
		-- kamailio
	"$PYTHON" -c 'import json, sys; print(json.load(sys.stdin)["remedies"]["manifest"])' <<<"$output" >"$BATS_TEST_TMPDIR/manifest.yaml"
	grep -q sysctls "$BATS_TEST_TMPDIR/manifest.yaml"
	run -0 "$REPO/tests/kubernetes/validate" --fragment "$BATS_TEST_TMPDIR/manifest.yaml"
	sed -i 's/sysctls/sysctl/' "$BATS_TEST_TMPDIR/manifest.yaml"
	run -1 "$REPO/tests/kubernetes/validate" --fragment "$BATS_TEST_TMPDIR/manifest.yaml"
}

@test "in each overlay the pod is Guaranteed, what is referred to is there, and only the init container may be privileged" {
	"$PYTHON" "$REPO/tests/kubernetes/pod_check.py" "$BUILT"/*.yaml
}

@test "each way adds to its router's overlay what it is about, and nothing else" {
	local router
	added() { diff "$BUILT/$router.yaml" "$BUILT/$router-$1.yaml" | sed -n 's/^[<>] *//p' | sort | tr '\n' '|'; }
	for router in kamailio opensips; do
		[ "$(added userns)" = "hostUsers: false|procMount: Unmasked|runAsNonRoot: false|runAsUser: 0|" ]
		[ "$(added unsafe-sysctls)" = "- name: kernel.sem|sysctls:|value: 32000 1024000000 500 32000|" ]
		[ "$(added privileged-init)" = "- ALL|allowPrivilegeEscalation: false|capabilities:|drop:|privileged: true|runAsNonRoot: false|runAsUser: 0|" ]
	done
}

@test "the profiles of the overlays are good, and the plan of one is made for the container's limit" {
	local router command
	for router in kamailio opensips; do
		command=(opensips -F)
		[[ $router == opensips ]] || command=(kamailio -DD -E)
		run -0 "$SIPLAUNCH" profiles --profile-dir "$REPO/profiles" check "$DEPLOY/overlays/$router/profile.json"
		run -0 --separate-stderr "$SIPLAUNCH" plan --profile-dir "$REPO/profiles" --profile "$DEPLOY/overlays/$router/profile.json" \
			--set sizing.memory=1GiB --policy sysctl=skip --host "$REPO/tests/fixtures/hosts/containerd" --format json -- "${command[@]}" -f "$DEPLOY/overlays/$router/$router.cfg"
		[ "$("$PYTHON" -c 'import json, sys; print(json.load(sys.stdin)["budget"]["processesSource"])' <<<"$output")" = computed ]
	done
}

# command_of CONTAINER FILE: as its manifest has it, with the volumes where the test has them; a word a line.
command_of() {
	"$PYTHON" -c '
import sys, yaml
pod = next(item for item in yaml.safe_load_all(open(sys.argv[2])) if item["kind"] == "Deployment")["spec"]["template"]["spec"]
container, = (one for one in pod["initContainers"] + pod["containers"] if one["name"] == sys.argv[1])
for old, new in zip(sys.argv[3::2], sys.argv[4::2]):
    container["command"] = [word.replace(old, new) for word in container["command"]]
print("\n".join(container["command"]))' "$@"
}

@test "both containers' commands do what they are to do, one after the other, for a router that ends at once" {
	local router volume command places
	for router in kamailio opensips; do
		volume=$BATS_TEST_TMPDIR/$router
		mkdir -p "$volume"/{siplaunch,profiles,router,bin}
		cp "$DEPLOY/overlays/$router/profile.json" "$volume/profiles/router.json"
		cp "$DEPLOY/overlays/$router/$router.cfg" "$volume/router/router.cfg"
		cp /bin/true "$volume/bin/$router"
		# shellcheck disable=SC2016 # what Kubernetes puts a value for
		places=(/etc/siplaunch/profiles "$volume/profiles" /etc/router "$volume/router" '$(LIMIT)' $((1 << 30))
			/dev/termination-log "$volume/message" /usr/local/bin/siplaunch "$SIPLAUNCH_STATIC")
		mapfile -t command < <(command_of siplaunch-init "$BUILT/$router.yaml" "${places[@]}" | sed "s,^/siplaunch\$,$volume/siplaunch,")
		SIPLAUNCH_PROFILE_PATH=$REPO/profiles run -0 apart ipc "${command[@]}"
		[[ $output == *"1024 MiB = shared "* ]]
		mapfile -t command < <(command_of router "$BUILT/$router.yaml" "${places[@]}" | sed "s,^/siplaunch/,$volume/siplaunch/,")
		run -1 env PATH="$volume/bin:$PATH" "${command[@]}"
		grep -q '"outcome":"unasked"' "$volume/message"
	done
}

@test "the README's overlay of one's own is built, with its configuration, its profile, its memory and the node's network" {
	local overlay=$BATS_TEST_TMPDIR/mine result=$BATS_TEST_TMPDIR/built.yaml here
	mkdir "$overlay"
	here=$(realpath --relative-to "$overlay" "$REPO")
	sed -n '/^    # kustomization.yaml/,/^$/s/^    //p' "$DEPLOY/README.md" | sed "s,https://git.example/siplaunch//,$here/," >"$overlay/kustomization.yaml"
	echo 'mine=yes' >"$overlay/kamailio.cfg"
	grep -oE '\{"extends".*\}\}' "$DEPLOY/README.md" >"$overlay/profile.json"
	run -0 "$SIPLAUNCH" profiles --profile-dir "$REPO/profiles" check "$overlay/profile.json"
	"$TOOLS/kubectl" kustomize "$overlay" >"$result"
	for line in 'router.cfg: |' mine=yes 'hostNetwork: true' 'image: registry.example/siplaunch:0.1.0' 'privileged: true' 'namespace: sip'; do
		grep -qE "^ *$line$" "$result" || fail "no $line"
	done
	grep -qF 'kernel.sem' "$result"
	[ "$(grep -c 'memory: 2Gi' "$result")" = 2 ]
	run -0 "$REPO/tests/kubernetes/validate" "$result"
	run -0 "$PYTHON" "$REPO/tests/kubernetes/pod_check.py" "$result"
}

@test "the README has each overlay, each component, and each field that podman could not stand in for" {
	local name line
	for name in "$DEPLOY"/{overlays,components}/*/; do
		name=$(basename "$name")
		name=${name#kamailio-}
		grep -qE "(\`-?|components/)${name#opensips-}\`" "$DEPLOY/README.md" || fail "$name is not in the README"
	done
	"$REPO/tests/kubernetes/pods" "$BATS_TEST_TMPDIR/pods"
	while read -r line; do
		grep -qF "| \`${line%%: *}\` | ${line#*: } |" "$DEPLOY/README.md" || fail "| \`${line%%: *}\` | ${line#*: } |"
	done < <(sort -u "$BATS_TEST_TMPDIR"/pods/*.changes)
}

@test "what podman plays of an overlay leaves out no field without a word" {
	sed 's/hostUsers:/hostUser:/' "$BUILT/kamailio-userns.yaml" >"$BATS_TEST_TMPDIR/odd.yaml"
	run -1 "$REPO/tests/kubernetes/for-podman" "$BATS_TEST_TMPDIR/odd.yaml" "$BATS_TEST_TMPDIR/odd"
	[[ $output == *"nothing is known of"*"spec.hostUser"* ]]
}

@test "what export writes for Kubernetes is Kubernetes', field by field" {
	local profile
	for profile in kamailio-512m opensips-1g; do
		"$SIPLAUNCH" export kubernetes --profile-dir "$REPO/profiles" --profile "$profile" --set user=5060 -- "${profile%%-*}" \
			>"$BATS_TEST_TMPDIR/$profile.yaml"
	done
	run -0 "$REPO/tests/kubernetes/validate" "$BATS_TEST_TMPDIR"/*.yaml
}
