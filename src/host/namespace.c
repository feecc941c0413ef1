/* SPDX-License-Identifier: MIT */
#include "host/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/helper.h"

#define ANSWER_MAX 2048

bool ipc_namespace_is_ours(int proc, pid_t pid)
{
	char own[64], theirs[64];
	cleanup_free char *path = xasprintf("%d/ns/ipc", (int)pid);
	ssize_t a = readlinkat(proc, "self/ns/ipc", own, sizeof own);
	ssize_t b = readlinkat(proc, path, theirs, sizeof theirs);
	return a > 0 && a == b && memcmp(own, theirs, (size_t)a) == 0;
}

struct question {
	int namespace;
	ipc_look *look;
	const void *data;
};

struct result {
	int joined_errno, errnum;
	char answer[ANSWER_MAX];
};

static void enter_and_look(void *answer, const void *data)
{
	const struct question *question = data;
	struct result *result = answer;
	if (setns(question->namespace, CLONE_NEWIPC) < 0)
		result->joined_errno = errno;
	else
		result->errnum = question->look(result->answer, question->data);
}

int ipc_namespace_ask(int proc, pid_t pid, const char *what, ipc_look *look, const void *data, void *answer,
		      size_t size, struct error *error)
{
	cleanup_free char *path = xasprintf("%d/ns/ipc", (int)pid);
	cleanup_free char *name =
		xasprintf("the process that looks into the IPC namespace of pid %d", (int)pid);
	cleanup_close int namespace = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (namespace < 0)
		return error_set(error, errno, "open /proc/%s", path);
	const struct question question = {namespace, look, data};
	struct result result = {0};
	const struct helper helper = {name, enter_and_look, &question, sizeof result};
	if (helper_ask(&helper, &result, error) < 0)
		return -1;
	if (result.joined_errno)
		return error_set(error, result.joined_errno, "join the IPC namespace of pid %d (setns)",
				 (int)pid);
	if (result.errnum)
		return error_set(error, result.errnum, "%s in the IPC namespace of pid %d", what, (int)pid);
	memcpy(answer, result.answer, size);
	return 0;
}
