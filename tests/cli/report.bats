#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# "siplaunch report": which files it takes and which it refuses, and what it writes where. How the page looks in a browser is page.bats.

load ../lib/common

setup() {
	plain_environment
	export TZ=UTC
	mkdir "$BATS_TEST_TMPDIR/work"
	cd "$BATS_TEST_TMPDIR/work" || return
	PAGES=$REPO/tests/fixtures/pages
}

samples() {
	"$PYTHON" "$REPO/tests/cli/page_samples.py" "$@"
}

# made FILE...: makes page.html of them, without a word.
made() {
	run -0 --separate-stderr "$SIPLAUNCH" report --output page.html "$@"
	[ -z "$output$stderr" ] || fail "$output$stderr"
}

# has TEXT...: the page has each.
has() {
	for text in "$@"; do
		grep -qF -- "$text" page.html || fail "not in the page: $text"
	done
}

@test "each kind of file is recognised by itself, and several become sections of one page" {
	samples 60 >samples.json
	"$SIPLAUNCH" plan --format json --set cgroup.path=null --profile "$REPO/profiles/kamailio-512m.json" --workload registrations=20000 \
		-- kamailio -DD -E -f ./none.cfg >plan.json || true # other steps may be denied here
	made samples.json plan.json "$PAGES/tuning.json" "$PAGES/record.json"
	[ "$(grep -c '<section' page.html)" -eq 4 ]
	has '<h2>/sip.slice/kamailio</h2>' '<h2>Plan for kamailio</h2>' '<h2>Sizes that were tried: found</h2>' \
		'<h2>How the router ended: out-of-memory</h2>'
	# samples: pictures, and advice with the profile to paste
	has 'Memory of the group' 'Shared pool by module' 'The fullest was that of: udp receiver.' 'What siplaunch advises'
	# a plan: terms with their formulas, and what the limit supports
	has 'Memory 512 MiB: sizing.memory' 'what is left, in whole MiB' '>Registrations</h4>' 'the limit of this plan <b>512 MiB</b>'
	# tune: what was found, and each round
	has '-m 15 MiB, -M 2 MiB, in a limit of 89 MiB' 'the load passed, but 120 allocations failed'
	has 'kamailio was OOM-killed' '--set sizing.connections=4096' 'connections: 30 MiB, where the budget counts 20 MiB'
}

@test "the page has what advise recommends, its reasons, and the profile to paste" {
	made "$REPO/tests/fixtures/advice/too-large-after-a-busy-day-is-lowered/samples.jsonl"
	has 'maximum use 80 MiB of 404 MiB (19 %)' '<td class="lower">lower</td>' '&quot;extends&quot;: &quot;kamailio&quot;' \
		'&quot;shared&quot;: &quot;97MiB&quot;'
}

@test "one file can be a pipe, and the page goes to standard output" {
	samples 5 | "$SIPLAUNCH" report - >page.html
	has '<td>standard input</td>'
	samples 5 >samples.json
	"$SIPLAUNCH" report --output - samples.json >other.html
	[ "$(tail -1 other.html)" = '</html>' ]
	"$SIPLAUNCH" report <(samples 5) >third.html
	[ "$(tail -1 third.html)" = '</html>' ]
}

@test "what siplaunch did not write is refused with its file and line, and no page is written" {
	samples 3 >good.json
	printf '%s\n' '' '{"hello": 1}' >foreign.json
	printf '{"steps": [], "budget":\n 7, "command": []}\n' >wrong.json
	printf '{"schema": 2, "steps": [], "budget": {}, "command": []}\n' >later.json
	printf '{"steps": [\n  1,\n  2' >cut.json
	{ samples 2 && echo '{"at": 1, "processes": 1}' && echo nonsense; } >mixed.json
	: >empty.json
	head -c 2000000 /dev/zero | tr '\0' x >long.json
	echo "old page" >page.html
	run -2 --separate-stderr "$SIPLAUNCH" report --output page.html good.json foreign.json wrong.json later.json cut.json mixed.json empty.json long.json absent.json .
	[ -z "$output" ]
	for line in 'foreign.json:2: this is not a document of siplaunch that report reads' 'wrong.json:1: budget must be an object' 'later.json:1: schema 2 is not known' 'cut.json:3: column' \
		'mixed.json:3: pid is missing' 'mixed.json:4: column' 'empty.json is empty' 'long.json:1: the line is longer than 1048576 bytes' \
		'open absent.json' 'No such file or directory (ENOENT)' 'read .' 'Is a directory (EISDIR)' 'inspect --watch --format json'; do
		[[ $stderr == *"$line"* ]] || fail "not said: $line" "$stderr"
	done
	[ "$(cat page.html)" = "old page" ]
	[ "$(find . -name '.*' -type f | wc -l)" -eq 0 ]
}

@test "samples of two routers in one file are refused, in two files they are two sections" {
	samples 3 >one.json
	samples 3 | sed 's,/sip.slice/kamailio,/sip.slice/other,' >other.json
	cat one.json other.json >both.json
	run -2 --separate-stderr "$SIPLAUNCH" report both.json
	[[ $stderr == *"both.json: line 4: samples of two groups are mixed"* ]]
	made one.json other.json
	has '<h2>/sip.slice/kamailio</h2>' '<h2>/sip.slice/other</h2>'
}

@test "a recording that begins within a line, or with the hole that a rotation left, is reported without that line" {
	samples 4 >samples.json
	tail -c +200 samples.json >cut.json
	{ head -c 3000000 /dev/zero && head -3 samples.json; } >hole.json
	{ head -c 4096 /dev/zero && cat samples.json; } >short.json
	local file
	for file in cut hole short; do
		run -0 --separate-stderr "$SIPLAUNCH" report --output page.html $file.json
		[[ $stderr == *"warning: $file.json:1: siplaunch skips a damaged line: "* ]] || fail "$stderr"
		[ "${#stderr_lines[@]}" = 1 ] || fail "$stderr"
		run -0 --separate-stderr "$SIPLAUNCH" advise $file.json
		[[ $stderr == *"warning: $file.json:1: siplaunch skips a damaged line: "* ]] || fail "$stderr"
	done
	# what has as many other lines as samples is another file
	{ echo other && samples 1; } >other.json
	run -2 --separate-stderr "$SIPLAUNCH" report other.json
	[[ $stderr == *"other.json:1: "*"other.json is not a file of samples"* ]] || fail "$stderr"
	head -c 3000000 /dev/zero >zeros
	run -2 --separate-stderr "$SIPLAUNCH" report zeros
	[[ $stderr == *"zeros:1: the line is longer than 1048576 bytes"* ]] || fail "$stderr"
}

@test "a sample that is cut off at the end of a file is skipped with a warning" {
	{ samples 3 && samples 1 | head -c 300; } >samples.json
	run -0 --separate-stderr "$SIPLAUNCH" report --output page.html samples.json
	[[ $stderr == *"samples.json:4: the last line has no newline at its end: siplaunch skips it as incomplete"* ]]
	has '<td>3</td>'
}

@test "the page replaces a regular file as a whole, and nothing else" {
	samples 3 >samples.json
	echo "old page" >page.html
	chmod 640 page.html
	ln -s page.html link.html
	run -0 "$SIPLAUNCH" report -o link.html samples.json
	[[ -L link.html && $(tail -1 page.html) == '</html>' && $(stat -c %a page.html) == 640 ]]
	mkdir folder
	mkfifo pipe
	for target in folder:EISDIR pipe: /dev/null: none/page.html:ENOENT; do
		run -125 --separate-stderr timeout 60 "$SIPLAUNCH" report --output "${target%:*}" samples.json
		[[ $stderr == *"--output"*"${target##*:}"* ]] || fail "$target: $stderr"
	done
	[ "$(find . -name '.*' -type f | wc -l)" -eq 0 ]
	# shellcheck disable=SC2016 # it is the inner shell's
	run -125 --separate-stderr bash -c '"$SIPLAUNCH" report samples.json >/dev/full'
	[[ $stderr == *"cannot write to standard output"*ENOSPC* ]]
}

@test "the page never replaces a file that it is made of" {
	samples 3 >samples.json
	cp samples.json before.json
	ln samples.json name.json
	ln -s samples.json link.json
	for target in samples.json ./samples.json name.json link.json; do
		run -2 --separate-stderr "$SIPLAUNCH" report before.json samples.json --output $target
		[[ $stderr == *"--output: $target is also an input of report"*"--output report.html"* ]]
		run -2 "$SIPLAUNCH" report - --output $target <samples.json
		cmp before.json samples.json
	done
	run -0 "$SIPLAUNCH" report samples.json --output report.html
}

@test "a terminal gets no page" {
	samples 3 >samples.json
	run -0 "$PYTHON" - "$SIPLAUNCH" <<-'END'
		import os, pty, sys
		pid, terminal = pty.fork()
		if pid == 0:
		    os.execv(sys.argv[1], [sys.argv[1], "report", "samples.json"])
		text = b""
		try:
		    while part := os.read(terminal, 65536):
		        text += part
		except OSError:
		    pass
		status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
		sys.exit(0 if status == 125 and b"--output report.html" in text and b"<html" not in text else f"{status}: {text[:500]}")
	END
}

@test "without a file, with an option of another command, or with a foreign router's word, the usage is explained" {
	run -2 --separate-stderr "$SIPLAUNCH" report
	[[ $stderr == *"report needs a FILE, or - for standard input"* ]]
	run -2 --separate-stderr "$SIPLAUNCH" report --profile x samples.json
	[[ $stderr == *"--profile is an option of"*"not of report"* ]]
}

@test "the page loads nothing: its policy forbids it, and names exactly its own style and script" {
	samples 20 >samples.json
	made samples.json
	"$PYTHON" - page.html <<-'END'
		import base64, hashlib, re, sys
		page = open(sys.argv[1], encoding="utf-8").read()
		policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page).group(1)
		assert "default-src 'none'" in policy and "unsafe" not in policy, policy
		for element in ("style", "script"):
		    (text,) = re.findall("<%s>(.*?)</%s>" % (element, element), page, re.S)
		    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
		    assert "%s-src 'sha256-%s'" % (element, digest) in policy, element
		assert not re.search(r'(?i)https?:|\ssrc=|url\(|@import|<(link|img|iframe|object|embed)|\son[a-z]+=|\sstyle=', page)
	END
}

@test "texts of others stay text" {
	samples 20 --hostile >samples.json
	"$PYTHON" - "$PAGES" <<-'END'
		import json, sys
		word = "</script><img src=x onerror=\"alert(1)\">"
		def spoil(value):
		    if isinstance(value, dict):
		        return {key: value[key] if key in ("result",) else spoil(value[key]) for key in value}
		    return [spoil(item) for item in value] if isinstance(value, list) else value + word if isinstance(value, str) else value
		for name in ("tuning", "record"):
		    json.dump(spoil(json.load(open("%s/%s.json" % (sys.argv[1], name)))), open(name + ".json", "w"))
	END
	made samples.json tuning.json record.json
	"$PYTHON" - page.html <<-'END'
		import html.parser, sys
		class Check(html.parser.HTMLParser):
		    counts = {}
		    def handle_starttag(self, tag, attributes):
		        self.counts[tag] = self.counts.get(tag, 0) + 1
		        assert tag != "img" and not any(name.startswith("on") for name, _ in attributes), (tag, attributes)
		check = Check()
		page = open(sys.argv[1]).read()
		check.feed(page)
		assert check.counts["script"] == 1 and check.counts["style"] == 1 and page.count("&lt;img") > 10, check.counts
	END
}

@test "a day of samples takes little memory, and its peak is on the page" {
	samples 60000 --peak 31234 >samples.json
	"$PYTHON" - "$SIPLAUNCH" <<-'END'
		import os, resource, subprocess, sys
		subprocess.run([sys.argv[1], "report", "--output", "page.html", "samples.json"], check=True)
		used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
		size = os.path.getsize("page.html") >> 10
		sanitized = "asan" in sys.argv[1]
		assert used < 40 or sanitized, "%d MiB" % used
		assert size < 2000, "%d KiB" % size
	END
	has '<td>60,000</td>' '<bdi>used in all</bdi> <b>90 MiB</b>' 'OOM kill ×1'
}

@test "two samples, and one, and none of a pool are a page" {
	samples 1 >one.json
	made one.json
	samples 2 | sed 's/"shared":.*"noPools":null/"shared":null,"private":null,"noPools":"it did not answer"/' >none.json
	made none.json
	has '<td>it did not answer</td>' 'Memory of the group'
	run ! grep -q '>Shared pool<' page.html
	run ! grep -qE 'nan|inf[^o]' <(sed '/<style>/,/<\/style>/d; /<script>/,/<\/script>/d' page.html)
}
