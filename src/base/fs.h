/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_FS_H
#define SIPLAUNCH_BASE_FS_H
/*
 * Safe access to files: bounded reads, single writes, everything relative to a directory descriptor.
 * What is read from /proc, /sys and the cgroup tree is bytes of unknown shape until somebody has parsed it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct stat;

/*
 * Opens `path` below the directory `dir` and nothing else: a symbolic link anywhere in it is ELOOP, a ".." or
 * a leading slash EXDEV; "" is the directory itself. For paths that come from outside, below a root that we
 * hold, such as a group's below the cgroup mount. `flags` as for open(2), without O_CREAT; O_CLOEXEC is
 * added. Where the kernel has no openat2(2) (before Linux 5.6: ENOSYS) or a seccomp filter from before then
 * refuses it (EPERM), it goes component by component. A descriptor, or -1 with errno.
 */
int open_beneath(int dir, const char *path, int flags);

/* That way for its own sake: the same results without openat2(2). */
int open_beneath_stepwise(int dir, const char *path, int flags);

/* openat2(2), for which glibc has no function; `resolve` are its RESOLVE_ bits. O_CLOEXEC is added. */
int open_resolved(int dir, const char *path, int flags, uint64_t resolve);

/*
 * Reads a pseudo file (proc, sys, cgroup) whole into a fresh NUL-terminated string, trailing newline removed.
 * At most `limit` bytes (EFBIG beyond); a NUL byte inside is EINVAL, since nothing that we read has one.
 * Returns the length, or -1 with errno; *text is NULL then.
 */
ssize_t pseudo_read(int dir, const char *path, size_t limit, char **text);
#define PSEUDO_LIMIT ((size_t)1 << 20)

/*
 * For a file of a single record, such as a control file or /proc/PID/status: those come whole with the first
 * read, which saves the second one for the end. (Files of many records, such as mountinfo or cgroup.procs,
 * may come in pieces.) Allocates nothing, so that a forked child can use it. Returns the length without the
 * trailing newline, or -1 (EFBIG when it does not fit, EINVAL with a NUL byte inside).
 */
ssize_t pseudo_read_small(int dir, const char *path, char *buffer, size_t size);

/* The same from an open descriptor, where it is at. */
ssize_t pseudo_read_fd(int fd, char *buffer, size_t size);

/* The same into a fresh string, as pseudo_read; what does not fit into a page is read to its end. */
ssize_t pseudo_read_record(int dir, const char *path, char **text);

/* One write(2) of the whole text, as kernel files demand. 0, or -1 with errno (a short write is EIO). */
int pseudo_write(int dir, const char *path, const char *text);

/* The same on an open descriptor, at offset 0. */
int pseudo_write_fd(int fd, const char *text);

/*
 * Reads a regular file that a person wrote. Refuses what is no regular file (a FIFO would hang), what is
 * larger than `limit`, and NUL bytes. The error names the path.
 */
int file_read(int dir, const char *path, size_t limit, char **text, size_t *length, struct error *error);

/* The same from an open descriptor, of which `info` is what fstat(2) says; `path` is for the error. */
int file_read_fd(int fd, const struct stat *info, const char *path, size_t limit, char **text, size_t *length,
		 struct error *error);

/* All of it, in as many write(2) as it takes. 0, or -1 with errno. */
int write_whole(int fd, const void *bytes, size_t length);

/* Calls `line` for every line of text (without newline; text is changed in place). Stops at the first
 * non-zero. */
int each_line(char *text, int (*line)(char *line, void *data), void *data);

/* Joins with exactly one slash between; the caller frees it. */
char *path_join(const char *a, const char *b);

#endif
