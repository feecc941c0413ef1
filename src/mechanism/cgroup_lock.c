/* SPDX-License-Identifier: MIT */
#include "mechanism/cgroup_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "mechanism/cgroup_tree.h"

#define KILL_FILE     "cgroup.kill" /* kernel/cgroup/cgroup.c: no read handler, hence S_IWUSR alone */
#define RUN_FILE      "/run/siplaunch.lock"
#define LOCK_SECONDS  5  /* the holder needs milliseconds */
#define LOCK_RATE     20 /* tries a second */
#define LOCK_PAUSE_NS (1000000000L / LOCK_RATE)
#define LOCK_TRIES    (LOCK_SECONDS * LOCK_RATE)

/* A file that another user made there is not siplaunch's lock. */
static int open_run_file(void)
{
	struct stat info;
	int fd = open(RUN_FILE, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	bool known = fstat(fd, &info) == 0;
	int errnum = known ? EPERM : errno;
	if (known && S_ISREG(info.st_mode) && info.st_uid == geteuid() &&
	    !(info.st_mode & (S_IRWXG | S_IRWXO)))
		return fd;
	close(fd);
	errno = errnum;
	return -1;
}

static int open_kill_file(int directory)
{
	return openat(directory, KILL_FILE, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
}

static int open_directory(int directory)
{
	return openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* path: of the lock file, also if it could not be opened. Caller frees. */
static int open_tree_lock(int base, const char *label, char **path)
{
	int fd = open_kill_file(base);
	bool given = fd < 0 && errno == EACCES && geteuid() != 0;
	if (fd >= 0 || (errno != ENOENT && !given)) {
		*path = path_join(label, KILL_FILE);
		return fd;
	}
	fd = given ? -1 : open_run_file();
	if (fd >= 0 || geteuid() == 0) {
		*path = xstrdup(RUN_FILE);
		return fd;
	}
	*path = xstrdup(label);
	return open_directory(base);
}

/* A blocking flock(2) would hang while a stopped launcher has the lock. */
static int wait_for(int fd)
{
	for (long i = 0; i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -1;
		nanosleep(&(struct timespec){.tv_nsec = LOCK_PAUSE_NS}, NULL);
	}
	errno = EWOULDBLOCK;
	return -1;
}

int tree_lock(int base, const char *label, struct error *error)
{
	cleanup_free char *path = NULL;
	int fd = open_tree_lock(base, label, &path);
	if (fd < 0)
		return error_set(error, errno, "open the lock %s", path);
	if (wait_for(fd) == 0)
		return fd;
	int errnum = errno;
	error_set(error, errnum, "lock %s, for %d seconds", path, LOCK_SECONDS);
	if (errnum == EWOULDBLOCK)
		error_hint(error,
			   "end the siplaunch that holds it and does not continue: lslocks shows its PID");
	close(fd);
	return -1;
}

int group_lock(int directory)
{
	int fd = open_kill_file(directory);
	if (fd < 0 && errno == ENOENT)
		fd = open_directory(directory);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	int errnum = errno;
	close(fd);
	errno = errnum;
	return -1;
}

static int child_is_locked(int parent, const char *name, void *data)
{
	unsigned *depth = data;
	cleanup_close int child = group_open(parent, name);
	cleanup_close int lock = child < 0 ? -1 : group_lock(child);
	if (child < 0)
		return 0; /* the group is gone */
	if (lock < 0 && errno == EWOULDBLOCK)
		return 1;
	if (*depth >= GROUP_NESTING_MAX)
		return 0;
	++*depth;
	int result = group_each_child(child, child_is_locked, depth);
	--*depth;
	return result > 0;
}

bool group_below_is_locked(int directory)
{
	unsigned depth = 0;
	return group_each_child(directory, child_is_locked, &depth) > 0;
}
