/* SPDX-License-Identifier: MIT */
/*
 * Executes a program only to print what it was built with. It is the program that a launch would execute, but
 * not necessarily the router that its name suggests: so everything except printing fails.
 */
#include "base/libc.h"
#include "host/program.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/libseccomp.h"

#define STATUS_NOT_STARTED 127 /* of the child, as a shell has it */

/* The call that failed in the child before exec: in memory shared with its parent. */
struct obstacle {
	char call[32]; /* "": no output */
	int errnum;
};

struct question {
	int file, null, to;
	struct obstacle *obstacle;
	const char *name, *option;
	const struct access_user *user;
};

/* ---- in the child ---- */

/* Reports which call failed, with its errno. */
static bool failed(const struct question *question, const char *call)
{
	question->obstacle->errnum = errno;
	strncpy(question->obstacle->call, call, sizeof question->obstacle->call - 1);
	return false;
}

/* Ignored and blocked signals stay so across exec. */
static void reset_signals(void)
{
	sigset_t none;
	for (int signal_number = 1; signal_number < NSIG; signal_number++)
		signal(signal_number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* After this there are only descriptors 0 to 2, and until exec the program's file. */
static bool take_descriptors(const struct question *question)
{
	return dup2(question->null, 0) >= 0 && dup2(question->to, 1) >= 0 && dup2(question->null, 2) >= 0 &&
	       close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0;
}

/* RLIMIT_NPROC only after the identity: if a user was over it when setresuid(2) was called, execve(2)
 * fails. */
static bool take_limits(void)
{
	static const struct {
		int resource;
		rlim_t limit;
	} limits[] = {
		{RLIMIT_CORE, 0}, {RLIMIT_FSIZE, 0}, {RLIMIT_NPROC, 0}, {RLIMIT_CPU, PROGRAM_ASK_SECONDS}};

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		const struct rlimit limit = {limits[i].limit, limits[i].limit};
		if (syscall(SYS_prlimit64, 0, limits[i].resource, &limit, NULL) < 0)
			return false;
	}
	return true;
}

static void refuse_opening(scmp_filter_ctx filter, int call, unsigned flags_argument, scmp_datum_t flag)
{
	seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 1,
			 SCMP_CMP(flags_argument, SCMP_CMP_MASKED_EQ, flag, flag));
}

/* System calls that printing a line does not need. ENOSYS: the C library then tries the older call, which is
 * refused. */
static void refuse_calls(scmp_filter_ctx filter)
{
	static const int missing[] = {SCMP_SYS(clone3), SCMP_SYS(openat2), SCMP_SYS(io_uring_setup)};
	static const int refused[] = {
		SCMP_SYS(fork),    SCMP_SYS(vfork),      SCMP_SYS(clone),     SCMP_SYS(ptrace),
		SCMP_SYS(kill),    SCMP_SYS(tkill),      SCMP_SYS(setsid),    SCMP_SYS(setpgid),
		SCMP_SYS(socket),  SCMP_SYS(socketpair), SCMP_SYS(shmget),    SCMP_SYS(semget),
		SCMP_SYS(creat),   SCMP_SYS(truncate),   SCMP_SYS(msgget),    SCMP_SYS(mkdir),
		SCMP_SYS(mkdirat), SCMP_SYS(rmdir),      SCMP_SYS(unlink),    SCMP_SYS(unlinkat),
		SCMP_SYS(rename),  SCMP_SYS(renameat),   SCMP_SYS(renameat2), SCMP_SYS(link),
		SCMP_SYS(linkat),  SCMP_SYS(symlink),    SCMP_SYS(symlinkat), SCMP_SYS(mknodat),
		SCMP_SYS(chmod),   SCMP_SYS(fchmodat),   SCMP_SYS(chown),     SCMP_SYS(fchownat),
	};

	for (size_t i = 0; i < ARRAY_SIZE(missing); i++)
		seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), missing[i], 0);
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused[i], 0);
}

/*
 * A filter for each flag: the kernel uses the strictest result of all filters. In one filter, libseccomp
 * would merge two comparisons of one argument (src/seccomp/arguments.c). On a kernel without seccomp only the
 * limits and the identity protect.
 */
static void take_filters(void)
{
	static const scmp_datum_t flags[] = {O_CREAT, O_TRUNC};
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
		if (!filter)
			return;
		if (i == 0)
			refuse_calls(filter);
		refuse_opening(filter, SCMP_SYS(open), 1, flags[i]);
		refuse_opening(filter, SCMP_SYS(openat), 2, flags[i]);
		seccomp_load(filter);
		seccomp_release(filter);
	}
}

/* The parent-death signal is set last: setresuid(2) clears it. */
static bool prepare(const struct question *question)
{
	reset_signals();
	umask(077);
	if (setsid() < 0)
		return failed(question, "setsid");
	if (!take_descriptors(question))
		return failed(question, "dup2 or close_range");
	if (chdir("/") < 0)
		return failed(question, "chdir /");
	if (access_become(question->user) < 0)
		return failed(question, "become the router's user");
	if (!take_limits())
		return failed(question, "prlimit");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return failed(question, "prctl");
	return true;
}

_Noreturn static void child(const struct question *question)
{
	static const char *const environment[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL};
	const char *const argv[] = {question->name, question->option, NULL};

	if (!prepare(question))
		_exit(STATUS_NOT_STARTED);
	take_filters();
	syscall(SYS_execveat, question->file, "", argv, environment, AT_EMPTY_PATH);
	failed(question, "execveat");
	_exit(STATUS_NOT_STARTED);
}

/* ---- in the parent ---- */

struct listener {
	int from, process; /* the pipe, not blocking, and the child's pidfd */
	char *text;        /* PROGRAM_ASK_BYTES and one */
	size_t length;
};

/* Reads everything in the pipe. False at its end, and if the output is larger than the limit. */
static bool drain(struct listener *listener)
{
	while (listener->length <= PROGRAM_ASK_BYTES) {
		ssize_t length = read(listener->from, listener->text + listener->length,
				      PROGRAM_ASK_BYTES + 1 - listener->length);
		if (length < 0)
			return errno == EAGAIN || errno == EINTR;
		if (length == 0)
			return false;
		listener->length += (size_t)length;
	}
	return false;
}

/* Reads until the child has ended, even if another process still has the pipe open. ETIMEDOUT, EFBIG or 0. */
static int listen_to(struct listener *listener)
{
	int64_t deadline = clock_monotonic_ms() + PROGRAM_ASK_SECONDS * 1000;
	struct pollfd ends[] = {{listener->from, POLLIN, 0}, {listener->process, POLLIN, 0}};

	for (int64_t left; (left = deadline - clock_monotonic_ms()) > 0;) {
		if (poll(ends, ARRAY_SIZE(ends), (int)left) < 0 && errno != EINTR)
			return errno;
		if (!drain(listener))
			ends[0].fd = -1; /* closed: poll(2) skips it */
		if (listener->length > PROGRAM_ASK_BYTES)
			return EFBIG;
		if (ends[1].revents)
			return 0;
	}
	return ETIMEDOUT;
}

/* The child's whole session, which is its process group as well; it cannot have left it. */
static int end_child(pid_t pid)
{
	int status = 0;
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	TEMP_FAILURE_RETRY(waitpid(pid, &status, __WALL));
	return status;
}

static int judge(const struct question *question, int failure, int status, struct error *error)
{
	if (failure == ETIMEDOUT)
		return error_set(error, 0, "%s %s timed out after %d s", question->name, question->option,
				 PROGRAM_ASK_SECONDS);
	if (failure == EFBIG)
		return error_set(error, 0, "%s %s printed more than %d bytes", question->name,
				 question->option, PROGRAM_ASK_BYTES);
	if (failure)
		return error_set(error, failure, "wait for %s %s", question->name, question->option);
	if (WIFSIGNALED(status))
		return error_set(error, 0, "%s %s was killed by signal %d", question->name, question->option,
				 WTERMSIG(status));
	if (*question->obstacle->call)
		return error_set(error, question->obstacle->errnum, "execute %s %s: %s", question->name,
				 question->option, question->obstacle->call);
	if (WEXITSTATUS(status))
		return error_set(error, 0, "%s %s exited with status %d", question->name, question->option,
				 WEXITSTATUS(status));
	return 0;
}

/* Until the child is reaped, its pid cannot name another process. */
static int hear(const struct question *question, pid_t pid, int from, char **text, struct error *error)
{
	cleanup_close int process = (int)syscall(SYS_pidfd_open, pid, 0);
	cleanup_free char *heard = xcalloc(PROGRAM_ASK_BYTES + 2, 1);
	struct listener listener = {from, process, heard, 0};
	int failure = process < 0 ? errno : listen_to(&listener);
	int status = end_child(pid);

	if (judge(question, failure, status, error) < 0)
		return -1;
	*text = xstrndup(heard, listener.length);
	return 0;
}

/* Forks without exit signal, as helper_ask() does: no other code receives the child's end. */
static int start(const struct question *question, int from, char **text, struct error *error)
{
	pid_t pid = (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
	if (pid == 0)
		child(question);
	int failure = errno;
	close(question->to);
	if (pid < 0)
		return error_set(error, failure, "start a process for %s %s", question->name,
				 question->option);
	return hear(question, pid, from, text, error);
}

static struct obstacle *obstacle_new(void)
{
	void *shared = mmap(NULL, sizeof(struct obstacle), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			    -1, 0);
	return shared == MAP_FAILED ? NULL : shared;
}

static void obstacle_clear(struct obstacle **obstacle)
{
	if (*obstacle)
		munmap(*obstacle, sizeof **obstacle);
}

int program_ask(int file, const char *name, const char *option, const struct access_user *user, char **text,
		struct error *error)
{
	int ends[2];
	__attribute__((cleanup(obstacle_clear))) struct obstacle *obstacle = obstacle_new();

	if (libseccomp_load(error) < 0)
		return -1;
	if (!obstacle)
		return error_set(error, errno, "share memory with %s %s (mmap)", name, option);
	cleanup_close int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0)
		return error_set(error, errno, "open /dev/null");
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(error, errno, "make a pipe for %s %s", name, option);
	cleanup_close int from = ends[0];
	const struct question question = {file, null, ends[1], obstacle, name, option, user};
	if (fcntl(from, F_SETFL, O_NONBLOCK) < 0) {
		int errnum = errno;
		close(ends[1]);
		return error_set(error, errnum, "read from %s %s without waiting", name, option);
	}
	return start(&question, from, text, error);
}
