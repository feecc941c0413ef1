#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Not run with sanitizers.
# Depends on: .github CONTRIBUTING.md Makefile NEWS.md README.md SECURITY.md build-aux deploy docs launcher packaging profiles src/base src/export src/log src/mechanism src/output src/plan src/profile src/report src/router src/seccomp src/session src/settings src/text tests.
# The manual pages say what the program does: no option, variable, key or JSON member without its entry.

load ../lib/common

page() {
	mandoc -Tascii "$REPO/build/docs/$1" | col -b | sed 's/\t/ /g'
}

setup() {
	cd "$REPO" || return
}

@test "the manual pages are good mdoc, for mandoc and for groff" {
	for file in build/docs/*.[1-9]; do
		run mandoc -Tlint -W style "$file"
		# what is installed beside it is no fault of the page
		fails grep -vE '^$|referenced manual not found|^mandoc: outdated mandoc.db' <<<"$output"
		if command -v groff >/dev/null; then
			run -0 --separate-stderr groff -mdoc -Tascii -ww "$file"
			[ -z "$stderr" ] || fail "$stderr"
		fi
	done
}

@test "siplaunch(1) has every option with its argument, and no other" {
	page siplaunch.1 >"$BATS_TEST_TMPDIR/page"
	for command in run plan doctor init export inspect top advise tune report profiles seccomp help; do
		"$SIPLAUNCH" $command --help
	done | grep -oE '^  (-., |    )--[a-z-]+' | grep -oE -e '--?[a-zA-Z-]+' | sort -u >"$BATS_TEST_TMPDIR/help"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/help")" -ge 18 ]
	while read -r option; do
		grep -qE "^ +(-., )?$option( |,|$)" "$BATS_TEST_TMPDIR/page" || fail "$option is not in siplaunch(1)"
	done <"$BATS_TEST_TMPDIR/help"
	sed -n 's/^     \(-., \)\{0,1\}\(--[a-z-]*\).*/\2/p' "$BATS_TEST_TMPDIR/page" | while read -r option; do
		grep -qxe "$option" "$BATS_TEST_TMPDIR/help" || fail "siplaunch(1) has $option, siplaunch has not"
	done
}

@test "siplaunch(1) names for each option the commands that take it" {
	page siplaunch.1 | sed -n '/^   Options/,/^   Status/p' >"$BATS_TEST_TMPDIR/page"
	for command in run plan doctor init export inspect top advise tune report profiles seccomp; do
		"$SIPLAUNCH" $command --help | sed -n 's/^  \(-., \|    \)\(--[a-z-]*\).*/\2/p' | grep -vE '^--(help|version)$' |
			while read -r option; do
				grep -A2 -E "^     (-., )?$option( |,|$)" "$BATS_TEST_TMPDIR/page" | tail -2 | tr '\n' ' ' | grep -q "([^)]*$command" ||
					fail "siplaunch(1) does not say that $option is for $command"
			done
	done
}

@test "siplaunch(1) has every command, environment variable and status of a step" {
	text=$(page siplaunch.1)
	for word in run plan doctor inspect advise profiles help SIPLAUNCH_PROFILE SIPLAUNCH_PROFILE_PATH NO_COLOR LISTEN_FDS 125 126 127 \
		planned applied satisfied adopted clamped denied skipped failed; do
		grep -qwe "$word" <<<"$text" || fail "$word is missing"
	done
	while read -r variable; do
		grep -qwe "$variable" <<<"$text" || fail "$variable is missing"
	done < <(grep -rhoE '(getenv|get)\("[A-Z_]+"\)' launcher | grep -oE '[A-Z_]{3,}' | sort -u)
}

@test "siplaunch-profile(5) has every key of the schema" {
	text=$(page siplaunch-profile.5)
	"$PYTHON" - profiles/schema/profile.schema.json >"$BATS_TEST_TMPDIR/keys" <<-'END'
		import json, sys
		def keys(node):
		    for name, child in node.get("properties", {}).items():
		        yield name
		        if name != "policy":
		            yield from keys(child)
		for name in keys(json.load(open(sys.argv[1]))):
		    print(name)
	END
	[ "$(wc -l <"$BATS_TEST_TMPDIR/keys")" -ge 50 ]
	while read -r key; do
		grep -qF -e "$key" <<<"$text" || fail "$key is not in siplaunch-profile(5)"
	done < <(grep -vx defaultAction "$BATS_TEST_TMPDIR/keys")
}

@test "the example in siplaunch-profile(5) is a good profile" {
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' build/docs/siplaunch-profile.5 | sed -n '/^{/,/^}/p' >"$BATS_TEST_TMPDIR/example.json"
	run -0 "$SIPLAUNCH" profiles --profile-dir profiles check "$BATS_TEST_TMPDIR/example.json"
}

@test "plan-json.md has every member of a plan" {
	"$SIPLAUNCH" plan --profile-dir profiles --host tests/fixtures/hosts/bare-v2 --set user=null --workload dialogs=1 --format json -- kamailio |
		"$PYTHON" -c '
import json, sys
plan = json.load(sys.stdin)
text = open("docs/plan-json.md").read()
need = plan["capacity"]["need"]
for member in [*plan, *plan["budget"], *plan["steps"][0], *plan["capacity"], *need]:
    assert "| \x60%s\x60 |" % member in text, member
for member in [*need["objects"][0], *plan["capacity"]["most"], *(row["object"] for row in need["objects"])]:
    assert "\x60%s\x60" % member in text, member'
}

@test "the commands in siplaunch(1) EXAMPLES are understood" {
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh DIAG/p' build/docs/siplaunch.1 | sed ':a; /\\e$/ { N; s/\\e\n *//; ba }' |
		grep -E '^siplaunch ' >"$BATS_TEST_TMPDIR/examples"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/examples")" -ge 5 ]
	while read -r line; do
		line=${line%%|*}
		# shellcheck disable=SC2016 # the text of a command substitution, as it stands in the page
		line=${line/'"$('*')"'/4194304}
		# as a plan, which runs nothing; 2 is bad usage or a bad profile
		[[ $line == *' plan '* || $line == *' inspect '* || $line == *' advise '* || $line == *' export '* ]] || line=${line/siplaunch/siplaunch plan}
		read -ra words <<<"${line#siplaunch }"
		# a watch of some router that runs here would not end by itself
		run --separate-stderr timeout --signal=INT 20 env SIPLAUNCH_PROFILE_PATH=profiles "$SIPLAUNCH" "${words[@]}"
		# other tests' routers may run beside this one
		[[ $status != 2 || $stderr == *' programs match '* ]] || fail "$line: $stderr"
	done <"$BATS_TEST_TMPDIR/examples"
}

@test "every test that environments.md names is there, and every cell of its table has one" {
	"$PYTHON" - <<-'END'
		import re
		text = open("docs/environments.md").read()
		tests = re.findall(r'^\[\^(\w+)\]: `([\w/]+\.(?:bats|c))`: (.+)$', text, re.M)
		assert len(tests) >= 30, tests
		for key, file, name in tests:
		    wanted = ["@test %s {" % name] if file.endswith(".bats") else ["cmocka_unit_test(%s)" % name, "TEST(%s)," % name]
		    found = open("tests/" + file).read()
		    assert any(form in found for form in wanted), (file, name)
		named = [key for key, _, _ in tests]
		assert len(named) == len(set(named)), named
		for row in re.findall(r'^\| (?!place|---)(.+) \|$', text, re.M):
		    place, *cells = row.split(" | ")
		    assert len(cells) == 8, row
		    for cell in cells:
		        assert "[^" in cell or cell in ("as its container", "not reached", "not tested"), (place, cell)
		used = set(re.findall(r'\[\^(\w+)\](?!:)', text))
		assert used == set(named), used ^ set(named)
	END
}

@test "every test that threat-model.md names is there" {
	"$PYTHON" - <<-'END'
		import os, re
		text = open("docs/threat-model.md").read()
		names = 0
		for file, quoted in re.findall(r'`((?:cli|vm|unit)/\w+\.(?:bats|c))`(?:: ((?:"[^"]+"(?:, )?)+))?', text):
		    assert os.path.exists("tests/" + file), file
		    for name in re.findall(r'"([^"]+)"', quoted):
		        names += 1
		        assert '@test "%s" {' % name in open("tests/" + file).read(), (file, name)
		assert names >= 15, names
	END
}

@test "README.md, siplaunch(1) and --help name the same commands" {
	sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/ s/^\.\(Op \)\{0,1\}Cm \([a-z]*\)$/\2/p' build/docs/siplaunch.1 | sort -u >"$BATS_TEST_TMPDIR/manual"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/manual")" -ge 10 ]
	"$SIPLAUNCH" --help >"$BATS_TEST_TMPDIR/help"
	while read -r command; do
		grep -qE "^ +$command  " "$BATS_TEST_TMPDIR/help" || fail "$command is not in --help"
		"$SIPLAUNCH" "$command" --help >/dev/null
		grep -qE "\`(siplaunch )?$command\b|^    siplaunch $command " README.md || fail "$command is not in README.md"
	done <"$BATS_TEST_TMPDIR/manual"
	tests/lib/page-commands commands README.md | cut -f 2- | sed -n 's/^siplaunch \([a-z]*\).*/\1/p' | grep . | sort -u >"$BATS_TEST_TMPDIR/readme"
	run comm -13 "$BATS_TEST_TMPDIR/manual" "$BATS_TEST_TMPDIR/readme"
	[ -z "$output" ] || fail "README.md has a command that siplaunch(1) has not: $output"
}

@test "siplaunch(1) and --help put the router's command in the same brackets" {
	local command usage line
	page siplaunch.1 | sed -n '/^SYNOPSIS/,/^DESCRIPTION/p' | tr '\n' ' ' | tr -s ' ' | sed 's/ siplaunch /\n&/g; s/ DESCRIPTION/\n/' >"$BATS_TEST_TMPDIR/synopsis"
	for command in run plan doctor init export tune; do
		usage=$("$SIPLAUNCH" "$command" --help | sed -n '1s/.* \(\[*--\] COMMAND.*\)/\L\1/p' | sed 's/\[argument\]\.\.\./[argument ...]/')
		[[ $usage ]]
		line=$(grep -E "^ siplaunch \[?$command\b" "$BATS_TEST_TMPDIR/synopsis")
		[[ ${line% } == *" $usage" ]] || fail "$command: $usage, but $line"
	done
	grep -qF 'show name | check file ... | export name' "$BATS_TEST_TMPDIR/synopsis"
}

@test "every option that a page types is in siplaunch(1)" {
	page siplaunch.1 >"$BATS_TEST_TMPDIR/page"
	{
		tests/lib/page-commands commands README.md docs/operating.md docs/profiles.md deploy/*/README.md deploy/helm/*/README.md | cut -f 2- | grep '^siplaunch ' | sed "s/'[^']*'//g; s/ -- .*//"
		# shellcheck disable=SC2016 # a code span
		grep -ohE '`--[a-z][^`]*`' README.md docs/operating.md docs/profiles.md
	} | grep -oE -e '--[a-z][a-z-]*' | sort -u >"$BATS_TEST_TMPDIR/options"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/options")" -ge 8 ]
	while read -r option; do
		grep -qE "^ +(-., )?$option([[ ,]|$)" "$BATS_TEST_TMPDIR/page" || fail "siplaunch(1) does not have $option"
	done <"$BATS_TEST_TMPDIR/options"
}

@test "operating.md and siplaunch(1) have the same exit statuses" {
	sed -n '/^## How it exits/,$p' docs/operating.md | sed -n 's/^| \([0-9, ]*\) |.*/\1/p' | tr -s ', ' '\n' | sort -u >"$BATS_TEST_TMPDIR/readme"
	sed -n '/^\.Sh EXIT STATUS/,/^\.Sh EXAMPLES/ s/^\.It \([0-9]*\)$/\1/p' build/docs/siplaunch.1 | sort -u >"$BATS_TEST_TMPDIR/manual"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/manual")" -ge 5 ]
	diff "$BATS_TEST_TMPDIR/readme" "$BATS_TEST_TMPDIR/manual"
}

@test "README.md names the tools that export has" {
	# shellcheck disable=SC2016 # code spans
	sed -n 's/^| `export` .* configuration of \(.*\) |$/\1/p' README.md | sed 's/ or /, /' | tr -s ', ' '\n' | sort >"$BATS_TEST_TMPDIR/readme"
	"$SIPLAUNCH" export --help | sed -n '/^TOOL is one of/,/^[^ T]/ s/^  \([a-z, ]*[a-z]\)  .*/\1/p' | tr -s ', ' '\n' | sort | diff "$BATS_TEST_TMPDIR/readme" -
}

@test "the schema and the tables in docs are those that the program's tables make" {
	build/generate build-aux/generate/profile.schema.json.in | diff profiles/schema/profile.schema.json - || fail "run: make documents-refresh"
	for file in docs/profiles.md docs/settings.md docs/metrics.md; do
		build/generate $file | diff $file - || fail "run: make documents-refresh"
	done
}

@test "the marks of a row's text become macros, and each sentence begins a line" {
	# shellcheck disable=SC2016 # marks
	fails grep -F '`' build/docs/siplaunch.1 build/docs/siplaunch-profile.5
	for line in '.Ql .json ,' '.Sx FILES ) .' '.Ev SIPLAUNCH_PROFILE ,' '.Ar command :' '.Cm inspect' '.Xr siplaunch-profile 5' '.Fl -set' '.Er ENOSYS ,' \
		'.Ql "\-\-set sizing.memory=2GiB" .' 'May be given more than once.'; do
		grep -qxF -e "$line" build/docs/siplaunch.1 || fail "$line is not in siplaunch(1)"
	done
	for line in '.Ql plan' '.Ql \&. ,' '.Dv CAP_SYS_RESOURCE .' '.Ql "exec kamailio \(dq$@\(dq" .' 'Value: a number from 1 to 4194304, or "auto".'; do
		grep -qxF -e "$line" build/docs/siplaunch-profile.5 || fail "$line is not in siplaunch-profile(5)"
	done
}

@test "a template that names what no table has is an error" {
	cd "$BATS_TEST_TMPDIR"
	printf '.Bl\n@@ keys sizing.memory\n.El\n' >good
	run -0 "$REPO/build/generate" good
	[[ $output == *'.It Ql sizing.memory'* ]]
	for line in '@@ no-such-thing' '@@ keys sizing.memroy' '@@ keys sizing.*.*' '@@ settings no-such-mechanism' '<!-- @@ key-table -->'; do
		printf '%s\n' "$line" >bad
		run -1 --separate-stderr "$REPO/build/generate" bad
		[[ $stderr == 'generate: '* ]] || fail "$line: $stderr"
	done
	run -1 "$REPO/build/generate" /no/such/template
}

@test "every file that a page names or links to is there" {
	"$PYTHON" - README.md CONTRIBUTING.md NEWS.md SECURITY.md docs/*.md deploy/*/README.md deploy/helm/*/README.md <<-'END'
		import os, re, sys
		links = names = 0
		for page in sys.argv[1:]:
		    text = open(page).read()
		    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
		        links += 1
		        assert os.path.exists(os.path.join(os.path.dirname(page), link)), (page, link)
		    for name in re.findall(r"`((?:tests|docs|src|launcher|profiles|deploy|build-aux)/[\w./-]+)", text):
		        names += 1
		        assert "NAME" in name or os.path.exists(name), (page, name)
		assert links > 30 and names > 30, (links, names)
	END
}

@test "each option stands in siplaunch(1) once" {
	doubled=$(grep -oE '^\.It (Fl [a-zA-Z] , )?Fl -[a-z-]+' build/docs/siplaunch.1 | sed 's/.*Fl -/--/' | sort | uniq -d)
	[ -z "$doubled" ] || fail "twice: $doubled"
}

@test "every document that an installed manual page names is installed, and uninstall removes it" {
	local root=$BATS_TEST_TMPDIR/root
	make -s -o all -o documents install DESTDIR="$root" PREFIX=/opt/sip >/dev/null
	for page in man1/siplaunch.1 man5/siplaunch-profile.5; do
		mandoc -Tascii "$root/opt/sip/share/man/$page" | col -b >"$BATS_TEST_TMPDIR/text"
		fails grep -E '/usr/share/(doc/)?siplaunch' "$BATS_TEST_TMPDIR/text"
		while read -r path; do
			[ -e "$root$path" ] || fail "$page names $path, which is not installed"
		done < <(grep -oE '/opt/sip/[A-Za-z0-9/._-]*[A-Za-z0-9]' "$BATS_TEST_TMPDIR/text")
		while read -r name; do
			[ -e "$root/opt/sip/share/doc/siplaunch/$name" ] || fail "$page names $name, which is not installed"
		done < <(grep -oE '[a-z-]+\.md' "$BATS_TEST_TMPDIR/text" | sort -u)
	done
	[ "$(find "$root/opt/sip/share/doc/siplaunch" -name '*-json.md' | wc -l)" -ge 9 ]
	make -s uninstall DESTDIR="$root" PREFIX=/opt/sip
	[ -z "$(find "$root/opt" -type f)" ] || fail "left: $(find "$root/opt" -type f)"
}

@test "every commit that CONTRIBUTING shows is in this history" {
	[ -e .git ] || skip "this is no checkout"
	run -0 grep -oE 'git show [0-9a-f]+' CONTRIBUTING.md
	((${#lines[@]} >= 4))
	[ "$(git -c safe.directory="$REPO" rev-parse --is-shallow-repository)" = false ] || skip "this clone has not the whole history"
	for line in "${lines[@]}"; do
		git -c safe.directory="$REPO" merge-base --is-ancestor "${line##* }" HEAD || fail "no such commit: $line"
	done
}
