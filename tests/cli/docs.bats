#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Not run with sanitizers.
# The manual pages say what the program does: no option, variable, key or JSON member without its entry.

load ../lib/common

page() {
	mandoc -Tascii "$REPO/docs/$1" | col -b | sed 's/\t/ /g'
}

setup() {
	cd "$REPO" || return
}

@test "the manual pages are good mdoc, for mandoc and for groff" {
	for file in docs/*.[1-9]; do
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
	"$SIPLAUNCH" --help | grep -oE '^  (-., |    )--[a-z-]+' | grep -oE -e '--?[a-zA-Z-]+' | sort -u >"$BATS_TEST_TMPDIR/help"
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
	for command in run plan doctor init export inspect advise tune profiles seccomp; do
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
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' docs/siplaunch-profile.5 | sed -n '/^{/,/^}/p' >"$BATS_TEST_TMPDIR/example.json"
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
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh DIAG/p' docs/siplaunch.1 | sed ':a; /\\e$/ { N; s/\\e\n *//; ba }' |
		grep -E '^siplaunch ' >"$BATS_TEST_TMPDIR/examples"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/examples")" -ge 5 ]
	while read -r line; do
		line=${line%%|*}
		# shellcheck disable=SC2016 # the text of a command substitution, as it stands in the page
		line=${line/'"$('*')"'/4194304}
		# as a plan, which runs nothing; 2 is bad usage or a bad profile
		[[ $line == *' plan '* || $line == *' inspect '* || $line == *' advise '* || $line == *' export '* ]] || line=${line/siplaunch/siplaunch plan}
		read -ra words <<<"${line#siplaunch }"
		run --separate-stderr env SIPLAUNCH_PROFILE_PATH=profiles "$SIPLAUNCH" "${words[@]}"
		[ "$status" -ne 2 ] || fail "$line: $stderr"
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
