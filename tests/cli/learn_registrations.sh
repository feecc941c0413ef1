#!/bin/bash
# SPDX-License-Identifier: MIT
#
# In a network namespace of its own: a real OpenSIPS under `inspect --watch` gets registrations; the watch is left in ./day.
# usage: unshare --net learn_registrations.sh OPENSIPS MODULES COUNT
set -euo pipefail

ip link set lo up
{
	printf 'log_level=1\nstderror_enabled=yes\nsyslog_enabled=no\nudp_workers=2\nsocket=udp:127.0.0.1:5060\n'
	[[ ! $2 ]] || printf 'mpath="%s/"\n' "$2"
	printf 'loadmodule "%s.so"\n' proto_udp sl tm signaling rr usrloc registrar sipmsgops mi_datagram
	printf 'modparam("usrloc", "working_mode_preset", "single-instance-no-db")\nmodparam("mi_datagram", "socket_name", "%s/mi.sock")\n' "$PWD"
	printf 'route { save("location"); }\n'
} >real.cfg
"$1" -F -m 64 -M 8 -f "$PWD/real.cfg" >router.log 2>&1 &
router=$!
trap 'kill "$router"; wait' EXIT
lines() { until (($(wc -l <day) >= $1)); do kill -0 "$router" && sleep 0.2; done; }
until [[ -S mi.sock ]]; do kill -0 "$router" && sleep 0.2; done
touch day
"$SIPLAUNCH" inspect --watch=1 --format json "$router" >day &
watch=$!
lines 2
/usr/bin/python3 - "$3" <<'END'
import socket, sys, time
phone = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
phone.settimeout(30)
for n in range(int(sys.argv[1])):
    phone.sendto((f"REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{phone.getsockname()[1] or 5061};rport;branch=z9hG4bK{n}\r\n"
                  f"From: <sip:u{n}@x>;tag={n}\r\nTo: <sip:u{n}@x>\r\nCall-ID: c{n}\r\nCSeq: 1 REGISTER\r\nContact: <sip:u{n}@127.0.0.1:5061>\r\n"
                  "Expires: 3600\r\nContent-Length: 0\r\n\r\n").encode(), ("127.0.0.1", 5060))
    assert b" 200 " in phone.recv(65536)
    time.sleep(0.001)
END
lines $(($(wc -l <day) + 3))
kill -INT "$watch"
wait "$watch"
