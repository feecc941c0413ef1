/* SPDX-License-Identifier: MIT */
#include "base/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fs.h"
#include "base/shell.h"
#include "base/value.h"

#define MODE_NEW  0644
#define MODE_KEPT 0755 /* group and others never get write permission */

#define NAME_KEPT 200 /* bytes of the name in a temporary name, which must stay within NAME_MAX */

/* How long a full pipe is waited for: the router's own output may fill it, and its reader is behind. */
#define READER_MS 2000

/* O_NONBLOCK: a FIFO without a reader is an error, instead of a siplaunch that hangs. */
#define TO_WRITE (O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

/* ---- unpredictable names ---- */

/* A pid is not enough: a process in another container may have the same one. */
int temporary_create(int directory, const char *name, char **temporary)
{
	*temporary = NULL;
	for (;;) {
		uint64_t number;
		if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
			return -1;
		cleanup_free char *made = xasprintf(".%.*s.%016" PRIx64, NAME_KEPT, name, number);
		int fd = openat(directory, made, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0 && errno == EEXIST)
			continue;
		if (fd >= 0) {
			*temporary = made;
			made = NULL;
		}
		return fd;
	}
}

/* ---- who else could change it ---- */

int new_file_judge(const struct trust_trail *trail, const struct trust_terms *terms, const char *what,
		   struct error *error)
{
	if (!terms || trust_judge(trail->findings, trail->finding_count, terms, error) == 0)
		return 0;
	cleanup_free char *commands = error && error->hint ? xstrdup(error->hint) : NULL;
	error_context(error, "%s: other users can change files there", what);
	return error_hint(error, "%s; or write where only root can, such as in /run",
			  commands ? commands : "");
}

/* In /tmp every user may make a file of that name before siplaunch does: it is not touched, whatever it
 * is. */
static int check_owner(const struct new_file *file, const struct stat *there, struct error *error)
{
	struct stat directory;
	if (!file->judged || file->place.magic || trust_in_user(&file->terms, there->st_uid))
		return 0;
	if (fstat(file->place.directory, &directory) < 0)
		return error_set(error, errno, "stat the directory of %s", file->path);
	if (!(directory.st_mode & S_ISVTX))
		return 0;
	cleanup_free char *path = shell_quote(file->path);
	error_set(error, 0,
		  "%s belongs to uid %u: siplaunch does not replace another user's file in a directory that "
		  "everybody can write to",
		  file->path, (unsigned)there->st_uid);
	return error_hint(error, "rm %s; or write where only root can, such as in /run", path);
}

/* ---- the existing file ---- */

/* N of /proc/self/fd/N; -1: it is another process's, or something else of /proc. */
static int own_descriptor(const struct trust_place *place)
{
	struct stat there, ours;
	uint64_t number;
	if (!parse_u64(place->name, &number) || number > INT32_MAX || fstat(place->directory, &there) < 0 ||
	    stat("/proc/self/fd", &ours) < 0)
		return -1;
	return there.st_dev == ours.st_dev && there.st_ino == ours.st_ino ? (int)number : -1;
}

/* A regular file or a socket is written to through the inherited descriptor, at its offset. A pipe or a
 * terminal is opened anew with O_NONBLOCK: a full FIFO must not block siplaunch. */
static int open_magic(struct new_file *file)
{
	const struct trust_place *place = &file->place;
	struct stat info;
	int own = own_descriptor(place);

	file->given = own >= 0 && fstat(own, &info) == 0 && (S_ISREG(info.st_mode) || S_ISSOCK(info.st_mode));
	return file->given ? fcntl(own, F_DUPFD_CLOEXEC, 3) : openat(place->directory, place->name, TO_WRITE);
}

static int open_existing(struct new_file *file, struct error *error)
{
	const struct trust_place *place = &file->place;
	struct stat info;

	file->in_place = place->magic ? open_magic(file)
				      : openat(place->directory, place->name, TO_WRITE | O_NOFOLLOW);
	if (file->in_place < 0)
		return error_set(error, errno, "open %s for writing", file->path);
	if (fstat(file->in_place, &info) < 0)
		return error_set(error, errno, "stat %s", file->path);
	return check_owner(file, &info, error);
}

static int check_directory(const struct new_file *file, struct error *error)
{
	if (faccessat(file->place.directory, ".", W_OK | X_OK, AT_EACCESS) == 0)
		return 0;
	error_set(error, errno, "create %s", file->path);
	return error_hint(error, "check that its directory exists and is writable");
}

static int refuse_existing(const struct new_file *file, struct error *error)
{
	error_set(error, EEXIST, "write %s", file->path);
	return error_hint(error,
			  "remove it, or give another name: siplaunch never replaces an existing file");
}

static int look(struct new_file *file, enum new_file_kind kind, struct error *error)
{
	const struct trust_place *place = &file->place;
	struct stat info;

	if (place->magic)
		return kind == NEW_FILE_FRESH ? refuse_existing(file, error) : open_existing(file, error);
	if (fstatat(place->directory, place->name, &info, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? check_directory(file, error)
				       : error_set(error, errno, "stat %s", file->path);
	if (kind == NEW_FILE_FRESH)
		return refuse_existing(file, error);
	if (S_ISDIR(info.st_mode))
		return error_set(error, EISDIR, "write %s", file->path);
	/* another user's FIFO or device is not even opened */
	return check_owner(file, &info, error) < 0 ? -1 : open_existing(file, error);
}

int new_file_open(struct new_file *file, const char *path, enum new_file_kind kind,
		  const struct trust_terms *terms, struct error *error)
{
	cleanup_trust_trail struct trust_trail trail = TRUST_TRAIL_NONE;

	*file = (struct new_file)NEW_FILE_NONE;
	file->path = xstrdup(path);
	file->judged = terms;
	if (terms)
		file->terms = *terms;
	if (trust_locate(&trail, path, kind == NEW_FILE_FRESH, &file->place) < 0) {
		error_set(error, errno, "create %s", path);
		return error_hint(error, "check that its directory exists and is writable");
	}
	return new_file_judge(&trail, terms, path, error) < 0 ? -1 : look(file, kind, error);
}

/* ---- writing ---- */

/* fsync: after a crash of the machine the old one is there or the new one, and not an empty one. */
static int fill(int fd, const void *bytes, size_t length, mode_t mode)
{
	return write_whole(fd, bytes, length) < 0 || fchmod(fd, mode) < 0 || fsync(fd) < 0 ? -1 : 0;
}

static void remove_temporary(int directory, char **temporary)
{
	int errnum = errno;
	if (*temporary)
		unlinkat(directory, *temporary, 0);
	free(*temporary);
	*temporary = NULL;
	errno = errnum;
}

/* -1 with errno, and nothing is left. */
static int prepare(const struct trust_place *place, const void *bytes, size_t length, mode_t mode,
		   char **temporary)
{
	cleanup_close int fd = temporary_create(place->directory, place->name, temporary);
	if (fd >= 0 && fill(fd, bytes, length, mode) == 0)
		return 0;
	remove_temporary(place->directory, temporary);
	return -1;
}

static void sync_directory(const struct new_file *file)
{
	cleanup_close int fd = openat(file->place.directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		fsync(fd);
}

int new_file_prepare(struct new_file *file, const void *bytes, size_t length, mode_t mode,
		     struct error *error)
{
	remove_temporary(file->place.directory, &file->temporary);
	if (prepare(&file->place, bytes, length, mode, &file->temporary) < 0)
		return error_set(error, errno, "create %s", file->path);
	return 0;
}

char *new_file_prepared_path(const struct new_file *file)
{
	const char *slash = strrchr(file->path, '/');
	int length = slash ? (int)(slash - file->path) : 1;
	return xasprintf("%.*s/%s", length, slash ? file->path : ".", file->temporary);
}

/* link() and not rename(): it never replaces a file that has appeared under that name in between. */
int new_file_place(struct new_file *file, struct error *error)
{
	const struct trust_place *place = &file->place;
	if (linkat(place->directory, file->temporary, place->directory, place->name, 0) < 0)
		return errno == EEXIST ? refuse_existing(file, error)
				       : error_set(error, errno, "move %s into place", file->path);
	remove_temporary(place->directory, &file->temporary);
	sync_directory(file);
	return 0;
}

static mode_t mode_of(const struct new_file *file)
{
	struct stat info;
	bool known = file->in_place >= 0 && fstat(file->in_place, &info) == 0;
	return known ? info.st_mode & MODE_KEPT : MODE_NEW;
}

static int rename_over(const struct new_file *file, const void *bytes, size_t length)
{
	const struct trust_place *place = &file->place;
	cleanup_free char *temporary = NULL;
	if (prepare(place, bytes, length, mode_of(file), &temporary) < 0)
		return -1;
	if (renameat(place->directory, temporary, place->directory, place->name) < 0) {
		remove_temporary(place->directory, &temporary);
		return -1;
	}
	sync_directory(file);
	return 0;
}

static bool is_replaceable(const struct new_file *file)
{
	struct stat info;
	return !file->place.magic &&
	       (file->in_place < 0 || (fstat(file->in_place, &info) == 0 && S_ISREG(info.st_mode)));
}

/* True if the file is a mount of its own, or its directory accepts no new file. After any other failure, such
 * as a full disk, the old file is worth more than half of a new one. */
static bool must_be_in_place(int errnum)
{
	return errnum == EBUSY || errnum == EACCES || errnum == EPERM || errnum == EROFS;
}

/* True if the full pipe or terminal accepts data before the deadline; else false, with errno EAGAIN. */
static bool wait_for_reader(int fd, int64_t deadline_ms)
{
	struct pollfd polled = {.fd = fd, .events = POLLOUT};
	int64_t left = deadline_ms - clock_monotonic_ms();
	bool accepts = left > 0 && poll(&polled, 1, (int)left) > 0;
	errno = EAGAIN;
	return accepts;
}

/* As write_whole(), but a reader that is behind gets some time, and not forever. */
static int write_in_time(int fd, const char *at, size_t length)
{
	int64_t deadline_ms = clock_monotonic_ms() + READER_MS;
	while (length > 0) {
		ssize_t n = write(fd, at, length);
		if (n < 0 && errno != EINTR && (errno != EAGAIN || !wait_for_reader(fd, deadline_ms)))
			return -1;
		at += n > 0 ? n : 0;
		length -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* A reader that is gone must not end siplaunch, whose exit status others read (SIGPIPE). */
static int write_to_reader(int fd, const void *bytes, size_t length)
{
	const struct sigaction ignored = {.sa_handler = SIG_IGN};
	struct sigaction found;

	sigaction(SIGPIPE, &ignored, &found);
	int result = write_in_time(fd, bytes, length), errnum = errno;
	sigaction(SIGPIPE, &ignored, NULL); /* also discards a pending one if SIGPIPE is blocked */
	sigaction(SIGPIPE, &found, NULL);
	errno = errnum;
	return result;
}

static int overwrite(const struct new_file *file, const void *bytes, size_t length)
{
	if (file->given)
		return write_to_reader(file->in_place, bytes, length);
	if (lseek(file->in_place, 0, SEEK_SET) < 0 && errno != ESPIPE)
		return -1;
	if (write_to_reader(file->in_place, bytes, length) < 0)
		return -1;
	/* the end of an older, longer text must not stay; a file that is not regular has no length
	 * (EINVAL) */
	return ftruncate(file->in_place, (off_t)length) < 0 && errno != EINVAL ? -1 : 0;
}

int new_file_replace(const struct new_file *file, const void *bytes, size_t length, struct error *error)
{
	const struct trust_place *place = &file->place;
	struct stat info;

	if (is_replaceable(file)) {
		if (fstatat(place->directory, place->name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
		    check_owner(file, &info, error) < 0)
			return -1;
		if (rename_over(file, bytes, length) == 0)
			return 0;
		if (file->in_place < 0 || !must_be_in_place(errno))
			return error_set(error, errno, "create %s", file->path);
	}
	return overwrite(file, bytes, length) < 0 ? error_set(error, errno, "write %s", file->path) : 0;
}

void new_file_close(struct new_file *file)
{
	remove_temporary(file->place.directory, &file->temporary);
	cleanup_close_(&file->in_place);
	trust_place_clear(&file->place);
	free(file->path);
	*file = (struct new_file)NEW_FILE_NONE;
}
