#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# "siplaunch advise" on files: what it makes of them, what it refuses, what it writes. What it recommends is
# tests/unit/advise_test.c's business.

load ../lib/common

setup() {
	plain_environment
	mkdir "$BATS_TEST_TMPDIR/work"
	cd "$BATS_TEST_TMPDIR/work" || return
	CASES=$REPO/tests/fixtures/advice
	BUSY=$CASES/too-large-after-a-busy-day-is-lowered
}

# told EXPRESSION...: each is true of the JSON in $output; r is the recommendations by setting.
told() {
	"$PYTHON" - "$output" "$@" <<-'END'
		import json, sys
		d = json.loads(sys.argv[1])
		r = {row["setting"]: row for row in d["recommendations"]}
		for expression in sys.argv[2:]:
		    if not eval(expression):
		        sys.exit(f"not so: {expression}\n{json.dumps(d, indent=1)}")
	END
}

# plans PROFILE: a launch with it, of a router whose configuration cannot be read, would not be refused for its sizes.
plans() {
	local json # not by "run": what is itself run by it loses its output to the inner one in some versions
	json=$("$SIPLAUNCH" plan --format json --set cgroup.path=null --profile "$1" -- kamailio -DD -E -f ./none.cfg 2>/dev/null) || true # other steps may be denied here
	"$PYTHON" -c 'import json, sys; b = json.load(sys.stdin)["budget"]; print(b["limit"] >> 20, b["shared"] >> 20, b["private"] >> 20, b["processes"])' <<<"$json"
}

@test "a file of samples gives current and recommended values with their reasons" {
	run -0 --separate-stderr "$SIPLAUNCH" advise --profile "$BUSY/profile.json" "$BUSY/samples.jsonl"
	[ -z "$stderr" ]
	[[ $output =~ -m\ +404\ MiB\ +97\ MiB\ +lower\ +high ]]
	[[ $output == *"maximum use 80 MiB of 404 MiB (19 %)"* ]]
	[[ $output =~ memory.max\ +512\ MiB\ +189\ MiB\ +lower ]]
	[[ $output == *"13 samples over 24 h"* ]]
	[[ $output != *$'\e'* ]]
}

@test "the JSON is as documented" {
	run -0 --separate-stderr "$SIPLAUNCH" advise --format json --profile "$BUSY/profile.json" "$BUSY/samples.jsonl"
	told 'list(r) == ["-m", "-M", "processes", "RLIMIT_NOFILE", "memory.max"]' 'r["-m"]["recommended"] == 97' \
		'r["memory.max"]["key"] == "sizing.memory"' 'r["memory.max"]["recommended"] == 189 << 20' 'd["margin"] == 20' \
		'd["seen"]["samples"] == 13' 'd["seen"]["watched"]["seconds"] == 86400' 'd["confidence"] == "high"'
	while read -r member; do
		grep -qF "\`$member\`" "$REPO/docs/advise-json.md" || fail "$member is not in advise-json.md"
	done < <("$PYTHON" -c '
import json, sys
def keys(value):
    for item in value if isinstance(value, list) else value.values() if isinstance(value, dict) else []:
        yield from keys(item)
    yield from value if isinstance(value, dict) else []
print("\n".join(sorted(set(keys(json.load(sys.stdin))))))' <<<"$output")
}

@test "samples may come from standard input, and from several files" {
	run -0 --separate-stderr "$SIPLAUNCH" advise --format json - <"$BUSY/samples.jsonl"
	told 'd["seen"]["samples"] == 13' 'd["profile"] is None'
	head -5 "$BUSY/samples.jsonl" >a
	tail -n +6 "$BUSY/samples.jsonl" >b
	run -0 --separate-stderr "$SIPLAUNCH" advise --format json b a
	told 'd["seen"]["samples"] == 13' 'd["seen"]["watched"]["seconds"] == 86400' 'd["seen"]["starts"] == 1'
}

@test "the margin is what --margin says" {
	run -0 --separate-stderr "$SIPLAUNCH" advise --format json --margin 100 "$BUSY/samples.jsonl"
	told 'r["-m"]["recommended"] == 162' 'd["margin"] == 100'
	run -0 --separate-stderr "$SIPLAUNCH" advise --format json --margin 0% "$BUSY/samples.jsonl"
	told 'r["-m"]["recommended"] == 81'
	run -2 --separate-stderr "$SIPLAUNCH" advise --margin 401 "$BUSY/samples.jsonl"
}

@test "every bad line is named with its number, and nothing is advised" {
	{
		head -1 "$BUSY/samples.jsonl"
		printf '%s\n' 'no JSON' '{"at":1}' '' '{"at":1,"at":2}'
		head -1 "$BUSY/samples.jsonl" | sed 's/"processes":15/"processes":-15/'
		printf '\0\377\n'
		head -c 1100000 /dev/zero | tr '\0' '['
		echo
		printf '%01000d\n' 0 | tr 0 '['
		head -1 "$BUSY/samples.jsonl" | sed 's/"requests":[0-9]*/"requests":18446744073709551616/'
	} >bad
	run -2 --separate-stderr "$SIPLAUNCH" advise bad
	[ -z "$output" ]
	for line in 2 3 5 6 7 8 9 10; do
		[[ $stderr == *"bad:$line: "* ]] || fail "line $line is not named: $stderr"
	done
	[[ $stderr != *"bad:1: "* && $stderr != *"bad:4: "* ]]
	[[ $stderr == *"bad:3: pid is missing: this is not a sample"* ]]
	[[ $stderr == *"processes must be a number from 0"* ]]
	[[ $stderr == *"bad is not a file of samples"*"siplaunch inspect --watch --format json has printed"* ]]
}

@test "a missing file is a unit to the hint only if its name could be one" {
	run -2 --separate-stderr "$SIPLAUNCH" advise monday
	[[ $stderr == *"open monday"*ENOENT*"or its unit: monday.service"* ]] || fail "$stderr"
	run -2 --separate-stderr "$SIPLAUNCH" advise monday.jsonl
	[[ $stderr == *"open monday.jsonl"*ENOENT* && $stderr != *hint* ]] || fail "$stderr"
}

@test "a file of garbage ends after fifty lines" {
	yes garbage | head -1000 >bad
	run -2 --separate-stderr "$SIPLAUNCH" advise bad
	[[ $stderr == *"bad:50: "* && $stderr != *"bad:51: "* && $stderr == *"950 more lines are not samples"* ]]
}

@test "a line that was cut off, and to which another recorder appended, is a warning" {
	{ head -c -100 "$BUSY/samples.jsonl" && cat "$BUSY/samples.jsonl"; } >cut.jsonl
	run -0 --separate-stderr "$SIPLAUNCH" advise --format json cut.jsonl
	told 'd["seen"]["samples"] == 24'
	[ "${#stderr_lines[@]}" = 1 ]
	[[ $stderr == *"warning: cut.jsonl:13: siplaunch skips a damaged line: column "* ]] || fail "$stderr"
	run -0 --separate-stderr "$SIPLAUNCH" report --output page.html cut.jsonl
	[[ $stderr == *"cut.jsonl:13: siplaunch skips a damaged line"* ]]
	# the blocks of a file that a crash of the machine left without contents
	{ cat "$BUSY/samples.jsonl" && head -c 4096 /dev/zero && echo && cat "$BUSY/samples.jsonl"; } >crash.jsonl
	run -0 --separate-stderr "$SIPLAUNCH" advise --format json crash.jsonl
	told 'd["seen"]["samples"] == 26'
	# what has as many other lines as samples is another file
	{ head -1 "$BUSY/samples.jsonl" && echo other; } >other
	run -2 --separate-stderr "$SIPLAUNCH" advise other
	[[ $stderr == *"other is not a file of samples"* ]]
}

@test "a last line that was cut off is a warning" {
	head -c -100 "$BUSY/samples.jsonl" >cut.jsonl
	run -0 --separate-stderr "$SIPLAUNCH" advise --format json cut.jsonl
	told 'd["seen"]["samples"] == 12'
	[[ $stderr == *"cut.jsonl:13: the last line has no newline at its end: siplaunch skips it as incomplete"* ]]
	head -c -1 "$BUSY/samples.jsonl" >whole
	run -0 --separate-stderr "$SIPLAUNCH" advise --format json whole
	told 'd["seen"]["samples"] == 13'
	[ -z "$stderr" ]
}

@test "what is empty, missing or no file is an error" {
	: >empty
	echo >blank
	head -c 100 "$BUSY/samples.jsonl" >unfinished
	for file in empty blank unfinished; do
		run -2 --separate-stderr "$SIPLAUNCH" advise $file
		[[ $stderr == *"there is no sample in $file"* ]]
	done
	run -2 --separate-stderr "$SIPLAUNCH" advise missing
	[[ $stderr == *"open missing"*ENOENT* ]]
	run -2 --separate-stderr "$SIPLAUNCH" advise .
	[[ $stderr == *EISDIR* ]]
	run -2 --separate-stderr "$SIPLAUNCH" advise - </dev/null
	[[ $stderr == *"there is no sample in standard input"* ]]
}

@test "samples of two routers are refused" {
	run -2 --separate-stderr "$SIPLAUNCH" advise "$CASES/kamailio-and-opensips-are-refused/samples.jsonl"
	[[ $stderr == *"line 2: samples of two routers are mixed: kamailio and opensips"* ]]
	run -2 --separate-stderr "$SIPLAUNCH" advise "$CASES/two-routers-at-a-time-are-refused/samples.jsonl"
	[[ $stderr == *"ran at the same time"*"give the samples of one of them"* ]]
}

@test "a profile for another router is refused" {
	run -2 --separate-stderr "$SIPLAUNCH" advise --profile "$REPO/profiles/opensips.json" "$BUSY/samples.jsonl"
	[[ $stderr == *"is for opensips, but the samples are of kamailio"* ]]
	echo '{ "sizing": { "memory": "4GB" } }' >p.json
	run -2 --separate-stderr "$SIPLAUNCH" advise --profile p.json "$BUSY/samples.jsonl"
	[[ $stderr == *"p.json:1:"*ambiguous* ]]
}

@test "the profile that is written extends the old one, and a launch takes it" {
	cp "$BUSY/profile.json" old.json
	run -0 --separate-stderr "$SIPLAUNCH" advise --profile old.json --write new.json "$BUSY/samples.jsonl"
	[ -z "$stderr" ]
	[ "$("$PYTHON" -c 'import json; p = json.load(open("new.json")); print(p["extends"], sorted(p["sizing"].items()), "rlimits" in p)')" = \
		"$PWD/old.json [('memory', '189MiB'), ('private', '2MiB'), ('processes', 15), ('shared', '97MiB')] False" ]
	run -0 "$SIPLAUNCH" profiles check new.json
	run -0 plans new.json
	[ "$output" = "189 97 2 15" ]
	[ "$(echo ./*)" = "./new.json ./old.json" ]
}

@test "every case's advice, written as a profile, is accepted by plan" {
	count=0
	for case in "$CASES"/*/profile.json; do
		grep -q '"router": "kamailio"' "$case" || continue
		rm -f new.json
		run -0 --separate-stderr "$SIPLAUNCH" advise --profile "$case" --write new.json "${case%/*}/samples.jsonl"
		[[ -e new.json ]] || continue
		run -0 plans new.json
		count=$((count + 1))
	done
	[ "$count" -ge 30 ]
}

@test "a bare name is extended by name" {
	export SIPLAUNCH_PROFILE_PATH=$REPO/profiles
	run -0 "$SIPLAUNCH" advise --profile kamailio-512m --write new.json "$BUSY/samples.jsonl"
	grep -q '"extends": "kamailio-512m"' new.json
	run -0 "$SIPLAUNCH" profiles check new.json
}

@test "descriptors that are advised are written for the one limit alone" {
	cat >old.json <<-'END'
		{ "router": "kamailio", "rlimits": [
		    { "type": "RLIMIT_NOFILE", "soft": 1024, "hard": 4096 }, { "type": "RLIMIT_CORE", "soft": 0, "hard": 0 } ] }
	END
	run -0 "$SIPLAUNCH" advise --profile old.json --write new.json "$CASES/descriptors-that-run-out-are-raised/samples.jsonl"
	run -0 "$SIPLAUNCH" profiles show new.json
	[ "$("$PYTHON" -c 'import json, sys; print([(l["type"], l["soft"], l["hard"]) for l in json.load(sys.stdin)["rlimits"]])' <<<"$output")" = \
		"[('RLIMIT_NOFILE', 2048, 4096), ('RLIMIT_CORE', 0, 0)]" ]
}

@test "a limit that the profile gives by number does not stand in the way" {
	cat >old.json <<-'END'
		{ "router": "kamailio", "sizing": { "processes": 15, "connections": 0 },
		  "resources": { "unified": { "memory.max": "100MiB", "memory.swap.max": "0" } } }
	END
	run -0 "$SIPLAUNCH" advise --profile old.json --write new.json "$BUSY/samples.jsonl"
	run -0 plans new.json
	[ "$output" = "189 97 2 15" ]
	run -0 "$SIPLAUNCH" profiles show new.json
	[[ $output == *'"memory.max": "auto"'* && $output == *'"memory.swap.max": "0"'* ]]
}

@test "an existing file is never replaced, and nothing is written where nothing changes" {
	cp "$BUSY/profile.json" old.json
	echo mine >new.json
	run -125 --separate-stderr "$SIPLAUNCH" advise --profile old.json --write new.json "$BUSY/samples.jsonl"
	[[ $stderr == *"never replaces"* ]]
	[ "$(<new.json)" = mine ]
	run -0 --separate-stderr "$SIPLAUNCH" advise --profile "$CASES/an-idle-router-is-not-lowered/profile.json" --write other.json \
		"$CASES/an-idle-router-is-not-lowered/samples.jsonl"
	[[ $stderr == *"no change is advised: other.json is not written"* ]]
	[ ! -e other.json ]
	run -125 --separate-stderr "$SIPLAUNCH" advise --profile old.json --write none/new.json "$BUSY/samples.jsonl"
	[[ $stderr == *ENOENT* ]]
}

@test "a text from a file drives no terminal" {
	sed 's/kamailio 5.6.3/\\u001b[2J/' "$BUSY/samples.jsonl" >evil
	run -0 "$SIPLAUNCH" advise evil
	[[ $output != *$'\e'* ]]
}

@test "what is asked for wrongly is said" {
	run -2 --separate-stderr "$SIPLAUNCH" advise 1 2
	[[ $stderr == *"one router, or files"* ]]
	run -2 --separate-stderr "$SIPLAUNCH" advise --write new.json "$BUSY/samples.jsonl"
	[[ $stderr == *"--write needs --profile"* ]]
	run -2 --separate-stderr "$SIPLAUNCH" advise --mi unix:/x "$BUSY/samples.jsonl"
	[[ $stderr == *"--mi needs a running router"* ]]
	run -2 --separate-stderr "$SIPLAUNCH" advise 99999999
	[[ $stderr == *"not a process id"* ]]
	run -125 --separate-stderr "$SIPLAUNCH" advise 4194304
	[[ $stderr == *"there is no process 4194304"* ]]
	start_bg sleep 600
	run -125 --separate-stderr "$SIPLAUNCH" advise "$BG_PID"
	[[ $stderr == *"is not a router that siplaunch knows"* ]]
}
