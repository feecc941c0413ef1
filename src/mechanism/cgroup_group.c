/* SPDX-License-Identifier: MIT */
#include "mechanism/cgroup_group.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "mechanism/cgroup_controllers.h"
#include "mechanism/cgroup_lock.h"
#include "mechanism/cgroup_mark.h"
#include "mechanism/cgroup_tree.h"
#include "mechanism/cgroup_unmake.h"

#define WALK_TRIES 3

/* Two seconds; other launchers wait five for the lock (cgroup_lock.c). */
#define DYING_TRIES    40
#define DYING_PAUSE_NS 50000000L

int group_refuse_outside(const char *label, unsigned outside, struct error *error)
{
	error_set(error, 0, "%s has %u process%s outside this PID namespace, which cannot be moved from here",
		  label, outside, outside == 1 ? "" : "es");
	return error_hint(error, "start siplaunch in the PID namespace of all processes of %s", label);
}

/* Explains mkdir's errno (kernel/cgroup/cgroup.c, cgroup_mkdir). */
static int cannot_create(const char *label, struct error *error)
{
	int errnum = errno;
	error_set(error, errnum, "create %s", label);
	if (errnum == EAGAIN)
		return error_hint(
			error, "a group above it has reached its cgroup.max.descendants or cgroup.max.depth");
	return -1;
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
	return outside ? group_refuse_outside(label, outside, error) : 0;
}

/* A new group below a domain is a domain; below "domain threaded" it is "domain invalid"
 * (kernel/cgroup/cgroup.c, cgroup_type_show). */
static int check_type(int directory, const char *label, struct error *error)
{
	cleanup_free char *type = NULL;
	if (pseudo_read_record(directory, "cgroup.type", &type) < 0 || strcmp(type, "domain") == 0)
		return 0;
	error_set(error, 0, "%s is of type \"%s\": memory can be limited in domain groups only", label, type);
	return error_hint(error, "choose a cgroup.path outside the threaded groups");
}

/* The kernel no longer lists an ending process, which keeps the group in use until its memory is freed.
 * Returns the group's processes; "": only ending ones, after the timeout; NULL: none. */
static char *wait_for_the_dying(int directory)
{
	for (int i = 0; i < DYING_TRIES && group_populated(directory); i++) {
		char *pids = group_pids(directory);
		if (*pids)
			return pids;
		free(pids);
		nanosleep(&(struct timespec){.tv_nsec = DYING_PAUSE_NS}, NULL);
	}
	return group_populated(directory) ? group_pids(directory) : NULL;
}

static int is_starting(const char *where, const char *label, struct error *error)
{
	error_set(error, EWOULDBLOCK, "another siplaunch is starting a router %s %s", where, label);
	return error_hint(
		error, "give this router another cgroup.path: one group holds one router, and none below it");
}

/* An existing group with this name: refused if it has processes, removed if it is empty. */
static int clear_stale(int parent, const char *name, const char *label, struct error *error)
{
	cleanup_close int old = group_open(parent, name);
	if (old < 0)
		return error_set(error, errno, "open %s", label);
	cleanup_close int lock = group_lock(old);
	if (lock < 0 && errno == EWOULDBLOCK)
		return is_starting("in", label, error);
	if (lock < 0)
		return error_set(error, errno, "lock %s", label);
	if (group_below_is_locked(old))
		return is_starting("below", label, error);
	cleanup_free char *pids = wait_for_the_dying(old);
	if (pids) {
		error_set(error, EBUSY, "%s is in use by %s", label,
			  *pids ? pids : "processes that are ending");
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
			return cannot_create(label, error);
		if (clear_stale(level->parent, level->name, label, error) < 0)
			return -1;
		if (mkdirat(level->parent, level->name, 0755) < 0)
			return cannot_create(label, error);
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
	if (mkdirat(level->parent, level->name, MARK_MODE) == 0)
		level->made = true;
	else if (errno != EEXIST)
		return cannot_create(label, error);
	*next = group_open(level->parent, level->name);
	if (*next < 0)
		return error_set(error, errno, "open %s", label);
	if (!level->made) {
		cleanup_close int lock = group_lock(*next);
		if (lock < 0 && errno == EWOULDBLOCK) /* its router is being started */
			return is_starting("in", label, error);
		if (check_type(*next, label, error) < 0)
			return -1;
	}
	if ((level->made || mark_is_unfinished(*next)) && mark_made(*next) < 0)
		return error_set(error, errno, "set the mode of %s", label);
	return 0;
}

int group_cannot_look(const char *label, struct error *error)
{
	return error_set(error, errno, "list the groups in %s", label);
}

int group_cannot_remove_mark(const char *name, const char *label, struct error *error)
{
	error_set(error, errno, "remove the attribute %s of %s", name, label);
	return error_hint(error, "setfattr -x %s %s", name, label);
}

/* The controllers that an earlier launcher switched on here. If an administrator has since switched them off,
 * or removed the groups, the ones that are on now count as the administrator's. */
static int enabled_before(int parent, unsigned missing, const char *label, struct enabled *enabled,
			  struct error *error)
{
	const char *name;
	uint64_t newest = 0;
	int marked = mark_read_enabled(parent, enabled);
	if (marked < 0)
		return error_set(error, errno, "read the attributes of %s", label);
	if (!marked)
		return 0;
	if (!(enabled->controllers & missing) && group_newest_child(parent, &newest) < 0)
		return group_cannot_look(label, error);
	/* a launcher that was killed could not switch them off */
	if (newest > enabled->newest || (enabled->changing && !(enabled->controllers & missing)))
		return 0;
	*enabled = (struct enabled){0};
	return mark_remove_enabled(parent, &name) < 0 ? group_cannot_remove_mark(name, label, error) : 0;
}

/* Which controllers are on, and who switched them on. */
static int look_at_level(int parent, unsigned wanted, const char *label, unsigned *missing,
			 struct enabled *before, struct error *error)
{
	if (controllers_missing(parent, wanted, missing) < 0)
		return error_set(error, errno, "read %s/cgroup.subtree_control", label);
	if (enabled_before(parent, *missing, label, before, error) < 0)
		return -1;
	if (*missing && !before->controllers && group_newest_child(parent, &before->newest) < 0)
		return group_cannot_look(label, error);
	return 0;
}

/*
 * A group with processes cannot switch controllers on. For memory, io and others the kernel refuses (EBUSY).
 * For those that threads can have (cpu, cpuset, pids) it accepts, makes the group a thread root, and no group
 * below can take a process (EOPNOTSUPP). So the processes leave first, where the request permits that, also
 * for a controller that is only preferred. The root of the hierarchy may have processes.
 */
static int switch_on(const struct group_request *request, struct group *group, struct group_level *level,
		     unsigned missing, const char *label, struct error *error)
{
	bool is_base = level == group->levels, fresh = !is_base && level[-1].made;
	bool is_root = is_base && !request->may_evacuate;
	cleanup_free char *pids = missing && !fresh && !is_root ? group_own_pids(level->parent) : xstrdup("");
	if (*pids && !is_base)
		return controllers_refuse_busy(level->parent, missing & ~request->optional, label, error);
	if (*pids && evacuate(group, label, error) < 0)
		return -1;
	return controllers_enable(level->parent, missing, request->optional, label,
				  &level->enabled.controllers, error);
}

/* Writes the mark before the change, so that the next launcher knows of it if we are killed in between. */
static int enable_at(const struct group_request *request, struct group *group, struct group_level *level,
		     const char *label, struct error *error)
{
	bool fresh = level != group->levels && level[-1].made; /* enables no controllers yet */
	unsigned missing = request->controllers;
	struct enabled *mark = &level->mark;
	if (!fresh && look_at_level(level->parent, request->controllers, label, &missing, mark, error) < 0)
		return -1;
	level->enabled.newest = mark->newest;
	unsigned before = mark->controllers;
	if (missing && !fresh) {
		mark->controllers |= missing;
		mark->changing = true;
		mark_enabled(level->parent, mark);
	}
	int result = switch_on(request, group, level, missing, label, error);
	mark->controllers = before | level->enabled.controllers;
	return result;
}

/* The group is complete: its controllers are the intended ones. */
static void settle_marks(struct group *group)
{
	for (size_t i = 0; i < group->level_count; i++) {
		struct group_level *level = &group->levels[i];
		level->mark.changing = false;
		if (level->enabled.controllers)
			mark_enabled(level->parent, &level->mark);
	}
}

static int walk(const struct group_request *request, struct group *group, struct error *error)
{
	cleanup_free char *path = xstrdup(request->path);
	const char *above = request->label;
	char *rest = NULL;

	int parent = fcntl(group->base, F_DUPFD_CLOEXEC, 3);
	if (parent < 0)
		return error_set(error, errno, "duplicate the descriptor of %s", above);
	for (char *name = strtok_r(path, "/", &rest); name;) {
		char *next_name = strtok_r(NULL, "/", &rest);
		struct group_level *level = ARRAY_ADD(group->levels, group->level_count);
		*level = (struct group_level){
			.parent = parent, .name = xstrdup(name), .label = path_join(above, name)};
		if (enable_at(request, group, level, above, error) < 0)
			return -1;
		parent = -1;
		if (next_name ? make_level(level, &parent, error) < 0 : make_leaf(group, level, error) < 0) {
			cleanup_close_(&parent);
			return -1;
		}
		above = level->label;
		name = next_name;
	}
	settle_marks(group);
	return 0;
}

void group_levels_release(struct group *group)
{
	for (size_t i = 0; i < group->level_count; i++) {
		cleanup_close_(&group->levels[i].parent);
		free(group->levels[i].name);
		free(group->levels[i].label);
	}
	free(group->levels);
	group->levels = NULL;
	group->level_count = 0;
	cleanup_close_(&group->lock);
	cleanup_close_(&group->directory);
	cleanup_close_(&group->evacuated);
	group->lock = group->directory = group->evacuated = -1;
}

static const struct group nothing = {.directory = -1, .lock = -1, .evacuated = -1, .base = -1};

/* Making the group failed, and removing its parts failed, too. */
static int also_left(struct error *error, const struct error *undone)
{
	cleanup_free char *text = error_text(undone);
	cleanup_free char *message = xasprintf("%s; then: %s", error->message, text);
	error_set(error, error->errnum, "%s", message);
	return undone->hint ? error_hint(error, "%s", undone->hint) : -1;
}

/* The tree is locked. */
static int make_locked(const struct group_request *request, struct group *group, struct error *error)
{
	for (int try = 1;; try++) {
		if (walk(request, group, error) == 0)
			return 0;
		/* Another process may have removed a level meanwhile: walk again. */
		bool vanished = error->errnum == ENOENT && try < WALK_TRIES;
		cleanup_error struct error undone = {0};
		if (group_unmake_locked(group, -1, &undone) < 0)
			return also_left(error, &undone);
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
	/* as systemd makes them, whatever root's umask is: the router's user and monitoring read them */
	mode_t mask = umask(S_IWGRP | S_IWOTH);
	bool made = lock >= 0 && make_locked(request, group, error) == 0;
	umask(mask);
	if (made)
		return 0;
	group_release(group);
	return -1;
}

void group_tidy(const struct group *group)
{
	if (group->evacuated >= 0)
		unlinkat(group->base, EVACUATION_LEAF, AT_REMOVEDIR);
}

int group_level_directory(const struct group *group, size_t i)
{
	return i + 1 < group->level_count ? group->levels[i + 1].parent : group->directory;
}

void group_unlock(struct group *group)
{
	cleanup_close_(&group->lock);
	group->lock = -1;
}

void group_release(struct group *group)
{
	group_levels_release(group);
	cleanup_close_(&group->base);
	free(group->label);
	*group = nothing;
}
