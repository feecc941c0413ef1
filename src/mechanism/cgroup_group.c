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
#include "mechanism/cgroup_protect.h"
#include "mechanism/cgroup_tree.h"

#define WALK_TRIES 3

/* Two seconds; other launchers wait five for the lock (cgroup_lock.c). */
#define DYING_TRIES    40
#define DYING_PAUSE_NS 50000000L

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

/* A process that is ending is not listed any more, and keeps the group in use until its memory is given back.
 * Who lives there; "": only such, for too long; NULL: nobody. */
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
	return error_hint(error, "one group holds one router, and none below it: give this one another "
				 "cgroup.path");
}

/* What is there under our name already: refused when in use, removed when it is a left-over. */
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
	if (mkdirat(level->parent, level->name, MARK_MODE) == 0)
		level->made = true;
	else if (errno != EEXIST)
		return error_set(error, errno, "create %s", label);
	*next = group_open(level->parent, level->name);
	if (*next < 0)
		return error_set(error, errno, "open %s", label);
	if (!level->made) {
		cleanup_close int lock = group_lock(*next);
		if (lock < 0 && errno == EWOULDBLOCK) /* there will be processes in it */
			return is_starting("in", label, error);
		if (check_type(*next, label, error) < 0)
			return -1;
	}
	if ((level->made || mark_is_unfinished(*next)) && mark_made(*next) < 0)
		return error_set(error, errno, "set the mode of %s", label);
	return 0;
}

static int cannot_look(const char *label, struct error *error)
{
	return error_set(error, errno, "look for the groups in %s", label);
}

static int cannot_remove_mark(const char *name, const char *label, struct error *error)
{
	error_set(error, errno, "remove the attribute %s of %s", name, label);
	return error_hint(error, "setfattr -x %s %s", name, label);
}

/* What an earlier launcher switched on here. Where somebody has since switched off its controllers, or
 * removed its groups, by hand, what is on now is his. */
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
		return cannot_look(label, error);
	/* one that was killed meanwhile could not switch them off */
	if (newest > enabled->newest || (enabled->changing && !(enabled->controllers & missing)))
		return 0;
	*enabled = (struct enabled){0};
	return mark_remove_enabled(parent, &name) < 0 ? cannot_remove_mark(name, label, error) : 0;
}

/* What is on already, and by whom. */
static int look_at_level(int parent, unsigned wanted, const char *label, unsigned *missing,
			 struct enabled *before, struct error *error)
{
	if (controllers_missing(parent, wanted, missing) < 0)
		return error_set(error, errno, "read %s/cgroup.subtree_control", label);
	if (enabled_before(parent, *missing, label, before, error) < 0)
		return -1;
	if (*missing && !before->controllers && group_newest_child(parent, &before->newest) < 0)
		return cannot_look(label, error);
	return 0;
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

/* Marked before, so that the next launcher knows whose it is should we be killed in between. */
static int enable_at(const struct group_request *request, struct group *group, struct group_level *level,
		     const char *label, struct error *error)
{
	bool fresh = level != group->levels && level[-1].made; /* hands nothing down yet */
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

/* All is there: what is on is as it is meant to be. */
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
			close_if_open(parent);
			return -1;
		}
		above = level->label;
		name = next_name;
	}
	settle_marks(group);
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

/* What was being made failed, and then what there was of it could not be taken away. */
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
		/* Somebody else may have removed a level under our feet: walk again. */
		bool vanished = error->errnum == ENOENT && try < WALK_TRIES;
		cleanup_error struct error undone = {0};
		if (unmake_locked(group, -1, &undone) < 0)
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
	if (group->directory < 0 || !group_holds(group->directory, getpid()))
		return 0; /* a supervisor, which stays wherever it has been put meanwhile */
	if (group->evacuated < 0)
		return origin_procs < 0 ? 0 : pseudo_write_fd(origin_procs, "0");
	if (mkdirat(group->base, EVACUATION_LEAF, 0755) == 0) {
		close(group->evacuated);
		group->evacuated = group_open(group->base, EVACUATION_LEAF);
	}
	return pseudo_write(group->evacuated, "cgroup.procs", "0");
}

int group_level_directory(const struct group *group, size_t i)
{
	return i + 1 < group->level_count ? group->levels[i + 1].parent : group->directory;
}

/* The directory that hands controllers down to a level. */
static const char *label_above(const struct group *group, size_t i)
{
	return i ? group->levels[i - 1].label : group->label;
}

/* What could not be put back: each failure, and what a person has to do about all of them. */
struct leftovers {
	struct error failure;
	char *groups;   /* "/sys/fs/cgroup/a/b /sys/fs/cgroup/a", or NULL */
	char *commands; /* that come after their removal; or NULL */
};

static void leftovers_clear(struct leftovers *left)
{
	error_clear(&left->failure);
	free(left->groups);
	free(left->commands);
}

static void append(char **text, const char *separator, const char *more)
{
	cleanup_free char *before = *text;
	*text = xasprintf("%s%s%s", before ? before : "", before ? separator : "", more);
}

/* The first has its errno in the report, further ones in their text. */
static void add_failure(struct leftovers *left, struct error *failure)
{
	if (!left->failure.message) {
		error_move(&left->failure, failure);
		return;
	}
	cleanup_free char *text = error_text(failure);
	append(&left->failure.message, "; ", text);
	error_clear(failure);
}

static void add_switch_off(struct leftovers *left, unsigned controllers, const char *label)
{
	cleanup_free char *text = controllers_text(controllers, '-');
	cleanup_free char *command = xasprintf("echo \"%s\" >%s/cgroup.subtree_control", text, label);
	append(&left->commands, " && ", command);
}

/* Ours to remove: siplaunch made it, and it is the directory that we had. 1, 0, or -1 with errno. */
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

/* Another launcher has begun to use it as a level of its own, as the router had ended. */
static bool leaf_has_become_a_level(const struct group *group)
{
	struct enabled enabled;
	return group->directory >= 0 &&
	       (mark_read_enabled(group->directory, &enabled) > 0 || group_below_is_locked(group->directory));
}

/* Below the router's own group there is what it has made itself; below the others anybody may live. */
static int remove_directory(const struct group *group, size_t i)
{
	const struct group_level *level = &group->levels[i];
	if (!is_leaf(group, i))
		return unlinkat(level->parent, level->name, AT_REMOVEDIR);
	if (!leaf_has_become_a_level(group))
		return group_remove_empty(level->parent, level->name);
	return mark_made(group->directory); /* the last that uses it removes it */
}

/* An upper level that could not be removed, since it has begun to serve somebody else: it stays. Keeps errno.
 */
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
		error_set(&failure, errno, ours < 0 ? "look at %s, to remove it" : "remove the group %s",
			  level->label);
		add_failure(left, &failure);
	}
	append(&left->groups, " ", level->label);
}

/* No group is newer than what was switched on: its limits would go with it. Those from before had none by
 * it. 1, 0, or -1. */
static int may_disable(const struct group_level *level, const char *label, struct enabled *enabled,
		       struct error *error)
{
	uint64_t newest;
	*enabled = level->enabled;
	if (mark_read_enabled(level->parent, enabled) < 0)
		return error_set(error, errno, "read the attributes of %s", label);
	if (group_newest_child(level->parent, &newest) < 0)
		return cannot_look(label, error);
	return newest <= enabled->newest;
}

/* Switches off what a launcher switched on. 1; 0: it has to stay; -1. */
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
		return cannot_remove_mark(name, label, error);
	if (result == 0 && enabled.changing) {
		enabled.changing = false;
		mark_enabled(level->parent, &enabled);
	}
	/* a level of ours goes with what it hands down */
	bool goes = i > 0 && level[-1].made;
	if (enabled.controllers && !goes && (result < 0 || (result == 0 && left->groups)))
		add_switch_off(left, enabled.controllers, label);
	return result;
}

/* Should we be killed before the end, the next launcher goes on with it. */
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
	__attribute__((cleanup(leftovers_clear))) struct leftovers left = {0};
	struct error failure = {0};
	bool base_is_free = false;
	if (leave(group, origin_procs) < 0) {
		error_set(&failure, errno, "move back to the group that we came from");
		add_failure(&left, &failure);
	}
	unmake_levels(group, &base_is_free, &left);
	if (protect_less(group, &failure) < 0)
		add_failure(&left, &failure);
	if (base_is_free && settle_back(group, &failure) < 0)
		add_failure(&left, &failure);
	levels_release(group);
	return report_leftovers(&left, error);
}

/* Nothing can be put back without the lock. */
static void all_stays(const struct group *group, struct error *error)
{
	__attribute__((cleanup(leftovers_clear))) struct leftovers left = {0};
	for (size_t i = group->level_count; i-- > 0;) {
		const struct group_level *level = &group->levels[i];
		if (level->made)
			append(&left.groups, " ", level->label);
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
	int result = lock < 0 ? -1 : unmake_locked(group, origin_procs, error);
	if (lock < 0) {
		all_stays(group, &failure);
		error_move(error, &failure);
		error_context(error, "take %s away, which stays",
			      group->levels[group->level_count - 1].label);
	}
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
