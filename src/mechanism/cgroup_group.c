/* SPDX-License-Identifier: MIT */
#include "mechanism/cgroup_group.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "mechanism/cgroup_controllers.h"
#include "mechanism/cgroup_lock.h"
#include "mechanism/cgroup_mark.h"
#include "mechanism/cgroup_protect.h"
#include "mechanism/cgroup_tree.h"

#define WALK_TRIES 3

static void close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* They can be moved where they have a number. */
static int refuse_outside(const char *label, unsigned outside, struct error *error)
{
	error_set(error, 0, "%s has %u process%s outside this PID namespace, which cannot be moved from here",
		  label, outside, outside == 1 ? "" : "es");
	return error_hint(error, "start siplaunch in the PID namespace of all processes of %s", label);
}

static int evacuate(struct group *group, const char *label, struct error *error)
{
	if (mkdirat(group->base, EVACUATION_LEAF, 0755) < 0 && errno != EEXIST)
		return error_set(error, errno, "create %s/%s for the processes of %s", label, EVACUATION_LEAF,
				 label);
	unsigned outside;
	group->evacuated = group_open(group->base, EVACUATION_LEAF);
	if (group->evacuated < 0 || group_move_all(group->base, group->evacuated, &outside) < 0)
		return error_set(error, errno, "move the processes of %s into %s/%s", label, label,
				 EVACUATION_LEAF);
	return outside ? refuse_outside(label, outside, error) : 0;
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

/* What is there under our name already: refused when in use, removed when it is a left-over. */
static int clear_stale(int parent, const char *name, const char *label, struct error *error)
{
	cleanup_close int old = group_open(parent, name);
	if (old < 0)
		return error_set(error, errno, "open %s", label);
	cleanup_close int lock = group_lock(old);
	if (lock < 0 && errno == EWOULDBLOCK) {
		error_set(error, errno, "another siplaunch is starting a router in %s", label);
		return error_hint(error, "one group holds one router: give this one another cgroup.path");
	}
	if (lock < 0)
		return error_set(error, errno, "lock %s", label);
	if (group_populated(old)) {
		cleanup_free char *pids = group_pids(old);
		error_set(error, EBUSY, "%s is in use by %s", label, pids);
		return error_hint(error, "stop them first, or give this router another cgroup.path");
	}
	if (group_remove_empty(parent, name) < 0)
		return error_set(error, errno, "remove the empty stale group %s", label);
	return 0;
}

static int make_leaf(struct group *group, struct group_level *level, struct error *error)
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
	group->lock = group->directory < 0 ? -1 : group_lock(group->directory);
	if (group->lock < 0)
		return error_set(error, errno, "open and lock %s", label);
	return 0;
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
	if (!level->made)
		return check_type(*next, label, error);
	mark_made(*next);
	return 0;
}

/* What an earlier launcher switched on here. Where somebody has since switched off its controllers, or
 * removed its groups, by hand, what is on now is his. */
static struct enabled enabled_before(int parent, unsigned missing)
{
	struct enabled enabled = {0};
	if (!mark_read_enabled(parent, &enabled))
		return enabled;
	if (!(enabled.controllers & missing) && group_newest_child(parent) > enabled.newest)
		return enabled;
	mark_remove_enabled(parent);
	return (struct enabled){0};
}

/* Where the base's processes are in the way they are moved into a leaf, if that may be. */
static int switch_on(const struct group_request *request, struct group *group, struct group_level *level,
		     unsigned missing, const char *label, struct error *error)
{
	unsigned *enabled = &level->enabled.controllers;
	if (!request->may_evacuate || level != group->levels)
		return controllers_enable(level->parent, missing, request->optional, label, enabled, error);
	/* what is only preferred is not given up either while there are processes that could be moved */
	if (controllers_enable(level->parent, missing, 0, label, enabled, error) == 0)
		return 0;
	bool busy = error->errnum == EBUSY;
	error_clear(error);
	if (busy && evacuate(group, label, error) < 0)
		return -1;
	return controllers_enable(level->parent, missing & ~*enabled, request->optional, label, enabled,
				  error);
}

static int enable_at(const struct group_request *request, struct group *group, struct group_level *level,
		     const char *label, struct error *error)
{
	bool fresh = level != group->levels && level[-1].made; /* hands nothing down yet */
	unsigned missing = request->controllers;
	struct enabled before = {0};
	if (!fresh) {
		missing = controllers_missing(level->parent, request->controllers);
		before = enabled_before(level->parent, missing);
		if (missing && !before.controllers)
			before.newest = group_newest_child(level->parent);
	}
	level->enabled.newest = before.newest;
	int result = switch_on(request, group, level, missing, label, error);
	before.controllers |= level->enabled.controllers;
	if (level->enabled.controllers)
		mark_enabled(level->parent, &before);
	return result;
}

static int walk(const struct group_request *request, struct group *group, struct error *error)
{
	cleanup_free char *path = xstrdup(request->path);
	const char *above = request->label;
	char *rest = NULL;

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

static void levels_release(struct group *group)
{
	for (size_t i = 0; i < group->level_count; i++) {
		close_if_open(group->levels[i].parent);
		free(group->levels[i].name);
		free(group->levels[i].label);
	}
	free(group->levels);
	group->levels = NULL;
	group->level_count = 0;
	close_if_open(group->lock);
	close_if_open(group->directory);
	close_if_open(group->evacuated);
	group->lock = group->directory = group->evacuated = -1;
}

static const struct group nothing = {.directory = -1, .lock = -1, .evacuated = -1, .base = -1};

static int unmake_locked(struct group *group, int origin_procs, struct error *error);

/* The tree is locked. */
static int make_locked(const struct group_request *request, struct group *group, struct error *error)
{
	for (int try = 1;; try++) {
		if (walk(request, group, error) == 0)
			return 0;
		/* Somebody else may have removed a level under our feet: walk again. */
		bool vanished = error->errnum == ENOENT && try < WALK_TRIES;
		unmake_locked(group, -1, NULL);
		if (!vanished)
			return -1;
		error_clear(error);
	}
}

int group_make(const struct group_request *request, struct group *group, struct error *error)
{
	*group = nothing;
	group->label = xstrdup(request->label);
	group->base = group_open(request->mount, request->base);
	if (group->base < 0)
		error_set(error, errno, "open %s", request->label);
	cleanup_close int lock = group->base < 0 ? -1 : tree_lock(group->base, request->label, error);
	if (lock >= 0 && make_locked(request, group, error) == 0)
		return 0;
	group_release(group);
	return -1;
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

int group_level_directory(const struct group *group, size_t i)
{
	return i + 1 < group->level_count ? group->levels[i + 1].parent : group->directory;
}

/* Ours to remove: siplaunch made it, and it is the directory that we had. */
static bool is_ours(const struct group *group, size_t i)
{
	const struct group_level *level = &group->levels[i];
	int directory = group_level_directory(group, i);
	if (directory < 0)
		return level->made;
	return (level->made || mark_is_made(directory)) &&
	       group_is_still(level->parent, level->name, directory);
}

/* Switches off what a launcher switched on, unless there are groups from after that: their limits would go
 * with it. Those from before had none by them. False: there are such groups. */
static bool disable_at(const struct group_level *level)
{
	struct enabled enabled = level->enabled;
	bool marked = mark_read_enabled(level->parent, &enabled);
	if (group_newest_child(level->parent) > enabled.newest)
		return false;
	if (enabled.controllers)
		controllers_disable(level->parent, enabled.controllers);
	if (marked)
		mark_remove_enabled(level->parent);
	return true;
}

static int unmake_levels(struct group *group, bool *base_is_free, struct error *error)
{
	cleanup_free char *paths = NULL;
	int errnum = 0;
	for (size_t i = group->level_count; i-- > 0;) {
		struct group_level *level = &group->levels[i];
		if (is_ours(group, i) && unlinkat(level->parent, level->name, AT_REMOVEDIR) < 0) {
			/* an upper level that is busy has begun to serve somebody else: it stays */
			bool shared = i + 1 < group->level_count && !paths &&
				      (errno == EBUSY || errno == ENOTEMPTY);
			if (errno != ENOENT && !shared) {
				errnum = errnum ? errnum : errno;
				left_behind(&paths, level->label);
			}
		}
		*base_is_free = disable_at(level);
	}
	if (!paths)
		return 0;
	error_set(error, errnum, "remove the groups that were made: %s", paths);
	return error_hint(error, "remove them by hand: rmdir %s", paths);
}

/* The base's processes go back to where they were, whichever launcher moved them. */
static int settle_back(struct group *group, struct error *error)
{
	int result = 0;
	if (group->evacuated < 0)
		group->evacuated = group_open(group->base, EVACUATION_LEAF);
	if (group->evacuated < 0)
		return 0;
	unsigned outside = 0;
	if (group_move_all(group->evacuated, group->base, &outside) < 0)
		result = error_set(error, errno, "move the processes in %s/%s back", group->label,
				   EVACUATION_LEAF);
	else if (outside)
		result = refuse_outside(group->label, outside, error);
	unlinkat(group->base, EVACUATION_LEAF, AT_REMOVEDIR);
	return result;
}

/* The tree is locked. The base stays open, and the group can be made anew. */
static int unmake_locked(struct group *group, int origin_procs, struct error *error)
{
	bool base_is_free = false;
	int result = 0;
	if (leave(group, origin_procs) < 0)
		result = error_set(error, errno, "move back to the group that we came from");
	if (unmake_levels(group, &base_is_free, error) < 0)
		result = -1;
	protect_less(group);
	if (base_is_free && settle_back(group, error) < 0)
		result = -1;
	levels_release(group);
	return result;
}

int group_unmake(struct group *group, int origin_procs, struct error *error)
{
	cleanup_close int lock = tree_lock(group->base, group->label, error);
	int result = lock < 0 ? -1 : unmake_locked(group, origin_procs, error);
	if (lock < 0)
		error_context(error, "take %s away, which stays",
			      group->levels[group->level_count - 1].label);
	group_release(group);
	return result;
}

void group_unlock(struct group *group)
{
	close_if_open(group->lock);
	group->lock = -1;
}

void group_release(struct group *group)
{
	levels_release(group);
	close_if_open(group->base);
	free(group->label);
	*group = nothing;
}
