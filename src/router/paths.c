/* SPDX-License-Identifier: MIT */
#include "router/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"

#define READ_FLAGS (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

char *router_path(const struct router_paths *paths, const char *path)
{
	return *path == '/' || !paths->directory ? xstrdup(path) : path_join(paths->directory, path);
}

char *router_path_here(const struct router_paths *paths, const char *path)
{
	cleanup_free char *own = router_path(paths, path);
	return paths->root ? path_join(paths->root, own + strspn(own, "/")) : xstrdup(own);
}

static int open_in_root(const char *root, const char *path)
{
	cleanup_close int directory = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return directory < 0
		       ? -1
		       : open_resolved(directory, path + strspn(path, "/"), READ_FLAGS, RESOLVE_IN_ROOT);
}

int router_path_open(const struct router_paths *paths, const char *path, struct error *error)
{
	cleanup_free char *own = router_path(paths, path), *here = router_path_here(paths, path);
	int fd = paths->root ? open_in_root(paths->root, own) : open(own, READ_FLAGS);
	return fd < 0 ? error_set(error, errno, "open %s", here) : fd;
}
