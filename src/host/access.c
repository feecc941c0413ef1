/* SPDX-License-Identifier: MIT */
#include "host/access.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/libc.h"

static void answer(struct access_question *question)
{
	question->errnum = faccessat(AT_FDCWD, question->path, question->mode, AT_EACCESS) < 0 ? errno : 0;
}

/* Of this process's own capabilities: after leaving uid 0 they are still permitted (PR_SET_KEEPCAPS), but not
 * effective. */
static int take_capabilities(uint64_t wanted)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data) < 0)
		return -1;
	for (int i = 0; i < 2; i++) {
		data[i].permitted &= (uint32_t)(wanted >> (32 * i));
		data[i].effective = data[i].permitted;
		data[i].inheritable = 0;
	}
	return (int)syscall(SYS_capset, &header, data);
}

int access_become(const struct access_user *user)
{
	if (user->same)
		return 0;
	if (!user->keeps_groups && setgroups(user->group_count, user->groups) < 0)
		return -1;
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 || setresgid(user->gid, user->gid, user->gid) < 0 ||
	    setresuid(user->uid, user->uid, user->uid) < 0)
		return -1;
	return take_capabilities(user->capabilities);
}

/* What the child answers, in memory that its parent shares. */
struct answers {
	bool became;
	int errnum; /* why it did not */
	struct access_question questions[];
};

static void answer_as(const struct access_user *user, struct answers *shared, size_t count)
{
	shared->became = access_become(user) == 0;
	shared->errnum = shared->became ? 0 : errno;
	for (size_t i = 0; i < count && shared->became; i++)
		answer(&shared->questions[i]);
	_exit(0);
}

static int judge(const struct access_user *user, const struct answers *shared, int status,
		 struct error *error)
{
	if (WIFSIGNALED(status))
		return error_set(error, 0,
				 "the process that becomes uid %lu and gid %lu was killed by signal %d",
				 (unsigned long)user->uid, (unsigned long)user->gid, WTERMSIG(status));
	if (!shared->became)
		return error_set(error, shared->errnum, "become uid %lu and gid %lu",
				 (unsigned long)user->uid, (unsigned long)user->gid);
	return 0;
}

static int ask_child(const struct access_user *user, struct answers *shared, size_t count,
		     struct error *error)
{
	int status = 0;
	pid_t child = fork();
	if (child == 0)
		answer_as(user, shared, count);
	if (child < 0)
		return error_set(error, errno, "fork a process that becomes uid %lu and gid %lu",
				 (unsigned long)user->uid, (unsigned long)user->gid);
	if (TEMP_FAILURE_RETRY(waitpid(child, &status, 0)) < 0)
		return error_set(error, errno, "wait for the process that becomes uid %lu and gid %lu",
				 (unsigned long)user->uid, (unsigned long)user->gid);
	return judge(user, shared, status, error);
}

static int ask_other(const struct access_user *user, struct access_question *questions, size_t count,
		     struct error *error)
{
	size_t size = count * sizeof *questions, all = sizeof(struct answers) + size;
	struct answers *shared = mmap(NULL, all, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return error_set(error, errno, "share memory with a process (mmap)");
	memcpy(shared->questions, questions, size);
	int result = ask_child(user, shared, count, error);
	if (result == 0)
		memcpy(questions, shared->questions, size);
	munmap(shared, all);
	return result;
}

int access_ask(const struct access_user *user, struct access_question *questions, size_t count,
	       struct error *error)
{
	if (count == 0 || (!user->same && ask_other(user, questions, count, error) == 0))
		return 0;
	for (size_t i = 0; i < count; i++)
		answer(&questions[i]);
	return user->same ? 0 : -1;
}
