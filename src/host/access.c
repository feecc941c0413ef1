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

static void answer(struct access_question *question)
{
	question->errnum = faccessat(AT_FDCWD, question->path, question->mode, AT_EACCESS) < 0 ? errno : 0;
}

/* Of those that we have: leaving uid 0 keeps them permitted, as PR_SET_KEEPCAPS asks, but not effective. */
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

/* In the child: the parent sees the answers, since the mapping is shared. */
static void answer_as(const struct access_user *user, struct access_question *questions, size_t count)
{
	if (access_become(user) < 0)
		_exit(1);
	for (size_t i = 0; i < count; i++)
		answer(&questions[i]);
	_exit(0);
}

static int ask_child(const struct access_user *user, struct access_question *shared, size_t count)
{
	int status = 0;
	pid_t child = fork();
	if (child == 0)
		answer_as(user, shared, count);
	if (child < 0)
		return -1;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static int ask_other(const struct access_user *user, struct access_question *questions, size_t count)
{
	size_t size = count * sizeof *questions;
	struct access_question *shared =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return -1;
	memcpy(shared, questions, size);
	int result = ask_child(user, shared, count);
	if (result == 0)
		memcpy(questions, shared, size);
	munmap(shared, size);
	return result;
}

int access_ask(const struct access_user *user, struct access_question *questions, size_t count)
{
	if (count == 0 || (!user->same && ask_other(user, questions, count) == 0))
		return 0;
	for (size_t i = 0; i < count; i++)
		answer(&questions[i]);
	return user->same ? 0 : -1;
}
