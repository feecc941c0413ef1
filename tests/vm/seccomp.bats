# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The sip-router filter over a real Kamailio that does its work: nothing that it needs is refused, and what it must never do is.
# Takes about 20 s.

# bats file_tags=release

load launch
load seccomp

# Answers OPTIONS over UDP, TCP and TLS, and runs a program when the user "program" is asked for.
write_config() {
  make_key
  cat >"$1" <<END
debug=1
log_stderror=yes
children=2
enable_tls=yes
listen=udp:127.0.0.1:5060
listen=tcp:127.0.0.1:5060
listen=tls:127.0.0.1:5061
auto_aliases=no
dns=no
rev_dns=no
loadmodule "tls.so"
loadmodule "tm.so"
loadmodule "pv.so"
loadmodule "exec.so"
loadmodule "jsonrpcs.so"
modparam("tls", "private_key", "$RUNTIME/key.pem")
modparam("tls", "certificate", "$RUNTIME/cert.pem")
modparam("tls", "tls_method", "TLSv1.2+")
modparam("jsonrpcs", "fifo_name", "$RUNTIME/rpc")
modparam("jsonrpcs", "fifo_reply_dir", "$RUNTIME/")
request_route {
  # first of all: what is sent again because the answer takes its time must not run the program again
  t_newtran();
  if (\$rU == "program") {
    exec_msg("$RUNTIME/program >$RUNTIME/said 2>&1; touch $RUNTIME/done");
  }
  t_reply("200", "OK");
}
END
}

setup() {
  CONFIG=$BATS_TEST_TMPDIR/router.cfg
  prepare_router
  write_config "$CONFIG"
}

teardown() {
  stop_all
  remove_slices
}

@test "Kamailio under sip-router answers loads over UDP, TCP and TLS, and cannot break out" {
  launch_under sip-router
  load_router u1 300
  load_router t1 300
  tls_requests 8 5

  all_are_confined
  breaks_out_of_nothing
  sip_options 127.0.0.1 5060
}

@test "under the audit profile the log of all that Kamailio does names its raw socket and nothing else" {
  log_every_call
  launch_under sip-router-audit
  load_router u1 100
  load_router t1 100
  tls_requests 4 3
  write_script "$RUNTIME/program"
  router_runs
  [[ $(tail -n 1 "$RUNTIME/said") == fine ]]

  mkfifo -m 666 "$RUNTIME/answer"
  local answer
  exec {answer}<>"$RUNTIME/answer" # with a reader from the start, without which the router gives up
  echo '{"jsonrpc":"2.0","method":"core.psx","reply_name":"answer","id":1}' >"$RUNTIME/rpc"
  timeout 60 grep -q -m 1 '"result"' <&"$answer"
  exec {answer}<&-

  kill -HUP "$LAUNCHED"
  sip_options 127.0.0.1 5060
  stop_bg "$LAUNCHED"
  wait_while 30 cg_populated "$GROUP"

  local socket=41
  run -0 refused_calls
  [[ $output == "$socket" ]]
}
