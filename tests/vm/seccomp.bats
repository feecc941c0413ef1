# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The sip-router filter over a real Kamailio that does its work: nothing that it needs is refused, and what it must never do is.
# Takes about 27 s.

load launch

# Answers OPTIONS over UDP, TCP and TLS, and runs a program when the user "program" is asked for.
write_config() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost \
    -keyout "$RUNTIME/key.pem" -out "$RUNTIME/cert.pem" 2>/dev/null
  chown "$USER_NAME" "$RUNTIME/key.pem"
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

# launch_under NAME: the router by the shipped profile, with this filter.
launch_under() {
  launch --profile-dir "$PROFILES" --set "seccomp=$1"
}

# load_router TRANSPORT COUNT: so many requests; sipp fails if one is not answered.
load_router() {
  timeout 120 sipp -sf "$REPO/tests/fixtures/sipp/options.xml" -t "$1" -m "$2" -r 100 -nostdin 127.0.0.1:5060 >/dev/null
}

# tls_requests THREADS REQUESTS: each thread has a connection of its own, and gets an answer to each.
tls_requests() {
  "$PYTHON" - "$@" <<'END'
import concurrent.futures, os, socket, ssl, sys
threads, requests = map(int, sys.argv[1:])
context = ssl._create_unverified_context()
request = ("OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:9;branch=z9hG4bK%s\r\nFrom: <sip:a@b>;tag=1\r\n"
           "To: <sip:a@b>\r\nCall-ID: %s\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n")
def talk(_):
    with context.wrap_socket(socket.create_connection(("127.0.0.1", 5061), timeout=60)) as peer:
        for _ in range(requests):
            peer.sendall((request % (os.urandom(8).hex(), os.urandom(8).hex())).encode())
            answer = peer.recv(4096)
            assert answer.startswith(b"SIP/2.0 200 "), answer
with concurrent.futures.ThreadPoolExecutor(threads) as pool:
    list(pool.map(talk, range(threads)))
END
}

# router_runs: makes the router run $RUNTIME/program; what that printed is in $RUNTIME/said.
router_runs() {
  chmod 755 "$RUNTIME/program"
  rm -f "$RUNTIME/done"
  timeout 60 sipsak -s sip:program@127.0.0.1:5060 </dev/null >/dev/null
  wait_until 60 test -e "$RUNTIME/done"
}

# write_break_out FILE: a program that tries what a router never does, and says what came of it.
write_break_out() {
  cat >"$1" <<END
#!$PYTHON
END
  cat >>"$1" <<'END'
import ctypes, errno, fcntl, os, socket
libc = ctypes.CDLL(None, use_errno=True)
def call(function, *arguments):
    if function(*arguments) < 0:
        raise OSError(ctypes.get_errno(), "")
def attempt(name, function, *arguments):
    try:
        function(*arguments)
        print(name, "done")
    except OSError as error:
        print(name, errno.errorcode[error.errno])
# numbers of x86-64, for which libc has no function
KEYCTL, BPF, IO_URING_SETUP, CLONE3 = 250, 321, 425, 435
NEWUSER, TRACEME, TIOCSTI, RANDOMIZE, NETLINK_GENERIC = 0x10000000, 0, 0x5412, 0x0040000, 16
attempt("mount", call, libc.mount, b"none", b"/mnt", b"tmpfs", 0, None)
attempt("ptrace", call, libc.ptrace, TRACEME, 0, 0, 0)
attempt("bpf", call, libc.syscall, BPF, 0, None, 0)
attempt("keyctl", call, libc.syscall, KEYCTL, 0, -3, 1)
attempt("io_uring", call, libc.syscall, IO_URING_SETUP, 1, None)
attempt("clone3", call, libc.syscall, CLONE3, None, 0)
attempt("personality", call, libc.personality, RANDOMIZE)
attempt("raw", socket.socket, socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
attempt("netlink", socket.socket, socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
attempt("vsock", socket.socket, socket.AF_VSOCK, socket.SOCK_STREAM)
attempt("terminal", fcntl.ioctl, 0, TIOCSTI, b"x")
attempt("fifo", os.mkfifo, os.path.dirname(__file__) + "/fifo.%d" % os.getpid())
attempt("unshare", call, libc.unshare, NEWUSER)
END
}

# refused_calls: the numbers of those that are in the kernel's log.
refused_calls() {
  dmesg | sed -n 's/.*type=1326 .* syscall=\([0-9]*\) .*/\1/p' | sort -u
}

@test "Kamailio under sip-router answers loads over UDP, TCP and TLS, and cannot break out" {
  launch_under sip-router
  load_router u1 300
  load_router t1 300
  tls_requests 8 5

  # each of its processes is its own user's, without any capability
  local pid uid
  uid=$(id -u "$USER_NAME")
  for pid in $(cg "$GROUP" cgroup.procs); do
    run -0 grep -E '^(Uid|Cap...|NoNewPrivs|Seccomp):' "/proc/$pid/status"
    [[ $output == "Uid:	$uid	$uid	$uid	$uid
CapInh:	0000000000000000
CapPrm:	0000000000000000
CapEff:	0000000000000000
CapBnd:	0000000000000000
CapAmb:	0000000000000000
NoNewPrivs:	1
Seccomp:	2" ]]
  done

  write_break_out "$RUNTIME/program"
  router_runs
  diff - "$RUNTIME/said" <<'END'
mount EPERM
ptrace EPERM
bpf EPERM
keyctl EPERM
io_uring ENOSYS
clone3 ENOSYS
personality ENOSYS
raw EPERM
netlink EPROTONOSUPPORT
vsock EAFNOSUPPORT
terminal ENOSYS
fifo done
unshare EPERM
END
  sip_options 127.0.0.1 5060

  # the same user without the filter is refused less: it was the filter
  run -0 setpriv --reuid="$USER_NAME" --regid="$USER_NAME" --clear-groups --bounding-set=-all --no-new-privs "$RUNTIME/program" </dev/null
  for line in 'ptrace done' 'keyctl done' 'io_uring EFAULT' 'clone3 EINVAL' 'personality done' 'netlink done' 'unshare done'; do
    grep -qx "$line" <<<"$output" || fail "$line: $output"
  done
}

@test "under the audit profile the log of all that Kamailio does names its raw socket and nothing else" {
  echo 0 >/proc/sys/kernel/printk_ratelimit # every line counts
  dmesg --clear
  launch_under sip-router-audit
  load_router u1 100
  load_router t1 100
  tls_requests 4 3
  cat >"$RUNTIME/program" <<'END'
#!/bin/bash
set -e
ls -l / | sort | head -n 3
file=$(mktemp)
date >"$file"
cp "$file" "$file.2"
rm "$file" "$file.2"
echo fine
END
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
