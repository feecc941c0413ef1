/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_FS_H
#define SIPLAUNCH_BASE_FS_H
/*
 * Safe access to files: bounded reads, single writes, everything relative to a directory descriptor. Contents
 * of /proc, /sys and the cgroup tree are untrusted bytes until they are parsed.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct stat;

/*
 * Opens `path` below the directory `dir` and nothing else: a symbolic link anywhere in it is ELOOP, a ".." or
 * a leading slash EXDEV; "" is the directory itself. For untrusted paths below an open root, such as a
 * group's path below the cgroup mount. `flags` as for open(2), without O_CREAT; O_CLOEXEC is added. If the
 * kernel has no openat2(2) (before Linux 5.6: ENOSYS) or an older seccomp filter refuses it (EPERM), it opens
 * component by component. A descriptor, or -1 with errno.
 */
int open_beneath(int dir, const char *path, int flags);

/* Always component by component: the same results without openat2(2). */
int open_beneath_stepwise(int dir, const char *path, int flags);

/* openat2(2), for which glibc has no function; `resolve` are its RESOLVE_ bits. O_CLOEXEC is added. */
int open_resolved(int dir, const char *path, int flags, uint64_t resolve);

/*
 * Reads a pseudo file (proc, sys, cgroup) whole into a new NUL-terminated string (caller frees), trailing
 * newline removed. At most `limit` bytes (EFBIG beyond); a NUL byte inside is EINVAL, because no file that is
 * read here has one. Returns the length, or -1 with errno; *text is NULL then.
 */
ssize_t pseudo_read(int dir, const char *path, size_t limit, char **text);
#define PSEUDO_LIMIT ((size_t)1 << 20)

/*
 * For a file of a single record, such as a control file or /proc/PID/status: the first read(2) returns all of
 * it, so no second one is needed. (Files of many records, such as mountinfo or cgroup.procs, may come in
 * pieces.) Allocates nothing, so that a forked child can use it. Returns the length without the trailing
 * newline, or -1 (EFBIG when it does not fit, EINVAL with a NUL byte inside).
 */
ssize_t pseudo_read_small(int dir, const char *path, char *buffer, size_t size);

/* The same from an open descriptor, at its current offset. */
ssize_t pseudo_read_fd(int fd, char *buffer, size_t size);

/* The same into a new string (caller frees), as pseudo_read; a text longer than a page is read to its end. */
ssize_t pseudo_read_record(int dir, const char *path, char **text);

/* One write(2) of the whole text, as kernel files demand. 0, or -1 with errno (a short write is EIO). */
int pseudo_write(int dir, const char *path, const char *text);

/* The same on an open descriptor, at offset 0. */
int pseudo_write_fd(int fd, const char *text);

/*
 * Reads a regular file that a person wrote. Refuses other kinds of files (a FIFO would hang), files larger
 * than `limit` bytes, and NUL bytes. 0 with *text NUL-terminated (caller frees); or -1 with *text NULL and an
 * error that names the path.
 */
int file_read(int dir, const char *path, size_t limit, char **text, size_t *length, struct error *error);

/* The same from an open descriptor; `info` is the result of fstat(2), `path` is for the error. */
int file_read_fd(int fd, const struct stat *info, const char *path, size_t limit, char **text, size_t *length,
		 struct error *error);

/* Writes all of it, with as many calls of write(2) as necessary. 0, or -1 with errno. */
int write_whole(int fd, const void *bytes, size_t length);

/* Calls `line` for every line of text (without newline; text is changed in place; NULL has none). Stops at
 * the first call that returns non-zero, and returns its value; else 0. */
int each_line(char *text, int (*line)(char *line, void *data), void *data);

/* Joins with exactly one slash between; the caller frees it. */
char *path_join(const char *a, const char *b);

#endif
