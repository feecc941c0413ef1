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
#include "host/host.h"

#define NESTING_MAX     16 /* of stale groups below a group that is removed */
#define PIDS_SHOWN      16
#define LOCK_TRIES      100
#define LOCK_PAUSE_NS   50000000L /* 100 tries: five seconds; the holder needs milliseconds */
#define EVACUATE_ROUNDS 64        /* processes may fork while they are moved */
#define WALK_TRIES      3
#define EVACUATION_LEAF "siplaunch-origin"

static void close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

static int open_directory(int parent, const char *name)
{
	return open_beneath(parent, name, O_RDONLY | O_DIRECTORY);
}

/* Calls `each` for every directory in `directory` until one returns non-zero. */
static int each_child(int directory, int (*each)(int parent, const char *name, void *data), void *data)
{
	int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_closedir DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	if (!stream) {
		if (copy >= 0)
			close(copy);
		return -1;
	}
	for (struct dirent *entry; (entry = readdir(stream));) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		int result = each(directory, entry->d_name, data);
		if (result)
			return result;
	}
	return 0;
}

struct pid_list {
	char *text;
	unsigned count, depth;
};

static int pid_line(char *line, void *data)
{
	struct pid_list *list = data;
	if (list->count++ < PIDS_SHOWN) {
		cleanup_free char *before = list->text;
		list->text = xasprintf("%s%s%s", before, *before ? " " : "", line);
	}
	return 0;
}

static void collect_pids(int directory, struct pid_list *list);

static int collect_child(int parent, const char *name, void *data)
{
	cleanup_close int child = open_directory(parent, name);
	if (child >= 0)
		collect_pids(child, data);
	return 0;
}

static void collect_pids(int directory, struct pid_list *list)
{
	cleanup_free char *text = NULL;
	if (list->depth >= NESTING_MAX)
		return;
	if (pseudo_read(directory, "cgroup.procs", PSEUDO_LIMIT, &text) > 0)
		each_line(text, pid_line, list);
	list->depth++;
	each_child(directory, collect_child, list);
	list->depth--;
}

char *group_pids(int directory)
{
	struct pid_list list = {.text = xstrdup("")};
	collect_pids(directory, &list);
	if (list.count <= PIDS_SHOWN)
		return list.text;
	cleanup_free char *before = list.text;
	return xasprintf("%s and %u more", before, list.count - PIDS_SHOWN);
}

static bool group_populated(int directory)
{
	cleanup_free char *events = NULL;
	return pseudo_read_record(directory, "cgroup.events", &events) > 0 && strstr(events, "populated 1");
}

/* Removes an empty group with the empty groups below it. */
static int remove_tree(int parent, const char *name, void *data)
{
	unsigned *depth = data;
	if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	cleanup_close int child = open_directory(parent, name);
	if (child < 0 || *depth >= NESTING_MAX)
		return -1;
	++*depth;
	int result = each_child(child, remove_tree, depth);
	--*depth;
	return result ? -1 : unlinkat(parent, name, AT_REMOVEDIR);
}

static char *controllers_text(unsigned controllers, char sign)
{
	char *text = xstrdup("");
	for (unsigned bit = 1; bit && bit <= controllers; bit <<= 1) {
		if (!(controllers & bit))
			continue;
		cleanup_free char *before = text;
		text = xasprintf("%s%s%c%s", before, *before ? " " : "", sign, controller_name(bit));
	}
	return text;
}

/* Which of `wanted` are not yet in the group's cgroup.subtree_control. */
static unsigned controllers_missing(int directory, unsigned wanted)
{
	cleanup_free char *text = NULL;
	char *rest = NULL;
	if (pseudo_read_record(directory, "cgroup.subtree_control", &text) < 0)
		return wanted;
	for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		for (unsigned bit = 1; bit && bit <= wanted; bit <<= 1)
			if ((wanted & bit) && strcmp(word, controller_name(bit)) == 0)
				wanted &= ~bit;
	return wanted;
}

/* What the kernel means when it refuses a controller (kernel/cgroup/cgroup.c, cgroup_subtree_control_write).
 */
static int controller_refused(int directory, unsigned controller, const char *label, int errnum,
			      struct error *error)
{
	error_set(error, errnum, "enable controller %s in %s/cgroup.subtree_control",
		  controller_name(controller), label);
	if (errnum == EBUSY) {
		cleanup_free char *pids = group_pids(directory);
		return error_hint(
			error,
			"a group with processes of its own cannot hand controllers down; here are pids %s: move "
			"them into a group below, or choose another cgroup.path",
			pids);
	}
	if (errnum == ENOENT)
		return error_hint(error,
				  "%s has no %s controller to hand down: it is not in its cgroup.controllers",
				  label, controller_name(controller));
	if (errnum == EOPNOTSUPP)
		return error_hint(error, "%s is threaded: only domain groups can limit memory", label);
	if (errnum == EINVAL && controller == CONTROLLER_CPU)
		return error_hint(
			error,
			"the cpu controller cannot be enabled while real-time tasks live outside the root group");
	if (errnum == EACCES || errnum == EPERM)
		return error_hint(
			error, "%s is not delegated to this user: run as root, or have it delegated", label);
	return -1;
}

/* All in one write, which is atomic; when that is refused one by one, to tell which. */
static int enable_controllers(int directory, unsigned missing, const struct group_request *request,
			      const char *label, unsigned *enabled, struct error *error)
{
	if (!missing)
		return 0;
	cleanup_free char *all = controllers_text(missing, '+');
	if (pseudo_write(directory, "cgroup.subtree_control", all) == 0) {
		*enabled |= missing;
		return 0;
	}
	for (unsigned bit = 1; bit && bit <= missing; bit <<= 1) {
		if (!(missing & bit))
			continue;
		cleanup_free char *one = controllers_text(bit, '+');
		if (pseudo_write(directory, "cgroup.subtree_control", one) == 0)
			*enabled |= bit;
		else if (!(request->optional & bit))
			return controller_refused(directory, bit, label, errno, error);
	}
	return 0;
}

struct move {
	int procs; /* target's cgroup.procs */
	unsigned moved, failed;
	int errnum;
};

static int move_line(char *line, void *data)
{
	struct move *move = data;
	move->moved++;
	if (pseudo_write_fd(move->procs, line) < 0 && errno != ESRCH) {
		move->failed++;
		move->errnum = errno;
	}
	return 0;
}

/* Moves every process of one group into another. A process that forks meanwhile is found in the next round.
 */
static int move_all(int from, int to)
{
	cleanup_close int procs = openat(to, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (procs < 0)
		return -1;
	for (int round = 0; round < EVACUATE_ROUNDS; round++) {
		struct move move = {.procs = procs};
		cleanup_free char *text = NULL;
		if (pseudo_read(from, "cgroup.procs", PSEUDO_LIMIT, &text) < 0)
			return -1;
		each_line(text, move_line, &move);
		if (!move.moved)
			return 0;
		if (move.failed == move.moved) {
			errno = move.errnum;
			return -1;
		}
	}
	errno = EBUSY;
	return -1;
}

static int evacuate(struct group *group, const char *label, struct error *error)
{
	if (mkdirat(group->base, EVACUATION_LEAF, 0755) < 0 && errno != EEXIST)
		return error_set(error, errno, "create %s/%s for the processes of %s", label, EVACUATION_LEAF,
				 label);
	group->evacuated = open_directory(group->base, EVACUATION_LEAF);
	if (group->evacuated < 0 || move_all(group->base, group->evacuated) < 0)
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
	unsigned depth = 0;
	cleanup_close int old = open_directory(parent, name);
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
	if (remove_tree(parent, name, &depth) < 0)
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
	group->directory = open_directory(level->parent, level->name);
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
	*next = open_directory(level->parent, level->name);
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
	each_child(level->parent, count_beside, &beside);
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
	struct group_request first = *request;
	first.optional = may_evacuate ? 0 : request->optional;
	if (enable_controllers(level->parent, missing, &first, label, enabled, error) == 0)
		return 0;
	if (!may_evacuate)
		return -1;
	bool busy = error->errnum == EBUSY;
	error_clear(error);
	if (busy && evacuate(group, label, error) < 0)
		return -1;
	return enable_controllers(level->parent, missing & ~*enabled, request, label, enabled, error);
}

static int walk(const struct group_request *request, struct group *group, struct error *error)
{
	cleanup_free char *path = xstrdup(request->path);
	const char *above = request->label;
	char *rest = NULL;

	group->base = open_directory(request->mount, request->base);
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
		group->evacuated = open_directory(group->base, EVACUATION_LEAF);
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
		if (level->enabled && !is_in_use(level)) {
			cleanup_free char *text = controllers_text(level->enabled, '-');
			pseudo_write(level->parent, "cgroup.subtree_control", text);
		}
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
	if (group->evacuated >= 0 && !is_in_use(&group->levels[0])) {
		if (move_all(group->evacuated, group->base) < 0)
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
