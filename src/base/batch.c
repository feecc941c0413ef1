/* SPDX-License-Identifier: MIT */
#include "base/batch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "base/new_file.h"
#include "base/trust.h"

struct batch_file {
	int directory;   /* that it is in */
	char *name;      /* as it was added */
	char *temporary; /* in `directory`; NULL: it is in place */
	bool is_new;     /* no file of that name existed */
	dev_t device;
	ino_t inode;
};

struct batch_folder {
	int directory;
	char *name;
};

static const char *base_of(const char *name)
{
	const char *slash = strrchr(name, '/');
	return slash ? slash + 1 : name;
}

int batch_open(struct batch *batch, const char *path, const struct trust_terms *terms, struct error *error)
{
	cleanup_trust_trail struct trust_trail trail = TRUST_TRAIL_NONE;

	*batch = (struct batch){.path = xstrdup(path)};
	batch->directory = trust_enter(&trail, path, false);
	if (batch->directory < 0)
		return error_set(error, errno, "open the directory %s", path);
	return new_file_judge(&trail, terms, path, error);
}

/* ---- folders ---- */

static int refuse_folder(const struct batch *batch, const char *name, size_t length, struct error *error)
{
	int errnum = errno;
	error_set(error, errnum, "make or open the directory %s/%.*s", batch->path, (int)length, name);
	if (errnum == ELOOP || errnum == ENOTDIR)
		return error_hint(error,
				  "remove it: another file has that name, made by a user who can write to %s",
				  batch->path);
	return -1;
}

/* One level; a descriptor, or -1 with errno. */
static int enter(struct batch *batch, int above, const char *name)
{
	bool made = mkdirat(above, name, 0755) == 0;
	if (!made && errno != EEXIST)
		return -1;
	int fd = openat(above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || !made)
		return fd;
	struct batch_folder *folder = ARRAY_ADD(batch->folders, batch->folder_count);
	*folder = (struct batch_folder){fcntl(above, F_DUPFD_CLOEXEC, 3), xstrdup(name)};
	fchmod(fd, 0755); /* whatever the umask is */
	return fd;
}

/* Opens the directory of a file, and makes missing ones; a descriptor, or -1. */
static int directory_of(struct batch *batch, const char *name, struct error *error)
{
	int at = fcntl(batch->directory, F_DUPFD_CLOEXEC, 3);
	if (at < 0)
		return error_set(error, errno, "open the directory %s", batch->path);
	for (const char *part = name, *slash; (slash = strchr(part, '/')); part = slash + 1) {
		cleanup_free char *folder = xstrndup(part, (size_t)(slash - part));
		cleanup_close int above = at;
		at = enter(batch, above, folder);
		if (at < 0)
			return refuse_folder(batch, name, (size_t)(slash - name), error);
	}
	return at;
}

/* ---- files ---- */

static int create(const struct batch *batch, struct batch_file *file, struct error *error)
{
	int fd = temporary_create(file->directory, base_of(file->name), &file->temporary);
	return fd < 0 ? error_set(error, errno, "create %s/%s", batch->path, file->name) : fd;
}

/* Checks this early: rename() would fail on a directory of that name after other files are in place. */
static int look_at_target(const struct batch *batch, struct batch_file *file, struct error *error)
{
	struct stat info;
	file->is_new = fstatat(file->directory, base_of(file->name), &info, AT_SYMLINK_NOFOLLOW) < 0;
	if (!file->is_new && S_ISDIR(info.st_mode))
		return error_set(error, EISDIR, "replace %s/%s", batch->path, file->name);
	return 0;
}

/* Adds the file to the batch and opens its temporary file; a descriptor, or -1. */
static int begin(struct batch *batch, const char *name, struct error *error)
{
	int directory = directory_of(batch, name, error);
	if (directory < 0)
		return -1;
	struct batch_file *file = ARRAY_ADD(batch->files, batch->file_count);
	file->directory = directory;
	file->name = xstrdup(name);
	return look_at_target(batch, file, error) < 0 ? -1 : create(batch, file, error);
}

/* fsync: after a crash of the machine there is the old or the new file, and not an empty one. */
static int finish(const struct batch *batch, int fd, mode_t mode, struct error *error)
{
	struct batch_file *file = &batch->files[batch->file_count - 1];
	struct stat info;
	if (fchmod(fd, mode) < 0 || fsync(fd) < 0 || fstat(fd, &info) < 0)
		return error_set(error, errno, "write %s/%s", batch->path, file->name);
	file->device = info.st_dev;
	file->inode = info.st_ino;
	return 0;
}

int batch_add(struct batch *batch, const char *name, mode_t mode, const void *bytes, size_t length,
	      struct error *error)
{
	cleanup_close int fd = begin(batch, name, error);
	if (fd < 0)
		return -1;
	if (write_whole(fd, bytes, length) < 0)
		return error_set(error, errno, "write %s/%s", batch->path, name);
	return finish(batch, fd, mode, error);
}

static int copy(int from, int to)
{
	char buffer[65536];
	ssize_t length;
	for (off_t at = 0; (length = pread(from, buffer, sizeof buffer, at)) != 0; at += length) {
		if (length < 0 && errno == EINTR)
			length = 0;
		if (length < 0 || write_whole(to, buffer, (size_t)length) < 0)
			return -1;
	}
	return 0;
}

int batch_add_copy(struct batch *batch, const char *name, mode_t mode, int from, struct error *error)
{
	cleanup_close int fd = begin(batch, name, error);
	if (fd < 0)
		return -1;
	if (copy(from, fd) < 0)
		return error_set(error, errno, "copy to %s/%s", batch->path, name);
	return finish(batch, fd, mode, error);
}

/* If two processes write the same files at once, neither removes the other's. */
static void take_back(const struct batch_file *file)
{
	struct stat info;
	const char *name = base_of(file->name);
	if (file->is_new && fstatat(file->directory, name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
	    info.st_dev == file->device && info.st_ino == file->inode)
		unlinkat(file->directory, name, 0);
}

int batch_commit(struct batch *batch, struct error *error)
{
	for (size_t i = 0; i < batch->file_count; i++) {
		struct batch_file *file = &batch->files[i];
		if (renameat(file->directory, file->temporary, file->directory, base_of(file->name)) < 0) {
			error_set(error, errno, "move %s/%s into place", batch->path, file->name);
			while (i-- > 0)
				take_back(&batch->files[i]);
			return -1;
		}
		cleanup_free_(&file->temporary);
		file->temporary = NULL;
	}
	for (size_t i = 0; i < batch->file_count; i++)
		fsync(batch->files[i].directory);
	return 0;
}

void batch_close(struct batch *batch)
{
	for (size_t i = 0; i < batch->file_count; i++) {
		struct batch_file *file = &batch->files[i];
		if (file->temporary)
			unlinkat(file->directory, file->temporary, 0);
		free(file->temporary);
		free(file->name);
		cleanup_close_(&file->directory);
	}
	/* folders that have files by now stay: only an empty one can be removed */
	for (size_t i = batch->folder_count; i-- > 0;) {
		unlinkat(batch->folders[i].directory, batch->folders[i].name, AT_REMOVEDIR);
		cleanup_close_(&batch->folders[i].directory);
		free(batch->folders[i].name);
	}
	cleanup_close_(&batch->directory);
	free(batch->files);
	free(batch->folders);
	free(batch->path);
	*batch = (struct batch)BATCH_NONE;
}
