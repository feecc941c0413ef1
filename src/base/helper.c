/* SPDX-License-Identifier: MIT */
#include "base/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "base/libc.h"

_Noreturn static void answer_and_exit(const struct helper *helper, void *answer, int result)
{
	helper->look(answer, helper->data);
	_exit(write_whole(result, answer, helper->size) < 0 ? 1 : 0);
}

static int no_answer(const struct helper *helper, int status, struct error *error)
{
	if (!WIFSIGNALED(status))
		return error_set(error, 0, "%s exited with status %d and no answer", helper->name,
				 WEXITSTATUS(status));
	return error_set(error, 0, "%s was killed by signal %d (%s)", helper->name, WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
}

int helper_ask(const struct helper *helper, void *answer, struct error *error)
{
	char buffer[PIPE_BUF];
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(error, errno, "make a pipe for %s", helper->name);
	cleanup_close int from = ends[0];
	/*
	 * A fork without exit signal: the caller's SIGCHLD handler does not run for the helper, the caller's
	 * waitpid(-1) does not reap it, and an inherited SIG_IGN does not make the kernel reap it first
	 * (do_notify_parent in kernel/signal.c looks at SIGCHLD only). The order of clone's arguments differs
	 * between architectures: it does not matter if all are 0.
	 */
	pid_t pid = (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
	if (pid == 0)
		answer_and_exit(helper, answer, ends[1]);
	int fork_errno = errno;
	close(ends[1]);
	if (pid < 0)
		return error_set(error, fork_errno, "fork %s", helper->name);
	ssize_t length = TEMP_FAILURE_RETRY(read(from, buffer, helper->size));
	int read_errno = errno, status = 0;
	/* Without __WALL, waitpid() does not wait for a child without exit signal. */
	TEMP_FAILURE_RETRY(waitpid(pid, &status, __WALL));
	if (length < 0)
		return error_set(error, read_errno, "read the answer of %s", helper->name);
	if (length != (ssize_t)helper->size)
		return no_answer(helper, status, error);
	memcpy(answer, buffer, helper->size);
	return 0;
}
