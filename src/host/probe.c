/* SPDX-License-Identifier: MIT */
/*
 * Some answers only come by trying: whether unshare(CLONE_NEWIPC) is allowed, what a fresh IPC namespace
 * starts with (kernel defaults, not its parent's values), down to where oom_score_adj may go. A child tries,
 * so that nothing of it sticks to us.
 */
#include "host/read.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"

/* ---- in the child: system calls only, no allocation, no stdio ---- */

static bool oom_score_adj_write(int fd, int score)
{
	char digits[8], *start = digits + sizeof digits;
	unsigned magnitude = (unsigned)(score < 0 ? -score : score);
	do
		*--start = (char)('0' + magnitude % 10);
	while (magnitude /= 10);
	if (score < 0)
		*--start = '-';
	return pwrite(fd, start, (size_t)(digits + sizeof digits - start), 0) > 0;
}

/*
 * Below the inherited floor the kernel says EACCES (__set_oom_adj in fs/proc/base.c), and the floor itself
 * is shown nowhere. It is nearly always -1000 (privileged) or the score itself: two tries.
 */
static int lowest_oom_score_adj(int proc, int current, int *errnum)
{
	int refused = -1000, allowed = current;

	cleanup_close int fd = openat(proc, "self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	*errnum = fd < 0 ? errno : 0;
	if (fd < 0 || current <= -1000)
		return current;
	if (oom_score_adj_write(fd, -1000))
		return -1000;
	if (!oom_score_adj_write(fd, current - 1))
		return current;
	while (allowed - refused > 1) {
		int middle = refused + (allowed - refused) / 2;
		if (oom_score_adj_write(fd, middle))
			allowed = middle;
		else
			refused = middle;
	}
	return allowed;
}

static void look(const struct probe_request *request, struct probe *probe)
{
	*probe = (struct probe){.oom_score_adj_min = request->oom_score_adj};
	if (request->try_oom)
		probe->oom_score_adj_min =
			lowest_oom_score_adj(request->proc, request->oom_score_adj, &probe->oom_errno);
	int entered = request->ipc_namespace < 0 ? unshare(CLONE_NEWIPC)
						 : setns(request->ipc_namespace, CLONE_NEWIPC);
	if (entered < 0) {
		probe->namespace_errno = errno;
		return;
	}
	/* opened only now: a descriptor from before would show the old namespace */
	cleanup_close int sem = openat(request->proc, SEM_FILE, O_RDWR | O_CLOEXEC);
	probe->sem_errno = sem < 0 ? errno : 0;
	ipc_limits_read(request->proc, sem, request->sysctls, &probe->ipc);
}

_Noreturn static void child(const struct probe_request *request, int result)
{
	struct probe probe;
	look(request, &probe);
	_exit(write_whole(result, &probe, sizeof probe) < 0 ? 1 : 0);
}

/* ---- in the parent ---- */

/* The length of what was read, or -1 with errno. */
static ssize_t read_probe(int fd, struct probe *probe)
{
	ssize_t length;
	do {
		length = read(fd, probe, sizeof *probe);
	} while (length < 0 && errno == EINTR);
	return length;
}

/* __WALL: a child without exit signal is not waited for otherwise. */
static int reap(pid_t pid)
{
	int status = 0;
	pid_t done;
	do {
		done = waitpid(pid, &status, __WALL);
	} while (done < 0 && errno == EINTR);
	return done < 0 ? 0 : status;
}

int probe_run(const struct probe_request *request, struct probe *probe, struct error *error)
{
	const char *call = request->ipc_namespace < 0 ? "unshare(CLONE_NEWIPC)" : "setns(CLONE_NEWIPC)";
	int ends[2];

	*probe = (struct probe){.oom_score_adj_min = request->oom_score_adj};
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(error, errno, "make a pipe for the probe process that tries %s", call);
	cleanup_close int from = ends[0];
	/*
	 * A fork without exit signal: our caller's SIGCHLD handler does not hear of it, its waitpid(-1) does
	 * not take it away, and an inherited SIG_IGN does not reap it before we do (do_notify_parent in
	 * kernel/signal.c looks at SIGCHLD only). With every argument 0 their order, which differs between
	 * architectures, does not matter.
	 */
	pid_t pid = (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
	if (pid == 0)
		child(request, ends[1]);
	int fork_errno = errno;
	close(ends[1]);
	if (pid < 0)
		return error_set(error, fork_errno, "fork the probe process that tries %s", call);
	ssize_t length = read_probe(from, probe);
	int read_errno = errno, status = reap(pid);
	if (length == (ssize_t)sizeof *probe)
		return 0;
	*probe = (struct probe){.oom_score_adj_min = request->oom_score_adj};
	if (length < 0)
		return error_set(error, read_errno, "read what the probe process that tries %s answers",
				 call);
	if (!WIFSIGNALED(status))
		return error_set(error, 0,
				 "the probe process that tries %s exited with status %d and no answer", call,
				 WEXITSTATUS(status));
	return error_set(error, 0, "the probe process that tries %s was killed by signal %d (%s)", call,
			 WTERMSIG(status), strsignal(WTERMSIG(status)));
}
