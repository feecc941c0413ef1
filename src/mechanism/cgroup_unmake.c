/* SPDX-License-Identifier: MIT */
#include "mechanism/cgroup_unmake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "mechanism/cgroup_controllers.h"
#include "mechanism/cgroup_lock.h"
#include "mechanism/cgroup_protect.h"
#include "mechanism/cgroup_tree.h"

/*
 * The group's processes leave first: a group with processes cannot be removed. If the base was evacuated, we
 * cannot return to it before its controllers are off: until then we are in the leaf, which is made again if
 * group_tidy() has removed it.
 */
static int leave(struct group *group, int origin_procs)
{
	if (group->directory < 0 || !group_holds(group->directory, getpid()))
		return 0; /* a supervisor stays where an administrator has moved it */
	if (group->evacuated < 0)
		return origin_procs < 0 ? 0 : pseudo_write_fd(origin_procs, "0");
	if (mkdirat(group->base, EVACUATION_LEAF, 0755) == 0) {
		close(group->evacuated);
		group->evacuated = group_open(group->base, EVACUATION_LEAF);
	}
	return pseudo_write(group->evacuated, "cgroup.procs", "0");
}

/* The directory that enables controllers for a level. */
static const char *label_above(const struct group *group, size_t i)
{
	return i ? group->levels[i - 1].label : group->label;
}

/* What could not be undone: the failures, and the commands by which a person can do it. */
struct leftovers {
	struct error failure;
	char *groups;   /* "/sys/fs/cgroup/a/b /sys/fs/cgroup/a", or NULL */
	char *commands; /* to run after the removal of `groups`; or NULL */
};

static void leftovers_clear(struct leftovers *left)
{
	error_clear(&left->failure);
	free(left->groups);
	free(left->commands);
}

/* The first failure keeps its errno; further ones become part of its text. */
static void add_failure(struct leftovers *left, struct error *failure)
{
	if (!left->failure.message) {
		error_move(&left->failure, failure);
		return;
	}
	cleanup_free char *text = error_text(failure);
	text_append(&left->failure.message, "; ", "%s", text);
	error_clear(failure);
}

static void add_switch_off(struct leftovers *left, unsigned controllers, const char *label)
{
	cleanup_free char *text = controllers_text(controllers, '-');
	cleanup_free char *command = xasprintf("echo \"%s\" >%s/cgroup.subtree_control", text, label);
	text_append(&left->commands, " && ", "%s", command);
}

/* 1 if siplaunch may remove it: siplaunch made it, and it is still the same directory. Else 0, or -1 with
 * errno. */
static int is_ours(const struct group *group, size_t i)
{
	const struct group_level *level = &group->levels[i];
	int directory = group_level_directory(group, i);
	if (directory < 0)
		return level->made;
	int made = level->made ? 1 : mark_is_made(directory);
	return made == 1 ? group_is_still(level->parent, level->name, directory) : made;
}

static bool is_leaf(const struct group *group, size_t i)
{
	return i + 1 == group->level_count;
}

/* True if another launcher has begun to use the group as a level since the router ended. */
static bool leaf_has_become_a_level(const struct group *group)
{
	struct enabled enabled;
	return group->directory >= 0 &&
	       (mark_read_enabled(group->directory, &enabled) > 0 || group_below_is_locked(group->directory));
}

/* Groups below the router's own are the router's; groups below other levels may be another process's. */
static int remove_directory(const struct group *group, size_t i)
{
	const struct group_level *level = &group->levels[i];
	if (!is_leaf(group, i))
		return unlinkat(level->parent, level->name, AT_REMOVEDIR);
	if (!leaf_has_become_a_level(group))
		return group_remove_empty(level->parent, level->name);
	return mark_made(group->directory); /* the last launcher that uses it removes it */
}

/* True if an upper level could not be removed because another process or launcher uses it by now: it stays.
 * Keeps errno. */
static bool is_shared(const struct group *group, size_t i)
{
	int errnum = errno, directory = group_level_directory(group, i);
	uint64_t newest = 0;
	bool busy = !is_leaf(group, i) && (errnum == EBUSY || errnum == ENOTEMPTY);
	bool used = busy && (directory < 0 || group_populated(directory) ||
			     group_newest_child(directory, &newest) < 0 || newest > 0);
	errno = errnum;
	return used;
}

static void remove_level(const struct group *group, size_t i, struct leftovers *left)
{
	const struct group_level *level = &group->levels[i];
	int ours = is_ours(group, i);
	if (ours == 0 || (ours > 0 && remove_directory(group, i) == 0))
		return;
	if (ours > 0 && (errno == ENOENT || (!left->groups && is_shared(group, i))))
		return;
	if (!left->groups) {
		struct error failure = {0};
		error_set(&failure, errno, ours < 0 ? "check %s, to remove it" : "remove the group %s",
			  level->label);
		add_failure(left, &failure);
	}
	text_append(&left->groups, " ", "%s", level->label);
}

/* 1 if no group is newer than the switching on: such a group may have limits that would be lost. Older groups
 * have none of these controllers. Else 0, or -1. */
static int may_disable(const struct group_level *level, const char *label, struct enabled *enabled,
		       struct error *error)
{
	uint64_t newest;
	*enabled = level->enabled;
	if (mark_read_enabled(level->parent, enabled) < 0)
		return error_set(error, errno, "read the attributes of %s", label);
	if (group_newest_child(level->parent, &newest) < 0)
		return group_cannot_look(label, error);
	return newest <= enabled->newest;
}

/* Switches off what a launcher switched on. 1; 0: they must stay on; -1. */
static int disable_at(const struct group *group, size_t i, struct leftovers *left, struct error *error)
{
	const struct group_level *level = &group->levels[i];
	const char *label = label_above(group, i), *name;
	struct enabled enabled;
	int result = may_disable(level, label, &enabled, error);
	if (result > 0 && enabled.controllers && controllers_disable(level->parent, enabled.controllers) < 0)
		result =
			error_set(error, errno, "switch controllers off in %s/cgroup.subtree_control", label);
	else if (result > 0 && mark_remove_enabled(level->parent, &name) < 0)
		return group_cannot_remove_mark(name, label, error);
	if (result == 0 && enabled.changing) {
		enabled.changing = false;
		mark_enabled(level->parent, &enabled);
	}
	/* removing a level of siplaunch's also removes its controllers */
	bool goes = i > 0 && level[-1].made;
	if (enabled.controllers && !goes && (result < 0 || (result == 0 && left->groups)))
		add_switch_off(left, enabled.controllers, label);
	return result;
}

/* Marks the changes first: if we are killed before the end, the next launcher continues. */
static void announce_changes(const struct group *group)
{
	for (size_t i = 0; i < group->level_count; i++) {
		struct enabled enabled = {0};
		if (mark_read_enabled(group->levels[i].parent, &enabled) <= 0)
			continue;
		enabled.changing = true;
		mark_enabled(group->levels[i].parent, &enabled);
	}
}

static void unmake_levels(struct group *group, bool *base_is_free, struct leftovers *left)
{
	announce_changes(group);
	for (size_t i = group->level_count; i-- > 0;) {
		struct error failure = {0};
		remove_level(group, i, left);
		int disabled = disable_at(group, i, left, &failure);
		if (disabled < 0)
			add_failure(left, &failure);
		*base_is_free = disabled > 0;
	}
}

static int report_leftovers(struct leftovers *left, struct error *error)
{
	if (!left->failure.message)
		return 0;
	error_move(error, &left->failure);
	if (!error)
		return -1;
	if (!left->groups && !left->commands)
		return -1;
	return error_hint(error, "undo it by hand: %s%s%s%s", left->groups ? "rmdir " : "",
			  left->groups ? left->groups : "", left->groups && left->commands ? " && " : "",
			  left->commands ? left->commands : "");
}

/* Moves the base's processes back, whichever launcher moved them into the leaf. */
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
		result = group_refuse_outside(group->label, outside, error);
	unlinkat(group->base, EVACUATION_LEAF, AT_REMOVEDIR);
	return result;
}

int group_unmake_locked(struct group *group, int origin_procs, struct error *error)
{
	__attribute__((cleanup(leftovers_clear))) struct leftovers left = {0};
	struct error failure = {0};
	bool base_is_free = false;
	if (leave(group, origin_procs) < 0) {
		error_set(&failure, errno, "move back to siplaunch's former group");
		add_failure(&left, &failure);
	}
	unmake_levels(group, &base_is_free, &left);
	if (protect_less(group, &failure) < 0)
		add_failure(&left, &failure);
	if (base_is_free && settle_back(group, &failure) < 0)
		add_failure(&left, &failure);
	group_levels_release(group);
	return report_leftovers(&left, error);
}

/* Nothing can be restored without the lock. */
static void all_stays(const struct group *group, struct error *error)
{
	__attribute__((cleanup(leftovers_clear))) struct leftovers left = {0};
	for (size_t i = group->level_count; i-- > 0;) {
		const struct group_level *level = &group->levels[i];
		if (level->made)
			text_append(&left.groups, " ", "%s", level->label);
		if (level->enabled.controllers && !(i > 0 && level[-1].made))
			add_switch_off(&left, level->enabled.controllers, label_above(group, i));
	}
	error_move(&left.failure, error);
	report_leftovers(&left, error);
}

int group_unmake(struct group *group, int origin_procs, struct error *error)
{
	struct error failure = {0};
	cleanup_close int lock = tree_lock(group->base, group->label, &failure);
	int result = lock < 0 ? -1 : group_unmake_locked(group, origin_procs, error);
	if (lock < 0) {
		all_stays(group, &failure);
		error_move(error, &failure);
		error_context(error, "remove %s, which remains", group->levels[group->level_count - 1].label);
	}
	group_release(group);
	return result;
}
