/* SPDX-License-Identifier: MIT */
#include "host/access.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdlib.h>
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

void (*access_not_returned)(const struct error *error) = NULL;

/* ---- in a copy of this process, with all ids of that user ---- */

static void answer(struct access_question *question)
{
	int result = faccessat(AT_FDCWD, question->path, question->mode, AT_EACCESS);
	question->errnum = result < 0 ? errno : 0;
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

/* The copy's input and output. */
struct answers {
	bool became;
	int errnum; /* why it did not */
	struct access_question questions[];
};

_Noreturn static void answer_and_exit(const struct access_user *user, struct answers *shared, size_t count)
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
	unsigned long uid = user->uid, gid = user->gid;

	if (WIFSIGNALED(status))
		return error_set(error, 0,
				 "the process that becomes uid %lu and gid %lu was killed by signal %d", uid,
				 gid, WTERMSIG(status));
	if (!shared->became)
		return error_set(error, shared->errnum, "become uid %lu and gid %lu", uid, gid);
	return 0;
}

static int ask_child(const struct access_user *user, struct answers *shared, size_t count,
		     struct error *error)
{
	unsigned long uid = user->uid, gid = user->gid;
	int status = 0;

	pid_t child = fork();
	if (child == 0)
		answer_and_exit(user, shared, count);
	if (child < 0)
		return error_set(error, errno, "fork a process that becomes uid %lu and gid %lu", uid, gid);
	if (TEMP_FAILURE_RETRY(waitpid(child, &status, 0)) < 0)
		return error_set(error, errno, "wait for the process that becomes uid %lu and gid %lu", uid,
				 gid);
	return judge(user, shared, status, error);
}

/* It answers in a piece of memory that is shared. */
static int ask_copy(const struct access_user *user, struct access_question *questions, size_t count,
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

/* ---- in this process, with the effective ids of that user ---- */

/* What a change of the effective ids changes beside them: capabilities(7), prctl(2). */
struct own {
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	int group_count;
	struct capability_triple capabilities;
	int dumpable;
	int parent_signal; /* PR_SET_PDEATHSIG; 0: none */
	pid_t parent;
};

static int remember(struct own *own)
{
	own->uid = geteuid();
	own->gid = getegid();
	own->dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
	if (prctl(PR_GET_PDEATHSIG, &own->parent_signal, 0, 0, 0) < 0)
		return -1;
	own->parent = own->parent_signal ? getppid() : 0;
	own->group_count = getgroups(0, NULL);
	own->groups = xcalloc(own->group_count > 0 ? (size_t)own->group_count : 0, sizeof *own->groups);
	if (own->group_count > 0 && getgroups(own->group_count, own->groups) != own->group_count)
		return -1;
	return own->group_count < 0 ? -1 : capabilities_get(&own->capabilities);
}

/* The real and saved ids stay ours, so that the user can neither signal nor trace this process (kill(2),
 * ptrace(2)); so do the permitted capabilities, with which it returns. */
static int act_as(const struct access_user *user, const struct own *own)
{
	struct capability_triple sets = own->capabilities;
	sets.effective = sets.permitted & user->capabilities;

	if (setresgid((gid_t)-1, user->gid, (gid_t)-1) < 0 || setresuid((uid_t)-1, user->uid, (uid_t)-1) < 0)
		return -1;
	return capabilities_set(&sets);
}

/* To a real or saved id every process may return. Then the capabilities, of which uid 0 made all effective
 * that are permitted; then what needs them. Returns the call that failed; NULL: none. */
static const char *be_self(const struct own *own, bool with_groups)
{
	if (setresuid((uid_t)-1, own->uid, (uid_t)-1) < 0)
		return "setresuid";
	if (setresgid((gid_t)-1, own->gid, (gid_t)-1) < 0)
		return "setresgid";
	if (capabilities_set(&own->capabilities) < 0)
		return "capset";
	if (with_groups && setgroups((size_t)own->group_count, own->groups) < 0)
		return "setgroups";
	return NULL;
}

/* Does not return where that fails: siplaunch would continue with the rights of another. */
static void return_to(const struct own *own, bool with_groups)
{
	cleanup_error struct error error = {0};
	const char *call = be_self(own, with_groups);

	if (!call)
		return;
	error_set(&error, errno, "become uid %lu and gid %lu again (%s)", (unsigned long)own->uid,
		  (unsigned long)own->gid, call);
	if (access_not_returned)
		access_not_returned(&error);
	abort();
}

/* A parent that ended in between could not send its signal. */
static void keep_attributes(const struct own *own)
{
	if (own->dumpable == 1)
		prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	if (own->parent_signal == 0)
		return;
	prctl(PR_SET_PDEATHSIG, own->parent_signal, 0, 0, 0);
	if (getppid() != own->parent)
		raise(own->parent_signal);
}

/* Not faccessat(3): before Linux 5.8 glibc's checks the real ids, or mode bits alone. */
static void answer_effectively(struct access_question *question)
{
	long result = syscall(SYS_faccessat2, AT_FDCWD, question->path, question->mode, AT_EACCESS);
	question->errnum = result < 0 ? errno : 0;
}

/* False where it cannot act as that user, or shall not. */
static bool ask_here(const struct access_user *user, struct access_question *questions, size_t count)
{
	struct own own = {0};
	bool with_groups = !user->keeps_groups;
	bool acted = !user->apart && remember(&own) == 0 &&
		     (!with_groups || setgroups(user->group_count, user->groups) == 0);

	if (acted) {
		acted = act_as(user, &own) == 0;
		for (size_t i = 0; i < count && acted; i++)
			answer_effectively(&questions[i]);
		return_to(&own, with_groups);
		keep_attributes(&own);
	}
	free(own.groups);
	return acted;
}

/* statfs(2) reports the type of a FUSE mount also to a user who may not enter it; below its root it fails
 * with EACCES. */
static bool may_be_fuse(const char *path)
{
	struct statfs info;
	return statfs(path, &info) < 0 ? errno == EACCES : info.f_type == FUSE_SUPER_MAGIC;
}

/* True on a kernel without faccessat2(2), and for FUSE, which refuses where the effective ids differ from the
 * real and the saved ones. */
static bool is_unanswered(const struct access_question *questions, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (questions[i].errnum == ENOSYS ||
		    (questions[i].errnum == EACCES && may_be_fuse(questions[i].path)))
			return true;
	return false;
}

/* In this process where possible: another process takes a tenth of a launch's time. */
int access_ask(const struct access_user *user, struct access_question *questions, size_t count,
	       struct error *error)
{
	if (count == 0)
		return 0;
	if (!user->same && ((ask_here(user, questions, count) && !is_unanswered(questions, count)) ||
			    ask_copy(user, questions, count, error) == 0))
		return 0;
	for (size_t i = 0; i < count; i++)
		answer(&questions[i]);
	return user->same ? 0 : -1;
}
