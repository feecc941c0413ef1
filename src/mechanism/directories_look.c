/* SPDX-License-Identifier: MIT */
#include "mechanism/directories.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"

static void add(struct directories *directories, const struct setting *setting,
		const struct directory_request *requested)
{
	for (size_t i = 0; i < requested->count; i++) {
		struct directory *directory = ARRAY_ADD(directories->items, directories->count);
		directory->setting = setting;
		directory->path = path_join(setting->below, requested->names[i]);
		directory->requested = requested;
	}
}

void directories_of(const struct profile *profile, struct directories *directories)
{
	*directories = (struct directories){0};
	for (size_t i = 0; i < settings_count; i++)
		if (settings[i].mechanism == MECHANISM_DIRECTORIES)
			add(directories, &settings[i], &profile->directories[settings[i].directory]);
}

void directories_clear(struct directories *directories)
{
	for (size_t i = 0; i < directories->count; i++) {
		free(directories->items[i].path);
		error_clear(&directories->items[i].why);
	}
	free(directories->items);
	*directories = (struct directories){0};
}

/* ---- the walk ---- */

/* In another root, an absolute link is resolved below that root, not below ours. */
static int open_below(int root, const char *below)
{
	int fd =
		open_resolved(root, below + 1, O_PATH | O_DIRECTORY, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		fd = openat(root, below + 1, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd;
}

char *directory_next(const char *path, size_t length)
{
	return xstrndup(path, length + 1 + strcspn(path + length + 1, "/"));
}

int directory_walk(int root, const char *below, const char *path, struct directory_walk *walk)
{
	*walk = (struct directory_walk){open_below(root, below), strlen(below)};
	if (walk->fd < 0 && errno == ENOENT) /* a minimal image: it is made like the rest */
		*walk = (struct directory_walk){openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC), 0};
	if (walk->fd < 0)
		return -1;
	while (path[walk->length]) {
		cleanup_free char *next = directory_next(path, walk->length);
		int fd = open_beneath(walk->fd, next + walk->length + 1, O_PATH | O_DIRECTORY);
		if (fd < 0)
			return -1;
		close(walk->fd);
		*walk = (struct directory_walk){fd, strlen(next)};
	}
	return 0;
}

int directory_obstacle(struct error *error, int errnum, const char *path, size_t length)
{
	cleanup_free char *next = directory_next(path, path[length] ? length : 0);
	if (errnum != ELOOP && errnum != ENOTDIR)
		return error_set(error, errnum, "open the directory %s", next);
	error_set(error, 0, "%s is %s", next,
		  errnum == ELOOP ? "a symbolic link, which siplaunch does not follow" : "not a directory");
	return error_hint(error, "find out who made it (ls -ld %s); then remove it: rm %s", next, next);
}

/* ---- looking ---- */

/* EACCES if siplaunch's user may not write there; EROFS for every user. */
static int writable_errno(int directory, bool live)
{
	if (!live)
		return 0;
	return faccessat(directory, ".", W_OK | X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

static void look_at_missing(struct directory *directory, const struct directory_walk *walk, bool live)
{
	int errnum = writable_errno(walk->fd, live);
	directory->state = DIRECTORY_MISSING;
	if (errnum)
		error_set(&directory->why, errnum, "make the directory %s in %.*s", directory->path,
			  walk->length ? (int)walk->length : 1, walk->length ? directory->path : "/");
}

static void look_at_present(struct directory *directory, const struct directory_walk *walk, bool live)
{
	struct stat info;
	directory->state = DIRECTORY_OBSTRUCTED;
	if (fstat(walk->fd, &info) < 0) {
		error_set(&directory->why, errno, "stat the directory %s", directory->path);
		return;
	}
	directory->state = DIRECTORY_THERE;
	directory->uid = info.st_uid;
	directory->gid = info.st_gid;
	directory->mode = info.st_mode & 07777;
	if (writable_errno(walk->fd, live) == EROFS)
		error_set(&directory->why, EROFS, "change the owner and mode of %s", directory->path);
}

static void look_at(int root, bool live, struct directory *directory)
{
	struct directory_walk walk;
	int result = directory_walk(root, directory->setting->below, directory->path, &walk), errnum = errno;
	cleanup_close int fd = walk.fd;

	(void)fd;
	if (result == 0) {
		look_at_present(directory, &walk, live);
	} else if (errnum == ENOENT && walk.fd >= 0) {
		look_at_missing(directory, &walk, live);
	} else {
		directory->state = DIRECTORY_OBSTRUCTED;
		directory_obstacle(&directory->why, errnum, directory->path, walk.length);
	}
}

void directories_look(int root, bool live, struct directories *directories)
{
	for (size_t i = 0; i < directories->count; i++)
		look_at(root, live, &directories->items[i]);
}
