# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The sip-router filter over a real OpenSIPS that does its work on every transport and with each way to wait for sockets: not one
# call that it makes is refused.
# Takes about 40 s.

load opensips
load seccomp

# write_config POLL_METHOD: answers OPTIONS over UDP, TCP, TLS and WebSocket, takes commands over FIFO, datagrams and HTTP, has a
# media proxy, and runs a program when the user "program" is asked for.
write_config() {
  make_key
  cat <<END
log_level=2
stderror_enabled=yes
syslog_enabled=no
poll_method=$1
udp_workers=2
tcp_workers=2
auto_aliases=no
dns=no
rev_dns=no
socket=udp:127.0.0.1:5060
socket=tcp:127.0.0.1:5060
socket=tls:127.0.0.1:5061
socket=ws:127.0.0.1:5062
socket=wss:127.0.0.1:5063
loadmodule "proto_udp.so"
loadmodule "proto_tcp.so"
loadmodule "tls_openssl.so"
loadmodule "tls_mgm.so"
loadmodule "proto_tls.so"
loadmodule "proto_ws.so"
loadmodule "proto_wss.so"
loadmodule "sl.so"
loadmodule "tm.so"
loadmodule "sipmsgops.so"
loadmodule "exec.so"
loadmodule "rtpproxy.so"
loadmodule "mi_fifo.so"
loadmodule "mi_datagram.so"
loadmodule "httpd.so"
loadmodule "mi_http.so"
# a client in an emulated machine reads slowly
modparam("proto_tcp", "tcp_async_max_postponed_chunks", 1024)
modparam("tls_mgm", "server_domain", "all")
modparam("tls_mgm", "match_ip_address", "[all]*")
modparam("tls_mgm", "certificate", "[all]$RUNTIME/cert.pem")
modparam("tls_mgm", "private_key", "[all]$RUNTIME/key.pem")
modparam("tls_mgm", "verify_cert", "[all]0")
modparam("tls_mgm", "require_cert", "[all]0")
modparam("tls_mgm", "tls_method", "[all]TLSv1_2-")
modparam("rtpproxy", "rtpproxy_sock", "udp:127.0.0.1:22222")
modparam("rtpproxy", "rtpproxy_timeout", "5")
modparam("mi_fifo", "fifo_name", "$RUNTIME/mi.fifo")
modparam("mi_datagram", "socket_name", "$RUNTIME/mi.sock")
modparam("httpd", "ip", "127.0.0.1")
modparam("httpd", "port", 8888)
route {
	t_newtran();
	if (\$rU == "program")
		exec("$RUNTIME/program >$RUNTIME/said 2>&1; touch $RUNTIME/done");
	if (is_method("INVITE") && has_body("application/sdp")) {
		if (rtpproxy_offer())
			t_reply(486, "Busy Here");
		else
			t_reply(500, "No Proxy");
		exit;
	}
	t_reply(200, "OK");
}
END
}

# speak POLL_METHOD: the configuration of ROUTER.
speak() {
  write_config "$1" | configure
}

setup() {
  prepare_opensips
  speak epoll
}

teardown() {
  stop_all
  remove_slices
}

# media_proxy: answers what the rtpproxy module asks of its proxy.
media_proxy() {
  start_bg "$PYTHON" -c '
import socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 22222))
while True:
    message, peer = server.recvfrom(4096)
    cookie, command = message.split()[:2]
    answer = b"20040107" if command == b"V" else b"1" if command.startswith(b"VF") else b"40000"
    server.sendto(cookie + b" " + answer + b"\n", peer)'
  wait_for_bg 60 grep -q ":$(printf %04X 22222) " /proc/net/udp
}

# websocket_requests PORT REQUESTS [tls]: over one WebSocket, each gets an answer.
websocket_requests() {
  "$PYTHON" - "$@" <<'END'
import base64, os, socket, ssl, struct, sys
port, requests, tls = int(sys.argv[1]), int(sys.argv[2]), len(sys.argv) > 3
peer = socket.create_connection(("127.0.0.1", port), timeout=60)
if tls:
    peer = ssl._create_unverified_context().wrap_socket(peer)
def read_until(text):
    got = b""
    while text not in got:
        more = peer.recv(4096)
        assert more, got
        got += more
    return got
key = base64.b64encode(os.urandom(16)).decode()
peer.sendall(("GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nOrigin: http://127.0.0.1\r\n"
              "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Protocol: sip\r\nSec-WebSocket-Version: 13\r\n\r\n" % (port, key)).encode())
assert b" 101 " in read_until(b"\r\n\r\n")
request = ("OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/%s a.invalid;branch=z9hG4bK%s\r\nFrom: <sip:a@b>;tag=1\r\n"
           "To: <sip:a@b>\r\nCall-ID: %s\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n")
for _ in range(requests):
    number = os.urandom(8).hex()
    text = (request % ("WSS" if tls else "WS", number, number)).encode()
    mask = os.urandom(4)  # RFC 6455: a final text frame, its length in two octets, masked
    peer.sendall(b"\x81\xfe" + struct.pack("!H", len(text)) + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(text)))
    answer = read_until(b"\r\n\r\n")
    assert b"SIP/2.0 200 " in answer[:40], answer
END
}

# every_tls_request_is_answered: of several on one connection, then of several connections at once. Not both: OpenSIPS 4.0.1 then
# leaves one in some hundred unanswered, with siplaunch or without.
every_tls_request_is_answered() {
  tls_requests 1 20
  tls_requests 8 1
}

# invite_with_media: an INVITE with SDP is answered as by a router that has asked its media proxy.
invite_with_media() {
  "$PYTHON" - <<'END'
import os, socket
peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
peer.bind(("127.0.0.1", 0))
peer.settimeout(60)
body = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 30000 RTP/AVP 0\r\n"
number = os.urandom(8).hex()
invite = ("INVITE sip:b@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bK%s\r\nFrom: <sip:a@b>;tag=1\r\n"
          "To: <sip:b@b>\r\nCall-ID: %s\r\nCSeq: 1 INVITE\r\nContact: <sip:a@127.0.0.1>\r\nContent-Type: application/sdp\r\n"
          "Content-Length: %d\r\n\r\n%s" % (peer.getsockname()[1], number, number, len(body), body))
peer.sendto(invite.encode(), ("127.0.0.1", 5060))
answer = b"SIP/2.0 1"
while answer.startswith(b"SIP/2.0 1"):
    answer = peer.recv(4096)
assert answer.startswith(b"SIP/2.0 486 "), answer
END
}

# commands_are_taken: over each interface.
commands_are_taken() {
  local address
  for address in "fifo:$RUNTIME/mi.fifo" "unix:$RUNTIME/mi.sock" http://127.0.0.1:8888/mi; do
    run -0 --separate-stderr "$SIPLAUNCH" inspect --mi="$address" --format json "$LAUNCHED"
    "$PYTHON" "$REPO/tests/cli/inspect_check.py" 0 "i['sample']['noPools'] is None and i['sample']['shared']['total'] > 0" <<<"$output"
  done
}

# stop_router: and it is gone, with all of its processes.
stop_router() {
  stop_bg "$LAUNCHED"
  wait_while 30 cg_populated "$GROUP"
}

@test "OpenSIPS under sip-router answers loads over UDP, TCP, TLS and WebSocket, and cannot break out" {
  has_modules
  media_proxy
  launch_under sip-router
  load_router u1 300
  load_router t1 300
  every_tls_request_is_answered
  websocket_requests 5062 20
  websocket_requests 5063 20 tls
  invite_with_media
  commands_are_taken
  all_are_confined
  breaks_out_of_nothing
  sip_options 127.0.0.1 5060
}

@test "under the audit profile the log of all that OpenSIPS does is empty, also of a restart" {
  has_modules
  media_proxy
  log_every_call
  for _ in 1 2; do
    launch_under sip-router-audit
    load_router u1 100
    load_router t1 100
    every_tls_request_is_answered
    websocket_requests 5062 5
    websocket_requests 5063 5 tls
    invite_with_media
    write_script "$RUNTIME/program"
    router_runs
    [[ $(tail -n 1 "$RUNTIME/said") == fine ]]
    commands_are_taken
    kill -HUP "$LAUNCHED"
    sip_options 127.0.0.1 5060
    stop_router
  done
  run -0 refused_calls
  [[ ! $output ]]
}

@test "with each way to wait for sockets nothing that OpenSIPS calls is refused" {
  has_modules
  media_proxy
  log_every_call
  local method methods
  methods=$("$OPENSIPS" -V | sed -n 's/^poll method support: \(.*\)\.$/\1/p' | tr -d ,)
  [[ $methods == *epoll* ]]
  for method in $methods; do
    speak "$method"
    launch_under sip-router-audit
    load_router u1 100
    # with sigio_rt OpenSIPS loses what comes over TCP and HTTP, with siplaunch or without
    [[ $method == sigio_rt ]] || {
      load_router t1 100
      every_tls_request_is_answered
      websocket_requests 5063 5 tls
      commands_are_taken
    }
    stop_router
    run -0 refused_calls
    [[ ! $output ]] || fail "$method: $output"
  done
}
