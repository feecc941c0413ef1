#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Not run with sanitizers.
# deploy/helm: the chart makes the same objects as the overlays of deploy/kubernetes, good ones of all good values, and refuses others.
# Left to make check: it is about the chart, and runs helm, kubectl and node.

load ../lib/common

CHART=$REPO/deploy/helm/siplaunch-router
KUBERNETES=$REPO/deploy/kubernetes

setup_file() {
	TOOLS=$("$REPO/tests/kubernetes/fetch")
	export TOOLS
	# helm looks for plugins and repositories there
	export HELM_CACHE_HOME=$BATS_FILE_TMPDIR/helm HELM_CONFIG_HOME=$BATS_FILE_TMPDIR/helm HELM_DATA_HOME=$BATS_FILE_TMPDIR/helm
}

# chart NAME OPTION...: the manifests of a release.
chart() {
	"$TOOLS/helm" template "$1" "$CHART" "${@:2}"
}

# refused OPTION...: the values are, with an error; sets output.
refused() {
	run -1 chart edge "$@"
	[[ $output == *Error:* ]] || fail "no error" "$output"
}

@test "the chart is linted without a complaint" {
	run -0 "$TOOLS/helm" lint --strict --quiet "$CHART"
	[ "$output" = "" ] || fail "$output"
}

@test "the chart makes of each router, in each way, the objects that its overlay has" {
	local router way overlay pairs=()
	local overlays=("$KUBERNETES"/overlays/*/)
	for router in kamailio opensips; do
		for way in nobody userns privileged-init unsafe-sysctls; do
			overlay=$router-$way
			chart "$router-router" --set "router=$router,ipcLimits=$way" >"$BATS_TEST_TMPDIR/$overlay-chart"
			"$TOOLS/kubectl" kustomize "$KUBERNETES/overlays/${overlay%-nobody}" >"$BATS_TEST_TMPDIR/$overlay"
			pairs+=("$BATS_TEST_TMPDIR/$overlay-chart" "$BATS_TEST_TMPDIR/$overlay")
		done
	done
	((${#pairs[@]} == 2 * ${#overlays[@]}))
	"$REPO/tests/kubernetes/same_objects.py" "${pairs[@]}"
}

@test "the chart's metrics, its network of the node and its sizes are those of the components and the values" {
	mkdir "$BATS_TEST_TMPDIR/overlay"
	cd "$BATS_TEST_TMPDIR/overlay"
	same() { # same KUSTOMIZATION OPTION...
		echo "${1//DEPLOY/$(realpath --relative-to . "$KUBERNETES")}" >kustomization.yaml
		"$TOOLS/kubectl" kustomize . >overlay.yaml
		chart kamailio-router "${@:2}" >chart.yaml
		"$REPO/tests/kubernetes/same_objects.py" chart.yaml overlay.yaml
	}
	same $'resources: [DEPLOY/overlays/kamailio]\ncomponents: [DEPLOY/components/metrics]' --set metrics.enabled=true
	same $'resources: [DEPLOY/overlays/kamailio]\ncomponents: [DEPLOY/components/host-network]' --set hostNetwork=true
	local values='replicas=5,memory=2Gi,cpu=4,drainSeconds=20,terminationGracePeriodSeconds=90' kustomization
	kustomization=$'resources: [DEPLOY/overlays/kamailio]\ntransformers: [DEPLOY/values]\nconfigMapGenerator:\n  - { name: values, behavior: merge, literals: ['"$values"'] }'
	same "$kustomization" --set "$values"
	run -1 same "$kustomization" --set "$values,replicas=6"
	[[ $output == *"replicas: 6"* ]]
}

# What of the level restricted the pods of a way do not meet; the overlays' test says why.
unmet_by() {
	case $1 in
	*privileged-init*)
		printf '%s\n' Capabilities 'Privilege Escalation' 'Privileged Containers' 'Running as Non-root' 'Running as Non-root user'
		;;
	*unsafe-sysctls*) echo Sysctls ;;
	*userns*) printf '%s\n' '/proc Mount Type' 'Running as Non-root' 'Running as Non-root user' ;;
	*hostNetwork*) echo 'Host Namespaces' ;;
	esac
}

@test "of a matrix of values the chart makes what Kubernetes' types say, of which the pods meet what they promise" {
	local options=() files=() line file number=0
	cat >"$BATS_TEST_TMPDIR/own.cfg" <<<$'# {{ .Values.image }}: "no template"\n\ttab, \'quote\' and no newline'
	while read -r line; do
		file=$BATS_TEST_TMPDIR/$((++number)).yaml
		read -ra options <<<"${line//OWN/$BATS_TEST_TMPDIR/own.cfg}"
		chart edge "${options[@]}" >"$file" || fail "$line"
		files+=("$file")
		unmet_by "$line" | sed "s,^,$file: ," >>"$BATS_TEST_TMPDIR/expected"
	done <<-'END'
		--set router=opensips --set-file config=OWN
		--set router=kamailio,configSecret=edge-config --set service.type=ClusterIP
		--set ipcLimits=userns,metrics.enabled=true,metrics.port=9999 --set networkPolicy.enabled=false
		--set ipcLimits=privileged-init,disruptionBudget.maxUnavailable=25% --set fullnameOverride=sip
		--set ipcLimits=unsafe-sysctls --set-string sysctls.kernel\.msgmax=65536
		--set hostNetwork=true,metrics.enabled=true,ports[0].name=u,ports[0].port=443,ports[0].protocol=UDP,ports[1].name=t,ports[1].port=443,ports[1].protocol=TCP,probePort=t
		--set ports[0].name=sip-tls,ports[0].port=443,ports[0].protocol=TCP,probePort=sip-tls
		--set service.enabled=false,disruptionBudget.enabled=false --set replicas=0
		--set service.type=NodePort,service.externalTrafficPolicy=Cluster --set cpu=0.5,memory=1.5Gi
		--set service.loadBalancerClass=metallb --set service.loadBalancerSourceRanges={192.0.2.0/24} --set service.annotations.a=b
		--set networkPolicy.sipFrom[0].ipBlock.cidr=192.0.2.0/24 --set terminationGracePeriodSeconds=86400,drainSeconds=3600
		--set image=registry.example:5000/kamailio:6,siplaunchImage=registry.example/siplaunch:1,imagePullPolicy=Always --set imagePullSecrets[0].name=key
		--set podLabels.team=voice,metrics.enabled=true,nodeSelector.sip=yes,priorityClassName=high --set-string podAnnotations.prometheus\.io/port=9091 --set tolerations[0].operator=Exists
		--set env[0].name=DB,env[0].value=x --set volumes[0].name=tls,volumes[0].secret.secretName=tls,volumeMounts[0].name=tls,volumeMounts[0].mountPath=/etc/tls
		--set router=opensips --set command={opensips,-F,-f,/etc/router/router.cfg,-w,/tmp}
	END
	((number == 15))
	run -0 "$REPO/tests/kubernetes/validate" "${files[@]}"
	[ "$output" = "" ]
	"$PYTHON" "$REPO/tests/kubernetes/pod_check.py" "${files[@]}"
	run -1 "$PYTHON" "$REPO/tests/kubernetes/pod_security.py" "${files[@]}"
	awk -F': ' '{ print $1 ": " $3 }' <<<"$output" | sort -u | diff - <(sort "$BATS_TEST_TMPDIR/expected")
	"$PYTHON" -c 'import sys, yaml
maps = [item for item in yaml.safe_load_all(open(sys.argv[1])) if item["kind"] == "ConfigMap"]
sys.exit(open(sys.argv[2]).read() not in [item["data"].get("router.cfg") for item in maps])' "$BATS_TEST_TMPDIR"/{1.yaml,own.cfg}
}

@test "a release's name is a text, also where YAML has another meaning for it" {
	local name
	for name in true null on e1; do
		chart "$name" >"$BATS_TEST_TMPDIR/$name.yaml"
	done
	run -0 "$REPO/tests/kubernetes/validate" "$BATS_TEST_TMPDIR"/*.yaml
	[ "$output" = "" ]
	"$PYTHON" "$REPO/tests/kubernetes/pod_check.py" "$BATS_TEST_TMPDIR"/*.yaml
	run -1 chart 5060
	[[ $output == *"Set it"* ]]
}

@test "a low port is one for a user who is not root, by a sysctl that the level restricted has" {
	run -0 chart edge --set 'ports[0].name=wss,ports[0].port=443,ports[0].protocol=TCP,probePort=wss'
	[[ $output == *'{ name: net.ipv4.ip_unprivileged_port_start, value: "0" }'* ]]
	run -0 chart edge
	[[ $output != *ip_unprivileged_port_start* ]]
}

@test "a wrong value is refused with its name, and with what would be right" {
	local option expected
	while IFS='|' read -r option expected; do
		refused --set "$option"
		[[ $output == *"$expected"* ]] || fail "$option" "$output"
	done <<-'END'
		router=asterisk|at '/router': value must be one of 'kamailio', 'opensips'
		router=null|at '': missing property 'router'
		service.type=null|at '/service': missing property 'type'
		memroy=2Gi|additional properties 'memroy' not allowed
		service.port=5060|at '/service': additional properties 'port' not allowed
		memory=512|at '/memory': got number, want string
		memory=512MB|at '/memory': '512MB' does not match pattern
		memory=0Gi|at '/memory': '0Gi' does not match pattern
		cpu=0|at '/cpu': exclusiveMinimum
		cpu=many|at '/cpu': 'many' does not match pattern
		replicas=-1|at '/replicas': minimum: got -1, want 0
		replicas=two|at '/replicas': got string, want integer
		image=a b|at '/image': 'a b' does not match pattern
		ipcLimits=root|at '/ipcLimits': value must be one of 'nobody', 'userns', 'privileged-init', 'unsafe-sysctls'
		metrics.port=70000|at '/metrics/port': maximum: got 70,000, want 65,535
		ports[0].name=u,ports[0].port=5060,ports[0].protocol=UDP|probePort: ports has no TCP port "sip-tcp". Its TCP ports: none
		ports={5060}|at '/ports/0': got number, want object
		disruptionBudget.maxUnavailable=half|'half' does not match pattern
		service.type=External|at '/service/type': value must be one of 'LoadBalancer', 'NodePort', 'ClusterIP'
		hostNetwork=true,ipcLimits=userns|hostNetwork: Kubernetes refuses it in a pod with a user namespace. Set ipcLimits to another value than userns
		probePort=sip-udp|probePort: ports has no TCP port "sip-udp". Its TCP ports: sip-tcp
		config=x,configSecret=y|configSecret: config is given, too. Give one of them
		drainSeconds=60|drainSeconds: terminationGracePeriodSeconds includes it and has to be larger
		profile.router=auto|profile.router: the chart writes it. Set router
		podLabels.app\.kubernetes\.io/name=x|podLabels: the chart writes app.kubernetes.io/name. Use another label
		fullnameOverride=5060|at '/fullnameOverride'
		fullnameOverride=5060-sip|the name of a Service begins with a letter
		ports[0].name=5060-udp,ports[0].port=1,ports[0].protocol=UDP|at '/ports/0/name': '5060-udp' does not match pattern
		metrics.enabled=true,metrics.port=5060|ports: two ports have one number and one protocol
	END
}

@test "every value is in the schema, with the same members, and in a template" {
	"$PYTHON" - "$CHART" <<-'END'
		import json, pathlib, sys, yaml
		chart = pathlib.Path(sys.argv[1])
		values, schema = yaml.safe_load((chart / 'values.yaml').read_text()), json.loads((chart / 'values.schema.json').read_text())
		templates = ''.join(path.read_text() for path in (chart / 'templates').iterdir())
		assert set(schema['properties']) - {'global'} == set(values), set(schema['properties']) ^ set(values)
		for name, value in values.items():
		    assert f'.Values.{name}' in templates, name
		    members = schema['properties'][name].get('properties')
		    assert not members or set(members) == set(schema['properties'][name]['required']) == set(value), name
		assert sorted(schema['required']) == sorted(values)
	END
}

@test "the chart has siplaunch's version" {
	local version
	version=$("$SIPLAUNCH" --version | awk 'NR == 1 { print $2 }')
	[ "$(sed -n 's/^appVersion: //p' "$CHART/Chart.yaml")" = "$version" ]
	run -0 chart edge
	[[ $output == *"image: \"siplaunch:$version\""* ]]
}

@test "the notes name the release's objects, and what is still to be done" {
	notes() { "$TOOLS/helm" install edge "$CHART" --dry-run=client --namespace sip "$@" | sed -n '/^NOTES:/,$p'; }
	run -0 notes
	[[ $output == *"kubectl --namespace sip logs deployment/edge -c siplaunch-init"* ]]
	[[ $output == *"kubectl --namespace sip get service edge"* ]]
	[[ $output == *"answers OPTIONS and nothing else"* && $output == *"siplaunchImage is not set"* && $output != *privileged* ]]
	run -0 notes --set siplaunchImage=registry.example/siplaunch:1,configSecret=edge,hostNetwork=true
	[[ $output != *OPTIONS* && $output != *"is not set"* && $output == *'Pod Security "privileged"'* && $output == *"No NetworkPolicy"* ]]
}

@test "the README's values are good, and the error that it prints is the one of Helm" {
	sed -n '/^    # edge.yaml/,/^$/s/^    //p' "$CHART/README.md" >"$BATS_TEST_TMPDIR/edge.yaml"
	chart edge -f "$BATS_TEST_TMPDIR/edge.yaml" >"$BATS_TEST_TMPDIR/built.yaml"
	run -0 "$REPO/tests/kubernetes/validate" "$BATS_TEST_TMPDIR/built.yaml"
	"$PYTHON" "$REPO/tests/kubernetes/pod_check.py" "$BATS_TEST_TMPDIR/built.yaml"
	grep -qF '"private": "16MiB"' "$BATS_TEST_TMPDIR/built.yaml"
	grep -qF '"extends": "container"' "$BATS_TEST_TMPDIR/built.yaml"
	refused --set memory=512
	[[ $output == *"$(sed -n '/^    Error: /,/^$/s/^    //p' "$CHART/README.md")"* ]] || fail "$output"
}
