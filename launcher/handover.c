/* SPDX-License-Identifier: MIT */
#include "handover.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/value.h"
#include "commands.h"
#include "host/access.h"
#include "mechanism/router.h"
#include "plan/plan.h"

#define PATH_DEFAULT "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

int handover_open_standard(struct error *error)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
			continue;
		/* the lowest free descriptor is this one: those below it are open by now */
		int opened = open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY);
		if (opened != fd)
			return error_set(error, opened < 0 ? errno : 0,
					 "open /dev/null in place of descriptor %d, which is closed", fd);
	}
	return 0;
}

/*
 * Whether the target may execute it, with its groups and capabilities and without ours. Where nobody can be
 * asked for it (we may not become that user), only execve(2) will tell.
 */
static int accessible_as(const struct context *context, const char *path)
{
	const struct access_user ourselves = {.same = true};
	const struct access_user user = context->identity ? router_user(context) : ourselves;
	struct access_question question = {.path = path, .mode = X_OK};
	bool asked = access_ask(&user, &question, 1, NULL) == 0;

	errno = question.errnum;
	return asked && question.errnum ? -1 : 0;
}

/* 0 when it can be executed; else the exit status, with errno. */
static int judge(const struct context *context, const char *path)
{
	struct stat info;
	if (stat(path, &info) < 0)
		return errno == ENOENT || errno == ENOTDIR ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
	if (!S_ISREG(info.st_mode)) {
		errno = S_ISDIR(info.st_mode) ? EISDIR : EACCES;
		return EXIT_NOT_EXECUTABLE;
	}
	return accessible_as(context, path) < 0 ? EXIT_NOT_EXECUTABLE : 0;
}

static void refuse(int status, int errnum, const char *path, const struct context *context,
		   struct error *error)
{
	const struct identity *identity = context->identity;
	error_set(error, errnum, "execute %s", path);
	if (status == EXIT_NOT_FOUND)
		error_hint(error,
			   "is the router installed, and its directory in PATH (only absolute ones are "
			   "searched)?");
	else if (errnum == EACCES && identity && identity->has_user)
		error_hint(error,
			   "user %s must be able to execute it and to search every directory on its path",
			   identity->user_name ? identity->user_name : "of the profile");
}

static char *find_in_path(const char *command, const struct context *context, int *status,
			  struct error *error)
{
	const char *search = getenv("PATH");
	cleanup_free char *copy = xstrdup(search && *search ? search : PATH_DEFAULT), *refused = NULL;
	char *rest = copy;
	int refused_errno = 0;

	/* A relative element, and an empty one, mean a directory that depends on where we happen to be: a
	 * launcher run by root does not look there. */
	for (char *directory; (directory = strsep(&rest, ":"));) {
		if (*directory != '/')
			continue;
		char *path = xasprintf("%s/%s", directory, command);
		int verdict = judge(context, path);
		if (verdict == 0)
			return path;
		if (verdict == EXIT_NOT_EXECUTABLE && !refused && errno != EISDIR) {
			refused = path;
			refused_errno = errno;
			continue;
		}
		free(path);
	}
	*status = refused ? EXIT_NOT_EXECUTABLE : EXIT_NOT_FOUND;
	refuse(*status, refused ? refused_errno : ENOENT, refused ? refused : command, context, error);
	return NULL;
}

char *handover_find(const char *command, const struct context *context, int *status, struct error *error)
{
	if (!strchr(command, '/'))
		return find_in_path(command, context, status, error);
	*status = judge(context, command);
	if (*status == 0)
		return xstrdup(command);
	refuse(*status, errno, command, context, error);
	return NULL;
}

bool handover_exists(const char *command)
{
	const struct context nobody_else = {0};
	int status;
	cleanup_free char *path = handover_find(command, &nobody_else, &status, NULL);
	return path != NULL;
}

/* How many descriptors from 3 on systemd passed to this very process (sd_listen_fds(3)). */
static unsigned listen_fds(void)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
	uint64_t number, fds;
	if (!pid || !count || !parse_u64(pid, &number) || number != (uint64_t)getpid() ||
	    !parse_u64(count, &fds))
		return 0;
	return fds > INT_MAX - 3 ? 0 : (unsigned)fds;
}

static void take_over(const char *name, pid_t supervisor)
{
	const char *pid = getenv(name);
	uint64_t number;
	if (!pid || !parse_u64(pid, &number) || number != (uint64_t)supervisor)
		return;
	cleanup_free char *ours = xasprintf("%d", (int)getpid());
	setenv(name, ours, 1);
}

void handover_take_over(pid_t supervisor)
{
	take_over("LISTEN_PID", supervisor);
	take_over("WATCHDOG_PID", supervisor);
	unsetenv("LISTEN_PIDFDID");
}

static void each_descriptor(unsigned first, void (*each)(int fd))
{
	cleanup_closedir DIR *directory = opendir("/proc/self/fd");
	for (struct dirent *entry; directory && (entry = readdir(directory));) {
		uint64_t fd;
		if (parse_u64(entry->d_name, &fd) && fd >= first && fd <= INT_MAX)
			each((int)fd);
	}
}

static void close_inherited(int fd)
{
	int flags = fcntl(fd, F_GETFD);
	if (flags >= 0 && !(flags & FD_CLOEXEC))
		close(fd);
}

void handover_close_inherited(void)
{
	each_descriptor(3, close_inherited);
}

static void mark(int fd)
{
	fcntl(fd, F_SETFD, FD_CLOEXEC);
}

void handover_close_on_exec(void)
{
	unsigned first = 3 + listen_fds();
	if (close_range(first, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		each_descriptor(first, mark); /* before Linux 5.11 it cannot only mark */
}

int handover_exec(const char *path, char *const *argv, struct error *error)
{
	execv(path, argv);
	int errnum = errno;
	error_set(error, errnum, "execute %s", path);
	if (errnum == ENOENT && access(path, F_OK) == 0)
		return error_hint(error, "the file is there, so its interpreter or dynamic loader is not");
	if (errnum == ENOEXEC)
		return error_hint(error, "it is no program for this machine, or a script without a #! line");
	return -1;
}
