#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Not run with sanitizers.
# (A leak checker cannot work under a tracer.)
#
# What is said is what was seen: the call that failed, on what, and its errno; never a cause that nobody looked at. strace makes one
# call of siplaunch fail. tests/fault does so with every call of a launch; here are those before it: facts of the machine, the
# search for programs and profiles, files of configuration.

load ../lib/common

setup() {
	unset SIPLAUNCH_PROFILE SIPLAUNCH_PROFILE_PATH
	cd "$BATS_TEST_TMPDIR" || return
	export COLUMNS=300
	mkdir bin
	printf '#!/bin/sh\n' >bin/kamailio
	chmod 755 bin bin/kamailio
	printf 'children=2\n' >kamailio.cfg
	PATH=$PWD/bin:$PATH
	PLAN=("$SIPLAUNCH" plan --profile-dir "$REPO/profiles" -p kamailio-512m --set user=root --set group=root --set sysctl.kernel.sem="300 40000 40 200"
		--allow-insecure-profile -- kamailio -DD -E -f "$PWD/kamailio.cfg")
}

trim() {
	sed 's/^[ \t]*//; s/[ \t]*$//' <<<"$1"
}

# The lines of a report put together: it breaks them at any space.
flat() {
	tr -s ' \n' ' ' <<<"$output"
}

# failing CALL PATTERN ERRNO COMMAND...: runs it with the first CALL of siplaunch that strace shows with PATTERN failing with ERRNO.
failing() {
	local call=$1 pattern=$2 errno=$3 count
	shift 3
	strace -f -qq -y -o calls -e "trace=$call" -- "$@" </dev/null >/dev/null 2>&1 || true
	count=$(awk -v call=" $call(" -v pattern="$pattern" '
		NR == 1 { first = $1 }
		$1 == first && index($0, call) && ++n && index($0, pattern) { print n; exit }' calls)
	[[ $count ]] || fail "no $call with $pattern among: $(cat calls)"
	run strace -f -qq -o /dev/null -e "trace=$call" -e "inject=$call:error=$errno:when=$count" -- "$@" </dev/null
}

# A line each: call | what strace shows of it | errno | the sentence | what nobody saw
facts() {
	cat <<-'END'
		openat     | "self/mountinfo"      | EMFILE | read /proc/self/mountinfo       | no cgroup v2 file system
		read       | /mountinfo>           | EIO    | read /proc/self/mountinfo       | no cgroup v2 file system
		openat     | "self/cgroup"         | ENFILE | read /proc/self/cgroup          | cannot be seen
		openat     | "self/status"         | ENOMEM | read /proc/self/status          | not a proc file system
		openat     | "self/oom_score_adj"  | EMFILE | read /proc/self/oom_score_adj   | cannot be read here
		openat     | "meminfo"             | EIO    | read /proc/meminfo              | 0 bytes
		openat     | "sys/devices/system/cpu/online" | EMFILE | read /sys/devices/system/cpu/online | not known
		openat     | "1/environ"           | ENOMEM | read /proc/1/environ            | no container
		openat     | "run/.containerenv"   | EIO    | read /run/.containerenv         | no container
		faccessat2 | "run/systemd/system"  | ENOMEM | access /run/systemd/system      | there is no systemd
		fstatfs    | /proc>                | EIO    | get the file system type of /proc | is not a proc file system
		pipe2      | O_CLOEXEC             | EMFILE | make a pipe for the probe process that tries unshare(CLONE_NEWIPC) | EACCES
		read       | pipe:                 | EIO    | read the answer of the probe process that tries unshare(CLONE_NEWIPC) | EACCES
		clone      | flags=0)              | EAGAIN | fork the probe process that tries unshare(CLONE_NEWIPC)            | EACCES
	END
}

@test "a fact of the machine that could not be read is named with the call and its errno, and nothing is made of it" {
	local call pattern errno says never
	while IFS='|' read -r call pattern errno says never; do
		call=$(trim "$call") pattern=$(trim "$pattern") errno=$(trim "$errno") says=$(trim "$says") never=$(trim "$never")
		failing "$call" "$pattern" "$errno" "${PLAN[@]}"
		[[ $status == 125 ]] || fail "$call of $pattern: status $status: $output"
		[[ ${lines[0]} == "siplaunch: $says"* ]] || fail "$call of $pattern: $output"
		[[ ${lines[1]} == *"($errno)" ]] || fail "$call of $pattern: $output"
		[[ $output != *"$never"* ]] || fail "$call of $pattern: $never: $output"
	done < <(facts)
}

@test "limits that no call may tell are read from the file that has them" {
	run prlimit --nofile=1234:5678 strace -f -qq -o calls -e trace=prlimit64 -e inject=prlimit64:error=EPERM -- "$SIPLAUNCH" doctor </dev/null
	[[ $output == *"RLIMIT_NOFILE is 1234:5678 "* ]] || fail "$output"
	grep -q 'EPERM.*INJECTED' calls
}

@test "too few descriptors are told as that, however few there are" {
	local limit refused=0
	for limit in 6 7 8 9 10 11 12; do
		run prlimit --nofile="$limit" "${PLAN[@]}" </dev/null
		((status != 127)) || continue # not even the dynamic linker had enough
		# a plan: it did not need more, or what it lacked is among its warnings
		((status != 0 && status != 1)) || continue
		refused=$((refused + 1))
		[[ $output == *"Too many open files"* || $output == *"(EMFILE)"* ]] || fail "$limit: $status: $output"
		[[ $output != *"no cgroup v2 file system"* && $output != *EACCES* && $output != *EBADF* && $output != *"not a proc"* ]] ||
			fail "$limit: $output"
	done
	((refused > 2))
}

@test "as somebody who may have no more processes, a fork that fails is a fork that fails" {
	((EUID == 0)) || skip "only root may become another user"
	# he may not pass the directories above this one
	local here=/tmp/siplaunch-diagnosis.$$
	mkdir -m 755 "$here" "$here/seccomp"
	install -m 644 "$REPO"/profiles/*.json "$here"
	install -m 644 "$REPO"/profiles/seccomp/*.json "$here/seccomp"
	install -m 755 "$SIPLAUNCH" "$here/siplaunch"
	run setpriv --reuid 4242 --regid 4242 --clear-groups -- prlimit --nproc=0 \
		"$here/siplaunch" plan --profile-dir "$here" -p kamailio-512m -- true
	rm -rf "$here"
	[[ $status == 125 && $output == *"fork the probe process"*"EAGAIN"* ]] || fail "$output"
	[[ $output == *"hint: raise the limit of processes: ulimit -u"* && $output != *kernel.sem* ]]
}

@test "a standard descriptor that is closed and cannot be opened is told where somebody can read it" {
	# shellcheck disable=SC2016 # the inner shell expands it
	failing openat '"/dev/null"' EMFILE sh -c 'exec <&- "$0" run -- true' "$SIPLAUNCH"
	[[ $status == 125 && $output == *"open /dev/null in place of descriptor 0, which is closed"*EMFILE* ]] || fail "$status: $output"
}

@test "a configuration and a profile that cannot be opened are named with the errno" {
	failing openat "kamailio.cfg" EMFILE "${PLAN[@]}"
	[[ $output == *"open $PWD/kamailio.cfg: Too many open files (EMFILE)"* ]] || fail "$output"
	failing openat '"kamailio-512m.json"' ENOMEM "${PLAN[@]}"
	[[ $status == 2 && $output == *"open $REPO/profiles/kamailio-512m.json: Cannot allocate memory (ENOMEM)"* ]] || fail "$output"
	failing openat '"etc/passwd"' EMFILE "$SIPLAUNCH" plan --profile-dir "$REPO/profiles" -p generic --set user=daemon -- true
	[[ $output == *"read /etc/passwd"*"EMFILE"* && $output != *"no user"* ]] || fail "$output"
}

@test "a profile in a directory that may not be searched is not called missing" {
	((EUID == 0)) || skip "only root may become another user"
	local here=/tmp/siplaunch-diagnosis.$$
	mkdir -m 755 "$here" && mkdir -m 700 "$here/closed" && install -m 755 "$SIPLAUNCH" "$here/siplaunch"
	run setpriv --reuid 4242 --regid 4242 --clear-groups -- "$here/siplaunch" plan --profile-dir "$here/closed" -p edge -- true
	local first=$output first_status=$status
	echo '{"extends": "edge"}' >"$here/heir.json"
	chmod 644 "$here/heir.json"
	run setpriv --reuid 4242 --regid 4242 --clear-groups -- "$here/siplaunch" plan --profile-dir "$here/closed" -p "$here/heir.json" -- true
	rm -rf "$here"
	[[ $output == *"/extends: look for the profile at $here/closed/edge.json: Permission denied (EACCES)"* ]] || fail "$output"
	output=$first status=$first_status
	[[ $status == 2 && $output == *"look for the profile at $here/closed/edge.json: Permission denied (EACCES)"* ]] || fail "$output"
	[[ $output != *"no such profile"* ]]
}

@test "addresses that could not be asked for are not called unknown without the reason" {
	failing socket NETLINK_ROUTE EMFILE "${PLAN[@]}"
	[[ $(flat) == *"the addresses of this machine could not be read (getifaddrs): Too many open files (EMFILE)"* ]] || fail "$output"
}

@test "that nobody could be asked as the router's user is told with the call, and not as what he may not do" {
	((EUID == 0)) || skip "an ordinary user cannot become another"
	local plan=("$SIPLAUNCH" plan --profile-dir "$REPO/profiles" -p kamailio-512m --set user=daemon --set group=daemon
		--allow-insecure-profile -- kamailio -DD -E -f "$PWD/kamailio.cfg")
	local refused=(strace -f -qq -o calls -e "trace=clone,setgroups" -e inject=setgroups:error=EPERM)
	chmod 755 "$BATS_TEST_TMPDIR"
	run "${refused[@]}" -- "${plan[@]}" </dev/null
	[[ $(flat) == *"cannot check as the router's user whether kamailio can read the configuration"*"become uid "*"(EPERM)"* ]] || fail "$output"
	# the last that has a signal, and what would take its place: those before look for the program
	local count
	count=$(awk 'NR == 1 { first = $1 } $1 == first && / clone\(/ { n++; if (/SIGCHLD/) last = n } END { print last }' calls)
	run "${refused[@]}" -e "inject=clone:error=EAGAIN:when=$count+" -- "${plan[@]}" </dev/null
	[[ $(flat) == *"cannot check as the router's user whether kamailio can read the configuration"*"fork a process that becomes uid "*"(EAGAIN)"* ]] ||
		fail "$output"
	[[ $output != *"kamailio cannot read"* && $output != *"this user cannot"* ]]
}

# launch_as_daemon STRACE-ARGUMENT...: from a process with a group and a parent's signal of its own.
launch_as_daemon() {
	chmod 777 "$BATS_TEST_TMPDIR"
	run setpriv --groups=4711 env ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o calls "$@" -- setpriv --pdeathsig TERM "$SIPLAUNCH" \
		--quiet --profile-dir "$REPO/profiles" -p generic --set user=daemon --set group=daemon --policy cgroup=skip -- touch launched
}

@test "siplaunch asks as the router's user in its own process, with its own real and saved ids, and is itself again" {
	((EUID == 0)) || skip "an ordinary user cannot become another"
	launch_as_daemon -e trace=setgroups,setresuid,setresgid,capset,prctl,clone,vfork,clone3,faccessat2
	[[ $status == 0 && -e launched ]] || fail "$output"
	fails grep -E 'clone|vfork' calls
	# beginning where it asks, up to where it becomes that user for good
	sed -n '/PR_GET_DUMPABLE/,/setresgid(1/s/^[0-9]* *//p' calls | sed 's/ *= [01].*//; s/{.*effective=\(0\|1\).*/\1.../' | grep -v faccessat2 >changes
	diff - changes <<'END'
prctl(PR_GET_DUMPABLE)
prctl(PR_GET_PDEATHSIG, [SIGTERM])
setgroups(0, NULL)
setresgid(-1, 1, -1)
setresuid(-1, 1, -1)
capset(0...
setresuid(-1, 0, -1)
setresgid(-1, 0, -1)
capset(1...
setgroups(1, [4711])
prctl(PR_SET_DUMPABLE, SUID_DUMP_USER)
prctl(PR_SET_PDEATHSIG, SIGTERM)
setgroups(0, NULL)
setresgid(1, 1, 1)
END
}

@test "while siplaunch asks as the router's user, that user can neither signal it nor look into it" {
	((EUID == 0)) || skip "an ordinary user cannot become another"
	local touch as_daemon=(setpriv --reuid daemon --regid daemon --clear-groups --)
	touch=$(type -P touch)
	chmod 777 "$BATS_TEST_TMPDIR"
	start_bg env ASAN_OPTIONS=detect_leaks=0 strace -D -qq -o calls -P "$touch" -e trace=faccessat2 -e inject=faccessat2:delay_enter=600000000 -- \
		"$SIPLAUNCH" --quiet --profile-dir "$REPO/profiles" -p generic --set user=daemon --set group=daemon --policy cgroup=skip -- "$touch" launched
	wait_for_bg 60 grep -qx $'Uid:\t0\t1\t0\t1' "/proc/$BG_PID/status"
	# neither by its effective ids, which are daemon's, nor by those of the file system
	run ! "${as_daemon[@]}" kill -TERM "$BG_PID"
	run ! "${as_daemon[@]}" cat "/proc/$BG_PID/environ"
	run ! "${as_daemon[@]}" ls "/proc/$BG_PID/fd"
	is_alive "$BG_PID"
	[[ ! -e launched ]]
}

@test "siplaunch that the kernel does not make itself again says so and executes nothing" {
	((EUID == 0)) || skip "an ordinary user cannot become another"
	launch_as_daemon -e trace=setresuid -e inject=setresuid:error=EPERM:when=2
	[[ $status == 125 && ! -e launched ]] || fail "$status"
	[[ $(flat) == "siplaunch: become uid 0 and gid 0 again (setresuid)"*" Operation not permitted (EPERM) " ]] || fail "$output"
	fails grep 'setresuid(1, 1, 1)' calls
}

@test "a kernel before 5.8, which cannot be asked by effective ids, answers as the router's user all the same" {
	((EUID == 0)) || skip "an ordinary user cannot become another"
	local here
	here=$(mktemp -d)
	chmod 755 "$here"
	install -m 700 /bin/true "$here/mine"
	install -m 750 -g 4711 /bin/true "$here/group"
	install -m 755 /bin/true "$here/theirs"
	# in a group that is ours alone
	local plan=(setpriv --groups=4711 env ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o calls -e trace=faccessat2 -e inject=faccessat2:error=ENOSYS
		-- "$SIPLAUNCH" plan --profile-dir "$REPO/profiles" -p generic --set user=daemon --set group=daemon --policy cgroup=skip)
	local name judged=()
	for name in mine group theirs; do
		run "${plan[@]}" -- "$here/$name"
		[[ $(flat) != *"$here/$name"*"Permission denied (EACCES)"* ]] || status=denied
		judged+=("$name: $status")
	done
	rm -rf "$here"
	[[ ${judged[*]} == 'mine: denied group: denied theirs: 0' ]] || fail "${judged[*]}" "$output"
	grep -q INJECTED calls
}

@test "a router's process that is killed before exec is no router that has run" {
	local i
	for i in 1 2 3 4 5 6 7 8; do # the end of its pipe and its death are told in either order
		run strace -f -qq -o /dev/null -e trace=setsid -e inject=setsid:signal=KILL:when=1 -- \
			"$SIPLAUNCH" --supervise --report report.json -- echo it ran
		[[ $status == 125 && $output != *"it ran"* && $output != *"exited with"* ]] || fail "$i: $status: $output"
		[[ $output == *"the router's process was killed by signal 9 (Killed) before exec"* ]]
		[[ $(reported outcome) == refused ]]
	done
}

@test "an access list that could not be read is not taken for none" {
	((EUID == 0)) || skip "only root's files are trusted by root"
	install -m 664 "$REPO/profiles/generic.json" shared.json
	failing getxattr posix_acl_access ENOMEM "$SIPLAUNCH" plan --profile ./shared.json -- true
	[[ $status == 125 || $status == 2 ]] || fail "$status: $output"
	[[ $output == *"shared.json"*"ENOMEM"* ]] || fail "$output"
}

@test "a file system that could not be asked for is said to be taken for memory" {
	sed 's|/dev/shm/|/var/lib/|' "$REPO/tests/fixtures/routers/opensips/pools-restart-persistency/router.cfg" >opensips.cfg
	printf '#!/bin/sh\n' >bin/opensips
	chmod 755 bin/opensips
	failing statfs /var/lib ENOMEM "$SIPLAUNCH" plan --profile-dir "$REPO/profiles" -p opensips --set sizing.memory=1GiB --set user=root --set group=root \
		--allow-insecure-profile -- opensips -F -f "$PWD/opensips.cfg"
	[[ $(flat) == *"is counted as memory: get the file system type of"*"(ENOMEM)"* ]] || fail "$status: $output"
}

@test "processes that could not be looked for are not taken for gone" {
	cat >preload.c <<-'END'
		#define _GNU_SOURCE
		#include <dlfcn.h>
		#include <errno.h>
		#include <fcntl.h>
		#include <stdarg.h>
		#include <stdlib.h>
		#include <string.h>
		#include <sys/stat.h>
		#include <sys/syscall.h>
		#include <time.h>
		#include <unistd.h>
		/* Looking through /proc fails for 0.4 s, once the router has left somebody behind. */
		int openat(int directory, const char *path, int flags, ...)
		{
			struct stat left;
			struct timespec now;
			va_list more;
			va_start(more, flags);
			int mode = va_arg(more, int);
			va_end(more);
			clock_gettime(CLOCK_REALTIME, &now);
			if (strcmp(path, ".") == 0 && stat(getenv("LEFT"), &left) == 0 &&
			    (now.tv_sec - left.st_mtim.tv_sec) * 1000 + (now.tv_nsec - left.st_mtim.tv_nsec) / 1000000 < 400) {
				errno = EMFILE;
				return -1;
			}
			return (int)syscall(SYS_openat, directory, path, flags, mode);
		}
	END
	cc -shared -fPIC -o preload.so preload.c
	printf '#!/bin/sh\nunset LD_PRELOAD\nsleep 600 >/dev/null 2>&1 &\necho $! >begun\nmv begun %s/left\n' "$PWD" >leaves
	chmod 755 leaves
	run env LD_PRELOAD="$PWD/preload.so" LEFT="$PWD/left" "$SIPLAUNCH" --supervise -- ./leaves
	[[ $output == *"1 process of leaves outlived it: siplaunch ended it"* ]] || fail "$status: $output"
	run ! is_alive "$(cat left)"
}

@test "a router's process that has no memory before exec says so, and is no router that has run" {
	cat >preload.c <<-'END'
		#define _GNU_SOURCE
		#include <dlfcn.h>
		#include <errno.h>
		#include <stddef.h>
		#include <unistd.h>
		static pid_t first;
		__attribute__((constructor)) static void begin(void) { first = getpid(); }
		static int is_child(void) { return first && getpid() != first; }
		void *malloc(size_t size)
		{
			void *(*real)(size_t) = (void *(*)(size_t))dlsym(RTLD_NEXT, "malloc");
			errno = ENOMEM;
			return is_child() ? NULL : real(size);
		}
	END
	cc -shared -fPIC -o preload.so preload.c
	run env LD_PRELOAD="$PWD/preload.so" "$SIPLAUNCH" --supervise --report report.json -- echo it ran
	[[ $status == 125 && $output == *"siplaunch: out of memory"* && $output != *"exited with"* ]] || fail "$status: $output"
	[[ $(reported outcome errno) == "refused ENOMEM" ]]
}

@test "a stop request that comes before exec is reported as one" {
	cat >preload.c <<-'END'
		#define _GNU_SOURCE
		#include <signal.h>
		#include <sys/syscall.h>
		#include <sys/wait.h>
		#include <unistd.h>
		/* what is forwarded has ended the child before the supervisor looks again */
		int kill(pid_t pid, int number)
		{
			int result = (int)syscall(SYS_kill, pid, number);
			siginfo_t info;
			if (number == SIGTERM && pid != getppid())
				waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
			return result;
		}
		int execv(const char *path, char *const *argv)
		{
			(void)path, (void)argv;
			kill(getppid(), SIGTERM);
			for (;;)
				pause();
		}
	END
	cc -shared -fPIC -o preload.so preload.c
	run -143 env LD_PRELOAD="$PWD/preload.so" "$SIPLAUNCH" --supervise --report report.json -- touch launched
	[[ $output == *"touch was requested to stop, by SIGTERM, before it was executed"* && $output != *"killed by"* ]] || fail "$output"
	[[ $(reported outcome status stopRequest pid) == "refused 143 SIGTERM None" ]]
	[[ ! -e launched ]]
}

@test "a router that ends at once has run, whatever it ends with" {
	local i
	for i in 1 2 3 4 5; do
		run "$SIPLAUNCH" --supervise --report report.json -- sh -c 'kill -KILL $$'
		[[ $status == 137 && $(reported outcome) != refused ]] || fail "$i: $status: $output"
		run "$SIPLAUNCH" --supervise -- sh -c 'exit 7'
		[[ $status == 7 && $output == *"sh exited with status 7"* ]] || fail "$i: $status: $output"
	done
}

@test "a filter that is not there is not read back as the one that a container has already" {
	echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["acct"], "action": "SCMP_ACT_ERRNO"}]}' >filter.json
	echo '{"router": "generic", "seccomp": "filter.json"}' >edge.json
	chmod 644 filter.json edge.json
	local inner=("$SIPLAUNCH" --allow-insecure-profile -p edge.json -- grep Seccomp_filters /proc/self/status)
	run "$SIPLAUNCH" --allow-insecure-profile -p edge.json -- "${inner[@]}"
	[[ $status == 0 && $output == *"Seccomp_filters:"*2* ]] || fail "$output"
	# the kernel says yes and does nothing: the mode is what it was
	run "$SIPLAUNCH" --allow-insecure-profile -p edge.json -- \
		strace -f -qq -o /dev/null -e trace=seccomp -e inject=seccomp:retval=0 -- "${inner[@]}"
	[[ $status == 126 && $output == *"counts 1 filters, and 1 before it"* && $output != *"Seccomp_filters:"* ]] || fail "$status: $output"
}

@test "root's own groups do not count when it is asked whether the router's user may execute a program" {
	((EUID == 0)) || skip "only root may become another user"
	local here=/tmp/siplaunch-diagnosis.$$
	mkdir -m 755 "$here"
	install -m 750 -g 4243 /bin/true "$here/program"
	# root with the group 4243, which the router's user does not get
	run setpriv --groups 4243 -- "$SIPLAUNCH" --set user=4242 --set group=4242 -- "$here/program"
	[[ $status == 126 && $output == *"execute $here/program"*"EACCES"* ]] || fail "$status: $output"
	[[ $output == *"must be able to execute it"* ]] || fail "$output"
	run setpriv --clear-groups -- "$SIPLAUNCH" --set user=4242 --set group=4242 --set 'additionalGids=[4243]' -- "$here/program"
	local second=$status
	rm -rf "$here"
	[[ $second == 0 ]] || fail "$second: $output"
}

@test "a program with file capabilities that the router does not keep is refused before the launch; each hint works when it is pasted" {
	((EUID == 0)) || skip "only root may set file capabilities"
	[[ $(awk '{ print $1, $2, $3 }' /proc/self/uid_map) == "0 0 4294967295" ]] || skip "in a user namespace the kernel ignores them"
	local here=/tmp/siplaunch-diagnosis.$$
	mkdir -m 755 "$here"
	install -m 755 /bin/true "$here/kamailio"
	setcap cap_net_bind_service+ep "$here/kamailio"
	local launch=("$SIPLAUNCH" --profile-dir "$REPO/profiles" -p generic --set user=4242 --set group=4242 --set noNewPrivileges=true)
	run "${launch[@]}" --set 'capabilities=[]' -- "$here/kamailio"
	local status_run=$status said=$output
	run "${launch[0]}" plan "${launch[@]:1}" --set 'capabilities=[]' -- "$here/kamailio"
	local status_plan=$status
	# the router behind another program: that one is executed, and siplaunch is gone by then
	run "${launch[0]}" plan "${launch[@]:1}" --set router=kamailio --set 'capabilities=[]' -- env "$here/kamailio" -DD -E -f "$PWD/kamailio.cfg"
	local behind=$output
	run "${launch[@]}" --set "$(sed -n "s/.*keep them: --set '\(.*\)'$/\1/p" <<<"$said" | head -n 1)" -- "$here/kamailio"
	local status_kept=$status
	eval "$(grep -o "setcap -r $here/kamailio" <<<"$said" | head -n 1)"
	run "${launch[@]}" --set 'capabilities=[]' -- "$here/kamailio"
	local status_removed=$status
	# without the effective flag the kernel gives what is left of them, and refuses nothing
	setcap cap_net_bind_service+p "$here/kamailio"
	run "${launch[@]}" --set 'capabilities=[]' -- "$here/kamailio"
	rm -rf "$here"
	[[ $status_run == 126 && $said == *"file capabilities include CAP_NET_BIND_SERVICE"*EPERM* && $said != *"applied"* ]] || fail "$status_run: $said"
	[[ $status_plan == 1 && $status_kept == 0 && $status_removed == 0 && $status == 0 ]] ||
		fail "$status_plan $status_kept $status_removed $status: $output"
	[[ $behind == *"- execute $here/kamailio: its file capabilities include CAP_NET_BIND_SERVICE"* ]] || fail "$behind"
}

@test "a program on a file system that is mounted noexec is refused with that reason" {
	((EUID == 0)) || skip "only root may mount"
	mkdir mounted
	# shellcheck disable=SC2016
	run unshare --mount --propagation private bash -c 'mount -t tmpfs -o noexec none mounted && cp /bin/true mounted && exec "$@"' \
		inside "$SIPLAUNCH" --profile-dir "$REPO/profiles" --allow-insecure-profile -p generic -- "$PWD/mounted/true"
	[[ $status == 126 && $output == *"EACCES"*"mounted noexec: findmnt -T $PWD/mounted/true"* ]] || fail "$status: $output"
}
