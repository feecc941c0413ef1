/* SPDX-License-Identifier: MIT */
#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/libc.h"

int open_resolved(int dir, const char *path, int flags, uint64_t resolve)
{
	struct open_how how = {.flags = (unsigned)(flags | O_CLOEXEC), .resolve = resolve};
	return (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
}

/* openat2 itself allows a ".." that stays below; nothing that we are given needs one. */
static bool leads_out(const char *path)
{
	if (*path == '/')
		return true;
	for (const char *at = path; *at; at += strspn(at, "/")) {
		size_t length = strcspn(at, "/");
		if (length == 2 && strncmp(at, "..", 2) == 0)
			return true;
		at += length;
	}
	return false;
}

/* With O_DIRECTORY the kernel returns ENOTDIR for a link: this returns ELOOP, as openat2 does. */
static int open_component(int dir, const char *name, int flags)
{
	struct stat info;
	int fd = openat(dir, name, flags | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOTDIR)
		errno = fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(info.st_mode)
				? ELOOP
				: ENOTDIR;
	return fd;
}

int open_beneath_stepwise(int dir, const char *path, int flags)
{
	char *rest = NULL;

	if (leads_out(path)) {
		errno = EXDEV;
		return -1;
	}
	cleanup_free char *copy = xstrdup(*path ? path : ".");
	cleanup_close int opened = -1;
	/* "a/" must be a directory, which the last component alone does not say */
	int last_flags = flags | (copy[strlen(copy) - 1] == '/' ? O_DIRECTORY : 0);
	char *name = strtok_r(copy, "/", &rest);
	for (char *next; (next = strtok_r(NULL, "/", &rest)); name = next) {
		int below = open_component(opened < 0 ? dir : opened, name, O_PATH | O_DIRECTORY);
		if (below < 0)
			return -1;
		cleanup_close_(&opened);
		opened = below;
	}
	return open_component(opened < 0 ? dir : opened, name, last_flags);
}

int open_beneath(int dir, const char *path, int flags)
{
	if (leads_out(path)) {
		errno = EXDEV;
		return -1;
	}
	int fd = open_resolved(dir, *path ? path : ".", flags,
			       RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		return open_beneath_stepwise(dir, path, flags);
	return fd;
}

/* Reads until the end, or until the `expected` bytes have come (0: not known). -1 with EFBIG when there is
 * more than `limit`. */
static ssize_t read_all(int fd, size_t limit, size_t expected, char **text)
{
	size_t size = expected < 4096 ? 4096 : expected, length = 0;
	if (size > limit)
		size = limit + 1;
	cleanup_free char *buffer = xrealloc(NULL, size + 1, 1);
	for (;;) {
		ssize_t n = TEMP_FAILURE_RETRY(read(fd, buffer + length, size - length));
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		length += (size_t)n;
		if (length > limit) {
			errno = EFBIG;
			return -1;
		}
		if (length == expected)
			break;
		if (length == size) {
			size = size * 4 > limit ? limit + 1 : size * 4;
			buffer = xrealloc(buffer, size + 1, 1);
		}
	}
	buffer[length] = '\0';
	*text = buffer;
	buffer = NULL;
	return (ssize_t)length;
}

ssize_t pseudo_read(int dir, const char *path, size_t limit, char **text)
{
	*text = NULL;
	cleanup_close int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return -1;
	ssize_t length = read_all(fd, limit, 0, text);
	if (length < 0)
		return -1;
	if (memchr(*text, '\0', (size_t)length)) {
		free(*text);
		*text = NULL;
		errno = EINVAL;
		return -1;
	}
	if (length > 0 && (*text)[length - 1] == '\n')
		(*text)[--length] = '\0';
	return length;
}

ssize_t pseudo_read_fd(int fd, char *buffer, size_t size)
{
	ssize_t length = TEMP_FAILURE_RETRY(read(fd, buffer, size));
	if (length < 0)
		return -1;
	if ((size_t)length == size) {
		errno = EFBIG;
		return -1;
	}
	if (memchr(buffer, '\0', (size_t)length)) {
		errno = EINVAL;
		return -1;
	}
	if (length > 0 && buffer[length - 1] == '\n')
		length--;
	buffer[length] = '\0';
	return length;
}

ssize_t pseudo_read_small(int dir, const char *path, char *buffer, size_t size)
{
	cleanup_close int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return fd < 0 ? -1 : pseudo_read_fd(fd, buffer, size);
}

ssize_t pseudo_read_record(int dir, const char *path, char **text)
{
	char buffer[4096];
	ssize_t length = pseudo_read_small(dir, path, buffer, sizeof buffer);
	if (length < 0 && errno == EFBIG)
		return pseudo_read(dir, path, PSEUDO_LIMIT, text);
	*text = length < 0 ? NULL : xstrndup(buffer, (size_t)length);
	return length;
}

int pseudo_write_fd(int fd, const char *text)
{
	size_t length = strlen(text);
	ssize_t n = TEMP_FAILURE_RETRY(pwrite(fd, text, length, 0));
	if (n >= 0 && (size_t)n != length) {
		errno = EIO; /* kernel.sem accepts the first four of five numbers, and write(2) returns a
				short count */
		return -1;
	}
	return n < 0 ? -1 : 0;
}

int pseudo_write(int dir, const char *path, const char *text)
{
	cleanup_close int fd = openat(dir, path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	return fd < 0 ? -1 : pseudo_write_fd(fd, text);
}

int file_read_fd(int fd, const struct stat *info, const char *path, size_t limit, char **text, size_t *length,
		 struct error *error)
{
	*text = NULL;
	if (!S_ISREG(info->st_mode))
		return error_set(error, 0, "%s is not a regular file", path);
	ssize_t n = read_all(fd, limit, (size_t)info->st_size, text);
	if (n < 0 && errno == EFBIG)
		return error_set(error, 0, "%s is larger than %zu bytes", path, limit);
	if (n < 0)
		return error_set(error, errno, "read %s", path);
	if (memchr(*text, '\0', (size_t)n)) {
		free(*text);
		*text = NULL;
		return error_set(error, 0, "%s contains a NUL byte", path);
	}
	*length = (size_t)n;
	return 0;
}

int file_read(int dir, const char *path, size_t limit, char **text, size_t *length, struct error *error)
{
	struct stat info;

	*text = NULL;
	/* O_NONBLOCK: opening a FIFO must not wait for its writer before fstat can refuse it */
	cleanup_close int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return error_set(error, errno, "open %s", path);
	if (fstat(fd, &info) < 0)
		return error_set(error, errno, "stat %s", path);
	return file_read_fd(fd, &info, path, limit, text, length, error);
}

int write_whole(int fd, const void *bytes, size_t length)
{
	for (const char *at = bytes; length > 0;) {
		ssize_t n = write(fd, at, length);
		if (n < 0 && errno != EINTR)
			return -1;
		at += n > 0 ? n : 0;
		length -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int each_line(char *text, int (*line)(char *line, void *data), void *data)
{
	while (text && *text) {
		char *end = strchr(text, '\n');
		if (end)
			*end = '\0';
		int result = line(text, data);
		if (result)
			return result;
		text = end ? end + 1 : NULL;
	}
	return 0;
}

char *path_join(const char *a, const char *b)
{
	size_t length = strlen(a);
	while (length > 0 && a[length - 1] == '/')
		length--;
	while (*b == '/')
		b++;
	if (!*b)
		return length ? xstrndup(a, length) : xstrdup("/");
	return xasprintf("%.*s/%s", (int)length, a, b);
}
