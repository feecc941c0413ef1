/* SPDX-License-Identifier: MIT */
#include "session/program_find.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/exit_status.h"
#include "host/access.h"
#include "mechanism/router.h"
#include "plan/plan.h"

#define PATH_DEFAULT "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/*
 * Whether the target user may execute it, with that user's groups and capabilities. If siplaunch may not
 * become that user, only execve(2) will show it.
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

static bool is_link(const char *path)
{
	struct stat info;
	return lstat(path, &info) == 0 && S_ISLNK(info.st_mode);
}

/* A file that even root cannot execute. */
static bool is_without_mode(const char *path)
{
	struct stat info;
	return stat(path, &info) == 0 && S_ISREG(info.st_mode) && !(info.st_mode & 0111);
}

static bool is_noexec(const char *path)
{
	struct statvfs mount;
	return statvfs(path, &mount) == 0 && (mount.f_flag & ST_NOEXEC);
}

static void refuse(int status, int errnum, const char *path, const struct context *context,
		   struct error *error)
{
	const struct identity *identity = context->identity;

	error_set(error, errnum, "execute %s", path);
	if (status == EXIT_NOT_FOUND && !strchr(path, '/'))
		error_hint(error, "install the router, or add its directory to PATH (only absolute ones are "
				  "searched)");
	else if (errnum == ENOENT && is_link(path))
		error_hint(error, "correct the symbolic link: its target does not exist");
	else if (status == EXIT_NOT_FOUND)
		error_hint(error, "give the path of the program: PATH is not searched for a command with a "
				  "slash");
	else if (errnum == EISDIR)
		error_hint(error, "give the path of the program in it");
	else if (errnum == EACCES && is_without_mode(path))
		error_hint(error,
			   "give the path of the program, or chmod +x the file, which nobody may execute");
	else if (errnum == EACCES && is_noexec(path))
		error_hint(error, "move it to a file system that is not mounted noexec: findmnt -T %s", path);
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

	/* Relative and empty elements depend on the current directory: a launcher that may run as root skips
	 * them. */
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

char *program_find(const char *command, const struct context *context, int *status, struct error *error)
{
	if (!strchr(command, '/'))
		return find_in_path(command, context, status, error);
	*status = judge(context, command);
	if (*status == 0)
		return xstrdup(command);
	refuse(*status, errno, command, context, error);
	return NULL;
}

bool program_exists(const char *command)
{
	const struct context nobody_else = {0};
	int status;
	cleanup_free char *path = program_find(command, &nobody_else, &status, NULL);
	return path != NULL;
}
