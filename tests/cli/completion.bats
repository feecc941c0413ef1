#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Not run with sanitizers.
# The shells' completions know what the program knows.
# Depends on: Makefile build-aux/generate launcher profiles src/base src/export src/log src/mechanism src/metrics src/output src/profile src/router src/seccomp src/settings src/text tests/cli/complete_zsh.py.

load ../lib/common

COMPLETION=$REPO/build/launcher/completion

options_of() {
	"$SIPLAUNCH" "$1" --help | sed -n 's/^  \(-., \|    \)\(--[a-z-]*\).*/\2/p' | sort
}

# complete_bash WORD...: what bash offers when the last word is being typed, a line each.
complete_bash() {
	PATH=$BATS_TEST_TMPDIR:$PATH SIPLAUNCH_PROFILE_PATH=$REPO/profiles bash -c '
		compopt() { :; }
		source "$1/siplaunch.bash"
		shift
		COMP_WORDS=(siplaunch "$@") COMP_CWORD=$#
		_siplaunch
		printf "%s\n" "${COMPREPLY[@]}"' complete "$COMPLETION" "$@"
}

# complete_zsh LINE: what zsh offers behind it, a line each.
complete_zsh() {
	cp "$COMPLETION/siplaunch.zsh" "$BATS_FILE_TMPDIR/_siplaunch"
	PATH=$BATS_TEST_TMPDIR:$PATH SIPLAUNCH_PROFILE_PATH=$REPO/profiles "$PYTHON" "$REPO/tests/cli/complete_zsh.py" "$BATS_FILE_TMPDIR" "$@"
}

complete_fish() {
	PATH=$BATS_TEST_TMPDIR:$PATH SIPLAUNCH_PROFILE_PATH=$REPO/profiles fish --no-config -c "source $COMPLETION/siplaunch.fish; complete -C '$1'" | cut -f1
}

setup() {
	ln -sf "$SIPLAUNCH" "$BATS_TEST_TMPDIR/siplaunch"
}

@test "every option is in every completion" {
	for command in run plan doctor init export inspect top advise tune report profiles seccomp help; do
		options_of $command
	done | sort -u >"$BATS_TEST_TMPDIR/options"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/options")" -ge 18 ]
	while read -r option; do
		for shell in bash zsh; do
			grep -qE -e "$option(\W|$)" "$COMPLETION/siplaunch.$shell" || fail "$option is not in siplaunch.$shell"
		done
		grep -qE -e "-l ${option#--}( |$)" "$COMPLETION/siplaunch.fish" || fail "$option is not in siplaunch.fish"
	done <"$BATS_TEST_TMPDIR/options"
}

@test "bash offers each command exactly the options that it takes" {
	for command in run plan doctor init export inspect top advise tune report profiles seccomp help; do
		[ "$(complete_bash $command --p | sort)" = "$(options_of $command | grep -e '^--p' || true)" ]
		[ "$(complete_bash $command - | sort)" = "$(options_of $command)" ]
	done
	[ "$(complete_bash - | sort)" = "$(options_of run)" ]
}

@test "bash offers commands, profiles and the words that an option takes" {
	[ "$(complete_bash pl)" = plan ]
	[[ $(complete_bash --profile kamailio-) == *kamailio-512m* ]]
	[[ $(complete_bash --profile = kamailio-) == *kamailio-512m* ]]
	[[ $(complete_bash --profile =) == *generic* ]]
	[ "$(complete_bash inspect --format '')" = $'text\njson\nopenmetrics' ]
	[ "$(complete_bash plan --set a = b --color a)" = $'auto\nalways' ]
	[[ $(complete_bash profiles show open) == *opensips-16g* ]]
	[ "$(complete_bash profiles s)" = show ]
	[ "$(complete_bash seccomp '')" = $'show\ncheck\nexport' ]
	[ "$(complete_bash help ins)" = inspect ]
}

@test "bash leaves the router's own words alone" {
	[ -z "$(complete_bash -- kamailio --fo)" ]
	[ -z "$(complete_bash plan kamailio --fo)" ]
	[ -z "$(complete_bash --set a = b kamailio --fo)" ]
}

@test "a name that somebody else gave to a group, a unit or a profile is offered as a word, and never executed" {
	# shellcheck disable=SC2016 # nothing expands it
	local name='/user.slice/$(touch ${IFS}executed)`touch executed`' folder=$BATS_TEST_TMPDIR words
	cd "$folder" || return
	# what reads the groups, the routers and the profiles
	for program in cut pidof sed; do
		printf '#!/bin/sh\nprintf "%%s\\n" %q\n' "$name" >"$program"
		chmod +x "$program"
	done
	rm siplaunch # its list goes through cut
	for words in 'inspect --cgroup' inspect advise top 'profiles show' 'plan --profile'; do
		# shellcheck disable=SC2086 # the words of a command line
		run -0 complete_bash $words ''
		eval "offered=($output)"
		# shellcheck disable=SC2154 # eval sets it
		[[ ${#offered[@]} == 1 && $offered == "$name" ]] || fail "$words: $output"
	done
	[ ! -e executed ]
}

@test "bash, zsh and fish can read their completions" {
	shellcheck "$COMPLETION/siplaunch.bash"
	zsh -n "$COMPLETION/siplaunch.zsh"
	fish -n "$COMPLETION/siplaunch.fish"
}

@test "zsh offers a command exactly the options that it takes" {
	for command in plan export inspect; do
		[ "$(complete_zsh "siplaunch $command --")" = "$(options_of $command)" ]
	done
	[ "$(complete_zsh 'siplaunch --')" = "$(options_of run)" ]
}

@test "zsh offers commands, profiles and the words that an option takes" {
	[[ $(complete_zsh 'siplaunch pl') == *plan* ]]
	[ "$(complete_zsh 'siplaunch plan --color ')" = $'always\nauto\nnever' ]
	[ "$(complete_zsh 'siplaunch export do')" = docker ]
	[ "$(complete_zsh 'siplaunch inspect --watch=')" = $'1\n10\n2' ]
	[[ $(complete_zsh 'siplaunch -p kamailio-') == *kamailio-512m* ]]
	[[ $(complete_zsh 'siplaunch plan --set sizing.mem') == *sizing.memory=* ]]
}

@test "zsh completes the router's own words as behind a prompt" {
	for line in 'siplaunch siplaun' 'siplaunch plan -- siplaun' 'siplaunch export docker siplaun'; do
		[ "$(complete_zsh "$line")" = siplaunch ] || fail "$line"
	done
}

@test "fish offers commands, profiles and the words that an option takes" {
	[[ $(complete_fish 'siplaunch pla') == *plan* ]]
	[ "$(complete_fish 'siplaunch plan --color ' | sort)" = $'always\nauto\nnever' ]
	[ "$(complete_fish 'siplaunch export do')" = docker ]
	[[ $(complete_fish 'siplaunch -p kamailio-') == *kamailio-512m* ]]
	[[ $(complete_fish 'siplaunch plan --set sizing.mem') == *sizing.memory=* ]]
	[ "$(complete_fish 'siplaunch help ins')" = inspect ]
}

@test "every shell offers the groups in which processes are" {
	local group
	group=$(sed -n 's/^0:://p' /proc/self/cgroup)
	[[ $group ]] || group=$(sed -n '1s/^[^:]*:[^:]*://p' /proc/self/cgroup)
	for words in "$(complete_bash inspect --cgroup '')" "$(complete_zsh 'siplaunch inspect --cgroup ')" "$(complete_fish 'siplaunch inspect --cgroup ' 2>&1)"; do
		# two of the shells quote a backslash
		grep -qxF -e "${group//\\/}" <<<"${words//\\/}" || fail "$group is not offered: $words"
		fails grep -F wildcard <<<"$words"
	done
}

@test "every shell offers the profiles by their names and nothing else of their list, whatever a name has in it" {
	local folder=$BATS_TEST_TMPDIR/profiles offered name
	mkdir "$folder" "$BATS_TEST_TMPDIR/empty"
	cd "$folder" || return
	echo '{"description": "A description that is so long that no terminal of a usual width has one line for it and for the name"}' >long.json
	echo '{"description": "for the edge"}' >'edge ü 1.json'
	echo '{}' >bare.json
	# where the shells find no files
	cd "$BATS_TEST_TMPDIR/empty" || return
	complete_in() {
		PATH=$BATS_TEST_TMPDIR:$PATH LC_ALL=C.UTF-8 SIPLAUNCH_PROFILE_PATH=$folder "$@"
	}
	"$PYTHON" - "$SIPLAUNCH" "$folder" >../names <<-'END'
		import json, os, subprocess, sys
		listed = subprocess.run([sys.argv[1], "profiles", "list", "--format", "json"], capture_output=True, check=True,
		                        env={**os.environ, "SIPLAUNCH_PROFILE_PATH": sys.argv[2]}).stdout
		print(*sorted(profile["name"] for profile in json.loads(listed)), sep="\n")
	END
	for name in long 'edge ü 1' bare; do grep -qxF "$name" ../names; done
	# shellcheck disable=SC2016 # the other bash expands it
	offered=$(complete_in bash -c '
		source "$0/siplaunch.bash"
		COMP_WORDS=(siplaunch profiles show "") COMP_CWORD=3
		_siplaunch
		eval "printf \"%s\\n\" ${COMPREPLY[*]}"' "$COMPLETION")
	diff <(LC_ALL=C sort ../names) <(LC_ALL=C sort <<<"$offered")
	offered=$(complete_in fish --no-config -c "source $COMPLETION/siplaunch.fish; complete -C 'siplaunch profiles show '")
	diff <(LC_ALL=C sort ../names) <(cut -f1 <<<"$offered" | LC_ALL=C sort)
	grep -qx $'edge ü 1\tfor the edge' <<<"$offered"
	cp "$COMPLETION/siplaunch.zsh" "$BATS_FILE_TMPDIR/_siplaunch"
	offered=$(complete_in "$PYTHON" "$REPO/tests/cli/complete_zsh.py" "$BATS_FILE_TMPDIR" 'siplaunch profiles show ')
	diff <(LC_ALL=C sort ../names) <(LC_ALL=C sort <<<"${offered//\\/}")
}

@test "every shell offers the keys of a profile, and the mechanisms of a policy" {
	for words in "$(complete_bash plan --set '')" "$(complete_fish 'siplaunch plan --set ')"; do
		for word in sizing.workload.dialogs= resources.unified.memory.max= sysctl.kernel.sem= rlimits.RLIMIT_NOFILE= directories.runtimeMode= user=; do
			grep -qxF "$word" <<<"$words" || fail "$word is not offered"
		done
		fails grep -xF extends= <<<"$words" # --set refuses it
	done
	for words in "$(complete_bash plan --policy '')" "$(complete_fish 'siplaunch plan --policy ')"; do
		for word in default= estimate= cgroup= router= seccomp=; do
			grep -qxF "$word" <<<"$words" || fail "$word is not offered"
		done
	done
}

@test "fish offers each command exactly the options that it takes" {
	for command in run plan doctor init export inspect top advise tune report profiles seccomp help; do
		output=$(complete_fish "siplaunch $command --")
		# "--watch" and "--watch=" are one, whose value can be left out
		[ "$(cut -d= -f1 <<<"$output" | sort -u)" = "$(options_of $command)" ] || fail "$command: $output"
	done
}
