#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Not run with sanitizers.
# The shells' completions know what the program knows.

load ../lib/common

COMPLETION=$REPO/launcher/completion

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

setup() {
	ln -sf "$SIPLAUNCH" "$BATS_TEST_TMPDIR/siplaunch"
}

@test "every option is in every completion" {
	for command in run plan doctor init export inspect advise tune profiles seccomp help; do
		for option in $(options_of $command); do
			for shell in bash zsh; do
				grep -qE -e "$option(\W|$)" "$COMPLETION/siplaunch.$shell" || fail "$option is not in siplaunch.$shell"
			done
			grep -qE -e "-l ${option#--}( |$)" "$COMPLETION/siplaunch.fish" || fail "$option is not in siplaunch.fish"
		done
	done
}

@test "bash offers each command exactly the options that it takes" {
	for command in run plan doctor init export inspect advise tune profiles seccomp help; do
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
	[ "$(complete_bash plan --format '')" = $'text\njson' ]
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

@test "zsh and fish can read their completions" {
	zsh -n "$COMPLETION/siplaunch.zsh"
	fish -n "$COMPLETION/siplaunch.fish"
}

@test "fish offers each command exactly the options that it takes" {
	for command in run plan doctor init export inspect advise tune profiles seccomp help; do
		run -0 env PATH="$BATS_TEST_TMPDIR:$PATH" fish --no-config -c "source $COMPLETION/siplaunch.fish; complete -C 'siplaunch $command --'"
		[ "$(cut -f1 <<<"$output" | cut -d= -f1 | sort)" = "$(options_of $command)" ] || fail "$command: $output"
	done
}
