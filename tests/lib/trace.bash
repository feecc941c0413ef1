# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# bats copies the stack of functions before each command, for a message if the command fails: a quarter of the CPU time of tests/cli,
# and under emulation of a whole test. A line that says the same takes a tenth of that. These functions take the place of bats's own of
# these names, from 1.8 to 1.14 (lib/bats-core/tracing.bash); tests/cli/failures.bats compares the messages.

if [[ ${BATS_TRACE_LEVEL:-0} == 0 ]]; then
	bats_debug_trap() { # called before the first command only
		NOTED='' NOTED_BEFORE=''
		# shellcheck disable=SC2016 # each command expands it; one line, or LINENO counts the second
		trap '[[ $FUNCNAME == bats_* || $BASH_SOURCE == "$BATS_ROOT"/* ]] || NOTED_BEFORE=$NOTED NOTED="$LINENO ${BASH_LINENO[*]} ${FUNCNAME[*]}"' DEBUG
	}

	bats_error_trap() {
		bats_check_status_from_trap # the first: it reads $?
		# bash notes the call of this function, too, and there its line is not always that of the command
		[[ "${BASH_LINENO[*]} ${FUNCNAME[*]:1}" != "$NOTED" || ${BATS_DEBUG_LAST_STACK_TRACE_IS_VALID:-} ]] || NOTED=$NOTED_BEFORE
		BATS_DEBUG_LAST_STACK_TRACE_IS_VALID=1
	}

	bats_get_failure_stack_trace() { # bats_get_failure_stack_trace ARRAY: gets "LINE FUNCTION FILE", the innermost first
		local -n noted_frames=$1
		local noted=$NOTED words index name place
		[[ ${BATS_DEBUG_LAST_STACK_TRACE_IS_VALID:-} ]] || noted=$NOTED_BEFORE # the last is the call of an EXIT trap or of a time-out's
		IFS=' ' read -ra words <<<"$noted" || true
		noted_frames=()
		shopt -s extdebug # declare -F says in which file a function is
		for ((index = 0; index < ${#words[@]} / 2; index++)); do
			name=${words[${#words[@]} / 2 + 1 + index]-}
			IFS=' ' read -r _ _ place < <(declare -F "$name") || true
			noted_frames+=("${words[index]} $name ${place:-$BATS_TEST_SOURCE}")
			[[ $name != "${BATS_TEST_NAME:-}" && $name != @(setup|teardown)?(_file|_suite) ]] || break
		done
		shopt -u extdebug
	}

	# bats's own can miss the signal that ends it, if a test is over at once: then bats waits for its sleep. This one is ready before the
	# test begins.
	bats_start_timeout_countdown() { # bats_start_timeout_countdown SECONDS
		trap bats_timeout_trap ABRT
		read -r < <(
			trap 'kill $sleeper; exit 0' ABRT
			sleep "$1" &>/dev/null 3>&- 4>&- &
			sleeper=$!
			echo
			exec &>/dev/null
			wait
			! kill -ABRT $$ || bats_kill_childprocesses_of $$
		)
	}
fi
