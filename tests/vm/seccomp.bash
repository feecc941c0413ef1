# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the tests of the filter share: what is asked of a router that listens on udp:127.0.0.1:5060, tcp:127.0.0.1:5060 and
# tls:127.0.0.1:5061 and runs $RUNTIME/program for the user "program"; and what the kernel's log says of refused calls.

# make_key: a key and a certificate for TLS, the key for the router's user only.
make_key() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost \
    -keyout "$RUNTIME/key.pem" -out "$RUNTIME/cert.pem" 2>/dev/null
  chown "$USER_NAME" "$RUNTIME/key.pem"
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

# write_script FILE: a program that does what scripts of routers do. Its last line is "fine".
write_script() {
  cat >"$1" <<'END'
#!/bin/bash
set -e
ls -l / | sort | head -n 3
file=$(mktemp)
date >"$file"
cp "$file" "$file.2"
rm "$file" "$file.2"
echo fine
END
}

# all_are_confined: each of the router's processes is its own user's, without any capability.
all_are_confined() {
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
}

# breaks_out_of_nothing: what a program of the router's tries is refused, and with the filter's errno.
breaks_out_of_nothing() {
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

  # the same user without the filter is refused less: it was the filter
  run -0 setpriv --reuid="$USER_NAME" --regid="$USER_NAME" --clear-groups --bounding-set=-all --no-new-privs "$RUNTIME/program" </dev/null
  for line in 'ptrace done' 'keyctl done' 'io_uring EFAULT' 'clone3 EINVAL' 'personality done' 'netlink done' 'unshare done'; do
    grep -qx "$line" <<<"$output" || fail "$line: $output"
  done
}

# refused_calls: the numbers of those that are in the kernel's log.
refused_calls() {
  dmesg | sed -n 's/.*type=1326 .* syscall=\([0-9]*\) .*/\1/p' | sort -u
}

# log_every_call: from now on, of every one that the audit profile lets through.
log_every_call() {
  echo 0 >/proc/sys/kernel/printk_ratelimit
  dmesg --clear
}
