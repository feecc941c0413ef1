# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# A stand-in for a router that is asked over its management interface: load ../lib/stand_in

load ../lib/inspect

# prepare_stand_in: to be called in setup. How it answers is in the file `mode`, and its replies lie in `replies`.
prepare_stand_in() {
	plain_environment
	cd "$BATS_TEST_TMPDIR" || return
	mkdir replies
	export MI_MODE=$PWD/mode MI_REPLIES=$PWD/replies/
	PORT=$((20000 + BASHPID % 20000))
}

# router KIND [NAME]: starts the stand-in; what --mi takes for it is in $MI, its configuration says the same. $MEMORY_GROUPS are
# more statements of that configuration.
router() {
	local module
	case $1 in
	fifo) MI_LISTEN=fifo:$PWD/mi.fifo MI=$MI_LISTEN,reply=${MI_REPLIES%/} ;;
	unix) MI_LISTEN=unix:$PWD/mi.sock MI=$MI_LISTEN ;;
	udp) MI_LISTEN=udp:$PORT MI=udp:127.0.0.1:$PORT ;;
	http) MI_LISTEN=http:$PORT MI=http://127.0.0.1:$PORT/mi ;;
	esac
	case $1 in
	fifo) module="modparam(\"mi_fifo\", \"fifo_name\", \"$PWD/mi.fifo\") modparam(\"mi_fifo\", \"reply_dir\", \"$MI_REPLIES\")" ;;
	unix) module="modparam(\"mi_datagram\", \"socket_name\", \"$PWD/mi.sock\")" ;;
	udp) module="modparam(\"mi_datagram\", \"socket_name\", \"$MI\")" ;;
	http) module="modparam(\"httpd\", \"port\", $PORT)" ;;
	esac
	printf 'socket=udp:127.0.0.1:5060\nloadmodule "mi_fifo.so"\nloadmodule "mi_datagram.so"\n%s\n%s\n%s\n' "${MEMORY_GROUPS:-}" \
		"$([[ $1 != http ]] || echo 'loadmodule "httpd.so" loadmodule "mi_http.so"')" "$module" >router.cfg
	export MI_LISTEN
	# shellcheck disable=SC2016 # it is the inner shell's
	start_bg bash -c 'exec -a "$0" "$@"' "${2:-opensips}" "$PYTHON" "$REPO/tests/lib/mi-server" -f "$PWD/router.cfg"
	wait_for_bg 60 listens "$1"
}

listens() {
	case $1 in
	fifo) [ -p mi.fifo ] ;;
	unix) [ -S mi.sock ] ;;
	udp) grep -qi "0100007F:$(printf %04X "$PORT")" /proc/net/udp ;;
	http) grep -qi "0100007F:$(printf %04X "$PORT") .* 0A " /proc/net/tcp ;;
	esac
}

# recorded FILE: the stand-in answers with what a real router was recorded to answer, over the way that it was asked.
recorded() {
	local way=${1##*/} name
	name=$(basename "$(dirname "$1")")
	export MI_RECORDED=$1
	router "${way%-*}" "${name%-*}"
}
