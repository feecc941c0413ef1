/* SPDX-License-Identifier: MIT */
#include "mechanism/cgroup_group.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "mechanism/cgroup_controllers.h"
#include "mechanism/cgroup_protect.h"
#include "mechanism/cgroup_tree.h"

#define LOCK_TRIES      100
#define LOCK_PAUSE_NS   50000000L /* 100 tries: five seconds; the holder needs milliseconds */
#define WALK_TRIES      3
#define EVACUATION_LEAF "siplaunch-origin"

static void close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

static int evacuate(struct group *group, const char *label, struct error *error)
{
	if (mkdirat(group->base, EVACUATION_LEAF, 0755) < 0 && errno != EEXIST)
		return error_set(error, errno, "create %s/%s for the processes of %s", label, EVACUATION_LEAF,
				 label);
	group->evacuated = group_open(group->base, EVACUATION_LEAF);
	if (group->evacuated < 0 || group_move_all(group->base, group->evacuated) < 0)
		return error_set(error, errno, "move the processes of %s into %s/%s", label, label,
				 EVACUATION_LEAF);
	return 0;
}

/* What is made below a domain is one; below "domain threaded" it is "domain invalid" (kernel/cgroup/cgroup.c,
 * cgroup_type_show), so that only the groups that are there already can be of the wrong type. */
static int check_type(int directory, const char *label, struct error *error)
{
	cleanup_free char *type = NULL;
	if (pseudo_read_record(directory, "cgroup.type", &type) < 0 || strcmp(type, "domain") == 0)
		return 0;
	error_set(error, 0, "%s is of type \"%s\": memory can be limited in domain groups only", label, type);
	return error_hint(error, "choose a cgroup.path outside the threaded groups");
}

/* The kernel's own wait would hang behind a launcher that is stopped. */
int group_lock(int directory)
{
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(directory, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -1;
		nanosleep(&(struct timespec){.tv_nsec = LOCK_PAUSE_NS}, NULL);
	}
	errno = EWOULDBLOCK;
	return -1;
}

/* What is there under our name already: refused when in use, removed when it is a left-over. Parent lock
 * held. */
static int clear_stale(int parent, const char *name, const char *label, struct error *error)
{
	cleanup_close int old = group_open(parent, name);
	if (old < 0)
		return error_set(error, errno, "open %s", label);
	if (flock(old, LOCK_EX | LOCK_NB) < 0) {
		error_set(error, errno, "another siplaunch is starting a router in %s", label);
		return error_hint(error, "one group holds one router: give this one another cgroup.path");
	}
	if (group_populated(old)) {
		cleanup_free char *pids = group_pids(old);
		error_set(error, EBUSY, "%s is in use by pids %s", label, pids);
		return error_hint(error, "stop them first, or give this router another cgroup.path");
	}
	if (group_remove_empty(parent, name) < 0)
		return error_set(error, errno, "remove the empty stale group %s", label);
	return 0;
}

/* The group itself, made and locked. Parent lock held. */
static int make_locked(struct group *group, struct group_level *level, struct error *error)
{
	const char *label = level->label;
	if (mkdirat(level->parent, level->name, 0755) < 0) {
		if (errno != EEXIST)
			return error_set(error, errno, "create %s", label);
		if (clear_stale(level->parent, level->name, label, error) < 0)
			return -1;
		if (mkdirat(level->parent, level->name, 0755) < 0)
			return error_set(error, errno, "create %s", label);
	}
	level->made = true;
	group->directory = group_open(level->parent, level->name);
	if (group->directory < 0 || flock(group->directory, LOCK_EX | LOCK_NB) < 0)
		return error_set(error, errno, "open and lock %s", label);
	return 0;
}

/* Under the parent's lock: of two launchers one wins and the other is told. */
static int make_leaf(struct group *group, struct group_level *level, struct error *error)
{
	if (group_lock(level->parent) < 0)
		return error_set(error, errno, "lock the parent of %s", level->label);
	int result = make_locked(group, level, error);
	flock(level->parent, LOCK_UN);
	return result;
}

static int make_level(struct group_level *level, int *next, struct error *error)
{
	const char *label = level->label;
	if (mkdirat(level->parent, level->name, 0755) == 0)
		level->made = true;
	else if (errno != EEXIST)
		return error_set(error, errno, "create %s", label);
	*next = group_open(level->parent, level->name);
	if (*next < 0)
		return error_set(error, errno, "open %s", label);
	return level->made ? 0 : check_type(*next, label, error);
}

struct beside {
	const char *ours;
	unsigned count;
};

static int count_beside(int parent, const char *name, void *data)
{
	struct beside *beside = data;
	(void)parent;
	beside->count += strcmp(name, EVACUATION_LEAF) != 0 && strcmp(name, beside->ours) != 0;
	return 0;
}

/* The groups next to a level's own. */
static unsigned groups_beside(const struct group_level *level)
{
	struct beside beside = {.ours = level->name};
	group_each_child(level->parent, count_beside, &beside);
	return beside.count;
}

/* More groups than there were: another launcher has begun to use what we switched on, and its limits would go
 * with our controllers. Those from before had none by them. */
static bool is_in_use(const struct group_level *level)
{
	return groups_beside(level) > level->beside;
}

static int enable_at(const struct group_request *request, struct group *group, struct group_level *level,
		     const char *label, struct error *error)
{
	unsigned *enabled = &level->enabled;
	bool fresh = level != group->levels && level[-1].made; /* hands nothing down yet */
	unsigned missing =
		fresh ? request->controllers : controllers_missing(level->parent, request->controllers);
	if (missing && !fresh)
		level->beside = groups_beside(level);
	bool may_evacuate = request->may_evacuate && level == group->levels;
	/* what is only preferred is not given up either while there are processes that could be moved */
	unsigned optional = may_evacuate ? 0 : request->optional;
	if (controllers_enable(level->parent, missing, optional, label, enabled, error) == 0)
		return 0;
	if (!may_evacuate)
		return -1;
	bool busy = error->errnum == EBUSY;
	error_clear(error);
	if (busy && evacuate(group, label, error) < 0)
		return -1;
	return controllers_enable(level->parent, missing & ~*enabled, request->optional, label, enabled,
				  error);
}

static int walk(const struct group_request *request, struct group *group, struct error *error)
{
	cleanup_free char *path = xstrdup(request->path);
	const char *above = request->label;
	char *rest = NULL;

	group->base = group_open(request->mount, request->base);
	if (group->base < 0)
		return error_set(error, errno, "open %s", above);
	int parent = fcntl(group->base, F_DUPFD_CLOEXEC, 3);
	for (char *name = strtok_r(path, "/", &rest); name;) {
		char *next_name = strtok_r(NULL, "/", &rest);
		struct group_level *level = ARRAY_ADD(group->levels, group->level_count);
		*level = (struct group_level){
			.parent = parent, .name = xstrdup(name), .label = path_join(above, name)};
		if (enable_at(request, group, level, above, error) < 0)
			return -1;
		parent = -1;
		if (next_name ? make_level(level, &parent, error) < 0 : make_leaf(group, level, error) < 0) {
			close_if_open(parent);
			return -1;
		}
		above = level->label;
		name = next_name;
	}
	return 0;
}

static void group_clear(struct group *group)
{
	group_release(group);
	*group = (struct group){.directory = -1, .evacuated = -1, .base = -1};
}

int group_make(const struct group_request *request, struct group *group, struct error *error)
{
	for (int try = 1;; try++) {
		*group = (struct group){.directory = -1, .evacuated = -1, .base = -1};
		if (walk(request, group, error) == 0)
			return 0;
		/* Another launcher that failed may have removed a level under our feet: walk again. */
		bool vanished = error->errnum == ENOENT && try < WALK_TRIES;
		group_unmake(group, -1, NULL);
		if (!vanished)
			return -1;
		error_clear(error);
	}
}

void group_tidy(const struct group *group)
{
	if (group->evacuated >= 0)
		unlinkat(group->base, EVACUATION_LEAF, AT_REMOVEDIR);
}

/*
 * The group's processes go first: a group with processes cannot be removed. Where the base was evacuated it
 * cannot take us back before its controllers are off, so we wait in the leaf, which group_tidy may have
 * removed.
 */
static int leave(struct group *group, int origin_procs)
{
	if (group->evacuated < 0)
		return origin_procs < 0 ? 0 : pseudo_write_fd(origin_procs, "0");
	if (mkdirat(group->base, EVACUATION_LEAF, 0755) == 0) {
		close(group->evacuated);
		group->evacuated = group_open(group->base, EVACUATION_LEAF);
	}
	return pseudo_write(group->evacuated, "cgroup.procs", "0");
}

/* Adds a directory to those that a person has to remove. */
static void left_behind(char **paths, const char *path)
{
	cleanup_free char *before = *paths;
	*paths = xasprintf("%s%s%s", before ? before : "", before ? " " : "", path);
}

/* While our router ran without the lock, somebody may have taken the empty group away and made its own. */
static bool still_ours(const struct group *group, const struct group_level *leaf)
{
	struct stat ours, there;
	if (group->directory < 0)
		return true;
	return flock(group->directory, LOCK_EX | LOCK_NB) == 0 && fstat(group->directory, &ours) == 0 &&
	       fstatat(leaf->parent, leaf->name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       ours.st_ino == there.st_ino;
}

static int unmake_levels(struct group *group, struct error *error)
{
	cleanup_free char *paths = NULL;
	int errnum = 0;
	for (size_t i = group->level_count; i-- > 0;) {
		struct group_level *level = &group->levels[i];
		bool ours = level->made && (i + 1 < group->level_count || still_ours(group, level));
		if (ours && unlinkat(level->parent, level->name, AT_REMOVEDIR) < 0) {
			/* an upper level that is busy has begun to serve somebody else: it stays */
			bool shared = i + 1 < group->level_count && !paths &&
				      (errno == EBUSY || errno == ENOTEMPTY);
			if (errno != ENOENT && !shared) {
				errnum = errnum ? errnum : errno;
				left_behind(&paths, level->label);
			}
		}
		if (level->enabled && !is_in_use(level))
			controllers_disable(level->parent, level->enabled);
	}
	if (!paths)
		return 0;
	error_set(error, errnum, "remove the groups that were made: %s", paths);
	return error_hint(error, "remove them by hand: rmdir %s", paths);
}

int group_unmake(struct group *group, int origin_procs, struct error *error)
{
	int result = 0;
	if (leave(group, origin_procs) < 0)
		result = error_set(error, errno, "move back to the group that we came from");
	if (unmake_levels(group, error) < 0)
		result = -1;
	protect_less(group);
	if (group->evacuated >= 0 && !is_in_use(&group->levels[0])) {
		if (group_move_all(group->evacuated, group->base) < 0)
			result = error_set(error, errno, "move the processes in %s back", EVACUATION_LEAF);
		unlinkat(group->base, EVACUATION_LEAF, AT_REMOVEDIR);
	}
	group_clear(group);
	return result;
}

void group_unlock(const struct group *group)
{
	if (group->directory >= 0)
		flock(group->directory, LOCK_UN);
}

void group_release(struct group *group)
{
	for (size_t i = 0; i < group->level_count; i++) {
		close_if_open(group->levels[i].parent);
		free(group->levels[i].name);
		free(group->levels[i].label);
	}
	free(group->levels);
	group->levels = NULL;
	group->level_count = 0;
	close_if_open(group->directory);
	close_if_open(group->evacuated);
	close_if_open(group->base);
	group->directory = group->evacuated = group->base = -1;
}
