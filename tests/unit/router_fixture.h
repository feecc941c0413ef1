/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TESTS_ROUTER_FIXTURE_H
#define SIPLAUNCH_TESTS_ROUTER_FIXTURE_H
/*
 * The folders tests/fixtures/routers/ROUTER/CASE, one test each:
 *
 *   argv       one argument a line, @DIR@ being the folder; without it: ROUTER -f @DIR@/router.cfg
 *   router.cfg the configuration, where argv does not name another
 *   addresses  the addresses of its machine, an "INTERFACE ADDRESS" a line; without it they are not known
 *   needs      a file of an installed package without which the case is skipped
 *   runs       the arguments with which a real router starts it (tests/counts/counts.py,
 * tests/vm/estimate.bats) versions   the first version that starts it, and perhaps the last, where not all do
 *   expected   what must come out, a "key value" a line
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "host/network.h"
#include "router/router.h"

struct fixture {
	char *router, *name, *directory;
};

static inline char *fixture_file(const struct fixture *fixture, const char *file)
{
	return xasprintf("%s/%s", fixture->directory, file);
}

static inline bool fixture_has(const struct fixture *fixture, const char *file)
{
	cleanup_free char *path = fixture_file(fixture, file);
	return access(path, R_OK) == 0;
}

/* A copy with the folder in place of every @DIR@. */
static inline char *fixture_text(const struct fixture *fixture, const char *text)
{
	static const char mark[] = "@DIR@";
	char *result = xstrdup(text);
	for (char *at; (at = strstr(result, mark));) {
		char *longer = xasprintf("%.*s%s%s", (int)(at - result), result, fixture->directory,
					 at + strlen(mark));
		free(result);
		result = longer;
	}
	return result;
}

/* The lines of one of its files; NULL-terminated. An absent file has none. */
static inline char **fixture_lines(const struct fixture *fixture, const char *file)
{
	cleanup_free char *path = fixture_file(fixture, file), *text = NULL;
	size_t length, count = 0;
	char **lines = NULL;

	if (file_read(AT_FDCWD, path, 1 << 20, &text, &length, NULL) < 0)
		text = xstrdup("");
	for (char *at = text, *end; (end = strchr(at, '\n')); at = end + 1) {
		*end = '\0';
		char **line = ARRAY_ADD(lines, count);
		*line = fixture_text(fixture, at);
	}
	(void)ARRAY_ADD(lines, count);
	return lines;
}

static inline char **fixture_argv(const struct fixture *fixture)
{
	if (fixture_has(fixture, "argv"))
		return fixture_lines(fixture, "argv");
	char **argv = xcalloc(4, sizeof *argv);
	argv[0] = xstrdup(fixture->router);
	argv[1] = xstrdup("-f");
	argv[2] = fixture_file(fixture, "router.cfg");
	return argv;
}

static inline struct network fixture_network(const struct fixture *fixture)
{
	cleanup_free char *path = fixture_file(fixture, "addresses"), *text = NULL;
	struct network network = {0};
	size_t length;

	if (fixture_has(fixture, "addresses")) {
		assert_int_equal(file_read(AT_FDCWD, path, 1 << 20, &text, &length, NULL), 0);
		assert_int_equal(network_parse(text, &network, NULL), 0);
	}
	return network;
}

/* Calls `each` for every folder, in the file system's order. */
static inline void fixtures_each(void (*each)(const struct fixture *, void *), void *data)
{
	for (size_t i = 0; routers[i]; i++) {
		cleanup_free char *path = xasprintf("%s/routers/%s", FIXTURES, routers[i]->name);
		cleanup_closedir DIR *directory = opendir(path);
		for (struct dirent *entry; directory && (entry = readdir(directory));) {
			if (entry->d_name[0] == '.')
				continue;
			cleanup_free char *folder = xasprintf("%s/%s", path, entry->d_name);
			each(&(struct fixture){.router = (char *)routers[i]->name,
					       .name = entry->d_name,
					       .directory = folder},
			     data);
		}
	}
}

#endif
