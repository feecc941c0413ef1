#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A profile in the words of other tools: what each of them reads is what was meant, and an export is the same wherever it is made.
# Whole exports are in tests/fixtures/exports/: a new case is a new folder with the arguments, a line each, and what is expected.

load ../lib/common

EXPORTS=$REPO/tests/fixtures/exports
# Words that a shell, systemd, YAML or Kubernetes would take for something of its own.
# shellcheck disable=SC2016,SC1003 # they are meant as they stand
HOSTILE=('a b' '100%n' '$HOME' '${HOME}' '$(reboot)' '$$' '"' "it's" '\' ';' '#x' 'a: b' '- c' '{d}' '~' '1' 'true' $'e\nf' $'g\th' 'ü' '*' '!' '%%' '')

setup() {
	plain_environment
	cd "$REPO" || return
}

# export_to TOOL [ARGUMENT...]: kamailio-4g for it, on standard output.
export_to() {
	"$SIPLAUNCH" export --profile-dir profiles --profile kamailio-4g --set user=5060 --set group=5060 --set sizing.processes=20 "$@" 2>/dev/null
}

# words TEXT: what a shell makes of the last command of it, a line each word.
words() {
	docker() { printf '%s\0' docker "$@"; }
	eval "$(sed '/^#/d' <<<"$1")" | "$PYTHON" -c 'import json, sys; print(json.dumps(sys.stdin.read().split("\0")[:-1]))'
}

@test "every fixture is exported as its expected file says" {
	for folder in "$EXPORTS"/*/; do
		mapfile -t arguments <"$folder/arguments"
		"$SIPLAUNCH" export --profile-dir profiles "${arguments[@]}" 2>/dev/null >"$BATS_TEST_TMPDIR/actual"
		sed "s/ by siplaunch [0-9.]*$/ by siplaunch VERSION/" "$BATS_TEST_TMPDIR/actual" | diff -u "$folder/expected" -
	done
	[ "$(find "$EXPORTS" -name expected | wc -l)" -ge 13 ]
}

@test "what is exported does not depend on who exports it where" {
	for tool in docker podman compose kubernetes systemd sysctl; do
		export_to $tool -- kamailio -DD >"$BATS_TEST_TMPDIR/here"
		# other limits, another score, no privilege to be had
		(
			export -f export_to
			export SIPLAUNCH
			echo 500 >/proc/self/oom_score_adj
			exec prlimit --nofile=100:100 --core=0:0 --memlock=1000:1000 setpriv --no-new-privs \
				bash -c 'export_to "$@"' - $tool -- kamailio -DD
		) >"$BATS_TEST_TMPDIR/there"
		diff "$BATS_TEST_TMPDIR/here" "$BATS_TEST_TMPDIR/there"
	done
}

@test "whatever makes the router's group on a machine, an export has its limits, and siplaunch starts there" {
	local manager tool
	for manager in auto adopt cgroupfs systemd; do
		for tool in docker podman compose kubernetes systemd sysctl; do
			export_to $tool --set cgroup.manager=$manager -- kamailio -DD >"$BATS_TEST_TMPDIR/$tool" || fail "$manager, $tool"
		done
		grep -q -- '^  --memory 4g' "$BATS_TEST_TMPDIR/docker"
		grep -q '^MemoryMax=4G' "$BATS_TEST_TMPDIR/systemd"
		# in a container neither systemd nor a writable cgroup tree is to be expected
		grep -q '"manager": "\(auto\|adopt\)"' "$BATS_TEST_TMPDIR/kubernetes"
		[[ $manager == adopt ]] || grep -q -- '--set cgroup.manager=auto' "$BATS_TEST_TMPDIR/docker"
	done
	# a profile without a group of its own, as "container" is
	for tool in docker podman compose kubernetes systemd sysctl; do
		export_to $tool --set cgroup.path=null -- kamailio -DD >"$BATS_TEST_TMPDIR/$tool" || fail "no path, $tool"
	done
	grep -q -- '^  --memory 4g' "$BATS_TEST_TMPDIR/docker"
	run -0 export_to systemd --set cgroup.path=null --set resources.unified.memory.swap.high=1M -- kamailio -DD
	[[ $output == *' --set cgroup.path=router -- '*'Delegate=yes'* ]]
	run -0 export_to systemd --set cgroup.manager=adopt --set resources.unified.memory.swap.high=1M -- kamailio -DD
	[[ $output == *' --set cgroup.path=router --set cgroup.manager=auto -- '* ]]
	# what no option sets and siplaunch may not set either
	run -0 export_to docker --set cgroup.manager=adopt --set resources.unified.memory.high=1G -- kamailio -DD
	[[ $(tr -d '\n#' <<<"$output" | tr -s ' ') == *'NOT SET: cgroup/memory.high 1 GiB: there is no option for it, and the profile does not let siplaunch make a group;'* ]]
	run -1 --separate-stderr "$SIPLAUNCH" export docker --profile kamailio-4g --set cgroup.path=null --set resources.unified.pids.max=9 -- kamailio -DD
	[[ $stderr == *'pids.max 9 is less than the'* ]]
}

@test "a limit that only the place would know is asked for" {
	run -1 --separate-stderr "$SIPLAUNCH" export --profile-dir profiles --profile kamailio docker -- kamailio -DD
	[ -z "$output" ]
	[[ $stderr == *"sizing.memory is not given"*"--set sizing.memory=4GiB"* ]]
	run -1 --separate-stderr "$SIPLAUNCH" export --profile-dir profiles --profile kamailio --set sizing.memory=50% docker -- kamailio -DD
	[[ $stderr == *"sizing.memory is a percentage"* ]]
	run -0 "$SIPLAUNCH" export --profile-dir profiles --profile generic docker -- sleep 9
	fails grep -e --memory <<<"$output"
}

# The command that an export prints for its profile, as it is pasted.
profile_command() {
	sed -n '/^# *siplaunch profiles/,/[^\\]$/ s/^# *//p' <<<"$1"
}

@test "the command that writes the exported profile never writes over a file that the profile is made of" {
	local folder=$BATS_TEST_TMPDIR/p tool
	mkdir -p "$folder"
	echo '{"extends": "kamailio-4g", "user": "5060", "group": "5060"}' >"$folder/edge.json"
	echo '{"extends": "./edge.json"}' >"$folder/child.json"
	siplaunch() { SIPLAUNCH_PROFILE_PATH=$REPO/profiles "$SIPLAUNCH" "$@"; }
	for tool in docker podman compose; do
		cd "$folder" || return
		cp edge.json "$BATS_TEST_TMPDIR/before.json"
		run -0 --separate-stderr siplaunch export $tool --profile ./edge.json -- kamailio -DD
		[[ $output == *'/edge-exported.json:/etc/siplaunch/profiles/edge-exported.json:ro'* ]] || fail "$tool: $output"
		eval "$(profile_command "$output")"
		cmp edge.json "$BATS_TEST_TMPDIR/before.json"
		siplaunch profiles check ./edge-exported.json
		# again: what was exported is no file of the profile
		run -0 --separate-stderr siplaunch export $tool --profile ./edge.json -- kamailio -DD
		[[ $output == *'show ./edge.json >edge-exported.json'* ]]
		# a file that it extends is one of its own
		mkdir -p sub
		echo '{"extends": "../edge.json"}' >sub/edge.json
		run -0 --separate-stderr siplaunch export $tool --profile sub/edge.json -- kamailio -DD
		[[ $output == *'show sub/edge.json >edge-exported.json'* ]]
		# elsewhere the name is free
		cd "$BATS_TEST_TMPDIR" || return
		run -0 --separate-stderr siplaunch export $tool --profile p/edge.json -- kamailio -DD
		[[ $output == *'show p/edge.json >edge.json'* ]]
	done
}

@test "the command that writes the exported profile makes the one that was exported" {
	siplaunch() { "$SIPLAUNCH" "$@"; }
	cp -r profiles "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR" || return
	local options=(--profile-dir profiles --profile kamailio-4g --set user=5060 --set sizing.workload.dialogs=1 --policy 'cgroup/pids.max=prefer'
		--workload registrations=50000 --workload dialogs=20000)
	for tool in docker compose; do
		"$SIPLAUNCH" export "${options[@]}" $tool -- kamailio -DD >text 2>/dev/null
		"$SIPLAUNCH" export "${options[@]}" --format json $tool -- kamailio -DD >data 2>/dev/null
		eval "$(profile_command "$(<text)")"
		"$PYTHON" -c 'import json; assert json.load(open("kamailio-4g.json")) == json.load(open("data"))["profile"]["content"]'
		rm kamailio-4g.json
	done
}

@test "on the machine of its unit a profile of /etc/siplaunch stays as it is" {
	unshare --mount mount -t tmpfs none /mnt 2>/dev/null || skip "mounting needs CAP_SYS_ADMIN"
	cat >"$BATS_TEST_TMPDIR/script" <<-'END'
		mount -t tmpfs none /mnt && cp -a /etc/. /mnt && mount --bind /mnt /etc && mkdir -p /etc/siplaunch/profiles
		echo '{"extends": "kamailio-4g", "sizing": {"memory": "2GiB"}}' >/etc/siplaunch/profiles/edge.json
		export SIPLAUNCH_PROFILE_PATH=/etc/siplaunch/profiles:$2
		"$1" export systemd --profile edge -- kamailio -DD 2>/dev/null
		cp -a /etc/siplaunch/profiles/edge.json /mnt/before
		"$1" profiles show edge >/etc/siplaunch/profiles/edge-exported.json
		"$1" plan --profile edge-exported -- kamailio -DD >/dev/null
		cmp /etc/siplaunch/profiles/edge.json /mnt/before
	END
	run unshare --mount bash "$BATS_TEST_TMPDIR/script" "$SIPLAUNCH" "$REPO/profiles"
	[[ $output == *'show edge >/etc/siplaunch/profiles/edge-exported.json'* ]]
	[[ $output == *'ExecStart=siplaunch --profile /etc/siplaunch/profiles/edge-exported.json '* ]]
	[ "$status" = 0 ]
}

@test "a filter that siplaunch does not ship goes with the profile that names it" {
	local filter=$REPO/profiles/seccomp/sip-router.json
	cd "$BATS_TEST_TMPDIR" || return
	mkdir -p p/seccomp p/more
	sed 's/"defaultErrnoRet": 38/"defaultErrnoRet": 1/' "$filter" | tee p/seccomp/mine.json >p/more/other.json
	cp "$filter" p/seccomp/sip-router.json
	for pair in mine=p/seccomp/mine.json=/etc/siplaunch/profiles/seccomp/mine.json ./more/other.json=p/./more/other.json=/etc/siplaunch/profiles/more/other.json \
		"$PWD/p/more/other.json=$PWD/p/more/other.json=$PWD/p/more/other.json"; do
		IFS='=' read -r word source target <<<"$pair"
		echo '{"extends": "kamailio-4g", "user": "5060", "group": "5060", "seccomp": "'"$word"'"}' >p/edge.json
		export_edge() { "$SIPLAUNCH" export --profile-dir p --profile-dir "$REPO/profiles" --profile edge "$@" -- kamailio -DD -E 2>/dev/null; }
		for tool in docker podman; do
			run -0 export_edge $tool
			# shellcheck disable=SC2016 # the shell that it is pasted into expands it
			grep -qF -e "--volume $([[ $source == /* ]] || echo '"$PWD"/')$source:$target:ro " <<<"$output" || fail "$tool: $output"
		done
		run -0 export_edge compose
		[[ $output == *"- \"$([[ $source == /* ]] || echo ./)$source:$target:ro\""* ]] || fail "compose: $output"
		run -0 export_edge kubernetes
		[[ $output == *'"defaultErrnoRet": 1'* ]] || fail "kubernetes $word"
		run -0 export_edge systemd --format json
		[[ $output == *"copy its file $source to $target there"* || $source == "$target" && $output == *"its file must exist there too: $target"* ]] || fail "systemd: $output"
	done
	# what siplaunch ships is in the target too
	echo '{"extends": "kamailio-4g", "user": "5060", "group": "5060"}' >p/edge.json
	for tool in docker compose systemd kubernetes; do
		run -0 export_edge $tool
		[[ $output == *'seccomp/filter sip-router: '* && $output != *sip-router.json* && $output != *defaultErrnoRet* ]] || fail "$tool: $output"
	done
}

@test "what no place can give is refused" {
	run -1 --separate-stderr "$SIPLAUNCH" export --profile-dir profiles --profile kamailio-4g --set rlimits.RLIMIT_AS=1048576 systemd -- kamailio -DD
	[[ -z $output && $stderr == *"rlimit/RLIMIT_AS"*"it could not start"*"remove it"* ]]
	run -1 --separate-stderr "$SIPLAUNCH" export --profile-dir profiles --profile kamailio-4g --set ipc.namespace=inherit \
		--set sysctl.kernel.msgmni=777 systemd -- kamailio -DD
	[[ -z $output && $stderr == *"the IPC namespace here is the machine's"* ]]
	# but a minimum that the kernel's default exceeds needs no namespace of the router's own
	run -0 "$SIPLAUNCH" export --profile-dir profiles --profile kamailio-user --set sizing.memory=512MiB systemd -- kamailio -DD
	[[ $(tr -d '\n#' <<<"$output" | tr -s ' ') == *"500 32000: the kernel's default is no less, and the router needs no more"* ]]
	run -1 --separate-stderr "$SIPLAUNCH" export --profile-dir profiles --profile kamailio-4g --set ipc.namespace=inherit \
		--set ipc.semaphores.perSet=40000 systemd -- kamailio -DD
	[[ -z $output && $stderr == *"kernel.sem"* ]]
}

@test "an id that containers cannot have is refused there, and a unit takes it" {
	local id=4294967294
	for tool in docker podman compose kubernetes; do
		for set in user=$id group=$id "additionalGids=[44,$id]"; do
			run -1 --separate-stderr "$SIPLAUNCH" export $tool --profile-dir profiles --profile kamailio-4g --set user=5060 --set group=5060 --set "$set" -- kamailio -DD
			[[ -z $output && $stderr == *"identity/${set%%=*}: ids in $tool are at most 2147483647, not $id"* ]] || fail "$tool, $set: $stderr"
		done
	done
	run -0 export_to systemd --set user=$id -- kamailio -DD
	[[ $output == *"User=$id"* ]]
	run -0 export_to docker --set user=2147483647 -- kamailio -DD
}

@test "a controller that systemd never enables is refused for that reason, in a unit and in one that is delegated" {
	local reason='controller is not available in groups of systemd, which enables only cpu, cpuset, io, memory and pids'
	for limit in hugetlb.2MB.max=0 'misc.max=sev 2' 'rdma.max=mlx4_0 hca_handle=2'; do
		for command in "export systemd" "plan --host tests/fixtures/hosts/systemd-delegated-service"; do
			# shellcheck disable=SC2086 # two words
			run -1 "$SIPLAUNCH" $command --profile-dir profiles --profile kamailio-4g --set "resources.unified.$limit" -- kamailio -DD
			[[ $(tr -s ' \n' ' ' <<<"$output") == *"$reason"*"continue without it: --policy cgroup/${limit%%=*}=prefer"* ]] || fail "$command: $output"
			[[ $output != *cgroup_disable* ]]
		done
		run -0 "$SIPLAUNCH" export docker --profile-dir profiles --profile kamailio-4g --set "resources.unified.$limit" -- kamailio -DD
	done
}

@test "bad usage is told with status 2" {
	for arguments in "" "dcoker" "docker --kind pod -- x" "docker --kind deployment -- x" "compose --sysctls init -- x" "systemd --image x -- x" "docker --name Bad_Name -- x" "docker"; do
		read -ra words <<<"$arguments"
		run -2 --separate-stderr "$SIPLAUNCH" export --profile-dir profiles "${words[@]}"
		[[ -z $output && $stderr == siplaunch:* ]]
	done
	run -2 --separate-stderr "$SIPLAUNCH" export --profile-dir profiles --profile kamailio-4g systemd -- kamailio -f $'\xff'
	[[ $stderr == *"argument 3 of the command is not UTF-8"* ]]
}

@test "the tool alone, with a profile, is enough: the router's usual words are its command" {
	run -0 export_to docker
	[[ $output == *$'\n  -- kamailio -DD -E' ]]
	# of a program that siplaunch does not know there are no usual words
	for tool in docker compose kubernetes systemd; do
		run -2 --separate-stderr "$SIPLAUNCH" export --profile-dir profiles --profile generic $tool
		[[ -z $output && $stderr == *'profile generic has router "generic", and no command names the program'*'add the command after --'* ]] || fail "$tool: $stderr"
	done
	run -0 "$SIPLAUNCH" export --profile-dir profiles --profile generic sysctl
	run -0 "$SIPLAUNCH" export --profile-dir profiles --profile rtpengine docker
}

@test "a shell reads the docker command as it was meant, whatever is in it" {
	export_to docker --image 'my image' -- "${HOSTILE[@]}" >"$BATS_TEST_TMPDIR/command"
	bash -n "$BATS_TEST_TMPDIR/command"
	words "$(<"$BATS_TEST_TMPDIR/command")" >"$BATS_TEST_TMPDIR/words"
	export_to docker --format json --image 'my image' -- "${HOSTILE[@]}" >"$BATS_TEST_TMPDIR/json"
	"$PYTHON" - "$BATS_TEST_TMPDIR" "${HOSTILE[@]}" <<-'END'
		import json, sys
		words = json.load(open(sys.argv[1] + "/words"))
		assert words[:2] == ["docker", "run"], words
		end = words.index("--")
		assert words[end + 1:] == sys.argv[2:], words[end + 1:]
		assert words[end - 3:end] == ["my image", "--profile", "/etc/siplaunch/profiles/kamailio-4g.json"], words[:end]
		options = words[2:end - 3]
		for name, value in (("--memory", "4g"), ("--memory-swap", "4g"), ("--user", "5060:5060"), ("--cap-drop", "ALL"),
		                    ("--ulimit", "nofile=65536:65536"), ("--oom-score-adj", "-900"), ("--entrypoint", "siplaunch")):
		    assert options[options.index(name) + 1] == value, (name, options)
	END
	command=$("$PYTHON" -c 'import json; print(json.load(open("'"$BATS_TEST_TMPDIR/json"'"))["document"]["command"])')
	[ "$(words "$command")" = "$(<"$BATS_TEST_TMPDIR/words")" ]
}

@test "YAML reads the manifests as they were meant, whatever is in them, and Kubernetes puts no variable in" {
	for kind in pod deployment; do
		export_to kubernetes --kind $kind --image '1' -- "${HOSTILE[@]}" >"$BATS_TEST_TMPDIR/yaml"
		export_to kubernetes --kind $kind --image '1' --format json -- "${HOSTILE[@]}" >"$BATS_TEST_TMPDIR/json"
		"$PYTHON" - "$BATS_TEST_TMPDIR" "${HOSTILE[@]}" <<-'END'
			import json, sys, yaml
			documents = list(yaml.safe_load_all(open(sys.argv[1] + "/yaml")))
			export = json.load(open(sys.argv[1] + "/json"))
			assert documents == export["document"], documents
			map, pod = documents[0], documents[-1]
			assert json.loads(map["data"]["kamailio-4g.json"]) == export["profile"]["content"]
			spec = pod["spec"]["template"]["spec"] if pod["kind"] == "Deployment" else pod["spec"]
			router, = spec["containers"]
			init, = spec["initContainers"]
			assert (router["name"], init["name"], router["image"]) == ("router", "siplaunch-init", "1")
			for container in router, init:
			    command = container["command"]
			    typed = command[command.index("--") + 1:]
			    assert [word.replace("$$", "$") for word in typed] == sys.argv[2:], typed
			    # a "$" that is not doubled is one that Kubernetes would look behind
			    assert all("$" not in word.replace("$$", "") for word in typed), typed
			    assert container["resources"]["limits"] == container["resources"]["requests"]
			assert router["resources"]["limits"]["memory"] == "4Gi"
			assert router["securityContext"]["runAsUser"] == 5060 and router["securityContext"]["runAsNonRoot"] is True
			assert router["securityContext"]["capabilities"] == {"drop": ["ALL"]}
			assert router["securityContext"]["readOnlyRootFilesystem"] is True and spec["automountServiceAccountToken"] is False
			assert spec["hostIPC"] is False
			assert ("topologySpreadConstraints" in spec) == (pod["kind"] == "Deployment")
		END
	done
}

@test "Compose reads the service as it was meant, whatever is in it, and puts no variable in" {
	export_to compose --image '1' -- "${HOSTILE[@]}" >"$BATS_TEST_TMPDIR/yaml"
	export_to compose --image '1' --format json -- "${HOSTILE[@]}" >"$BATS_TEST_TMPDIR/json"
	"$PYTHON" - "$BATS_TEST_TMPDIR" "${HOSTILE[@]}" <<-'END'
		import json, sys, yaml
		document = yaml.safe_load(open(sys.argv[1] + "/yaml"))
		assert document == json.load(open(sys.argv[1] + "/json"))["document"], document
		service = document["services"]["kamailio"]
		typed = service["command"][service["command"].index("--") + 1:]
		assert [word.replace("$$", "$") for word in typed] == sys.argv[2:], typed
		assert all("$" not in word.replace("$$", "") for word in typed), typed
		for name, value in (("image", "1"), ("mem_limit", "4g"), ("memswap_limit", "4g"), ("user", "5060:5060"), ("cap_drop", ["ALL"]),
		                    ("oom_score_adj", -900), ("ulimits", {"nofile": {"soft": 65536, "hard": 65536}}), ("entrypoint", ["siplaunch"])):
		    assert service[name] == value, (name, service)
	END
}

# kamailio_in FOLDER: a configuration with an include and sockets of every kind.
kamailio_in() {
	mkdir -p "$1/sub"
	printf '%s\n' 'listen=udp:0.0.0.0:5080' 'listen=tls:0.0.0.0' 'listen=tcp:0.0.0.0:443' 'listen=udp:127.0.0.1:5099' 'enable_tls=yes' \
		'include_file "sub/more.cfg"' >"$1/kamailio.cfg"
	printf 'children=3\n' >"$1/sub/more.cfg"
}

@test "a container gets the configuration, what it includes, and its ports" {
	local folder=$BATS_TEST_TMPDIR/c
	kamailio_in "$folder"
	for tool in docker podman compose; do
		export_to $tool -- kamailio -DD -E -f "$folder/kamailio.cfg" >"$BATS_TEST_TMPDIR/out"
		for part in "$folder/kamailio.cfg:$folder/kamailio.cfg:ro" "$folder/sub/more.cfg:$folder/sub/more.cfg:ro" 5080:5080/udp 5061:5061/tcp 443:443/tcp; do
			grep -qF -e "$part" "$BATS_TEST_TMPDIR/out" || fail "$tool: $part"
		done
		# nothing outside reaches it, and nobody published what is not listened on
		fails grep -E '5099:|5060:5060/' "$BATS_TEST_TMPDIR/out"
	done
	export_to kubernetes --format json -- kamailio -DD -E -f "$folder/kamailio.cfg" >"$BATS_TEST_TMPDIR/json"
	"$PYTHON" - "$BATS_TEST_TMPDIR/json" "$folder" <<-'END'
		import json, sys
		profile, config, *_, deployment = json.load(open(sys.argv[1]))["document"]
		assert config["kind"] == "ConfigMap" and config["data"] == {
		    name: open(f"{sys.argv[2]}/{path}").read() for name, path in (("kamailio.cfg", "kamailio.cfg"), ("more.cfg", "sub/more.cfg"))}, config
		pod = deployment["spec"]["template"]["spec"]
		router, = pod["containers"]
		ports = {(port["containerPort"], port["protocol"]) for port in router["ports"]}
		assert ports == {(5080, "UDP"), (5061, "TCP"), (443, "TCP")}, ports
		mounted = {mount["mountPath"]: mount.get("subPath") for mount in router["volumeMounts"]}
		assert mounted[f"{sys.argv[2]}/sub/more.cfg"] == "more.cfg", mounted
		assert {"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"} in pod["securityContext"]["sysctls"]
	END
}

@test "a relative configuration is mounted from the working directory, and the command names where it is then" {
	kamailio_in "$BATS_TEST_TMPDIR"
	cp -r profiles "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR"
	for name in kamailio.cfg ./kamailio.cfg; do
		run -0 export_to docker -- kamailio -DD -E -f $name
		words "$output" >words.json
		"$PYTHON" - "$PWD" <<-'END'
			import json, sys
			words = json.load(open("words.json"))
			mounts = [words[i + 1] for i, word in enumerate(words) if word == "--volume"]
			assert mounts[1:] == [f"{sys.argv[1]}/{file}:/etc/kamailio/{file}:ro" for file in ("kamailio.cfg", "sub/more.cfg")], mounts
			assert words[-2:] == ["-f", "/etc/kamailio/kamailio.cfg"], words
		END
	done
	export_to docker -- kamailio -DD -E -fkamailio.cfg >out
	[[ $(tail -n 1 out) == '  -- kamailio -DD -E -f/etc/kamailio/kamailio.cfg' ]]
}

@test "files that the configuration names beside it are in a comment, with the line of each" {
	local folder=$BATS_TEST_TMPDIR/etc config
	config=$folder/kamailio.cfg
	mkdir -p "$folder/keys"
	touch "$folder/tls.cfg" "$folder/numbers.list" "$folder/included.cfg"
	cat >"$config" <<-END
		listen=udp:0.0.0.0:5060
		include_file "included.cfg"
		modparam("tls", "config", "tls.cfg")
		modparam("dispatcher", "list_file", "$folder/numbers.list")
		modparam("db_sqlite", "db_url", "sqlite://$folder/absent.sqlite")
		modparam("tls", "ca_path", "$folder/keys")
		modparam("ctl", "binrpc", "unix:/run/kamailio/kamailio_ctl")
		modparam("jsonrpcs", "fifo_name", "/run/kamailio/kamailio_rpc.fifo")
		modparam("xhttp_pi", "xhttp_pi_root", "/pi")
		modparam("registrar", "realm_prefix", "sip.")
		modparam("nathelper", "natping_from", "sip:pinger@sip.example.com")
		modparam("a", "b", "$folder/included.cfg")
	END
	local names="also names tls.cfg (kamailio.cfg:3), $folder/numbers.list (kamailio.cfg:4), $folder/absent.sqlite (kamailio.cfg:5), $folder/keys (kamailio.cfg:6): mount in the same way"
	for tool in docker podman compose kubernetes; do
		run -0 export_to $tool -- kamailio -DD -E -f "$config"
		[[ $(tr -d '\n#' <<<"$output" | tr -s ' ') == *"$names"* ]] || fail "$tool: $output"
	done
	printf 'loadmodule "tls_mgm.so"\nmodparam("tls_mgm", "certificate", "[dom]%s/numbers.list")\nsocket=udp:0.0.0.0:5060\n' "$folder" >"$folder/opensips.cfg"
	run -0 "$SIPLAUNCH" export docker --profile-dir profiles --profile opensips-1g -- opensips -F -f "$folder/opensips.cfg"
	[[ $(tr -d '\n#' <<<"$output" | tr -s ' ') == *"also names $folder/numbers.list (opensips.cfg:2): mount"* ]]
	# one that names none says nothing
	printf 'listen=udp:0.0.0.0:5060\n' >"$config"
	run -0 export_to docker -- kamailio -DD -E -f "$config"
	[[ $output != *'also names'* ]]
}

@test "a path that is not UTF-8 is refused by name where YAML has to hold it, and so is an image that is none" {
	local folder=$BATS_TEST_TMPDIR/$'b\xff'
	mkdir -p "$folder"
	printf 'listen=udp:0.0.0.0:5060\n' >"$folder/inc.cfg"
	printf 'include_file "%s"\n' "$folder/inc.cfg" >"$BATS_TEST_TMPDIR/kamailio.cfg"
	for tool in compose kubernetes; do
		run -1 --separate-stderr "$SIPLAUNCH" export $tool --profile kamailio-4g -- kamailio -DD -E -f "$BATS_TEST_TMPDIR/kamailio.cfg"
		[[ $stderr == *"$tool cannot mount "*'/b\xff/inc.cfg, because the path is not UTF-8'*'rename it'* ]] || fail "$stderr"
	done
	run -0 "$SIPLAUNCH" export docker --profile kamailio-4g -- kamailio -DD -E -f "$BATS_TEST_TMPDIR/kamailio.cfg"
	for image in $'a\xff' $'a\nb'; do
		for tool in docker compose kubernetes; do
			run -2 "$SIPLAUNCH" export $tool --profile kamailio-4g --image "$image" -- kamailio -DD
			[[ $output == *'cannot be an image: it '* ]]
		done
		run -2 "$SIPLAUNCH" export kubernetes --profile kamailio-4g --init-image "$image" -- kamailio -DD
		[[ $output == *'--init-image: '*'cannot be an image'* ]]
	done
}

@test "a configuration whose path no container can mount is refused, and a unit takes it" {
	cd "$BATS_TEST_TMPDIR" || return
	mkdir a:b
	printf 'listen=udp:0.0.0.0:5060\n' | tee a:b/kamailio.cfg >k:amailio.cfg
	printf 'include_file "k:amailio.cfg"\n' >kamailio.cfg
	export_to() { "$SIPLAUNCH" export --profile-dir "$REPO/profiles" --profile kamailio-4g --set user=5060 --set group=5060 "$@"; }
	for tool in docker podman compose kubernetes; do
		for config in a:b/kamailio.cfg k:amailio.cfg kamailio.cfg no:where.cfg "$PWD/a:b/kamailio.cfg"; do
			# a pod has the text of the file, and not its directory
			[[ $tool:$config == kubernetes:a:b/kamailio.cfg ]] && continue
			run -1 --separate-stderr export_to $tool -- kamailio -DD -E -f "$config"
			[[ -z $output && $stderr == *"$tool cannot mount "*", because the path has a colon"*"hint: rename it"* ]] || fail "$tool $config: $stderr"
		done
	done
	run -0 export_to kubernetes -- kamailio -DD -E -f a:b/kamailio.cfg
	run -0 export_to systemd -- kamailio -DD -E -f "$PWD/k:amailio.cfg"
	[[ $output != *"the service starts in the root directory"* ]]
}

@test "a relative path in a unit's command is a warning, because the unit starts in the root directory" {
	run -0 --separate-stderr "$SIPLAUNCH" export --profile-dir profiles --profile kamailio-4g systemd -- ./kamailio -DD -E -f sub/kamailio.cfg
	[[ $stderr == *"the service starts in the root directory, where ./kamailio is /./kamailio: give an absolute path"* ]]
	[[ $stderr == *"the service starts in the root directory, where -f sub/kamailio.cfg is /sub/kamailio.cfg: give an absolute path"* ]]
	run -0 --separate-stderr "$SIPLAUNCH" export --profile-dir profiles --profile kamailio-4g systemd -- kamailio -DD -E -f /etc/kamailio/kamailio.cfg
	[[ $stderr != *"root directory"* ]]
}

@test "a relative path in the command of a user's unit is a warning, because that unit starts in the home directory" {
	users() { run -0 --separate-stderr "$SIPLAUNCH" export systemd --profile-dir profiles --profile kamailio-user --set sizing.memory=1GiB "$@"; }
	users -- ./kamailio -DD -E -f sub/kamailio.cfg
	[[ $stderr == *"the service starts in the user's home directory, where ./kamailio is ~/./kamailio: give an absolute path"* ]] || fail "$stderr"
	[[ $stderr == *"the service starts in the user's home directory, where -f sub/kamailio.cfg is ~/sub/kamailio.cfg: give an absolute path"* ]]
	[[ $stderr != *"root directory"* ]]
	users -- kamailio -DD -E -f /etc/kamailio/kamailio.cfg
	[[ $stderr != *"home directory"* ]]
}

@test "files of a configuration whose names differ only in what a ConfigMap's key cannot have are all in it" {
	cd "$BATS_TEST_TMPDIR" || return
	printf 'listen=udp:0.0.0.0:5060\ninclude_file "a b.cfg"\ninclude_file "a-b.cfg"\n' >kamailio.cfg
	echo '# first' >'a b.cfg'
	echo '# second' >a-b.cfg
	"$SIPLAUNCH" export --profile-dir "$REPO/profiles" --profile kamailio-4g kubernetes -- kamailio -DD -E -f kamailio.cfg >yaml 2>/dev/null
	"$PYTHON" - <<-'END'
		import yaml
		documents = list(yaml.safe_load_all(open("yaml")))
		files, = (document["data"] for document in documents if document["metadata"]["name"] == "kamailio-config")
		assert sorted(text.split("\n")[0] for text in files.values()) == ["# first", "# second", "listen=udp:0.0.0.0:5060"], files
		spec, = (document["spec"]["template"]["spec"] for document in documents if document["kind"] == "Deployment")
		mounts = {mount["mountPath"]: files[mount["subPath"]] for mount in spec["containers"][0]["volumeMounts"] if mount["name"] == "config"}
		assert mounts["/etc/kamailio/a b.cfg"] == "# first\n" and mounts["/etc/kamailio/a-b.cfg"] == "# second\n", mounts
	END
}

@test "a configuration with a password in it becomes a Secret, and one that a ConfigMap cannot hold a command" {
	local config=$BATS_TEST_TMPDIR/kamailio.cfg
	printf 'listen=udp:0.0.0.0:5060\n# no password here\n#!define DB "mysql://sip:geheim@db/sip"\n' >"$config"
	run -0 export_to kubernetes -- kamailio -DD -E -f "$config"
	[[ $output == *'line 3 of'*'kind'*'secretName: "kamailio-config"'* || $output == *'kind: "Secret"'*'line 3 of'*'secretName: "kamailio-config"'* ]]
	printf 'listen=udp:0.0.0.0:5060\n#!define REDIS "name=srv;addr=192.0.2.9;port=6379;pass=geheim"\n' >"$config"
	run -0 export_to kubernetes -- kamailio -DD -E -f "$config"
	[[ $output == *'kind: "Secret"'*'secretName: "kamailio-config"'* ]]
	printf 'listen=udp:0.0.0.0:5060\n' >"$config"
	head -c 1100000 /dev/zero | tr '\0' '#' >>"$config"
	run -0 export_to kubernetes -- kamailio -DD -E -f "$config"
	fails grep -c '######' <<<"$output"
	# beside the comment on the directories' volume, as it is pasted
	[[ $output == *'directories/runtime'* ]]
	# shellcheck disable=SC2317 # what is pasted calls it
	pasted() (
		kubectl() { printf '%s\n' "$@"; }
		eval "$(sed -n '/# kubectl create/,/^ *[^ #]/ s/^ *# //p' <<<"$output")"
	)
	[ "$(pasted)" = $'create\nconfigmap\nkamailio-config\n--from-file=kamailio.cfg='"$config" ]
	# what is too large is a secret all the same
	printf '\n#!define DB "mysql://sip:geheim@db/sip"\n' >>"$config"
	run -0 export_to kubernetes -- kamailio -DD -E -f "$config"
	[[ $(pasted) == $'create\nsecret\ngeneric\nkamailio-config\n'* && $output == *'secretName: "kamailio-config"'* ]]
	fails grep -c 'geheim' <<<"$output"
	# and what is not UTF-8
	printf 'listen=udp:0.0.0.0:5060\n# G\xfcnther\n' >"$config"
	run -0 export_to kubernetes -- kamailio -DD -E -f "$config"
	[[ $(pasted) == $'create\nconfigmap\nkamailio-config\n'* && $(tr -d '\n#' <<<"$output" | tr -s ' ') == *'not in this file (it could not be read here, is not UTF-8, or'* ]]
	printf '#!define DB "mysql://sip:geheim@db/sip"\n' >>"$config"
	run -0 export_to kubernetes -- kamailio -DD -E -f "$config"
	[[ $(pasted) == $'create\nsecret\ngeneric\nkamailio-config\n'* && $output == *'secretName: "kamailio-config"'* ]]
}

@test "a run directory that the profile does not make is mounted beside those that it makes" {
	for tool in docker podman compose; do
		run -0 export_to $tool -- kamailio -DD -E -Y /run/elsewhere/
		[[ $output == *'/run/kamailio:'* && $output == *'/run/elsewhere:mode=1777,size=64m'* ]]
		run -0 export_to $tool -- kamailio -DD -E -Y /run/kamailio/
		[ "$(grep -v '^#' <<<"$output" | grep -c '/run/kamailio:')" = 1 ]
	done
	run -0 export_to kubernetes -- kamailio -DD -E -Y /run/elsewhere
	[ "$(grep -A 1 'name: "run"' <<<"$output" | tr -s ' \n' ' ')" = ' - name: "run" mountPath: "/run/elsewhere" -- - name: "run" emptyDir: ' ]
	run -0 export_to kubernetes -- kamailio -DD -E -Y /run/kamailio
	fails grep 'name: "run"' <<<"$output"
}

@test "every directory has a volume of its own in a pod, whatever its name is" {
	local long
	long=$(printf 'x%.0s' {1..60})
	local names="[\"a-b\", \"a.b\", \"a/b\", \"A-B\", \"a_b\", \"a-\", \"ü\", \"${long}1\", \"${long}2\"]"
	run -0 export_to kubernetes --set "directories.runtime=$names" -- kamailio -DD -E
	"$PYTHON" -c '
import json, re, sys, yaml
pod = next(item for item in yaml.safe_load_all(sys.stdin) if item["kind"] == "Deployment")["spec"]["template"]["spec"]
volumes = [volume["name"] for volume in pod["volumes"]]
assert len(volumes) == len(set(volumes)), volumes
assert all(re.fullmatch("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", name) for name in volumes), volumes
mounts = {mount["mountPath"]: mount["name"] for mount in pod["containers"][0]["volumeMounts"]}
wanted = ["/run/" + name for name in json.loads(sys.argv[1])]
assert len({mounts[path] for path in wanted}) == len(wanted), mounts
assert {mounts[path] for path in wanted} <= set(volumes), volumes
assert mounts["/run/a-b"] == "runtime-a-b", mounts' "$names" <<<"$output"
}

@test "a directory for lasting data is to be mounted, because a container's root is read-only" {
	local tool pair
	for tool in docker podman compose; do
		for pair in state=/var/lib cache=/var/cache logs=/var/log; do
			run -0 export_to $tool --set "directories.${pair%=*}=[\"edge\"]" -- kamailio -DD -E
			[[ $(tr -d '\n#' <<<"$output" | tr -s ' ') == *"NOT SET: directories/${pair%=*} ${pair#*=}/edge 5060:5060 0755: the root file system is read-only: mount a directory that the router's user may write, such as --volume /srv/router:${pair#*=}/edge"* ]] || fail "$output"
		done
	done
	run -0 "$SIPLAUNCH" export docker --profile-dir profiles --profile generic --set user=5060 --set group=5060 --set 'directories.state=["edge"]' -- sleep 9
	[[ $output != *--read-only* && $(tr -d '\n#' <<<"$output" | tr -s ' ') == *'siplaunch sets it if the container starts as root'* ]]
}

@test "where the configuration wants an address of the machine, the container has the machine's network" {
	local config=$BATS_TEST_TMPDIR/kamailio.cfg
	for address in 192.0.2.7 127.0.0.1; do
		printf 'listen=udp:%s:5060\n' $address >"$config"
		run -0 export_to docker -- kamailio -DD -E -f "$config"
		[[ $output == *"--network host"*"$address"* && $output != *--publish* ]]
	done
}

@test "a low port that the router may not open in the machine's network is a warning, as plan refuses it" {
	local config=$BATS_TEST_TMPDIR/kamailio.cfg
	export_low() { "$SIPLAUNCH" export --profile-dir profiles --profile kamailio-4g --set group=5060 "$@" -- kamailio -DD -E -f "$config"; }
	printf 'listen=udp:192.0.2.7:5060\nlisten=tcp:192.0.2.7:443\n' >"$config"
	for tool in docker podman compose systemd; do
		run -0 --separate-stderr export_low $tool --set user=5060
		[[ $stderr == *'kamailio may not listen on tcp:192.0.2.7:443 there: a port below 1024 needs "CAP_NET_BIND_SERVICE" in "capabilities"'* ]] || fail "$tool: $stderr"
		run -0 --separate-stderr export_low $tool --set user=5060 --set 'capabilities=["CAP_NET_BIND_SERVICE"]'
		[[ $stderr != *"may not listen"* ]] || fail "$tool: $stderr"
		run -0 --separate-stderr export_low $tool --set user=root --set capabilities=null
		[[ $stderr != *"may not listen"* ]] || fail "$tool: $stderr"
	done
	# a network of the container's own, where a sysctl or the engine permits it
	printf 'listen=udp:0.0.0.0:5060\nlisten=tcp:0.0.0.0:443\n' >"$config"
	for tool in docker podman compose kubernetes; do
		run -0 --separate-stderr export_low $tool --set user=5060
		[[ $stderr != *"may not listen"* ]] || fail "$tool: $stderr"
	done
	run -0 --separate-stderr export_low systemd --set user=5060
	[[ $stderr == *'may not listen on tcp:0.0.0.0:443 there'* ]]
}

@test "the number of processes says which lines it comes from, or that it is assumed" {
	local config=$BATS_TEST_TMPDIR/kamailio.cfg
	printf 'children=5\nlisten=udp:0.0.0.0:5060\n' >"$config"
	run -0 "$SIPLAUNCH" export --profile-dir profiles --profile kamailio-4g docker -- kamailio -DD -E -f "$config"
	tr -d '\n#' <<<"$output" | tr -s ' ' | grep -qF "5: udp socket 0.0.0.0: 5 workers ($config:2)"
	run -0 "$SIPLAUNCH" export --profile-dir profiles --profile kamailio-4g docker -- kamailio -DD -E -f /nowhere.cfg
	[[ $output == *"assumed, since /nowhere.cfg could not be read"* ]]
}

# What cannot meet the level restricted of the Pod Security Standards, and the controls that each misses: nothing joins it unseen.
BELOW_RESTRICTED=(
	# the init container writes kernel.msgmni, which takes a privileged one
	'kubernetes-pod-privileged-init|Capabilities,Privilege Escalation,Privileged Containers,Running as Non-root,Running as Non-root user'
	# the kubelet sets kernel.msgmni, an unsafe sysctl
	'kubernetes-pod-unsafe-sysctls|Sysctls'
)

@test "every exported pod meets the level restricted, but for those that are listed, and says so itself" {
	local folder name missed expected said
	for folder in "$EXPORTS"/kubernetes-*/; do
		name=$(basename "$folder")
		missed=$("$PYTHON" tests/kubernetes/pod_security.py "$folder/expected" | awk -F': ' '{ print $3 }' | sort -u | paste -sd, || true)
		expected=$(printf '%s\n' "${BELOW_RESTRICTED[@]}" | sed -n "s/^$name|//p")
		[ "$missed" = "$expected" ] || fail "$name: $missed"
		said=$(grep -c '^# It meets the level restricted' "$folder/expected" || true)
		((said == (${#missed} == 0))) || fail "$name says otherwise"
	done
	[[ $name ]]
}

@test "every comment of a manifest stands above the field that it is about" {
	export_to kubernetes --set sysctl.kernel.shm_rmid_forced=1 -- kamailio -DD >"$BATS_TEST_TMPDIR/yaml"
	for pair in 'memory.max: memory that=memory: "4Gi"' 'ipc/namespace=hostIPC: false' 'noNewPrivileges=allowPrivilegeEscalation: false' \
		'kernel.shm_rmid_forced=- name: "kernel.shm_rmid_forced"' 'assumed: a pod=cpu: "1"' 'identity/user=runAsUser: 5060' \
		'bytes; this container=env:' 'the profile, after=data:'; do
		awk -v comment="${pair%%=*}" -v field="${pair#*=}" '
			/^ *#/ { if (index($0, comment)) found = 1; next }
			{ sub(/^ */, ""); if (found) { exit $0 != field } }
			END { if (!found) exit 1 }' "$BATS_TEST_TMPDIR/yaml" || fail "$pair"
	done
}

@test "a unit without a user is for a user's own systemd, and one that needs root says that the router runs as root" {
	local unit=$BATS_TEST_TMPDIR/siplaunch-kamailio.service
	users() { "$SIPLAUNCH" export systemd --profile-dir profiles --profile kamailio-user --set sizing.memory=1GiB "$@" 2>/dev/null; }
	run -0 users -- kamailio -DD -E -f /etc/kamailio/kamailio.cfg
	[[ $(tr -d '\n#' <<<"$output" | tr -s ' ') == *"For ~/.config/systemd/user/siplaunch-kamailio.service, in a user's own systemd. The profile names no user"* ]]
	[[ $output == *'WantedBy=default.target' && $output != *multi-user* && $output != *Conflicts* && $output != *network-online* ]]
	sed 's/^ExecStart=siplaunch/ExecStart=\/bin\/true/' <<<"$output" >"$unit"
	XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR run -0 systemd-analyze --user verify --man=no "$unit"
	[ -z "$output" ]
	users --format json -- kamailio -DD |
		"$PYTHON" -c 'import json, sys; file = json.load(sys.stdin)["document"]["file"]; assert file == "~/.config/systemd/user/siplaunch-kamailio.service", file'
	# with a user it is the machine's
	run -0 users --set user=kamailio -- kamailio -DD
	[[ $output == *"For /etc/systemd/system/siplaunch-kamailio.service. The profile"*'User=kamailio'*'WantedBy=multi-user.target' ]]
	# what a user may not set, and a group that systemd would have to delegate
	for needs in oomScoreAdj=-500 ipc.namespace=private 'capabilities=[]' resources.unified.memory.swap.high=1M; do
		run -0 users --set "$needs" -- kamailio -DD
		[[ $(tr -d '\n#' <<<"$output" | tr -s ' ') == *"For /etc/systemd/system/siplaunch-kamailio.service, where the router runs as root, because the profile names no user."* ]] || fail "$needs: $output"
		[[ $output == *'WantedBy=multi-user.target' ]]
	done
}

@test "systemd reads the unit as it was meant, whatever is in it" {
	command -v systemd-analyze >/dev/null || fail "no systemd-analyze on this machine"
	for profile in kamailio-4g opensips-1g; do
		export_to systemd --profile $profile --set resources.unified.memory.high=3G -- "${HOSTILE[@]}" >"$BATS_TEST_TMPDIR/x.service"
		# what it would start is not installed here
		sed -i 's/^ExecStart=siplaunch/ExecStart=\/bin\/true/' "$BATS_TEST_TMPDIR/x.service"
		run -0 systemd-analyze verify --man=no "$BATS_TEST_TMPDIR/x.service"
		[ -z "$output" ]
	done
	# the unit's own words, by systemd's rules: systemd.syntax(7) and "COMMAND LINES" of systemd.service(5)
	"$PYTHON" - "$BATS_TEST_TMPDIR/x.service" "${HOSTILE[@]}" <<-'END'
		import re, sys
		line = next(line for line in open(sys.argv[1]) if line.startswith("ExecStart="))
		def plain(word):
		    if word.startswith('"'):
		        word = re.sub(r'\\(x..|.)', lambda found: chr(int(found[1][1:], 16)) if found[1][0] == "x" else found[1], word[1:-1])
		    assert not re.search(r'%(?!%)', word.replace("%%", "")) and "$" not in word.replace("$$", ""), word
		    return word.replace("%%", "%").replace("$$", "$")
		words = [plain(word) for word in re.findall(r'"(?:[^"\\]|\\.)*"|[^\s"]+', line)]
		assert words[words.index("--") + 1:] == sys.argv[2:], words
	END
	grep -qx 'MemoryHigh=3G' "$BATS_TEST_TMPDIR/x.service"
	grep -qx 'User=5060' "$BATS_TEST_TMPDIR/x.service"
}

@test "a unit has the CPU time of the profile to a hundredth of a percent, in the profile's period, or siplaunch sets it" {
	for pair in '33330 100000=33.33%' '500 100000=0.50%' '150500 100000=150.50%' '200000 50000=400% 50000us' '1000 1000000=0.10% 1000000us'; do
		run -0 export_to systemd --set "resources.unified.cpu.max=${pair%%=*}" -- kamailio -DD
		expected=$(sed -E 's/^([^ ]*)( (.*))?$/CPUQuota=\1\nCPUQuotaPeriodSec=\3/; s/\nCPUQuotaPeriodSec=$//' <<<"${pair#*=}")
		[ "$(grep '^CPUQuota' <<<"$output")" = "$expected" ] || fail "$pair"
		sed 's/^ExecStart=siplaunch/ExecStart=\/bin\/true/' <<<"$output" >"$BATS_TEST_TMPDIR/x.service"
		run -0 systemd-analyze verify --man=no "$BATS_TEST_TMPDIR/x.service"
		[ -z "$output" ] || fail "$pair: $output"
	done
	# what systemd would round
	for quota in '33333 100000' '33333 50000'; do
		run -0 export_to systemd --set "resources.unified.cpu.max=$quota" -- kamailio -DD
		[[ $output != *CPUQuota* && $output == *$'\nDelegate=yes\n'* ]] || fail "$quota"
		[[ $(tr -d '\n#' <<<"$output" | tr -s ' ') == *"cpu.max $quota: siplaunch sets it in the group \"router\""* ]] || fail "$quota"
	done
	run -0 export_to systemd --set "resources.unified.cpu.max=max 50000" -- kamailio -DD
	[[ $output != *CPUQuota* && $output != *Delegate* ]]
	for tool in docker compose kubernetes; do
		run -0 export_to $tool --set "resources.unified.cpu.max=max 50000" -- kamailio -DD
		[[ $output == *'cgroup/cpu.max max 50000: a container has no such limit by default'* ]] || fail "$tool"
	done
}

@test "a unit with the name of the distribution's service has no conflict with itself" {
	run -0 export_to systemd --name kamailio -- kamailio -DD
	[[ $output != *Conflicts=* ]]
	run -0 export_to systemd --name kamailio-edge -- kamailio -DD
	[[ $output == *$'\nConflicts=kamailio.service\n'* ]]
}

@test "chown accepts the owner that a unit gives its run directory" {
	[ "$(id -u)" = 0 ] || skip "chown needs root"
	for user in 5060 nobody; do
		echo '{"router": "kamailio", "sizing": {"memory": "1GiB"}, "cgroup": {"path": "sip.slice/k"}, "user": "'$user'", "handoff": "supervise"}' \
			>"$BATS_TEST_TMPDIR/p.json"
		run -0 "$SIPLAUNCH" export systemd --profile "$BATS_TEST_TMPDIR/p.json" -- kamailio -DD -E
		command=$(sed -n 's/^ExecStartPre=\(chown .*\) .run.kamailio$/\1/p' <<<"$output")
		[[ $command ]]
		eval "$command $BATS_TEST_TMPDIR/p.json"
		[ "$(stat -c %u "$BATS_TEST_TMPDIR/p.json")" = "$(id -u "$user" 2>/dev/null || echo "$user")" ]
	done
}

@test "an export says where its ports come from" {
	local config=$BATS_TEST_TMPDIR/kamailio.cfg
	echo 'children=2' >"$config"
	run -0 export_to docker -- kamailio -DD -E -f "$config"
	[[ $output == *'--publish 5060:5060/udp'*'the router listens on every address; SIP and RTP'* ]]
	run -0 export_to docker -- kamailio -DD -E -f "$config" -l udp:0.0.0.0:5070
	[[ $output == *'--publish 5070:5070/udp'*'what the command line has the router listen on; SIP and RTP'* ]]
	echo 'listen=udp:0.0.0.0:5080' >>"$config"
	run -0 export_to docker -- kamailio -DD -E -f "$config"
	[[ $(tr -d '\n#' <<<"$output" | tr -s ' ') == *"what the configuration listens on ($config:2); SIP and RTP"* ]]
}

@test "the file for sysctl.d has nothing but comments and settings" {
	export_to sysctl --set 'sysctl.kernel.sem=250 32000 100 128' >"$BATS_TEST_TMPDIR/conf"
	fails grep -vE '^(#.*|[a-z_.]+ = [0-9 ]+|)$' "$BATS_TEST_TMPDIR/conf"
	grep -qx 'kernel.sem = 250 32000 100 128' "$BATS_TEST_TMPDIR/conf"
	[[ $(<"$BATS_TEST_TMPDIR/conf") == *"begins with the"*"kernel's defaults and not with these"* ]]
}

@test "every setting of the profile is in every export's JSON, expressed or explained" {
	for tool in docker podman compose kubernetes systemd sysctl; do
		export_to $tool --format json -- kamailio -DD >"$BATS_TEST_TMPDIR/json"
		"$PYTHON" - "$BATS_TEST_TMPDIR/json" $tool <<-'END'
			import json, sys
			export = json.load(open(sys.argv[1]))
			assert export["tool"] == sys.argv[2]
			names = {item["setting"] for item in export["settings"]}
			for name in ("cgroup/memory.max", "cgroup/memory.swap.max", "cgroup/memory.oom.group", "cgroup/pids.max", "oom/oom_score_adj",
			             "rlimit/RLIMIT_NOFILE", "ipc/namespace", "sysctl/kernel.sem", "directories/runtime", "identity/user", "identity/capabilities",
			             "arguments/-m", "seccomp/filter"):
			    assert name in names, name
			for item in export["settings"]:
			    assert item["expressed"] or item["note"], item
			    assert item["by"] in ("tool", "siplaunch", "default", None), item
			text = open("docs/export-json.md").read()
			for member in [*export, *export["settings"][0]]:
			    assert "| \x60%s\x60 |" % member in text, member
		END
	done
}

@test "a name that a Service cannot have is refused, for Kubernetes alone" {
	run -2 --separate-stderr "$SIPLAUNCH" export kubernetes --profile-dir profiles --profile kamailio-4g --set user=5060 --name 5060-sip -- kamailio
	[[ $stderr == *'begin with a letter, not "5060-sip"'* ]]
	run -0 export_to docker --name 5060-sip -- kamailio
}
@test "a unit whose router has a group below its own protects as much memory as that group, and leaves the rest to siplaunch" {
	echo '{"router": "generic", "handoff": "supervise", "cgroup": {"path": "a.slice/b"},
		"resources": {"unified": {"memory.low": "1M", "memory.min": "4K", "memory.max": "64M"}}}' >"$BATS_TEST_TMPDIR/low.json"
	run -0 --separate-stderr "$SIPLAUNCH" export systemd --profile "$BATS_TEST_TMPDIR/low.json" -- sleep 1
	[[ $output == *$'\nMemoryLow=1M\n'* && $output == *$'\nMemoryMin=4K\n'* && $output != *MemoryMax=* ]] || fail "$output"
	[[ $output != *"What it does not set"*"memory.low"*"[Unit]"* ]] || fail "$output"
}

@test "a container that gets no memory limit, since the profile says so, is a warning with the way to one" {
	local tool
	echo '{"extends": "kamailio", "sizing": {"memory": "512MiB"}, "resources": {"unified": {"memory.max": "max"}}}' >"$BATS_TEST_TMPDIR/max.json"
	for tool in docker podman compose kubernetes; do
		run -0 --separate-stderr "$SIPLAUNCH" export $tool --profile-dir "$REPO/profiles" --profile "$BATS_TEST_TMPDIR/max.json" --set user=5060 -- kamailio -DD -E
		[[ $stderr == *'warning: memory.max is "max": the '*'container gets no memory limit, although the router is sized for 512 MiB; to limit it: --set resources.unified.memory.max=auto'* ]] ||
			fail "$tool: $stderr"
		run -0 --separate-stderr "$SIPLAUNCH" export $tool --profile-dir "$REPO/profiles" --profile "$BATS_TEST_TMPDIR/max.json" --set user=5060 \
			--set resources.unified.memory.max=auto -- kamailio -DD -E
		[[ $stderr != *"memory limit"* ]] || fail "$tool: $stderr"
	done
}
