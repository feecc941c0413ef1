# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The number of processes that siplaunch expects of a configuration against what a real Kamailio starts.
# The cases are the folders of tests/fixtures/routers/kamailio that have a file `runs`: the arguments to start it with.
# Takes about 75 s.

# bats file_tags=release

load ../lib/common

FIXTURES=$REPO/tests/fixtures/routers/kamailio

setup() {
  RUNTIME=$BATS_TEST_TMPDIR/kamailio
  mkdir -p "$RUNTIME"
}

teardown() {
  stop_all
  ip netns del case 2>/dev/null || true
}

# make_network CASE: where the case names addresses, a network namespace that has just these, and how to get into it in $INSIDE.
make_network() {
  local interface address device
  INSIDE=()
  [[ -e $FIXTURES/$1/addresses ]] || return 0
  ip netns del case 2>/dev/null || true
  ip netns add case
  INSIDE=(nsenter --net=/run/netns/case --)
  "${INSIDE[@]}" ip link set lo up
  while read -r interface address; do
    device=${interface%%:*}
    "${INSIDE[@]}" ip link show "$device" &>/dev/null || "${INSIDE[@]}" ip link add "$device" type dummy
    "${INSIDE[@]}" ip link set "$device" up
    case $address in
    127.0.0.1 | ::1) ;; # lo has them
    *:*) "${INSIDE[@]}" ip address add "$address/64" dev "$device" nodad ;;
    *) "${INSIDE[@]}" ip address add "$address/24" dev "$device" label "$interface" ;;
    esac
  done < <(grep -v '^#' "$FIXTURES/$1/addresses")
}

# read_command CASE: $COMMAND as the case has it.
read_command() {
  COMMAND=(kamailio -f "$FIXTURES/$1/router.cfg")
  if [[ -e $FIXTURES/$1/argv ]]; then
    mapfile -t COMMAND <"$FIXTURES/$1/argv"
    COMMAND=("${COMMAND[@]//@DIR@/$FIXTURES/$1}")
  fi
  local more
  read -ra more <"$FIXTURES/$1/runs"
  COMMAND+=("${more[@]}" -Y "$RUNTIME" -P "$RUNTIME/pid" -w "$RUNTIME")
}

# planned: what siplaunch expects $COMMAND to start, and where it has that from.
planned() {
  "${INSIDE[@]}" "$SIPLAUNCH" plan --format json --profile "$REPO/profiles/generic.json" --set router=auto \
    --set sizing.memory=2GiB --policy default=prefer -- "${COMMAND[@]}" |
    "$PYTHON" -c 'import json, sys; b = json.load(sys.stdin)["budget"]; print(b["processes"], b["processesSource"])'
}

in_session() {
  ps -o pid= -s "$1" | wc -l
}

starts_as_many_as() {
  (($(in_session "$BG_PID") == $1))
}

# compare CASE: the two numbers are the same, and stay so.
compare() {
  local expected source
  read_command "$1"
  make_network "$1"
  read -r expected source < <(planned)
  [[ $source == computed ]] || fail "$1: not computed but $source"
  start_bg "${INSIDE[@]}" "${COMMAND[@]}"
  wait_for_bg 60 starts_as_many_as "$expected" ||
    fail "$1: $expected processes planned, $(in_session "$BG_PID") started" "$(tail -n 5 "$BG_LOG")"
  # a process that comes late is one too many
  sleep 1
  starts_as_many_as "$expected" || fail "$1: $expected processes planned, then $(in_session "$BG_PID") there"
  stop_bg "$BG_PID"
}

# compare_all CASE...: each of them.
compare_all() {
  local name
  for name in "$@"; do
    [[ -e $FIXTURES/$name/runs ]] || fail "$name is not made to be started"
    compare "$name"
  done
}

@test "what sockets start is what is planned" {
  compare_all udp-and-tcp no-protocol-is-every-protocol socket-workers-count-for-the-next-socket
}

@test "what modules start is what is planned" {
  compare_all module-timers rpc-over-everything timers-and-tasks-of-routes \
    presence-without-notifiers presence-notifiers-of-a-database
}

@test "the preprocessor is followed as the router follows it" {
  compare_all conditions substitutions includes
}

@test "the command line is followed as the router follows it" {
  compare_all options-outrank-the-file one-d-forks-only-timers
}

@test "what Debian ships starts as many processes as planned" {
  compare_all shipped-configuration-on-one-socket shipped-configuration-with-antiflood
}

# Of IPv6 addresses Kamailio has a reader of its own, which newer kernels' answers confuse (build_iface_list()): it takes the
# machine's name instead, and starts fewer processes than are planned.
confused_or_compared() {
  local expected source
  read_command "$1"
  make_network "$1"
  read -r expected source < <(planned)
  [[ $source == computed ]] || fail "$1: not computed but $source"
  start_bg "${INSIDE[@]}" "${COMMAND[@]}"
  decided() { starts_as_many_as "$expected" || grep -q 'Could not get network interface list' "$BG_LOG"; }
  wait_for_bg 60 decided || fail "$1: $expected processes planned, $(in_session "$BG_PID") started" "$(tail -n 5 "$BG_LOG")"
  (($(in_session "$BG_PID") <= expected))
  stop_bg "$BG_PID"
}

@test "a router takes those addresses of its machine that are planned" {
  confused_or_compared every-address-with-ipv6
  compare_all every-ipv4-address-of-the-machine addresses-of-an-interface \
    an-address-that-its-interface-has-too the-workers-of-an-interface-are-the-global-ones
}
