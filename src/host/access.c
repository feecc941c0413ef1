/* SPDX-License-Identifier: MIT */
#include "host/access.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/capability.h"
#include "base/error.h"
#include "base/libc.h"

#define BORROWER_STACK (16 << 10)

static int may(const char *path, int mode)
{
	return faccessat(AT_FDCWD, path, mode, AT_EACCESS);
}

/* Not faccessat(3): before Linux 5.8 glibc's checks the real ids, or needs more stack than a borrower has. */
static int may_effectively(const char *path, int mode)
{
	return (int)syscall(SYS_faccessat2, AT_FDCWD, path, mode, AT_EACCESS);
}

static void answer(struct access_question *question, int (*ask)(const char *path, int mode))
{
	question->errnum = ask(question->path, question->mode) < 0 ? errno : 0;
}

/* Of this process's own capabilities: after leaving uid 0 they are still permitted (PR_SET_KEEPCAPS), but not
 * effective. */
static int take_capabilities(uint64_t wanted)
{
	struct capability_triple sets;

	if (capabilities_get(&sets) < 0)
		return -1;
	sets.permitted &= wanted;
	return capabilities_set(&(struct capability_triple){sets.permitted, sets.permitted, 0});
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

/*
 * Changes the effective ids, the groups and the capabilities, which nearly every file system checks. The real
 * and saved ids stay ours, so that the user can neither signal nor trace a process that shares our memory
 * (kill(2), ptrace(2)).
 */
static int act_as(const struct access_user *user)
{
	if (!user->keeps_groups && setgroups(user->group_count, user->groups) < 0)
		return -1;
	if (setresgid((gid_t)-1, user->gid, (gid_t)-1) < 0 || setresuid((uid_t)-1, user->uid, (uid_t)-1) < 0)
		return -1;
	return take_capabilities(user->capabilities);
}

struct answers;

/* A way for a child to ask. */
struct way {
	pid_t (*start)(struct answers *shared);
	int (*become)(const struct access_user *user);
	int (*ask)(const char *path, int mode);
};

/* The child's input and output. */
struct answers {
	const struct access_user *user;
	const struct way *way;
	size_t count;
	bool became;
	int errnum; /* why it did not */
	struct access_question questions[];
};

static int answer_as(void *memory)
{
	struct answers *shared = memory;
	shared->became = shared->way->become(shared->user) == 0;
	shared->errnum = shared->became ? 0 : errno;
	for (size_t i = 0; i < shared->count && shared->became; i++)
		answer(&shared->questions[i], shared->way->ask);
	return 0;
}

static pid_t start_borrower(struct answers *shared)
{
	_Alignas(16) char stack[BORROWER_STACK]; /* until the child has ended */
	return clone(answer_as, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, shared);
}

static pid_t start_copy(struct answers *shared)
{
	pid_t child = fork();
	if (child == 0)
		_exit(answer_as(shared));
	return child;
}

/*
 * A child that borrows our memory, as with vfork(2), instead of copying it saves a tenth of a launch's time.
 * FUSE also checks the real and the saved ids, and refuses if they differ: then a copy asks, with all ids of
 * that user.
 */
static const struct way acting = {start_borrower, act_as, may_effectively},
			being = {start_copy, access_become, may};

static int judge(const struct answers *shared, int status, struct error *error)
{
	unsigned long uid = shared->user->uid, gid = shared->user->gid;

	if (WIFSIGNALED(status))
		return error_set(error, 0,
				 "the process that becomes uid %lu and gid %lu was killed by signal %d", uid,
				 gid, WTERMSIG(status));
	if (!shared->became)
		return error_set(error, shared->errnum, "become uid %lu and gid %lu", uid, gid);
	return 0;
}

static int ask_child(struct answers *shared, const struct way *way, struct error *error)
{
	unsigned long uid = shared->user->uid, gid = shared->user->gid;
	int status = 0;

	shared->way = way;
	pid_t child = way->start(shared);
	if (child < 0)
		return error_set(error, errno, "fork a process that becomes uid %lu and gid %lu", uid, gid);
	if (TEMP_FAILURE_RETRY(waitpid(child, &status, 0)) < 0)
		return error_set(error, errno, "wait for the process that becomes uid %lu and gid %lu", uid,
				 gid);
	return judge(shared, status, error);
}

/* statfs(2) reports the type of a FUSE mount also to a user who may not enter it; below its root it fails
 * with EACCES. */
static bool may_be_fuse(const char *path)
{
	struct statfs info;
	return statfs(path, &info) < 0 ? errno == EACCES : info.f_type == FUSE_SUPER_MAGIC;
}

/* True on a kernel without faccessat2(2), and for FUSE, which may have refused because the ids differ. */
static bool is_unanswered(const struct answers *shared)
{
	for (size_t i = 0; i < shared->count; i++) {
		const struct access_question *question = &shared->questions[i];
		if (question->errnum == ENOSYS || (question->errnum == EACCES && may_be_fuse(question->path)))
			return true;
	}
	return false;
}

/* The child's change of effective ids makes its memory non-dumpable (PR_SET_DUMPABLE): that memory is also
 * ours. */
static bool act(struct answers *answers)
{
	int dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
	bool acted = ask_child(answers, &acting, NULL) == 0;
	if (dumpable == 1)
		prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	return acted;
}

static void fill(struct answers *answers, const struct access_user *user,
		 const struct access_question *questions, size_t count)
{
	answers->user = user;
	answers->became = false;
	answers->count = count;
	memcpy(answers->questions, questions, count * sizeof *questions);
}

/* A child with a copy of our memory answers in a piece that is shared. */
static int ask_copy(const struct access_user *user, struct access_question *questions, size_t count,
		    struct error *error)
{
	size_t all = sizeof(struct answers) + count * sizeof *questions;
	struct answers *shared = mmap(NULL, all, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return error_set(error, errno, "share memory with a process (mmap)");
	fill(shared, user, questions, count);
	int result = ask_child(shared, &being, error);
	if (result == 0)
		memcpy(questions, shared->questions, count * sizeof *questions);
	munmap(shared, all);
	return result;
}

/* valgrind and qemu-user copy our memory for vfork(2) instead of lending it: then nothing came back. */
static int ask_other(const struct access_user *user, struct access_question *questions, size_t count,
		     struct error *error)
{
	size_t size = count * sizeof *questions;
	cleanup_free struct answers *own = xrealloc(NULL, sizeof *own + size, 1);
	fill(own, user, questions, count);
	if (!act(own) || is_unanswered(own))
		return ask_copy(user, questions, count, error);
	memcpy(questions, own->questions, size);
	return 0;
}

int access_ask(const struct access_user *user, struct access_question *questions, size_t count,
	       struct error *error)
{
	if (count == 0 || (!user->same && ask_other(user, questions, count, error) == 0))
		return 0;
	for (size_t i = 0; i < count; i++)
		answer(&questions[i], may);
	return user->same ? 0 : -1;
}
