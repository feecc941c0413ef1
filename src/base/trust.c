/* SPDX-License-Identifier: MIT */
#include "base/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "base/shell.h"

#define LINKS_MAX 40  /* as the kernel's MAXSYMLINKS */
#define DEPTH_MAX 256 /* directories above each other */
#define PROC_ROOT 1   /* the inode of /proc itself (PROC_ROOT_INO): its links, such as self, are texts */

#define TO_READ (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
#define TO_WALK (O_PATH | O_DIRECTORY | O_CLOEXEC)

/* ---- gathering ---- */

/* In a sticky directory such as /tmp everybody may make entries, but only an entry's owner may change it. */
static bool is_sticky(mode_t mode)
{
	return S_ISDIR(mode) && mode & S_ISVTX;
}

static bool is_roots_alone(const struct stat *info)
{
	bool shared =
		!S_ISLNK(info->st_mode) && !is_sticky(info->st_mode) && info->st_mode & (S_IWGRP | S_IWOTH);
	return info->st_uid == 0 && !shared;
}

/*
 * 1 if the file has an access list that grants more than its mode: the kernel stores a list that is
 * equivalent to the mode as the mode alone (posix_acl_equiv_mode()). Reads by the name in /proc: an O_PATH
 * descriptor does not permit fgetxattr(2). -1 with errno in a shortage.
 */
static int has_access_list(int fd)
{
	char link[64];
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t length = getxattr(link, "system.posix_acl_access", NULL, 0);
	return length < 0 && errno_is_shortage(errno) ? -1 : length > 0;
}

/* The current path of a descriptor, with links resolved; `asked` where /proc cannot be read. */
static char *path_of(int fd, const char *asked)
{
	char link[64], path[PATH_MAX];
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t length = readlink(link, path, sizeof path - 1);
	return length > 0 && *path == '/' ? xstrndup(path, (size_t)length) : xstrdup(asked);
}

static bool is_known(const struct trust_trail *trail, const char *path)
{
	for (size_t i = 0; i < trail->finding_count; i++)
		if (strcmp(trail->findings[i].path, path) == 0)
			return true;
	return false;
}

static int finding(struct trust_trail *trail, int fd, const char *asked, const struct stat *info)
{
	struct statvfs mount;
	int list = S_ISLNK(info->st_mode) ? 0 : has_access_list(fd);
	if (list < 0)
		return -1;
	char *path = path_of(fd, asked);
	if (is_known(trail, path)) {
		free(path);
		return 0;
	}
	*ARRAY_ADD(trail->findings, trail->finding_count) = (struct trust_finding){
		.path = path,
		.uid = info->st_uid,
		.gid = info->st_gid,
		.mode = info->st_mode,
		.access_list = list,
		.read_only = fstatvfs(fd, &mount) == 0 && mount.f_flag & ST_RDONLY,
	};
	return 0;
}

/* Checks the directory and all above it, by ".." from its descriptor: the real ones, whatever path was
 * walked. */
static int look_above(struct trust_trail *trail, int directory)
{
	char up[3 * DEPTH_MAX] = ".";
	struct stat below = {0}, info;
	size_t length = 0;

	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		if (fstatat(directory, up, &info, 0) < 0)
			return errno == EACCES && geteuid() != 0 ? 0 : -1; /* only root may see it */
		if (depth > 0 && info.st_dev == below.st_dev && info.st_ino == below.st_ino)
			return 0; /* the root is its own parent */
		if (!is_roots_alone(&info)) {
			cleanup_close int fd = openat(directory, up, TO_WALK);
			if (fd < 0 || finding(trail, fd, up, &info) < 0)
				return -1;
		}
		below = info;
		length += (size_t)sprintf(up + length, "%s..", length ? "/" : "");
	}
	errno = ENAMETOOLONG;
	return -1;
}

static int follow_up(struct trust_trail *trail, int directory)
{
	int result = look_above(trail, directory);
	trail->lost_above = result < 0;
	return result;
}

/* A walk component by component, where there are symbolic links on the way or no openat2(2). */
struct walk {
	struct trust_trail *trail;
	const char *path;
	int directory;
	char *name; /* in it, at the end */
	unsigned links;
	bool keep_last_link; /* the last name is taken as it is */
	bool magic;          /* the last name is a link of /proc */
};

static int walk_into(struct walk *walk, const char *name, int flags)
{
	int next = openat(walk->directory, name, TO_WALK | flags);
	if (next < 0)
		return -1;
	cleanup_close_(&walk->directory);
	walk->directory = next;
	return 0;
}

/* A link's owner can replace it only if the directory's mode permits; in a sticky directory it does. */
static int walk_link(struct walk *walk, const char *name, const char *target)
{
	struct stat info;
	if (++walk->links > LINKS_MAX) {
		errno = ELOOP;
		return -1;
	}
	cleanup_close int fd = openat(walk->directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &info) < 0 || follow_up(walk->trail, walk->directory) < 0)
		return -1;
	if (!is_roots_alone(&info) && finding(walk->trail, fd, walk->path, &info) < 0)
		return -1;
	return *target == '/' ? walk_into(walk, "/", 0) : 0;
}

/* /proc/self/fd/N is not a path but an inherited descriptor: there are no directories to check. */
static bool is_proc(int directory)
{
	struct statfs info;
	return fstatfs(directory, &info) == 0 && info.f_type == PROC_SUPER_MAGIC;
}

/* /proc/PID/root, cwd and the like lead to a directory, whatever their text says: another process's root may
 * be another one than ours. */
static bool is_magic(int directory)
{
	struct stat info;
	return is_proc(directory) && fstat(directory, &info) == 0 && info.st_ino != PROC_ROOT;
}

/* Ends the walk at the last name of a path. */
static int walk_end(struct walk *walk, const char *name, bool magic)
{
	walk->name = xstrdup(name);
	walk->magic = magic;
	return 0;
}

/* Follows `rest`, which is changed, from walk->directory to the last name that is not a symbolic link. 0, or
 * -1 with errno. */
static int walk_along(struct walk *walk, char *rest)
{
	char target[PATH_MAX];

	for (;;) {
		rest += strspn(rest, "/");
		if (!*rest)
			return walk_end(walk, ".", false);
		char *name = rest;
		rest += strcspn(rest, "/");
		bool last = rest[strspn(rest, "/")] == '\0';
		if (last && walk->keep_last_link)
			return walk_end(walk, name, false);
		if (*rest)
			*rest++ = '\0';
		ssize_t length = readlinkat(walk->directory, name, target, sizeof target - 1);
		if (length >= 0 && last && is_proc(walk->directory))
			return walk_end(walk, name, true);
		if (length >= 0 && is_magic(walk->directory)) {
			if (walk_into(walk, name, 0) < 0)
				return -1;
			continue;
		}
		if (length >= 0) {
			target[length] = '\0';
			cleanup_free char *resolved = path_join(target, rest);
			return walk_link(walk, name, target) < 0 ? -1 : walk_along(walk, resolved);
		}
		if (last)
			return walk_end(walk, name, false);
		if (walk_into(walk, name, O_NOFOLLOW) < 0)
			return -1;
	}
}

/* The caller closes walk->directory and frees walk->name, also after -1. */
static int walk_path(struct walk *walk, const char *path)
{
	cleanup_free char *copy = xstrdup(path);
	walk->path = path;
	walk->directory = open(*path == '/' ? "/" : ".", TO_WALK);
	return walk->directory < 0 ? -1 : walk_along(walk, copy);
}

static int open_by_hand(struct trust_trail *trail, const char *path)
{
	struct walk walk = {.trail = trail};
	int fd = walk_path(&walk, path);
	if (fd == 0)
		fd = openat(walk.directory, walk.name, walk.magic ? TO_READ : TO_READ | O_NOFOLLOW);
	if (fd >= 0 && !walk.magic && follow_up(trail, walk.directory) < 0) {
		cleanup_close_(&fd);
		fd = -1;
	}
	free(walk.name);
	cleanup_close_(&walk.directory);
	return fd;
}

int trust_locate(struct trust_trail *trail, const char *path, bool keep_last_link, struct trust_place *place)
{
	struct walk walk = {.trail = trail, .keep_last_link = keep_last_link};
	*place = (struct trust_place){.directory = -1};
	if (!*path) {
		errno = ENOENT;
		return -1;
	}
	int result = walk_path(&walk, path);
	*place = (struct trust_place){walk.directory, walk.name, walk.magic};
	return result < 0 || walk.magic ? result : follow_up(trail, walk.directory);
}

int trust_enter(struct trust_trail *trail, const char *path, bool itself)
{
	struct walk walk = {.trail = trail};
	cleanup_free char *inside = xasprintf("%s/.", path);
	if (!*path) {
		errno = ENOENT;
		return -1;
	}
	int result = walk_path(&walk, inside);
	free(walk.name);
	cleanup_close int directory = walk.directory;
	cleanup_close int above = result < 0 || itself ? -1 : openat(directory, "..", TO_WALK);
	if (result < 0 || (!itself && above < 0) || follow_up(trail, itself ? directory : above) < 0)
		return -1;
	return openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

void trust_place_clear(struct trust_place *place)
{
	cleanup_close_(&place->directory);
	free(place->name);
	*place = (struct trust_place){.directory = -1};
}

/* Opens the directory of `path` (its first `length` bytes). -1 with errno: ELOOP if there is a symbolic link
 * on the way. */
static int open_directory_of(struct trust_trail *trail, const char *path, size_t length)
{
	cleanup_free char *directory = length ? xstrndup(path, length) : xstrdup(".");
	if (trail->directory && strcmp(trail->directory, directory) == 0)
		return trail->descriptor;
	int fd = open_resolved(AT_FDCWD, directory, TO_WALK, RESOLVE_NO_SYMLINKS);
	if (fd < 0)
		return -1;
	cleanup_close_(&trail->descriptor);
	free(trail->directory);
	trail->directory = directory;
	directory = NULL;
	trail->descriptor = fd;
	trail->followed = false;
	return fd;
}

static int open_without_links(struct trust_trail *trail, const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	int directory = open_directory_of(trail, path, (size_t)(name - path));
	int fd = directory < 0 ? -1 : openat(directory, *name ? name : ".", TO_READ | O_NOFOLLOW);
	if (fd < 0)
		return -1;
	if (!trail->followed && follow_up(trail, directory) < 0) {
		int errnum = errno;
		close(fd);
		errno = errnum;
		return -1;
	}
	trail->followed = true;
	return fd;
}

const char *trust_failed(const struct trust_trail *trail)
{
	return trail->lost_above ? "stat the directories above" : "open";
}

int trust_open(struct trust_trail *trail, const char *path, struct stat *info)
{
	trail->lost_above = false;
	int fd = open_without_links(trail, path);
	if (fd < 0 && (errno == ELOOP || errno == ENOSYS || errno == EPERM))
		fd = open_by_hand(trail, path);
	if (fd < 0)
		return -1;
	if (fstat(fd, info) < 0 || (!is_roots_alone(info) && finding(trail, fd, path, info) < 0)) {
		cleanup_close_(&fd);
		return -1;
	}
	return fd;
}

struct trust_finding *trust_take(struct trust_trail *trail, size_t *count)
{
	struct trust_finding *findings = trail->findings;
	*count = trail->finding_count;
	trail->findings = NULL;
	trail->finding_count = 0;
	return findings;
}

void trust_findings_clear(struct trust_finding *findings, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(findings[i].path);
	free(findings);
}

void trust_trail_clear(struct trust_trail *trail)
{
	trust_findings_clear(trail->findings, trail->finding_count);
	cleanup_close_(&trail->descriptor);
	free(trail->directory);
	*trail = (struct trust_trail)TRUST_TRAIL_NONE;
}

/* ---- judging ---- */

static bool is_trusted(const struct trust_terms *terms, unsigned id)
{
	for (size_t i = 0; i < terms->caller_count; i++)
		if (terms->callers[i] == id)
			return true;
	return id == 0;
}

bool trust_in_user(const struct trust_terms *terms, uid_t uid)
{
	return (terms->overflow_free && uid == TRUST_OVERFLOW_ID) || is_trusted(terms, uid);
}

/* Who can change the file, and in *remedy the command that prevents it; NULL if only trusted users can. */
static char *who_else(const struct trust_finding *finding, const struct trust_terms *terms, char **remedy)
{
	bool shared = !S_ISLNK(finding->mode) && !is_sticky(finding->mode);
	cleanup_free char *path = shell_quote(finding->path);

	if (terms->container && finding->read_only)
		return NULL;
	if (!trust_in_user(terms, finding->uid)) {
		const char *command = !S_ISLNK(finding->mode) ? "chown root"
				      : terms->written        ? "rm"
							      : "chown -h root";
		*remedy = xasprintf("%s %s", command, path);
		return xasprintf("%s belongs to uid %u", finding->path, finding->uid);
	}
	if (shared && finding->mode & S_IWOTH) {
		*remedy = xasprintf("chmod go-w %s", path);
		return xasprintf("%s is writable by everybody", finding->path);
	}
	if (shared && finding->mode & S_IWGRP && finding->access_list) {
		*remedy = xasprintf("chmod g-w %s", path);
		return xasprintf("%s is writable by others of its access list (getfacl)", finding->path);
	}
	if (shared && finding->mode & S_IWGRP && !is_trusted(terms, finding->gid)) {
		*remedy = xasprintf("chmod g-w %s", path);
		return xasprintf("%s is writable by group %u", finding->path, finding->gid);
	}
	return NULL;
}

int trust_judge(const struct trust_finding *findings, size_t count, const struct trust_terms *terms,
		struct error *error)
{
	cleanup_free char *all = NULL, *commands = NULL;

	for (size_t i = 0; i < count; i++) {
		cleanup_free char *remedy = NULL, *who = who_else(&findings[i], terms, &remedy);
		if (!who)
			continue;
		text_append(&all, ", ", "%s", who);
		text_append(&commands, " && ", "%s", remedy);
	}
	if (!all)
		return 0;
	error_set(error, 0, "%s", all);
	return error_hint(error, "%s", commands);
}
