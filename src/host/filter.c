/* SPDX-License-Identifier: MIT */
/*
 * What a filter that is already in force does not permit: a systemd unit's SystemCallFilter=~@privileged has
 * no setresuid(2), its @system-service no seccomp(2) before systemd 257, and systemd kills by default. The
 * kernel shows that there is a filter, not what it refuses: probe children try the calls, with arguments that
 * change nothing.
 */
#include "host/read.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/capability.h"
#include "base/helper.h"

/* The kernel reads the program first (seccomp_prepare_user_filter() in kernel/seccomp.c), and there is none.
 */
static int try_seccomp(void)
{
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL);
}

static int try_setgroups(void)
{
	return setgroups((size_t)NGROUPS_MAX + 1, NULL);
}

static int try_setresgid(void)
{
	return setresgid((gid_t)-1, (gid_t)-1, (gid_t)-1);
}

static int try_setresuid(void)
{
	return setresuid((uid_t)-1, (uid_t)-1, (uid_t)-1);
}

static int try_capset(void)
{
	return (int)syscall(SYS_capset, NULL, NULL);
}

static int try_mkdirat(void)
{
	return mkdirat(-1, "none", S_IRWXU);
}

static int try_fchmod(void)
{
	return (int)syscall(SYS_fchmod, -1, S_IRWXU);
}

static int try_fchown(void)
{
#ifdef SYS_fchown32
	return (int)syscall(SYS_fchown32, -1, -1, -1);
#else
	return (int)syscall(SYS_fchown, -1, -1, -1);
#endif
}

/* The C library's functions for 32-bit ids make other calls where ids once had 16 bits (i386, arm):
 * setgroups(3) makes setgroups32(2), and a filter has to name that one. */
#ifdef SYS_setgroups32
#define OF_IDS(NAME) NAME "32"
#else
#define OF_IDS(NAME) NAME
#endif

/* The calls of the settings table, with the errno that the kernel itself returns for these arguments; 0: it
 * succeeds. */
static const struct {
	const char *name;
	int (*attempt)(void);
	int errnum;
} calls[] = {
	{"seccomp", try_seccomp, EFAULT},        {OF_IDS("setgroups"), try_setgroups, EINVAL},
	{OF_IDS("setresgid"), try_setresgid, 0}, {OF_IDS("setresuid"), try_setresuid, 0},
	{"capset", try_capset, EFAULT},          {"mkdirat", try_mkdirat, EBADF},
	{"fchmod", try_fchmod, EBADF},           {OF_IDS("fchown"), try_fchown, EBADF},
};

struct attempts {
	size_t first, end;
};

struct answers {
	int errnum[ARRAY_SIZE(calls)];
};

static void try_calls(void *answer, const void *data)
{
	const struct attempts *attempts = data;
	struct answers *answers = answer;

	for (size_t i = attempts->first; i < attempts->end; i++)
		answers->errnum[i] = calls[i].attempt() < 0 ? errno : 0;
}

static int ask(size_t first, size_t end, struct answers *answers, struct error *error)
{
	cleanup_free char *name = xasprintf("the probe process that tries %s(2)%s", calls[first].name,
					    end - first > 1 ? " and other calls" : "");
	const struct attempts attempts = {first, end};
	const struct helper helper = {
		.name = name, .look = try_calls, .data = &attempts, .size = sizeof *answers};
	return helper_ask(&helper, answers, error);
}

/* may_setgroups() in kernel/groups.c is asked before the arguments are looked at. */
static bool is_refused(const struct host *host, size_t i, int errnum)
{
	bool may = host->cap_effective & CAPABILITY_BIT(CAP_SETGID) && !host->setgroups_denied;
	if (calls[i].attempt == try_setgroups && errnum == EPERM && !may)
		return false;
	return errnum && errnum != calls[i].errnum;
}

static void add(struct host *host, size_t i, int errnum, struct error *failure)
{
	struct refused_call *call = ARRAY_ADD(host->refused_calls, host->refused_call_count);
	*call = (struct refused_call){.name = calls[i].name, .errnum = errnum};
	if (failure)
		call->failure = xstrdup(failure->message);
}

/* The filter kills: a child for each call shows for which. */
static void ask_one(struct host *host, size_t i)
{
	cleanup_error struct error error = {0};
	struct answers answers = {0};

	if (ask(i, i + 1, &answers, &error) == 0) {
		if (is_refused(host, i, answers.errnum[i]))
			add(host, i, answers.errnum[i], NULL);
	} else if (!host_shortage(host, error.errnum, "%s", error.message)) {
		add(host, i, 0, &error);
	}
}

void probe_filter(struct host *host)
{
	cleanup_error struct error error = {0};
	struct answers answers = {0};

	if (host->seccomp_mode != SECCOMP_MODE_FILTER)
		return;
	bool answered = ask(0, ARRAY_SIZE(calls), &answers, &error) == 0;
	if (!answered && host_shortage(host, error.errnum, "%s", error.message))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if (!answered)
			ask_one(host, i);
		else if (is_refused(host, i, answers.errnum[i]))
			add(host, i, answers.errnum[i], NULL);
}

/* The settings table has the names without "32". */
static bool has_word(const char *words, const char *call)
{
	size_t length = strlen(call);
	length -= length > 2 && strcmp(call + length - 2, "32") == 0 ? 2 : 0;
	for (; *words; words += strcspn(words, " "), words += strspn(words, " "))
		if (strcspn(words, " ") == length && strncmp(words, call, length) == 0)
			return true;
	return false;
}

const struct refused_call *host_refused_call(const struct host *host, const char *names,
					     const struct refused_call *after)
{
	size_t first = after ? (size_t)(after - host->refused_calls) + 1 : 0;
	for (size_t i = first; names && i < host->refused_call_count; i++)
		if (has_word(names, host->refused_calls[i].name))
			return &host->refused_calls[i];
	return NULL;
}
