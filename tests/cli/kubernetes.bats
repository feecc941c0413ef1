#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Not run with sanitizers.
# deploy/kubernetes: what kustomize makes of it is what Kubernetes takes, and its README says what there is. Nothing here has a network.
# Left to make check: it is about the manifests, and runs kubectl and node for each.

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
		Host Probes / Lifecycle Hooks|/tcpSocket:$/,+1s/port: sip-tcp/host: example.org\n            &/
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

@test "the check of the pods and of what is around them notices what does not fit together" {
	local file=$BATS_TEST_TMPDIR/wrong.yaml change
	while read -r change; do
		sed "$change" "$BUILT/kamailio.yaml" >"$file"
		! cmp -s "$file" "$BUILT/kamailio.yaml" || fail "changes nothing: $change"
		! "$PYTHON" "$REPO/tests/kubernetes/pod_check.py" "$file" 2>/dev/null || fail "not noticed: $change"
	done <<-'END'
		s/targetPort: sip-tcp/targetPort: sips/
		/^kind: Service/,/^---/s/protocol: UDP/protocol: TCP/
		s/externalTrafficPolicy:.*/internalTrafficPolicy: Local/
		s/- port: sip-udp/- port: sip-tls/
		s/automountServiceAccountToken:.*/hostNetwork: true/
		/^kind: Service/,/^---/s/name: kamailio$/name: opensips/
		/^kind: NetworkPolicy/,/^---/s/name: kamailio$/name: opensips/
		/^kind: PodDisruptionBudget/,/^---/s/name: kamailio$/name: opensips/
	END
}

# overlay_of FILE: builds the kustomization on the standard input, which names this checkout DEPLOY.
overlay_of() {
	local overlay=$BATS_TEST_TMPDIR/overlay
	mkdir -p "$overlay"
	sed "s,DEPLOY,$(realpath --relative-to "$overlay" "$DEPLOY"),g; 1i apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization" >"$overlay/kustomization.yaml"
	"$TOOLS/kubectl" kustomize "$overlay" >"$1"
}

@test "each value is written to every place that has it, and the defaults are what the manifests have" {
	local mine=$BATS_TEST_TMPDIR/mine.yaml names
	overlay_of "$mine" <<<$'resources: [DEPLOY/overlays/kamailio]\ntransformers: [DEPLOY/values]'
	diff "$BUILT/kamailio.yaml" "$mine"

	names=$(sed -n 's/=.*//p' "$DEPLOY/base/values.env" | sort | paste -sd' ')
	[ "$names" = "$(sed -n 's/.*fieldPath: data\.\([a-zA-Z]*\) }/\1/p' "$DEPLOY/values/replacements.yaml" | sort | paste -sd' ')" ]
	overlay_of "$mine" <<-'END'
		resources: [DEPLOY/overlays/kamailio-userns]
		configMapGenerator:
		  - name: values
		    behavior: merge
		    literals: [replicas=3, memory=2Gi, cpu=4, sipPort=5080, serviceType=NodePort, drainSeconds=20, terminationGracePeriodSeconds=120]
		transformers: [DEPLOY/values]
	END
	run -0 "$REPO/tests/kubernetes/validate" "$mine"
	"$PYTHON" "$REPO/tests/kubernetes/pod_check.py" "$mine"
	run diff "$BUILT/kamailio-userns.yaml" "$mine"
	[ "$(sed -n 's/^> *//p' <<<"$output" | paste -sd'|')" = 'port: 5080|port: 5080|type: NodePort|replicas: 3|seconds: 20|- containerPort: 5080|- containerPort: 5080|cpu: "4"|memory: 2Gi|cpu: "4"|memory: 2Gi|terminationGracePeriodSeconds: 120' ]
}

@test "the metrics' component lets the namespace of Prometheus in, and goes with the node's network in either order" {
	local file=$BATS_TEST_TMPDIR/metrics.yaml order
	overlay_of "$file" <<<$'resources: [DEPLOY/overlays/opensips]\ncomponents: [DEPLOY/components/metrics]'
	run -0 "$REPO/tests/kubernetes/validate" "$file"
	"$PYTHON" "$REPO/tests/kubernetes/pod_check.py" "$file"
	grep -qF 'kubernetes.io/metadata.name: monitoring' "$file"
	for order in 'DEPLOY/components/metrics, DEPLOY/components/host-network' 'DEPLOY/components/host-network, DEPLOY/components/metrics'; do
		overlay_of "$file" <<<$'resources: [DEPLOY/overlays/opensips]\n'"components: [$order]"
		"$PYTHON" "$REPO/tests/kubernetes/pod_check.py" "$file"
		run -1 grep -q NetworkPolicy "$file"
	done
}

@test "Kamailio accepts the README's configuration of metrics" {
	{
		cat "$DEPLOY/overlays/kamailio/kamailio.cfg"
		sed -n '/^ *listen=tcp:0.0.0.0:9090$/,/^ *event_route/p' "$DEPLOY/README.md"
	} >"$BATS_TEST_TMPDIR/kamailio.cfg"
	grep -q prom_dispatch "$BATS_TEST_TMPDIR/kamailio.cfg"
	run -0 kamailio -c -f "$BATS_TEST_TMPDIR/kamailio.cfg"
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
print("\n".join(container["command"] + container.get("args", [])))' "$@"
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
	for line in 'router.cfg: |' mine=yes 'hostNetwork: true' 'image: registry.example/siplaunch:0.1.0' 'privileged: true' 'namespace: sip' 'replicas: 3'; do
		grep -qE "^ *$line$" "$result" || fail "no $line"
	done
	grep -qF 'kernel.sem' "$result"
	[ "$(grep -c 'memory: 2Gi' "$result")" = 2 ]
	run -0 "$REPO/tests/kubernetes/validate" "$result"
	run -0 "$PYTHON" "$REPO/tests/kubernetes/pod_check.py" "$result"
}

# own_deployment ROUTER IMAGE: as somebody has it who starts the router's official image, without siplaunch.
own_deployment() {
	cat <<-END
		apiVersion: apps/v1
		kind: Deployment
		metadata: { name: mine }
		spec:
		  selector: { matchLabels: { app: mine } }
		  template:
		    metadata: { labels: { app: mine } }
		    spec:
		      securityContext: { runAsUser: 5060, runAsNonRoot: true, seccompProfile: { type: RuntimeDefault } }
		      containers:
		        - name: edge
		          image: $2
		          args: [-f, /etc/$1/edge.cfg]
		          resources: { requests: { cpu: 1, memory: 1Gi }, limits: { cpu: 1, memory: 1Gi } }
		          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } }
		          volumeMounts: [{ name: config, mountPath: /etc/$1 }]
		        - { name: other, image: other, securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } } }
		      volumes: [{ name: config, configMap: { name: config } }]
	END
}

@test "a Deployment of one's own gets siplaunch in front of its official image, as the README says, and both containers' commands work" {
	local router image folder command places
	while read -r router image; do
		folder=$BATS_TEST_TMPDIR/$router
		mkdir -p "$folder"/{siplaunch,bin}
		own_deployment "$router" "$image" >"$folder/deployment.yaml"
		"$REPO/tests/lib/page-commands" block '# beside deployment.yaml' "$DEPLOY/README.md" |
			sed "s,https://git.example/siplaunch//,$(realpath --relative-to "$folder" "$REPO")/,; s,own-kamailio,own-$router," >"$folder/kustomization.yaml"
		"$TOOLS/kubectl" kustomize "$folder" >"$folder/built.yaml"
		run -0 "$REPO/tests/kubernetes/validate" "$folder/built.yaml"
		run -0 "$PYTHON" "$REPO/tests/kubernetes/pod_security.py" "$folder/built.yaml"
		grep -qF "image: $image" "$folder/built.yaml"
		grep -qF 'image: registry.example/siplaunch:0.1.0' "$folder/built.yaml"

		cp /bin/true "$folder/bin/$router"
		places=(/siplaunch/bin "$folder/siplaunch/bin" /usr/local/bin/siplaunch "$SIPLAUNCH_STATIC" /dev/termination-log "$folder/message")
		mapfile -t command < <(command_of siplaunch-init "$folder/built.yaml" "${places[@]}" | sed "s,^/siplaunch\$,$folder/siplaunch,")
		"${command[@]}"
		mapfile -t command < <(command_of edge "$folder/built.yaml" "${places[@]}" | sed "s,^/etc/$router/edge.cfg,$DEPLOY/overlays/$router/$router.cfg,")
		[[ ${command[*]: -3} == "-- -f $DEPLOY/"* ]]
		run -1 env PATH="$folder/bin:$PATH" "${command[@]}"
		grep -q '"outcome":"unasked"' "$folder/message"
		[[ $output == *"siplaunch: $router: "*"shared "* ]] || fail "$output"
	done <<-'END'
		kamailio ghcr.io/kamailio/kamailio:6.0.4-bookworm
		opensips opensips/opensips:3.6
	END
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

@test "an exported Deployment has around it what fits its ports; without known ports only the disruption budget, and a Pod nothing" {
	kinds() { sed -n 's/^kind: "\(.*\)"/\1/p' "$1" | paste -sd' '; }
	local export=("$SIPLAUNCH" export kubernetes --profile-dir "$REPO/profiles" --profile kamailio-512m --set user=5060) config=$BATS_TEST_TMPDIR/kamailio.cfg
	printf 'listen=%s\n' udp:0.0.0.0:5070 udp:0.0.0.0:5060 tcp:0.0.0.0:5060 udp:127.0.0.1:5090 >"$config"
	"${export[@]}" -- kamailio -DD -E -f "$config" >"$BATS_TEST_TMPDIR/deployment" 2>/dev/null
	[[ $(kinds "$BATS_TEST_TMPDIR/deployment") == 'ConfigMap ConfigMap Service PodDisruptionBudget NetworkPolicy Deployment' ]]
	run -0 "$REPO/tests/kubernetes/validate" "$BATS_TEST_TMPDIR/deployment"
	PYTHONPATH=$REPO/tests/kubernetes "$PYTHON" - "$BATS_TEST_TMPDIR/deployment" "$BUILT/kamailio.yaml" <<-'END'
		import sys, pod_check, yaml
		objects, overlay = (list(yaml.safe_load_all(open(path))) for path in sys.argv[1:])
		spec = objects[-1]['spec']
		pod = spec['template']['spec']
		pod_check.check_network(objects, spec['selector']['matchLabels'], pod, pod['containers'][0])
		service, = (item['spec'] for item in objects if item['kind'] == 'Service')
		budget, overlays_budget = (item['spec'] for item in objects + overlay if item['kind'] == 'PodDisruptionBudget')
		assert budget | {'selector': 0} == overlays_budget | {'selector': 0}
		policy, overlays_policy = (item['spec'] for item in objects + overlay if item['kind'] == 'NetworkPolicy')
		assert policy['egress'] == overlays_policy['egress'] and policy['policyTypes'] == overlays_policy['policyTypes']
		assert [(port['port'], port['protocol']) for port in service['ports']] == [(5070, 'UDP'), (5060, 'UDP'), (5060, 'TCP')]
	END
	echo 'listen=udp:127.0.0.1:5060' >"$config"
	"${export[@]}" -- kamailio -DD -E -f "$config" >"$BATS_TEST_TMPDIR/deployment" 2>/dev/null
	[[ $(kinds "$BATS_TEST_TMPDIR/deployment") == 'ConfigMap ConfigMap PodDisruptionBudget Deployment' ]]
	"${export[@]}" --kind pod -- kamailio -DD -E -f "$config" >"$BATS_TEST_TMPDIR/pod" 2>/dev/null
	[[ $(kinds "$BATS_TEST_TMPDIR/pod") == 'ConfigMap ConfigMap Pod' ]]
}
