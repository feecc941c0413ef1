# SPDX-License-Identifier: MIT
#
# What the benchmarks, and the VM test that shares their code, need: a real router with both pools touched in every
# process, in a cgroup, under some SIP load. Sourced, inside the virtual machine only.
#
# The router is Debian's Kamailio; OPENSIPS=/path/to/opensips takes that in its place, OPENSIPS_MODULES its modules' folder.
# What differs is in the variables below and in the functions ROUTER_config, ROUTER_command and ROUTER_version.
# shellcheck shell=bash

: "${BUILD:=build}"
: "${KAMAILIO:=$(type -P kamailio)}"
if [[ ${OPENSIPS:-} ]]; then
	router_kind=opensips router_program=$OPENSIPS
	request_kib=65 # that a connection with part of a request takes: its buffer (TCP_BUF_SIZE)
	router_sets=(plain tls)
else
	router_kind=kamailio router_program=$KAMAILIO
	request_kib=17
	router_sets=(plain tls python)
fi
[[ $BUILD == /* ]] || BUILD=$PWD/$BUILD
touch_so=$BUILD/tests/vm/touch.so
cgroup_root=/sys/fs/cgroup
sip_uri=sip:probe@127.0.0.1:5060

fail() {
	echo "${0##*/}: $*" >&2
	exit 1
}


[[ -x $router_program ]] || fail "no $router_kind: see \"make deps\", or OPENSIPS"
getent passwd "$router_kind" >/dev/null || useradd --system --no-create-home --shell /usr/sbin/nologin "$router_kind"
[[ -f $touch_so ]] || fail "no $touch_so: make it first"
work=$(mktemp -d)
chmod 755 "$work"
# For a router that runs as somebody else, and may not enter the folder that the repository is in.
mkdir -m 777 "$work/run"
install -m 755 "$touch_so" "$work/touch.so"
touch_so=$work/touch.so

group=''
leave() {
	[[ ! -d $group ]] || group_remove
	rm -rf "$work"
}
trap leave EXIT

# addresses_add N: to the loopback interface, which may have them already.
addresses_add() {
	local i
	for ((i = 1; i <= $1; i++)); do
		ip address replace "10.9.0.$i/24" dev lo
	done
}

# router_config FILE CHILDREN SET: one UDP and one TCP socket, CHILDREN workers for each. SET: one of $router_sets.
# With ADDRESSES=N it listens on every address of the machine, which gets N more; with TCP_MAX_CONNECTIONS=N it allows so many.
router_config() {
	[[ " ${router_sets[*]} " == *" $3 "* ]] || fail "$router_kind has no such set of modules: $3"
	addresses_add "${ADDRESSES:-0}"
	[[ $3 != tls ]] || tls_certificate
	"${router_kind}_config" "$@"
}

# router_command FILE: sets $command, which starts the router in the foreground, without the sizes of its pools.
router_command() { "${router_kind}_command" "$1"; }

# router_version: one line.
router_version() { "${router_kind}_version"; }

kamailio_command() { command=("$KAMAILIO" -DD -E -Y "$work/run" -f "$1"); }
kamailio_version() { "$KAMAILIO" -v | sed -n 's/^version: //p'; }

kamailio_config() {
	local file=$1 children=$2 set=$3
	local modules=(kex corex tm tmx sl rr pv maxfwd usrloc registrar textops siputils xlog sanity dialog htable)
	local extra=''
	case $set in
	tls)
		modules+=(tls)
		extra="listen=tls:127.0.0.1:5061
modparam(\"tls\", \"certificate\", \"$work/tls.crt\")
modparam(\"tls\", \"private_key\", \"$work/tls.key\")"
		;;
	python)
		modules+=(app_python3)
		printf 'class Kamailio:\n  def child_init(self, rank):\n    return 0\ndef mod_init():\n  return Kamailio()\n' >"$work/app.py"
		extra="modparam(\"app_python3\", \"load\", \"$work/app.py\")"
		;;
	esac
	{
		echo '#!KAMAILIO'
		printf 'log_stderror=yes\ndebug=1\nchildren=%d\ntcp_children=%d\n' "$children" "$children"
		[[ $set != tls ]] || echo 'enable_tls=yes'
		echo 'auto_aliases=no'
		[[ ${ADDRESSES:-} ]] || printf 'listen=udp:127.0.0.1:5060\nlisten=tcp:127.0.0.1:5060\n'
		[[ ! ${TCP_MAX_CONNECTIONS:-} ]] || echo "tcp_max_connections=$TCP_MAX_CONNECTIONS"
		printf 'loadmodule "%s.so"\n' "${modules[@]}"
		echo "$extra"
		cat <<'END'
modparam("rr", "enable_full_lr", 1)
request_route {
	if (is_method("OPTIONS")) {
		t_newtran();
		t_reply("200", "OK");
		exit;
	}
	if (is_method("REGISTER")) {
		save("location");
		exit;
	}
	sl_send_reply("405", "Method Not Allowed");
}
END
	} >"$file"
}

opensips_command() { command=("$OPENSIPS" -F -f "$1"); }
opensips_version() { "$OPENSIPS" -V | sed -n 's/^version: //p'; }

# A request that never ends keeps its connection: tcp_max_msg_time is 4 s otherwise.
opensips_config() {
	local file=$1 children=$2 set=$3 module
	local modules=(tm sl rr maxfwd usrloc registrar signaling textops sipmsgops options dialog mi_fifo proto_udp proto_tcp)
	[[ $set != tls ]] || modules+=(tls_openssl tls_mgm proto_tls)
	{
		printf 'stderror_enabled=yes\nsyslog_enabled=no\nlog_level=1\nauto_aliases=no\n'
		printf 'udp_workers=%d\ntcp_workers=%d\ntcp_max_msg_time=3600\n' "$children" "$children"
		if [[ ${ADDRESSES:-} ]]; then
			printf 'socket=udp:*:5060\nsocket=tcp:*:5060\n'
		else
			printf 'socket=udp:127.0.0.1:5060\nsocket=tcp:127.0.0.1:5060\n'
		fi
		[[ $set != tls ]] || echo 'socket=tls:127.0.0.1:5061'
		[[ ! ${TCP_MAX_CONNECTIONS:-} ]] || echo "tcp_max_connections=$TCP_MAX_CONNECTIONS"
		[[ ! ${OPENSIPS_MODULES:-} ]] || printf 'mpath="%s/"\n' "$OPENSIPS_MODULES"
		for module in "${modules[@]}"; do
			printf 'loadmodule "%s.so"\n' "$module"
		done
		cat <<END
modparam("mi_fifo", "fifo_name", "$work/run/fifo")
modparam("usrloc", "working_mode_preset", "single-instance-no-db")
END
		[[ $set != tls ]] || cat <<END
modparam("tls_mgm", "server_domain", "edge")
modparam("tls_mgm", "match_ip_address", "[edge]127.0.0.1:5061")
modparam("tls_mgm", "certificate", "[edge]$work/tls.crt")
modparam("tls_mgm", "private_key", "[edge]$work/tls.key")
modparam("tls_mgm", "verify_cert", "[edge]0")
modparam("tls_mgm", "require_cert", "[edge]0")
END
		cat <<'END'
route {
	if (is_method("OPTIONS")) {
		t_newtran();
		t_reply(200, "OK");
		exit;
	}
	if (is_method("REGISTER")) {
		save("location");
		exit;
	}
	sl_send_reply(405, "Method Not Allowed");
}
END
	} >"$file"
}

tls_certificate() {
	[[ ! -e $work/tls.crt ]] || return 0
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost \
		-keyout "$work/tls.key" -out "$work/tls.crt" 2>/dev/null || fail 'openssl made no certificate'
}

# group_make NAME [LIMIT]: a fresh group below the root, without swap; its folder is in $group.
group_make() {
	group=$cgroup_root/$1
	echo '+memory' >$cgroup_root/cgroup.subtree_control
	mkdir "$group"
	[[ ! -e $group/memory.swap.max ]] || echo 0 >"$group/memory.swap.max"
	echo 1 >"$group/memory.oom.group"
	[[ ! ${2-} ]] || echo "$2" >"$group/memory.max"
}

group_remove() {
	echo 1 >"$group/cgroup.kill"
	local i
	for ((i = 0; i < 300; i++)); do
		rmdir "$group" 2>/dev/null && return
		sleep 0.1
	done
	fail "$group does not become empty"
}

group_stat() { awk -v key="$1" '$1 == key { print $2 }' "$group/memory.stat"; }
group_event() { awk -v key="$1" '$1 == key { print $2 }' "$group/memory.events"; }
group_read() { cat "$group/$1"; }

# router_start COMMAND…: with touch.so, its output in $work/router.log. Sets $router. With --join first, in $group.
router_start() {
	local join=''
	[[ $1 != --join ]] || { join=$group && shift; }
	touch_log=$work/touch.log
	rm -f "$touch_log"
	install -m 666 /dev/null "$touch_log"
	(
		[[ ! $join ]] || echo "$BASHPID" >"$join/cgroup.procs"
		LD_PRELOAD=$touch_so TOUCH_LOG=$touch_log exec "$@"
	) >"$work/router.log" 2>&1 </dev/null &
	router=$!
	disown "$router" # the shell shall not report how it ends
}

sip_answers() { sipsak -s "$sip_uri" >/dev/null 2>&1; }

# all_touched S M: every process of the group has touched pools of so many MiB, and there are some.
all_touched() {
	! grep failed "$touch_log" || fail 'a pool could not be touched'
	awk -v shared=$(($1 << 20)) -v private=$(($2 << 20)) '
		NR == FNR { if ($2 >= shared && $3 >= private) done[$1] = 1; next }
		{ n++; if (!($1 in done)) missing++ }
		END { exit missing || !n }' "$touch_log" "$group/cgroup.procs" 2>/dev/null
}

# router_settled SECONDS S M: 0 when every process has touched and SIP is answered, 1 when it ended, 2 after so long.
router_settled() {
	local end=$((EPOCHSECONDS + $1))
	while ((EPOCHSECONDS < end)); do
		kill -0 "$router" 2>/dev/null || return 1
		if [[ -d $group ]] && all_touched "$2" "$3" && sip_answers && all_touched "$2" "$3"; then
			return 0
		fi
		sleep 0.5
	done
	return 2
}

# router_ended SECONDS: whether it ends by itself.
router_ended() {
	local end=$((EPOCHSECONDS + $1))
	while ((EPOCHSECONDS < end)); do
		kill -0 "$router" 2>/dev/null || return 0
		sleep 0.2
	done
	return 1
}

# sip_load TRANSPORT CALLS RATE: so many OPTIONS, all of which must be answered. TRANSPORT: u1, t1 (one socket), tn.
sip_load() {
	sipp -sf tests/fixtures/sipp/options.xml -t "$1" -m "$2" -r "$3" -nostdin -timeout 120s 127.0.0.1:5060 >"$work/sipp.log" 2>&1 </dev/null ||
		fail "sipp $1: $(grep -aE 'OPTIONS|200|Timeout|Unexpected|Successful|Failed|abort|error' "$work/sipp.log" | tail -n 20; tail -n 5 "$work/router.log")"
}

# tls_load CONNECTIONS: so many one after the other, each with an OPTIONS that must be answered; with set tls only. What
# connections take that are open at a time belongs to them, not to the router's code.
tls_load() {
	/usr/bin/python3 - "$1" <<'END' || fail 'TLS load: not all are answered'
import socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
request = "\r\n".join(["OPTIONS sip:probe@127.0.0.1 SIP/2.0", "Via: SIP/2.0/TLS 127.0.0.1:5099;branch=z9hG4bK%d",
                       "From: <sip:a@127.0.0.1>;tag=%d", "To: <sip:probe@127.0.0.1>", "Call-ID: tls-%d", "CSeq: 1 OPTIONS",
                       "Max-Forwards: 70", "Content-Length: 0", "", ""])
for i in range(int(sys.argv[1])):
    with context.wrap_socket(socket.create_connection(("127.0.0.1", 5061), 60)) as peer:
        peer.sendall((request % (i, i, i)).encode())
        reply = peer.recv(4096)
    assert reply.startswith(b"SIP/2.0 200"), reply
END
}

# connections_open COUNT: so many TCP connections, each with a request that never ends; until connections_close.
connections_open() {
	local ready
	coproc connections {
		exec /usr/bin/python3 -c '
import resource, socket, sys, time
count = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_NOFILE, (count + 64, count + 64))
peers = [socket.create_connection(("127.0.0.1", 5060)) for _ in range(count)]
for peer in peers:
    peer.sendall(b"OPTIONS sip:probe@127.0.0.1 SIP/2.0\r\nSubject: " + b"x" * 1000)
print("open", flush=True)
time.sleep(3600)' "$1" 2>"$work/connections.err"
	}
	read -rt 120 ready <&"${connections[0]}" || fail "connections: $(tail -n 1 "$work/connections.err")"
	[[ $ready == open ]] || fail "connections: $ready"
}

connections_close() {
	# shellcheck disable=SC2154 # coproc sets it
	local pid=$connections_PID
	kill "$pid"
	wait "$pid" 2>/dev/null || true
}
