/* SPDX-License-Identifier: MIT */
#include "running_command.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "router/router.h"

/* How many words from `argv` on are one of siplaunch's own pools, "-m 512": 2, or 0. */
static size_t own_pool(char *const *argv)
{
	bool option = argv[0] && (strcmp(argv[0], "-m") == 0 || strcmp(argv[0], "-M") == 0);
	return option && argv[1] && *argv[1] && argv[1][strspn(argv[1], "0123456789")] == '\0' ? 2 : 0;
}

static char **copy_without_pools(char *const *argv)
{
	size_t count = 0;
	while (argv[count])
		count++;
	char **copy = xcalloc(count + 3, sizeof *copy); /* with room for a "-f" and its path */
	char **end = copy;
	if (count)
		*end++ = xstrdup(*argv++);
	size_t own = count ? own_pool(argv) : 0;
	own += own ? own_pool(argv + own) : 0;
	for (argv += own; *argv; argv++)
		*end++ = xstrdup(*argv);
	return copy;
}

/* Unreadable means somebody else's process: then nothing better is known than that it is ours. */
bool running_has_our_root(int proc, pid_t pid)
{
	cleanup_free char *link = xasprintf("%d/root", (int)pid);
	struct stat own, theirs;
	if (stat("/", &own) < 0 || fstatat(proc, link, &theirs, 0) < 0)
		return true;
	return own.st_dev == theirs.st_dev && own.st_ino == theirs.st_ino;
}

/* Where `path` of the process is for us: fresh, or NULL when it is the same. */
static char *seen_from_here(int proc, pid_t pid, const char *path)
{
	bool same_root = running_has_our_root(proc, pid);
	if (*path == '/')
		return same_root ? NULL : xasprintf("/proc/%d/root%s", (int)pid, path);
	return xasprintf("/proc/%d/cwd/%s", (int)pid, path);
}

/* The argument of -f points into the word in which it stands, which may be "-fPATH". */
static void replace_config(char **argv, const char *config, const char *path)
{
	for (char **word = argv; *word; word++) {
		size_t length = strlen(*word);
		if (config < *word || config > *word + length)
			continue;
		char *replaced = xasprintf("%.*s%s", (int)(config - *word), *word, path);
		free(*word);
		*word = replaced;
		return;
	}
}

static void insert_config(char **argv, const char *path)
{
	size_t count = 0;
	while (argv[count])
		count++;
	memmove(argv + 3, argv + 1, count * sizeof *argv);
	argv[1] = xstrdup("-f");
	argv[2] = xstrdup(path);
}

char **running_command(int proc, pid_t pid, char *const *argv)
{
	char **copy = copy_without_pools(argv);
	const struct router *router = copy[0] ? router_find(NULL, copy[0]) : NULL;
	struct router_command command = {0};

	if (!router || !router->sizes_by_arguments ||
	    router->read_command(router, copy, &command, NULL) < 0) {
		router_command_clear(&command);
		return copy;
	}
	cleanup_free char *path = command.config ? seen_from_here(proc, pid, command.config) : NULL;
	if (path && command.config_given)
		replace_config(copy, command.config, path);
	else if (path)
		insert_config(copy, path);
	router_command_clear(&command);
	return copy;
}
