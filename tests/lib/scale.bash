# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Commands whose input has any size: load ../lib/scale, or source it. $SIPLAUNCH, $PYTHON and $REPO are set.

# shellcheck disable=SC2034 # its users'
SCALE_SUBJECTS=(kamailio-sockets opensips-sockets kamailio-config opensips-config profile samples processes)

# scale_prepare SUBJECT SIZE: makes its input in the current folder, and sets $scale_command, which reads it.
# shellcheck disable=SC2034 # the caller's
scale_prepare() {
	local router=${1%-*} input=$1.$2 profiles=$REPO/profiles
	local command=(opensips -F -f "$input") # COMMAND: without a router's binary, plan knows its defaults
	[[ $router != kamailio ]] || command=(kamailio -DD -E -f "$input")
	if [[ $1 == processes ]]; then
		scale_processes "$2"
		scale_command=("$SIPLAUNCH" inspect --format json "$scale_router")
		return
	fi
	"$PYTHON" "$REPO/tests/lib/scale-input" "$1" "$2" >"$input"
	case $1 in
	profile) scale_command=("$SIPLAUNCH" plan --profile "./$input" -- kamailio -DD -E -f /dev/null) ;;
	samples | restarts) scale_command=("$SIPLAUNCH" advise "$input") ;;
	*) scale_command=("$SIPLAUNCH" plan --profile "$profiles/$router.json" --set sizing.memory=4GiB --set cgroup.path=null -- "${command[@]}") ;;
	esac
}

# scale_processes COUNT: a router with so many children in the background, in place of the one before; its pid is in $scale_router.
scale_processes() {
	local ready
	scale_end
	coproc scale_router_output { exec -a kamailio "$PYTHON" "$REPO/tests/lib/scale-input" processes "$1"; }
	scale_router=$!
	# shellcheck disable=SC2154 # coproc sets it
	read -rt 60 ready <&"${scale_router_output[0]}" && [[ $ready == ready ]]
}

scale_end() {
	[[ ${scale_router-} ]] || return 0
	kill "$scale_router"
	wait "$scale_router" 2>/dev/null || true
	scale_router=''
}
