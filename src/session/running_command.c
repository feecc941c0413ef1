/* SPDX-License-Identifier: MIT */
#include "session/running_command.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "router/command_line.h"
#include "router/paths.h"
#include "stats/process.h"

/* ---- the command ---- */

/* How many arguments from `argv` on are a pool option of siplaunch's, "-m 512": 2, or 0. */
static size_t own_pool(char *const *argv)
{
	bool option = argv[0] && (strcmp(argv[0], "-m") == 0 || strcmp(argv[0], "-M") == 0);
	return option && argv[1] && *argv[1] && argv[1][strspn(argv[1], "0123456789")] == '\0' ? 2 : 0;
}

/* A title that the router wrote over argv[0] does not name the router; the executable does. */
static const char *program_of(const char *word, const char *executable)
{
	bool decisive = !executable || router_find(NULL, word)->sizes_by_arguments;
	return decisive || !router_find(NULL, executable)->sizes_by_arguments ? word : executable;
}

char **running_command(char *const *argv, const char *executable)
{
	size_t count = 0;
	while (argv[count])
		count++;
	char **copy = xcalloc(count + 1, sizeof *copy), **end = copy;
	if (count)
		*end++ = xstrdup(program_of(*argv++, executable));
	size_t own = count ? own_pool(argv) : 0;
	own += own ? own_pool(argv + own) : 0;
	for (argv += own; *argv; argv++)
		*end++ = xstrdup(*argv);
	return copy;
}

/* ---- its paths ---- */

/* The target of a link in /proc/PID, or NULL. Caller frees. */
static char *link_of(int proc, pid_t pid, const char *name)
{
	char target[PATH_MAX];
	cleanup_free char *path = xasprintf("%d/%s", (int)pid, name);
	ssize_t length = readlinkat(proc, path, target, sizeof target - 1);
	return length < 0 ? NULL : xstrndup(target, (size_t)length);
}

/* A directory that was removed has " (deleted)" behind its path, and nothing in it. Below a chroot the path
 * begins with that of the root directory. */
static char *working_directory(int proc, pid_t pid)
{
	static const char deleted[] = " (deleted)";
	cleanup_free char *cwd = link_of(proc, pid, "cwd"), *root = link_of(proc, pid, "root");
	size_t length = cwd ? strlen(cwd) : 0, prefix = root ? strlen(root) : 0, end = sizeof deleted - 1;

	if (!cwd || (length > end && strcmp(cwd + length - end, deleted) == 0))
		return NULL;
	bool below = prefix > 1 && strncmp(cwd, root, prefix) == 0 && (!cwd[prefix] || cwd[prefix] == '/');
	const char *inside = below ? cwd + prefix : cwd;
	return xstrdup(*inside ? inside : "/");
}

/* A shell's $PWD: where it was when it executed the router. */
static char *start_directory(int proc, pid_t pid)
{
	char **environment = process_environment(proc, pid, NULL), *directory = NULL;
	for (char **word = environment; word && *word && !directory; word++)
		if (strncmp(*word, "PWD=/", 5) == 0)
			directory = xstrdup(*word + 4);
	argv_free(environment);
	return directory;
}

static char *given_directory(const struct router_command *command)
{
	const char *given = command_line_last(command, 'w');
	return given && *given == '/' ? xstrdup(given) : NULL;
}

static bool has_config(const struct router_command *command, const char *root, const char *directory)
{
	const struct router_paths paths = {.root = root, .directory = directory};
	cleanup_close int fd = router_path_open(&paths, command->config, NULL);
	return fd >= 0;
}

/* The directory for the error if the file is in none of them. */
static char *most_likely(pid_t pid, const char *working, const char *started)
{
	if (started && working && strcmp(working, "/") == 0)
		return xstrdup(started);
	return working ? xstrdup(working) : xasprintf("/proc/%d/cwd", (int)pid);
}

/*
 * Where the router was when it read a relative -f. A router that went into the background has changed to "/",
 * or to the directory of -w: then the $PWD of its environment may name the old one.
 */
static char *config_directory(int proc, pid_t pid, const struct router_command *command, const char *root)
{
	char *candidates[] = {
		working_directory(proc, pid),
		start_directory(proc, pid),
		given_directory(command),
	};
	char *found = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(candidates) && !found; i++)
		if (candidates[i] && has_config(command, root, candidates[i]))
			found = xstrdup(candidates[i]);
	if (!found)
		found = most_likely(pid, candidates[0], candidates[1]);
	for (size_t i = 0; i < ARRAY_SIZE(candidates); i++)
		free(candidates[i]);
	return found;
}

void running_paths_read(int proc, pid_t pid, struct router_command *command, struct running_paths *paths)
{
	*paths = (struct running_paths){0};
	if (!command->config)
		return;
	if (!process_shares_files(proc, pid))
		paths->root = xasprintf("/proc/%d/root", (int)pid);
	paths->directory = config_directory(proc, pid, command, paths->root);
	command->paths = (struct router_paths){.root = paths->root, .directory = paths->directory};
}

void running_paths_clear(struct running_paths *paths)
{
	free(paths->root);
	free(paths->directory);
	*paths = (struct running_paths){0};
}
