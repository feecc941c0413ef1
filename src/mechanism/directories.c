/* SPDX-License-Identifier: MIT */
#include "mechanism/directories.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "mechanism/identity.h"

/* A missing parent of a requested directory, as systemd makes it: owned by root, and every user may pass. */
#define PARENT_MODE 0755

/* One directory that was made, or whose owner or mode was changed. */
struct made_directory {
	const struct step *step;
	char *path;
	size_t name; /* offset in `path` at which its own name begins */
	int parent;  /* descriptors of both */
	int fd;
	bool created;
	struct stat before; /* its metadata before the change, unless it was created */
};

static void release(struct made_directory *made)
{
	if (made->parent >= 0)
		close(made->parent);
	if (made->fd >= 0)
		close(made->fd);
	free(made->path);
}

void directories_release(struct target *target)
{
	for (size_t i = 0; i < target->directory_count; i++)
		release(&target->directories[i]);
	free(target->directories);
	target->directories = NULL;
	target->directory_count = 0;
}

/* The root directory of the target's process. */
static int open_root(const struct target *target, struct error *error)
{
	cleanup_free char *path = target_path(target, "root");
	int fd = openat(target->proc, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? error_set(error, errno, "open /proc/%s", path) : fd;
}

static char *info_text(const char *path, const struct stat *info)
{
	return directory_text(path, info->st_uid, info->st_gid, info->st_mode & 07777);
}

/* ---- making ---- */

/* Records it first, so that any later failure can be undone. */
static struct made_directory *remember(struct target *target, const struct step *step, const char *path,
				       size_t parent_length, bool created)
{
	struct made_directory *made = ARRAY_ADD(target->directories, target->directory_count);
	*made = (struct made_directory){.step = step,
					.path = xstrdup(path),
					.name = parent_length + 1,
					.parent = -1,
					.fd = -1,
					.created = created};
	return made;
}

/* Readable, which fchmod(2) needs. The last component must not be a link, even if another process has
 * replaced it. */
static int open_made(struct made_directory *made, struct error *error)
{
	made->fd = openat(made->parent, made->path + made->name,
			  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (made->fd < 0 || fstat(made->fd, &made->before) < 0)
		return error_set(error, errno, "open the directory %s", made->path);
	return 0;
}

/* One level, owned by siplaunch and closed to all others for now. If another process made it first, siplaunch
 * treats it as an existing directory. */
static int make_level(struct target *target, const struct step *step, const char *path,
		      const struct directory_walk *walk, struct error *error)
{
	const char *name = path + walk->length + 1;
	int above = fcntl(walk->fd, F_DUPFD_CLOEXEC, 0);
	if (above < 0)
		return error_set(error, errno, "duplicate the descriptor of the directory above %s", path);
	bool created = mkdirat(walk->fd, name, S_IRWXU) == 0;
	if (!created && errno != EEXIST) {
		error_set(error, errno, "make the directory %s", path);
		close(above);
		return -1;
	}
	struct made_directory *made = remember(target, step, path, walk->length, created);
	made->parent = above;
	if (open_made(made, error) < 0)
		return -1;
	bool parent = strcmp(path, step->path) != 0;
	if (created && parent && fchmod(made->fd, PARENT_MODE) < 0)
		return error_set(error, errno, "set the mode of %s to %04o", path, PARENT_MODE);
	return 0;
}

/* Makes all missing levels; the last one remembered is the directory itself. */
static int make_all(struct target *target, const struct step *step, int root, struct error *error)
{
	struct directory_walk walk;
	int result = directory_walk(root, step->setting->below, step->path, &walk), errnum = errno;
	cleanup_close int fd = walk.fd;

	if (result == 0)
		return 0;
	if (errnum != ENOENT || fd < 0)
		return directory_obstacle(error, errnum, step->path, walk.length);
	while (step->path[walk.length]) {
		cleanup_free char *next = directory_next(step->path, walk.length);
		walk.fd = fd;
		if (make_level(target, step, next, &walk, error) < 0)
			return -1;
		cleanup_close_(&fd);
		fd = fcntl(target->directories[target->directory_count - 1].fd, F_DUPFD_CLOEXEC, 0);
		if (fd < 0)
			return error_set(error, errno, "duplicate the descriptor of the directory %s", next);
		walk.length = strlen(next);
	}
	return 0;
}

/* An existing one: its parent, then itself. */
static int open_present(struct target *target, const struct step *step, int root, struct error *error)
{
	size_t parent_length = (size_t)(strrchr(step->path, '/') - step->path);
	cleanup_free char *parent = xstrndup(step->path, parent_length);
	struct directory_walk walk;
	struct made_directory *made = remember(target, step, step->path, parent_length, false);
	int result = directory_walk(root, step->setting->below, parent, &walk), errnum = errno;
	made->parent = walk.fd;
	if (result < 0)
		return directory_obstacle(error, errnum, parent, walk.length);
	return open_made(made, error);
}

/* ---- its owner and mode ---- */

static int check_owner(const struct context *context, const struct made_directory *made, struct error *error)
{
	if (directory_may_take(context, made->before.st_uid))
		return 0;
	error_set(error, 0, "%s belongs to user %" PRIu32 ", who is neither root nor the router's user",
		  made->path, (uint32_t)made->before.st_uid);
	return error_hint(error, "find out who made it just now: ls -ld %s", made->path);
}

/* Sets the mode before the owner: afterwards, changing the mode would need CAP_FOWNER. */
static int set_owner(const struct context *context, const struct made_directory *made, mode_t mode,
		     struct error *error)
{
	uid_t uid = identity_final_uid(context);
	gid_t gid = identity_final_gid(context);
	if ((made->before.st_mode & 07777) != mode && fchmod(made->fd, mode) < 0)
		return error_set(error, errno, "set the mode of %s to %04o", made->path, (unsigned)mode);
	if ((made->before.st_uid != uid || made->before.st_gid != gid) && fchown(made->fd, uid, gid) < 0)
		return error_set(error, errno, "give %s to user %" PRIu32 " and group %" PRIu32, made->path,
				 (uint32_t)uid, (uint32_t)gid);
	return 0;
}

static int read_back(struct step *step, const struct made_directory *made, struct error *error)
{
	struct stat after;
	if (fstat(made->fd, &after) < 0)
		return error_set(error, errno, "stat the directory %s", made->path);
	cleanup_free char *text = info_text(step->path, &after);
	value_set(&step->actual, value_text(text));
	if (value_equal(&step->actual, &step->wanted))
		return 0;
	return error_set(error, 0, "%s reads back as \"%s\" after \"%s\" was set", step->path, text,
			 step->wanted.text);
}

static int apply(struct target *target, struct step *step, struct error *error)
{
	cleanup_close int root = open_root(target, error);
	const char *mode = strrchr(step->wanted.text, ' ');
	size_t before = target->directory_count;

	if (root < 0 || make_all(target, step, root, error) < 0 ||
	    (target->directory_count == before && open_present(target, step, root, error) < 0))
		return -1;
	const struct made_directory *made = &target->directories[target->directory_count - 1];
	if (check_owner(target->context, made, error) < 0 ||
	    set_owner(target->context, made, (mode_t)strtoul(mode, NULL, 8), error) < 0)
		return -1;
	return read_back(step, made, error);
}

/* ---- undo ---- */

static int remove_made(const struct made_directory *made)
{
	struct stat ours, named;
	const char *name = made->path + made->name;
	if (made->fd >= 0 && fstat(made->fd, &ours) == 0 &&
	    fstatat(made->parent, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	    (ours.st_ino != named.st_ino || ours.st_dev != named.st_dev))
		return 0; /* our directory is gone, and another one has its name */
	return unlinkat(made->parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -1 : 0;
}

static int restore(const struct made_directory *made)
{
	struct stat now;
	if (made->fd < 0 || fstat(made->fd, &now) < 0)
		return 0;
	if ((now.st_uid != made->before.st_uid || now.st_gid != made->before.st_gid) &&
	    fchown(made->fd, made->before.st_uid, made->before.st_gid) < 0)
		return -1;
	return now.st_mode != made->before.st_mode ? fchmod(made->fd, made->before.st_mode & 07777) : 0;
}

/* In reverse order: the lowest first. A child leaves it to its supervisor. */
static void undo(struct target *target, struct step *step)
{
	for (size_t i = target->directory_count; i-- > 0 && !target->supervised;) {
		struct made_directory *made = &target->directories[i];
		if (made->step != step)
			continue;
		int result = made->created ? remove_made(made) : restore(made);
		if (result < 0)
			error_set(&step->why, errno, "%s %s",
				  made->created ? "remove the directory" : "restore the owner and mode of",
				  made->path);
		release(made);
		*made = (struct made_directory){.parent = -1, .fd = -1};
	}
}

static int directories_apply(struct target *target, struct step *step, struct error *error)
{
	if (apply(target, step, error) < 0) {
		undo(target, step); /* a preferred directory that failed is removed completely, too */
		return -1;
	}
	step->status = STATUS_APPLIED;
	return 0;
}

/* ---- read ---- */

static int directories_read(const struct target *target, struct step *step, struct error *error)
{
	struct directory_walk walk;
	struct stat info;

	if (!step->path)
		return error_set(error, ENOENT, "only a profile names the router's directories");
	cleanup_close int root = open_root(target, error);
	if (root < 0)
		return -1;
	int result = directory_walk(root, step->setting->below, step->path, &walk), errnum = errno;
	cleanup_close int fd = walk.fd;
	if (result < 0)
		return directory_obstacle(error, errnum, step->path, walk.length);
	if (fstat(fd, &info) < 0)
		return error_set(error, errno, "stat the directory %s", step->path);
	cleanup_free char *text = info_text(step->path, &info);
	value_set(&step->actual, value_text(text));
	return 0;
}

const struct mechanism mechanism_directories = {
	.id = MECHANISM_DIRECTORIES,
	.plan = directories_plan,
	.apply = directories_apply,
	.read = directories_read,
	.undo = undo,
};
