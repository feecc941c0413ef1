#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Many TLS connections, while every process of the router has touched all of its pools: what they take beside the pools,
# or of the shared pool, is in the budget. OpenSIPS where somebody has one (OPENSIPS=/path/to/opensips).
# Takes about 45 s, with OPENSIPS five minutes, nearly all of it handshakes.

load launch

CONNECTIONS=${OPENSIPS:+1000}
: "${CONNECTIONS:=250}"
LIMIT=512 # MiB
GROUP=sip.slice/tls
TOUCH_SO=${BUILD:-build}/tests/vm/touch.so

setup_file() {
  export BATS_TEST_TIMEOUT=600 # the handshakes on an emulated machine
}

setup() {
  [[ $TOUCH_SO == /* ]] || TOUCH_SO=$REPO/$TOUCH_SO
  [[ -f $TOUCH_SO ]] || fail "no $TOUCH_SO: make helpers"
  ulimit -n 4096
  openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost \
    -keyout "$BATS_TEST_TMPDIR/tls.key" -out "$BATS_TEST_TMPDIR/tls.crt" 2>/dev/null
}

teardown() {
  stop_all
  remove_slices
}

# launch_router PROFILE COMMAND...: as root, in a slice of its own, its pools touched in all processes.
launch_router() {
  local profile=$1
  shift
  TOUCH_LOG=$BATS_TEST_TMPDIR/touched
  : >"$TOUCH_LOG"
  start_bg "$SIPLAUNCH" --profile "$PROFILES/$profile.json" --set cgroup.path=$GROUP --set sizing.memory=${LIMIT}MiB \
    --set user=root --set group=root --workload tlsConnections="$CONNECTIONS" -- \
    env LD_PRELOAD="$TOUCH_SO" TOUCH_LOG="$TOUCH_LOG" "$@"
  LAUNCHED=$BG_PID
  wait_for_bg 120 sip_options 127.0.0.1 5060
  wait_for_bg 120 all_touched
}

# all_touched: every process of the group has touched pools of a MiB and more.
all_touched() {
  awk 'NR == FNR { if ($2 > 0 && $3 > 0) done[$1] = 1; next } { n++; if (!($1 in done)) missing++ } END { exit missing || !n }' \
    "$TOUCH_LOG" "$CGROUP_ROOT/$GROUP/cgroup.procs"
}

clients_answered() {
  grep -q '^answered' "$CLIENTS_LOG"
}

# connect_all: all clients, each answered; the group lives and has room.
connect_all() {
  start_bg "$PYTHON" "$BATS_TEST_DIRNAME/tls-clients" 5061 "$CONNECTIONS"
  CLIENTS_LOG=$BG_LOG
  wait_for_bg 400 clients_answered
  local peak
  peak=$(($(cg $GROUP memory.peak) >> 20))
  echo "# -m $(argument_after -m) -M $(argument_after -M): $(cat "$CLIENTS_LOG"), peak $peak of $LIMIT MiB," \
    "anon $(($(cg_value $GROUP memory.stat anon) >> 20)) MiB" >&3
  [[ $(cat "$CLIENTS_LOG") == "answered $CONNECTIONS" ]]
  [[ $(cg_value $GROUP memory.events oom_kill) == 0 ]]
  ((peak < LIMIT))
  is_alive "$LAUNCHED"
}

@test "OpenSIPS with all pools touched carries many TLS connections without an OOM kill" {
  [[ ${OPENSIPS:-} ]] || skip "OPENSIPS=/path/to/opensips is not given, and Debian has no package of it"
  local mpath=''
  # where its modules are, if not where it was built for
  [[ ! ${OPENSIPS_MODULES:-} ]] || mpath="mpath=\"$OPENSIPS_MODULES\""
  cat >"$BATS_TEST_TMPDIR/opensips.cfg" <<END
log_level=1
$mpath
loadmodule "proto_udp.so"
loadmodule "tls_openssl.so"
loadmodule "tls_mgm.so"
loadmodule "proto_tls.so"
loadmodule "sl.so"
socket=udp:127.0.0.1:5060
socket=tls:127.0.0.1:5061
udp_workers=2
tcp_workers=4
tcp_max_connections=$CONNECTIONS
modparam("tls_mgm", "server_domain", "here")
modparam("tls_mgm", "match_ip_address", "[here]127.0.0.1:5061")
modparam("tls_mgm", "certificate", "[here]$BATS_TEST_TMPDIR/tls.crt")
modparam("tls_mgm", "private_key", "[here]$BATS_TEST_TMPDIR/tls.key")
modparam("tls_mgm", "verify_cert", "[here]0")
modparam("tls_mgm", "require_cert", "[here]0")
route {
	sl_send_reply(200, "OK");
}
END
  launch_router opensips-1g "$OPENSIPS" -F -f "$BATS_TEST_TMPDIR/opensips.cfg"
  connect_all
}

@test "Kamailio with all pools touched carries many TLS connections in its shared pool" {
  cat >"$BATS_TEST_TMPDIR/kamailio.cfg" <<END
#!KAMAILIO
debug=0
log_stderror=yes
children=2
tcp_children=4
auto_aliases=no
enable_tls=yes
tcp_max_connections=$CONNECTIONS
listen=udp:127.0.0.1:5060
listen=tls:127.0.0.1:5061
loadmodule "sl.so"
loadmodule "tls.so"
modparam("tls", "certificate", "$BATS_TEST_TMPDIR/tls.crt")
modparam("tls", "private_key", "$BATS_TEST_TMPDIR/tls.key")
modparam("tls", "tls_method", "TLSv1.2+")
request_route {
	sl_send_reply("200", "OK");
}
END
  launch_router kamailio-512m kamailio -DD -E -Y "$BATS_TEST_TMPDIR" -f "$BATS_TEST_TMPDIR/kamailio.cfg"
  connect_all
}
