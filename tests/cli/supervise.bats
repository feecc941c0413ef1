#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Supervision, with scripts for routers: what is handed on, who is reaped, what it ends with, what it leaves in the report.
# Groups and OOM kills are tests/vm/supervise.bats.

load ../lib/common
load supervise

setup() {
	prepare_supervision
}

# listener: writes every signal that it gets to the file `signals`; ends when it is asked to, with the status given.
listener() {
	executable listener <<'END'
for name in HUP USR1 USR2 WINCH ALRM CONT QUIT RTMIN+3; do
	trap "echo $name >>signals" "$name"
done
trap 'echo TERM >>signals; exit "$1"' TERM
trap 'echo INT >>signals; exit "$1"' INT
ps -o tty= -p $$ >terminal
echo $$ >pid
while :; do sleep 0.1; done
END
}

# ends_with STATUS: waits until the supervisor has ended, with that status.
ends_with() {
	wait_while 30 is_alive "$BG_PID"
	local status=0
	wait "$BG_PID" || status=$?
	[[ $status == "$1" ]] || fail "ended with $status and not with $1"
}

# report EXPRESSION...: each is true of the report, which is called r.
report() {
	"$PYTHON" - "$@" <<'END'
import json, sys
text = open("report.json").read()
assert len(text.encode()) <= 3072 and text.endswith("\n") and text.count("\n") == 1, text
r = json.loads(text)
for expression in sys.argv[1:]:
    assert eval(expression), (expression, r)
END
}

@test "the exit status is the router's own, and 128 plus the signal that killed it" {
	run -0 "${RUN[@]}" true
	run -3 "${RUN[@]}" sh -c 'exit 3'
	run -255 "${RUN[@]}" sh -c 'exit 255'
	run -139 "${RUN[@]}" sh -c 'kill -SEGV $$'
	[[ $output == *"sh was killed by SIGSEGV"* ]]
}

@test "signals are handed on to the router, which lives in a session of its own" {
	listener
	supervise env --default-signal=HUP "${RUN[@]}" ./listener 0 # nohup ignores it, and sh cannot trap what is ignored
	local name
	for name in HUP USR1 USR2 WINCH ALRM CONT RTMIN+3; do
		kill -"$name" "$BG_PID"
		wait_until 30 grep -qx -e "$name" signals
	done
	[[ $(ps -o sid= -p "$(<pid)" | tr -d ' ') == "$(<pid)" ]]
	kill -TERM "$BG_PID"
	ends_with 0
	grep -qx TERM signals
}

@test "the router gets the signal mask and the dispositions that siplaunch was given" {
	executable show <<'END'
grep -E '^Sig(Blk|Ign)' /proc/self/status
END
	run -0 env --ignore-signal=CHLD,USR1 --block-signal=USR2 "${RUN[@]}" --quiet ./show
	supervised=$output
	run -0 env --ignore-signal=CHLD,USR1 --block-signal=USR2 ./show
	[[ $supervised == "$output" ]]
}

@test "a child's status is known also where SIGCHLD is ignored" {
	run -7 env --ignore-signal=CHLD "${RUN[@]}" sh -c 'exit 7'
}

@test "a router that ends with 0 although nobody asked it to is no success" {
	run -1 "${ROUTER[@]}" true
	[[ $output == *"true exited with status 0 without a stop request"* ]]
	# the same from a router that was asked is
	listener
	supervise "${ROUTER[@]}" ./listener 0
	kill -TERM "$BG_PID"
	ends_with 0
	grep -q "listener stopped after SIGTERM" "$BG_LOG"
}

@test "a router that only checks its configuration may end with 0" {
	run -0 "${ROUTER[@]}" true -c
}

@test "a router that goes into the background is stopped, and what keeps it in the foreground is said" {
	executable daemon <<'END'
setsid sleep 600 </dev/null >/dev/null 2>&1 &
echo $! >pid
END
	run -1 "${ROUTER[@]}" --report report.json ./daemon
	[[ $output == *"went into the background"* && $output == *"-DD -E"* ]]
	run ! is_alive "$(<pid)"
	report "r['outcome'] == 'background'" "r['exitCode'] == 0" "r['status'] == 1"
}

@test "orphans are reaped while the router runs" {
	executable orphans <<'END'
trap 'exit 0' TERM
for i in 1 2 3; do (sleep 600 </dev/null >/dev/null 2>&1 & echo $! >>born); done
echo $$ >pid
while :; do sleep 0.1; done
END
	supervise "${RUN[@]}" ./orphans
	ours() { for pid in $(<born); do [[ $(ps -o ppid= -p "$pid" | tr -d ' ') == "$BG_PID" ]] || return 1; done; }
	wait_until 30 ours
	# shellcheck disable=SC2046 # pids
	kill $(<born)
	gone() { for pid in $(<born); do [[ ! -e /proc/$pid ]] || return 1; done; }
	wait_until 30 gone
	[[ $(wc -l <born) == 3 ]]
	is_alive "$(<pid)"
	kill -TERM "$BG_PID"
	ends_with 0
}

@test "as pid 1 the orphans of the whole PID namespace are reaped, and signals arrive" {
	unshare --pid --fork --mount-proc true 2>/dev/null || skip "no PID namespace may be made here"
	listener
	executable init <<'END'
(setsid sleep 0.2 &)
exec ./listener 5
END
	supervise unshare --pid --fork --kill-child --mount-proc "${RUN[@]}" ./init
	local supervisor
	supervisor=$(pgrep -P "$BG_PID")
	alone() { [[ $(pgrep -c -P "$supervisor") == 1 ]]; }
	wait_until 30 alone
	kill -USR1 "$supervisor"
	wait_until 30 grep -qx USR1 signals
	kill -TERM "$supervisor"
	ends_with 5
}

@test "what a router leaves behind is ended with it; what was there before siplaunch is not" {
	executable leaver <<'END'
trap '' TERM
sleep 600 & echo $! >left
exit 4
END
	executable outer <<'END'
sleep 600 </dev/null >/dev/null 2>&1 3>&- & echo $! >before
exec "$@"
END
	run -4 ./outer "${RUN[@]}" ./leaver
	[[ $output == *"outlived it"* ]]
	run ! is_alive "$(<left)"
	is_alive "$(<before)"
	kill "$(<before)"
}

@test "a second request to stop, later than --stop-timeout, kills; an earlier one does not" {
	executable stubborn <<'END'
trap 'echo TERM >>signals' TERM
sleep 600 & echo $! >child
echo $$ >pid
while :; do sleep 0.1; done
END
	supervise "${RUN[@]}" --stop-timeout 5 --report report.json ./stubborn
	kill -TERM "$BG_PID"
	wait_until 30 test -s signals
	kill -TERM "$BG_PID"
	twice() { [[ $(wc -l <signals) == 2 ]]; }
	wait_until 30 twice
	is_alive "$(<pid)"
	# once it has worked, siplaunch may be gone as well
	again() { kill -TERM "$BG_PID" || true; fails is_alive "$(<pid)"; }
	wait_until 30 again
	ends_with 137
	run ! is_alive "$(<child)"
	report "r['outcome'] == 'forced'" "r['forced']" "r['status'] == 137" "r['signal'] == 'SIGKILL'" "r['stopRequest'] == 'SIGTERM'"
}

@test "^Z stops the router and then siplaunch, and going on continues both" {
	listener
	supervise "${RUN[@]}" ./listener 0
	state_is() { [[ $(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$1/status") == "$2" ]]; }
	kill -TSTP "$BG_PID"
	wait_until 30 state_is "$(<pid)" T
	wait_until 30 state_is "$BG_PID" T
	kill -CONT "$BG_PID"
	wait_until 30 state_is "$BG_PID" S
	wait_until 30 grep -qx CONT signals
	kill -TERM "$BG_PID"
	ends_with 0
}

@test "a command that cannot be executed gives 126 or 127, and its reason is in the report" {
	printf '#!/no/such/interpreter\n' >broken
	chmod 755 broken
	run -126 "${RUN[@]}" --report report.json ./broken
	[[ $output == *"interpreter"* ]]
	report "r['outcome'] == 'refused'" "r['status'] == 126" "r['errno'] == 'ENOENT'" "'interpreter' in r['hint']" "r['pid'] is None"
	run -127 "${RUN[@]}" --report report.json ./missing
	report "r['status'] == 127" "r['command'] == './missing'"
}

@test "a refused launch is in the report, also one whose profile is wrong" {
	printf '{"sizing": {"memory": "4GB"}}' >wrong.json
	run -125 "$SIPLAUNCH" --supervise --profile ./wrong.json --report report.json true
	report "r['outcome'] == 'refused'" "r['status'] == 125" "'/sizing/memory' in r['message']" "r['launched'] is None"
	# a file that does not exist has no line
	SIPLAUNCH_PROFILE=no-such run -125 "$SIPLAUNCH" --supervise --report report.json true
	report "r['message'] == 'no-such: no such profile (SIPLAUNCH_PROFILE names it)'" "r['profile'] == 'no-such'"
	run -125 "${RUN[@]}" --report report.json --set user=nosuchuser true
	report "'nosuchuser' in r['message']"
}

@test "systemd's variables that name siplaunch name the router, and the rest of the environment is as it was" {
	executable activate <<'END'
exec 3>passed
LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_PIDFDID=7 WATCHDOG_PID=$$ NOTIFY_SOCKET=/run/x exec "$@"
END
	# the supervisor has closed the socket by the time that the router looks again
	executable patient <<'END'
for i in {1..100}; do ./listen_now && exit 0; sleep 0.1; done
exit 9
END
	# of the router, whose child it is, and of the supervisor, the router's parent
	executable listen_now <<'END'
parent=$(ps -o ppid= -p $PPID | tr -d ' ')
[[ $LISTEN_PID == "$PPID" && $WATCHDOG_PID == "$PPID" && ! -v LISTEN_PIDFDID && $NOTIFY_SOCKET == /run/x ]] || exit 1
[[ $(readlink /proc/$PPID/fd/3) == */passed ]] || exit 1
for fd in /proc/"$parent"/fd/*; do [[ $(readlink "$fd") != */passed ]] || exit 1; done
END
	run -0 ./activate "${RUN[@]}" ./patient
	executable other <<'END'
LISTEN_PID=1 LISTEN_FDS=1 exec "$@"
END
	# shellcheck disable=SC2016 # the inner shell expands it
	run -0 ./other "${RUN[@]}" sh -c '[ "$LISTEN_PID" = 1 ]'
}

@test "--report and --stop-timeout are refused where siplaunch does not stay" {
	run -125 "$SIPLAUNCH" --profile "$REPO/profiles/generic.json" --stop-timeout 5 -- touch launched
	[[ $output == *"--stop-timeout"*"--supervise"* ]]
	run -125 "$SIPLAUNCH" --profile "$REPO/profiles/generic.json" --report report.json -- touch launched
	[[ $output == *"--report"*"--supervise"* ]]
	[[ ! -e launched ]]
}

@test "a report that cannot be written is refused before anything is launched" {
	mkdir folder
	for path in /no/such/folder/report.json folder; do
		run -125 "${RUN[@]}" --report "$path" touch launched
		[[ $output == *"--report"*"$path"* ]]
	done
	mkfifo pipe
	run -125 "${RUN[@]}" --report pipe touch launched
	[[ ! -e launched ]]
}

@test "the report takes the place of an older one at once, keeps its mode, and follows symbolic links" {
	mkdir folder
	printf '%5000s' old >folder/report.json
	chmod 640 folder/report.json
	ln -s folder/report.json report.json
	inode=$(stat -c %i folder/report.json)
	run -3 "${RUN[@]}" --report report.json sh -c 'exit 3'
	report "r['outcome'] == 'failed'" "r['exitCode'] == 3" "r['router'] == 'generic'" "r['launched'] <= r['ended']"
	[[ -L report.json && $(stat -c %a folder/report.json) == 640 && $(stat -c %i folder/report.json) != "$inode" ]]
	[[ $(ls folder) == report.json ]]
}

@test "where the file cannot be replaced the report is written into it" {
	unshare --mount true 2>/dev/null || skip "no mount namespace may be made here"
	printf '%5000s' old >termination-log
	touch report.json
	# shellcheck disable=SC2016 # the inner shell expands them
	run -3 unshare --mount sh -c 'mount --bind termination-log report.json && exec "$@"' sh "${RUN[@]}" --report report.json sh -c 'exit 3'
	mv termination-log report.json
	report "r['status'] == 3"
	run -3 "${RUN[@]}" --report /dev/stdout --quiet sh -c 'exit 3'
	[[ $output == *'"outcome":"failed"'* ]]
}

@test "an idle supervisor does not wake up" {
	idle_supervisor "${RUN[@]}"
	# neither a timer nor a stat anything: in two seconds there is no system call but the one that it is in
	timeout -s INT 2 strace -f -o trace -p "$BG_PID" 2>/dev/null || true
	[[ -s trace ]]
	run ! grep -vE 'poll|restart_syscall|detached' trace
	(($(wc -l <trace) <= 2))
	kill -TERM "$BG_PID"
	ends_with 0
}

@test "an idle supervisor has next to no memory" {
	local most=250
	# not ours: the pages that Debian 13's libraries relocate, and a sanitizer's memory
	grep -q 'VERSION_CODENAME=bookworm' /etc/os-release || most=350
	idle_supervisor "${RUN[@]}"
	grep -q __asan_init "$SIPLAUNCH" || supervisor_has_at_most "$most" 1600
	kill -TERM "$BG_PID"
	ends_with 0
}

@test "events are JSON where the log is" {
	run -139 --separate-stderr "${RUN[@]}" --log-format json sh -c 'kill -SEGV $$'
	[[ ${stderr_lines[-1]} == '{"level":"error","event":"ended","message":"sh was killed by SIGSEGV","hint":null,"outcome":"killed","status":139}' ]]
	[[ ${stderr_lines[0]} == *'"event":"handover"'*'"limit":null,'*'"supervised":true'* ]]
	run -0 --separate-stderr "${RUN[@]}" --log-format json --set sizing.memory=64MiB true
	[[ ${stderr_lines[0]} == *'"event":"handover"'*'"limit":67108864,'* ]]
}

# holds_signal: a script that writes the parent-death signal that it has, by the kernel's own word.
holds_signal() {
	printf '#!%s\nimport ctypes, sys\nn = ctypes.c_int(-1)\nctypes.CDLL(None).prctl(2, ctypes.byref(n), 0, 0, 0)\nprint("signal", n.value)\n' \
		"$PYTHON" >holds
	chmod 755 holds
}

@test "with --die-with-parent the router has the parent-death signal that was asked for, supervised and not" {
	holds_signal
	local name number way
	while read -r name number; do
		for way in --supervise --quiet; do
			run -0 "$SIPLAUNCH" "$way" --profile "$REPO/profiles/generic.json" --die-with-parent="$name" ./holds
			[[ $output == *"signal $number"* ]] || fail "$way $name: $output"
		done
	done <<'END'
SIGTERM 15
SIGKILL 9
SIGINT 2
SIGQUIT 3
profile 0
END
	run -0 "${RUN[@]}" --die-with-parent ./holds
	[[ $output == *"signal 15"* ]]
	run -0 "${RUN[@]}" --set parentDeathSignal=SIGQUIT ./holds
	[[ $output == *"signal 3"* ]]
	run -0 "${RUN[@]}" --set parentDeathSignal=SIGQUIT --die-with-parent=SIGINT ./holds
	[[ $output == *"signal 2"* ]]
	run -0 "${RUN[@]}" --set parentDeathSignal=SIGQUIT --die-with-parent=profile ./holds
	[[ $output == *"signal 3"* ]]
	run -2 "${RUN[@]}" --die-with-parent=HUP ./holds
	[[ $output == *"--die-with-parent must be profile|SIGTERM|SIGKILL|SIGINT|SIGQUIT, not \"HUP\""* ]]
}

@test "the parent-death signal is set behind the change of user, which would clear it" {
	((EUID == 0)) || skip "only root changes its user"
	holds_signal
	run -0 "${RUN[@]}" --die-with-parent --set user=65534 --set group=65534 --set capabilities='[]' -- "$PYTHON" -c "$(tail -n +2 holds)"
	[[ $output == *"signal 15"* ]]
}

@test "a router whose supervisor is killed gets its signal, and without the option it goes on" {
	listener
	supervise "${RUN[@]}" --die-with-parent ./listener 0
	kill -KILL "$BG_PID"
	wait_while 30 is_alive "$(<pid)"
	grep -qx TERM signals
	rm pid signals
	supervise "${RUN[@]}" ./listener 0
	kill -KILL "$BG_PID"
	wait_while 30 is_alive "$BG_PID"
	is_alive "$(<pid)"
	kill -TERM "$(<pid)"
}

@test "a router in siplaunch's place gets its signal when the process that started siplaunch is killed" {
	listener
	executable starter <<'END'
"$@" &
wait
END
	supervise ./starter "$SIPLAUNCH" --profile "$REPO/profiles/generic.json" --die-with-parent -- ./listener 0
	[[ $(ps -o ppid= -p "$(<pid)" | tr -d ' ') == "$BG_PID" ]]
	kill -KILL "$BG_PID"
	wait_while 30 is_alive "$(<pid)"
	grep -qx TERM signals
}

@test "a launch whose parent has ended already is refused where the router shall not outlive it" {
	# the parent ends between the start and the first system call that asks who it is: strace holds siplaunch there,
	# and has written it down when it does
	executable starter <<'END'
setsid strace -qq -o held -e trace=getppid -e inject=getppid:delay_exit=600000000:when=1 "$@" >log 2>&1 &
echo $! >started
sleep 600
END
	start_bg ./starter "$SIPLAUNCH" --profile "$REPO/profiles/generic.json" --die-with-parent -- touch launched
	wait_for_bg 60 grep -q DELAYED held
	kill -KILL "$(<started)"
	wait_until 30 grep -q "the router's parent, has already ended" log
	[[ ! -e launched ]]
}

@test "a program that gives privileges is refused with a parent-death signal, which the kernel would clear" {
	((EUID == 0)) || skip "only root makes a set-user-ID file that counts"
	cp "$(type -P true)" gives
	chmod 4755 gives
	findmnt -no OPTIONS -T gives | grep -q nosuid && skip "set-user-ID bits do not count here"
	run -125 "${RUN[@]}" --die-with-parent ./gives
	[[ $output == *"clears it when ./gives is executed"*"noNewPrivileges=true"* ]]
	run -125 "${ROUTER[@]}" --policy parent=require --die-with-parent -- env ./gives
	run -0 "${RUN[@]}" --die-with-parent --set noNewPrivileges=true ./gives
	run -0 "${RUN[@]}" ./gives
}

# counter: writes the number of each signal that comes, and the value that it has, to the file `signals`; exits on none.
counter() {
	cat >counter <<END
#!$PYTHON
import os, signal
every = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}
signal.pthread_sigmask(signal.SIG_BLOCK, every)
open("pid", "w").write("%d\n" % os.getpid())
while True:
    info = signal.sigwaitinfo(every)
    with open("signals", "a") as log:
        log.write("%d\n" % info.si_signo)
END
	chmod 755 counter
}

@test "every signal comes to the router exactly once, also those that report a fault" {
	counter
	supervise "${RUN[@]}" --stop-timeout 600 ./counter
	local number
	for number in {1..31} {34..64}; do
		case $number in
		9 | 19) continue ;; # nobody can forward them
		17) continue ;;     # of our own children
		20) continue ;;     # stops both: below
		esac
		kill -"$number" "$BG_PID"
		wait_until 30 grep -qx "$number" signals
	done
	is_alive "$BG_PID"
	[[ $(sort -n signals) == "$(sort -nu signals)" ]]
	[[ $(wc -l <signals) == 58 ]]
	kill -KILL "$(<pid)"
	ends_with 137
}

@test "a queued signal keeps its value, and each of many comes" {
	cat >queued <<END
#!$PYTHON
import ctypes, os, signal
number = signal.SIGRTMIN + 1
signal.pthread_sigmask(signal.SIG_BLOCK, {number})
class Info(ctypes.Structure):
    _fields_ = [("head", ctypes.c_int * 6), ("value", ctypes.c_int), ("rest", ctypes.c_char * 100)]
libc, seen = ctypes.CDLL(None), []
mask = (ctypes.c_ulong * 16)(1 << (number - 1))
open("pid", "w").write("%d\n" % os.getpid())
while len(seen) < 100:
    info = Info()
    assert libc.sigwaitinfo(mask, ctypes.byref(info)) == number
    seen.append(info.value)
assert seen == list(range(100)), seen
END
	chmod 755 queued
	supervise "${RUN[@]}" ./queued
	"$PYTHON" -c 'import ctypes, signal, sys
for value in range(100):
    assert ctypes.CDLL(None).sigqueue(int(sys.argv[1]), signal.SIGRTMIN + 1, ctypes.c_void_p(value)) == 0' "$BG_PID"
	ends_with 0
}

@test "a storm of signals ends nobody, and the supervisor still reaps" {
	counter
	supervise "${RUN[@]}" --stop-timeout 600 ./counter
	"$PYTHON" -c 'import os, signal, sys
for i in range(20000):
    os.kill(int(sys.argv[1]), (signal.SIGHUP, signal.SIGUSR1, signal.SIGCHLD, signal.SIGWINCH, signal.SIGPIPE)[i % 5])' "$BG_PID"
	kill -USR2 "$BG_PID"
	wait_until 30 grep -qx 12 signals
	kill -KILL "$(<pid)"
	ends_with 137
}

@test "two thousand orphans are reaped, and the router's status is still its own" {
	cat >orphans <<END
#!$PYTHON
import os, time
for i in range(20):
    if os.fork() == 0:
        for j in range(100):
            if os.fork() == 0:
                os._exit(j % 256)
        os._exit(0)
time.sleep(1)
os._exit(77)
END
	chmod 755 orphans
	run -77 "${RUN[@]}" ./orphans
}

@test "a router that is stopped by somebody is reported as stopped, and TERM still ends it" {
	listener
	supervise "${RUN[@]}" ./listener 0
	kill -STOP "$(<pid)"
	wait_until 30 grep -q "listener is stopped by SIGSTOP and answers nothing until it is continued" "$BG_LOG"
	grep -q "kill -CONT $(<pid)" "$BG_LOG"
	kill -TERM "$BG_PID"
	ends_with 0
	grep -q "listener stopped after SIGTERM" "$BG_LOG"
}

@test "a supervisor that is stopped and continued has missed nothing" {
	listener
	supervise "${RUN[@]}" ./listener 0
	kill -STOP "$BG_PID"
	kill -USR1 "$BG_PID"
	kill -TERM "$BG_PID"
	is_alive "$(<pid)"
	kill -CONT "$BG_PID"
	ends_with 0
	[[ $(grep -cx USR1 signals) == 1 && $(grep -cx TERM signals) == 1 ]]
}

@test "a router that is traced is not taken for a stopped one" {
	listener
	supervise "${RUN[@]}" ./listener 0
	timeout -s INT 2 strace -qq -o trace -p "$(<pid)" || true
	[[ -s trace ]]
	kill -TERM "$BG_PID"
	ends_with 0
	run ! grep -q "is stopped by" "$BG_LOG"
}

@test "real-time signals have their name and status, and a core that was dumped is told" {
	run -192 "${RUN[@]}" --report report.json sh -c 'kill -64 $$'
	[[ $output == *"sh was killed by SIGRTMIN+30"* ]]
	report "r['signal'] == 'SIGRTMIN+30'" "r['exitCode'] is None" "r['status'] == 192"
	run -134 "${RUN[@]}" sh -c 'ulimit -c 0; kill -ABRT $$'
	[[ $output == *"killed by SIGABRT"* && $output != *"dumped core"* ]]
}

@test "a grandchild with a session of its own, two forks away, is ended with the router, and its group is its own affair" {
	executable distant <<'END'
(setsid setsid sh -c 'echo $$ >left; exec sleep 600' </dev/null >/dev/null 2>&1 &)
trap 'exit 0' TERM
echo $$ >pid
while :; do sleep 0.1; done
END
	supervise "${RUN[@]}" ./distant
	wait_until 30 test -s left
	is_alive "$(<left)"
	kill -TERM "$BG_PID"
	ends_with 0
	run ! is_alive "$(<left)"
}

@test "a reader of standard error that is gone, or that reads nothing, does not hold the router's end up" {
	# shellcheck disable=SC2016 # the inner shell expands it
	bash -c '"$@" 2> >(exec true) >/dev/null; echo $? >status' bash "${RUN[@]}" sh -c 'sleep 0.3; exit 5'
	[[ $(<status) == 5 ]]
	# shellcheck disable=SC2016 # the inner shell expands it
	run -6 env -i PATH="$PATH" bash -c 'exec 0<&- 1>&- 2>&-; exec "$@"' bash "${RUN[@]}" --report report.json sh -c 'exit 6'
	report "r['status'] == 6"
	PYTHONPATH=$REPO/tests/cli "$PYTHON" -B - "${RUN[@]}" --report report.json sh -c 'exit 7' <<'END'
import subprocess, sys
from full_pipe import full_pipe
_, writer = full_pipe()
status = subprocess.run(sys.argv[1:], stderr=writer, timeout=60).returncode
assert status == 7, status
END
}

@test "messages that nobody read are counted when somebody reads again" {
	executable late <<'END'
trap 'exit 0' TERM
echo $$ >pid
while :; do sleep 0.1; done
END
	PYTHONPATH=$REPO/tests/cli "$PYTHON" -B - "${RUN[@]}" ./late <<'END'
import os, signal, subprocess, sys, time
from full_pipe import full_pipe
reader, writer = full_pipe()
supervisor = subprocess.Popen(sys.argv[1:], stderr=writer)
os.close(writer)
deadline = time.monotonic() + 60
while not os.path.exists("pid") or not os.path.getsize("pid"):
    assert time.monotonic() < deadline
    time.sleep(0.1)
time.sleep(4) # longer than a message waits
os.set_blocking(reader, False)
try:
    while os.read(reader, 65536):
        pass
except BlockingIOError:
    pass
os.set_blocking(reader, True)
supervisor.send_signal(signal.SIGTERM)
text = open(reader, "rb").read().decode()
assert supervisor.wait(60) == 0
assert "1 message could not be written to standard error" in text, text
assert "late exited with status 0" in text or "late stopped after SIGTERM" in text, text
END
}

@test "the router starts where siplaunch was started, which the supervisor leaves" {
	listener
	supervise "${RUN[@]}" --report report.json ./listener 0
	in_root() { [[ $(readlink "/proc/$BG_PID/cwd") == / ]]; }
	wait_until 30 in_root
	[[ $(readlink "/proc/$(<pid)/cwd") == "$(pwd -P)" ]]
	kill -TERM "$BG_PID"
	ends_with 0
	report "r['outcome'] == 'finished' or r['outcome'] == 'stopped'"
}

@test "with --report - the report goes to standard output, behind what the router printed" {
	"${RUN[@]}" --quiet --report - sh -c 'echo printed; exit 3' >file || [ $? = 3 ]
	[ "$(head -n 1 file)" = printed ]
	tail -n 1 file >report.json
	report "r['exitCode'] == 3"
	"${RUN[@]}" --quiet --report - sh -c 'echo printed' | tail -n 1 >report.json
	report "r['exitCode'] == 0"
	[ ! -e ./- ]
	run -125 bash -c '"$@" >&-' - "${RUN[@]}" --report - touch launched
	[[ $output == *"--report: write to standard output"*EBADF* && ! -e launched ]] || fail "$output"
}

@test "a report to a pipe waits for a reader that is behind, and not for one that is gone" {
	PYTHONPATH=$REPO/tests/cli "$PYTHON" -B - "${RUN[@]}" --report - true <<'END'
import os, subprocess, sys
from full_pipe import full_pipe
reader, writer = full_pipe()
child = subprocess.Popen(sys.argv[1:], stdout=writer, stderr=subprocess.PIPE, text=True)
os.close(writer)
while "exited with status" not in child.stderr.readline():
    assert child.poll() is None
# it waits in poll(2), or is gone
while child.poll() is None and open(f"/proc/{child.pid}/syscall").read().split()[0] not in ("7", "271"):
    pass
text = open(reader).read()
assert child.wait() == 0 and text.rpartition("xxx")[2].startswith('{"siplaunch":'), (text[-400:], child.stderr.read())
END
	# refused while SIGPIPE is not blocked yet, as in a supervisor
	"$PYTHON" - "$SIPLAUNCH" run --report - --profile ./none.json true <<'END'
import os, subprocess, sys
reader, writer = os.pipe()
os.close(reader)
child = subprocess.run(sys.argv[1:], stdout=writer, stderr=subprocess.PIPE, text=True)
assert child.returncode == 125 and "EPIPE" in child.stderr, child
END
}
