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
	export LC_ALL=C.UTF-8
	unset SIPLAUNCH_PROFILE SIPLAUNCH_PROFILE_PATH NO_COLOR
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
	[ "$(find "$EXPORTS" -name expected | wc -l)" -ge 11 ]
}

@test "what is exported does not depend on who exports it where" {
	for tool in docker podman kubernetes systemd sysctl; do
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

@test "a limit that only the place would know is asked for" {
	run -1 --separate-stderr "$SIPLAUNCH" export --profile-dir profiles --profile kamailio docker -- kamailio -DD
	[ -z "$output" ]
	[[ $stderr == *"sizing.memory is not given"*"--set sizing.memory=4GiB"* ]]
	run -1 --separate-stderr "$SIPLAUNCH" export --profile-dir profiles --profile kamailio --set sizing.memory=50% docker -- kamailio -DD
	[[ $stderr == *"sizing.memory is a percentage"* ]]
	run -0 "$SIPLAUNCH" export --profile-dir profiles --profile generic docker -- sleep 9
	fails grep -e --memory <<<"$output"
}

@test "what no place can give is refused" {
	run -1 --separate-stderr "$SIPLAUNCH" export --profile-dir profiles --profile kamailio-4g --set rlimits.RLIMIT_AS=1048576 systemd -- kamailio -DD
	[[ -z $output && $stderr == *"rlimit/RLIMIT_AS"*"it could not start"*"leave it out"* ]]
	run -1 --separate-stderr "$SIPLAUNCH" export --profile-dir profiles --profile kamailio-4g --set ipc.namespace=inherit \
		--set sysctl.kernel.msgmni=777 systemd -- kamailio -DD
	[[ -z $output && $stderr == *"the IPC namespace here is the machine's"* ]]
}

@test "bad usage is told with status 2" {
	for arguments in "" "dcoker" "docker --kind pod -- x" "systemd --image x -- x" "docker --name Bad_Name -- x" "docker"; do
		read -ra words <<<"$arguments"
		run -2 --separate-stderr "$SIPLAUNCH" export --profile-dir profiles "${words[@]}"
		[[ -z $output && $stderr == siplaunch:* ]]
	done
	run -2 --separate-stderr "$SIPLAUNCH" export --profile-dir profiles --profile kamailio-4g systemd -- kamailio -f $'\xff'
	[[ $stderr == *"word 3 of the command is no UTF-8"* ]]
}

@test "the tool alone, with a profile, is enough: the router's usual words are its command" {
	run -0 export_to docker
	[[ $output == *$'\n  -- kamailio -DD -E' ]]
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
			map, pod = documents
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
			assert spec["hostIPC"] is False
			assert ("topologySpreadConstraints" in spec) == (pod["kind"] == "Deployment")
		END
	done
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

@test "the file for sysctl.d has nothing but comments and settings" {
	export_to sysctl --set 'sysctl.kernel.sem=250 32000 100 128' >"$BATS_TEST_TMPDIR/conf"
	fails grep -vE '^(#.*|[a-z_.]+ = [0-9 ]+|)$' "$BATS_TEST_TMPDIR/conf"
	grep -qx 'kernel.sem = 250 32000 100 128' "$BATS_TEST_TMPDIR/conf"
	[[ $(<"$BATS_TEST_TMPDIR/conf") == *"begins with the"*"kernel's defaults and not with these"* ]]
}

@test "every setting of the profile is in every export's JSON, expressed or explained" {
	for tool in docker podman kubernetes systemd sysctl; do
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
