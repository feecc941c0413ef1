/* SPDX-License-Identifier: MIT */
#include "virtual.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/trust.h"

#define FIRST_FD  100000 /* far above the real ones */
#define OPEN_MAX_ 64
#define HEADING   "=== "

struct virtual_file virtual_files[VIRTUAL_FILES];
size_t virtual_file_count;

static bool running;

/* The same input takes the same way each time. */
__attribute__((constructor)) static void seed(void)
{
	json_object_seed(1);
}

/* ---- the input ---- */

static void add_file(const char *name, size_t name_length, const char *text, size_t length)
{
	struct virtual_file *file = &virtual_files[virtual_file_count++];
	while (name_length && *name == '/')
		name++, name_length--;
	*file = (struct virtual_file){xstrndup(name, name_length), xcalloc(length + 1, 1), length};
	memcpy(file->text, text, length);
}

/* The next line that is a heading, or the end. */
static const char *heading(const char *at, const char *end)
{
	const size_t length = strlen(HEADING);
	for (; at && at < end; at = memchr(at, '\n', (size_t)(end - at)), at = at ? at + 1 : end)
		if ((size_t)(end - at) > length && memcmp(at, HEADING, length) == 0)
			return at;
	return end;
}

static void split(const char *data, size_t size)
{
	const char *end = data + size, *next = heading(data, end);

	add_file(VIRTUAL_MAIN, strlen(VIRTUAL_MAIN), data, (size_t)(next - data));
	while (next < end && virtual_file_count < VIRTUAL_FILES) {
		const char *name = next + strlen(HEADING);
		const char *newline = memchr(name, '\n', (size_t)(end - name));
		const char *text = newline ? newline + 1 : end;
		next = heading(text, end);
		add_file(name, (size_t)((newline ? newline : end) - name), text, (size_t)(next - text));
	}
}

char *virtual_text(const char *name)
{
	static char empty[1];
	empty[0] = '\0';
	for (size_t i = 0; i < virtual_file_count; i++)
		if (strcmp(virtual_files[i].name, name) == 0)
			return virtual_files[i].text;
	return empty;
}

/* ---- what is open ---- */

static struct {
	bool used;
	char path[512]; /* below the root, without slashes at its ends; "" is the root */
	int file;       /* -1: a directory */
	size_t at;
} opened[OPEN_MAX_];

void virtual_begin(const uint8_t *data, size_t size)
{
	split((const char *)data, size);
	running = true;
}

void virtual_end(void)
{
	running = false;
	for (int i = 0; i < OPEN_MAX_; i++)
		if (opened[i].used) {
			fprintf(stderr, "the descriptor of \"%s\" was left open\n", opened[i].path);
			abort();
		}
	while (virtual_file_count) {
		virtual_file_count--;
		free(virtual_files[virtual_file_count].name);
		free(virtual_files[virtual_file_count].text);
	}
}

/* Appends a path's components to `path`; ".." goes up, as far as there is an up. False: too long. */
static bool append_path(char path[512], const char *more)
{
	if (*more == '/')
		path[0] = '\0';
	while (*more) {
		size_t length = strcspn(more, "/"), have = strlen(path);
		if (length == 2 && memcmp(more, "..", 2) == 0) {
			char *slash = strrchr(path, '/');
			*(slash ? slash : path) = '\0';
		} else if (length && !(length == 1 && *more == '.')) {
			if (have + length + 2 > 512)
				return false;
			snprintf(path + have, 512 - have, "%s%.*s", have ? "/" : "", (int)length, more);
		}
		more += length;
		more += *more == '/';
	}
	return true;
}

static bool is_virtual(int fd)
{
	return fd >= FIRST_FD && fd < FIRST_FD + OPEN_MAX_ && opened[fd - FIRST_FD].used;
}

/* Where a path leads: -1 with errno; else *file is its number, or -1 for a directory. */
static int find(int directory, const char *name, char path[512], int *file)
{
	path[0] = '\0';
	if (is_virtual(directory))
		strcpy(path, opened[directory - FIRST_FD].path);
	else if (directory != AT_FDCWD && *name != '/')
		return errno = EBADF, -1;
	if (!append_path(path, name))
		return errno = ENAMETOOLONG, -1;
	size_t length = strlen(path);
	for (size_t i = 0; i < virtual_file_count; i++)
		if (strcmp(virtual_files[i].name, path) == 0)
			return *file = (int)i, 0;
	*file = -1;
	for (size_t i = 0; i < virtual_file_count; i++)
		if (!length || (strncmp(virtual_files[i].name, path, length) == 0 &&
				virtual_files[i].name[length] == '/'))
			return 0;
	return errno = ENOENT, -1;
}

static int virtual_open(int directory, const char *name, int flags)
{
	char path[512];
	int file, i = 0;

	if (find(directory, name, path, &file) < 0)
		return -1;
	if (flags & O_DIRECTORY && file >= 0)
		return errno = ENOTDIR, -1;
	if ((flags & O_ACCMODE) != O_RDONLY)
		return errno = EROFS, -1;
	while (i < OPEN_MAX_ && opened[i].used)
		i++;
	if (i == OPEN_MAX_)
		return errno = EMFILE, -1;
	opened[i].used = true;
	opened[i].file = file;
	opened[i].at = 0;
	strcpy(opened[i].path, path);
	return FIRST_FD + i;
}

static int virtual_stat(int file, const char *path, struct stat *info)
{
	*info = (struct stat){
		.st_mode = file < 0 ? S_IFDIR | 0755 : S_IFREG | 0644, .st_dev = 1, .st_nlink = 1};
	info->st_ino = 1000;
	for (; *path; path++)
		info->st_ino = info->st_ino * 31 + (unsigned char)*path;
	info->st_size = file < 0 ? 0 : (off_t)virtual_files[file].length;
	return 0;
}

static int stat_at(int directory, const char *name, struct stat *info)
{
	char path[512];
	int file;
	return find(directory, name, path, &file) < 0 ? -1 : virtual_stat(file, path, info);
}

/* ---- in place of the C library's ---- */

#define WRAP(type, name, ...)            \
	type __real_##name(__VA_ARGS__); \
	type __wrap_##name(__VA_ARGS__); \
	type __wrap_##name(__VA_ARGS__)

WRAP(int, open, const char *path, int flags, ...)
{
	va_list args;
	va_start(args, flags);
	mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	return running ? virtual_open(AT_FDCWD, path, flags) : __real_open(path, flags, mode);
}

WRAP(int, openat, int directory, const char *path, int flags, ...)
{
	va_list args;
	va_start(args, flags);
	mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	return running ? virtual_open(directory, path, flags) : __real_openat(directory, path, flags, mode);
}

WRAP(int, open_beneath, int directory, const char *path, int flags)
{
	return running ? virtual_open(directory, path, flags) : __real_open_beneath(directory, path, flags);
}

WRAP(int, open_resolved, int directory, const char *path, int flags, uint64_t resolve)
{
	return running ? virtual_open(directory, path, flags)
		       : __real_open_resolved(directory, path, flags, resolve);
}

/* Who may write the way to a file is the kernel's to say, not the input's. */
WRAP(int, trust_open, struct trust_trail *trail, const char *path, struct stat *info)
{
	if (!running)
		return __real_trust_open(trail, path, info);
	*info = (struct stat){0};
	return stat_at(AT_FDCWD, path, info) < 0 ? -1 : virtual_open(AT_FDCWD, path, O_RDONLY);
}

WRAP(int, close, int fd)
{
	if (!is_virtual(fd))
		return __real_close(fd);
	opened[fd - FIRST_FD].used = false;
	return 0;
}

WRAP(int, dup, int fd)
{
	return is_virtual(fd) ? virtual_open(fd, ".", O_RDONLY) : __real_dup(fd);
}

WRAP(ssize_t, read, int fd, void *buffer, size_t size)
{
	if (!is_virtual(fd))
		return __real_read(fd, buffer, size);
	if (opened[fd - FIRST_FD].file < 0)
		return errno = EISDIR, -1;
	const struct virtual_file *file = &virtual_files[opened[fd - FIRST_FD].file];
	size_t *at = &opened[fd - FIRST_FD].at, left = *at < file->length ? file->length - *at : 0;
	size_t count = size < left ? size : left;
	memcpy(buffer, file->text + *at, count);
	*at += count;
	return (ssize_t)count;
}

WRAP(ssize_t, pread, int fd, void *buffer, size_t size, off_t at)
{
	if (!is_virtual(fd))
		return __real_pread(fd, buffer, size, at);
	opened[fd - FIRST_FD].at = at < 0 ? 0 : (size_t)at;
	return __wrap_read(fd, buffer, size);
}

WRAP(off_t, lseek, int fd, off_t at, int from)
{
	if (!is_virtual(fd))
		return __real_lseek(fd, at, from);
	opened[fd - FIRST_FD].at = (size_t)at;
	return at;
}

WRAP(int, fstat, int fd, struct stat *info)
{
	return is_virtual(fd) ? virtual_stat(opened[fd - FIRST_FD].file, opened[fd - FIRST_FD].path, info)
			      : __real_fstat(fd, info);
}

WRAP(int, stat, const char *path, struct stat *info)
{
	return running ? stat_at(AT_FDCWD, path, info) : __real_stat(path, info);
}

WRAP(int, fstatat, int directory, const char *path, struct stat *info, int flags)
{
	return running ? stat_at(directory, path, info) : __real_fstatat(directory, path, info, flags);
}

WRAP(int, access, const char *path, int mode)
{
	struct stat info;
	return running ? stat_at(AT_FDCWD, path, &info) : __real_access(path, mode);
}

WRAP(int, faccessat, int directory, const char *path, int mode, int flags)
{
	struct stat info;
	return running ? stat_at(directory, path, &info) : __real_faccessat(directory, path, mode, flags);
}

/* A file's text is where a link of that name leads. */
WRAP(ssize_t, readlinkat, int directory, const char *name, char *buffer, size_t size)
{
	char path[512];
	int file;

	if (!running)
		return __real_readlinkat(directory, name, buffer, size);
	if (find(directory, name, path, &file) < 0)
		return -1;
	if (file < 0)
		return errno = EINVAL, -1;
	size_t length = strcspn(virtual_files[file].text, "\n");
	length = length < size ? length : size;
	memcpy(buffer, virtual_files[file].text, length);
	return (ssize_t)length;
}

WRAP(int, statfs, const char *path, struct statfs *info)
{
	struct stat file;
	if (!running)
		return __real_statfs(path, info);
	*info = (struct statfs){0};
	return stat_at(AT_FDCWD, path, &file);
}

WRAP(int, fstatfs, int fd, struct statfs *info)
{
	if (!is_virtual(fd))
		return __real_fstatfs(fd, info);
	*info = (struct statfs){0};
	return 0;
}

WRAP(ssize_t, fgetxattr, int fd, const char *name, void *value, size_t size)
{
	return is_virtual(fd) ? (errno = ENODATA, -1) : __real_fgetxattr(fd, name, value, size);
}

/* ---- directories ---- */

struct listing {
	int fd;
	size_t next;
	struct dirent entry;
};

WRAP(DIR *, fdopendir, int fd)
{
	if (!is_virtual(fd))
		return running ? (errno = EBADF, NULL) : __real_fdopendir(fd);
	if (opened[fd - FIRST_FD].file >= 0)
		return errno = ENOTDIR, NULL;
	struct listing *listing = xcalloc(1, sizeof *listing);
	listing->fd = fd;
	return (DIR *)listing;
}

WRAP(DIR *, opendir, const char *path)
{
	if (!running)
		return __real_opendir(path);
	int fd = virtual_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
	return fd < 0 ? NULL : __wrap_fdopendir(fd);
}

/* The component of a file's name that is directly below the directory; 0: it is not in it. */
static size_t component(const char *directory, const char *name, const char **start)
{
	size_t length = strlen(directory);
	if (length && (strncmp(name, directory, length) != 0 || name[length] != '/'))
		return 0;
	*start = name + length + (length > 0);
	return strcspn(*start, "/");
}

static bool listed_before(const struct listing *listing, const char *start, size_t length)
{
	const char *directory = opened[listing->fd - FIRST_FD].path, *other;
	for (size_t i = 0; i + 1 < listing->next; i++)
		if (component(directory, virtual_files[i].name, &other) == length &&
		    memcmp(other, start, length) == 0)
			return true;
	return false;
}

WRAP(struct dirent *, readdir, DIR *stream)
{
	struct listing *listing = (struct listing *)stream;
	const char *start;

	if (!running)
		return __real_readdir(stream);
	while (listing->next < virtual_file_count) {
		const char *name = virtual_files[listing->next++].name;
		size_t length = component(opened[listing->fd - FIRST_FD].path, name, &start);
		if (!length || length >= sizeof listing->entry.d_name ||
		    listed_before(listing, start, length))
			continue;
		snprintf(listing->entry.d_name, sizeof listing->entry.d_name, "%.*s", (int)length, start);
		listing->entry.d_type = start[length] ? DT_DIR : DT_REG;
		return &listing->entry;
	}
	return NULL;
}

WRAP(int, dirfd, DIR *stream)
{
	return running ? ((struct listing *)stream)->fd : __real_dirfd(stream);
}

WRAP(int, closedir, DIR *stream)
{
	if (!running)
		return __real_closedir(stream);
	__wrap_close(((struct listing *)stream)->fd);
	free(stream);
	return 0;
}
