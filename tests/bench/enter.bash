# SPDX-License-Identifier: MIT
#
# How a benchmark gets into the virtual machine, with what its caller chose in the environment. Sourced.
# shellcheck shell=bash

# enter_machine NAME [OPTION of tests/vm/run]... -- [ARGUMENT]...: returns where it is in the machine already.
enter_machine() {
	[[ ! -e /run/vm/job ]] || return 0
	local name=$1 options=() kept
	shift
	while [[ $1 != -- ]]; do
		options+=("$1") && shift
	done
	shift
	for kept in BUILD KAMAILIO OPENSIPS OPENSIPS_MODULES HUGE_PAGES SETS ADDRESSES CONNECTIONS \
		TCP_MAX_CONNECTIONS; do
		[[ ! ${!kept:-} ]] || options+=(--env "$kept=${!kept}")
	done
	exec tests/vm/run "${options[@]}" "$PWD/tests/bench/$name" "$@"
}
