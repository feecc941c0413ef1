/* SPDX-License-Identifier: MIT */
#include "mechanism/cgroup_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/pid_list.h"
#include "base/value.h"

#define EVACUATE_ROUNDS 64 /* processes may fork while they are moved */

int group_open(int parent, const char *name)
{
	return open_beneath(parent, name, O_RDONLY | O_DIRECTORY);
}

static DIR *open_stream(int directory)
{
	int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	if (!stream && copy >= 0)
		close(copy);
	return stream;
}

/* NULL: there are no more, with errno 0, or they cannot be read. */
static struct dirent *next_child(DIR *stream)
{
	struct dirent *entry;
	do {
		errno = 0;
		entry = readdir(stream);
	} while ((entry && (entry->d_type != DT_DIR || entry->d_name[0] == '.')) ||
		 (!entry && errno == EINTR));
	return entry;
}

int group_each_child(int directory, int (*each)(int parent, const char *name, void *data), void *data)
{
	cleanup_closedir DIR *stream = open_stream(directory);
	if (!stream)
		return -1;
	for (struct dirent *entry; (entry = next_child(stream));) {
		int result = each(directory, entry->d_name, data);
		if (result)
			return result;
	}
	return errno ? -1 : 0;
}

int group_newest_child(int directory, uint64_t *newest)
{
	cleanup_closedir DIR *stream = open_stream(directory);
	*newest = 0;
	if (!stream)
		return -1;
	for (struct dirent *entry; (entry = next_child(stream));)
		if (entry->d_ino > *newest && strcmp(entry->d_name, EVACUATION_LEAF) != 0)
			*newest = entry->d_ino;
	return errno ? -1 : 0;
}

int group_is_still(int parent, const char *name, int directory)
{
	struct stat ours, there;
	if (fstat(directory, &ours) < 0)
		return -1;
	if (fstatat(parent, name, &there, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -1;
	return ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

struct group_members {
	struct pid_list pids;
	unsigned outside, depth;
};

/* A process of another PID namespace has no PID here: the kernel shows 0 (cgroup_procs_show()); writing 0
 * back would move the writer. */
static bool is_outside(const char *line)
{
	return strcmp(line, "0") == 0;
}

static int pid_line(char *line, void *data)
{
	struct group_members *members = data;
	if (is_outside(line))
		members->outside++;
	else
		pid_list_add(&members->pids, line);
	return 0;
}

static void collect_own_pids(int directory, struct group_members *members)
{
	cleanup_free char *text = NULL;
	if (pseudo_read(directory, "cgroup.procs", PSEUDO_LIMIT, &text) > 0)
		each_line(text, pid_line, members);
}

static void collect_pids(int directory, struct group_members *members);

static int collect_child(int parent, const char *name, void *data)
{
	cleanup_close int child = group_open(parent, name);
	if (child >= 0)
		collect_pids(child, data);
	return 0;
}

static void collect_pids(int directory, struct group_members *members)
{
	if (members->depth >= GROUP_NESTING_MAX)
		return;
	collect_own_pids(directory, members);
	members->depth++;
	group_each_child(directory, collect_child, members);
	members->depth--;
}

/* Caller frees; clears the members. */
static char *members_text(struct group_members *members)
{
	cleanup_free char *pids = pid_list_text(&members->pids);
	const char *and = members->pids.count ? " and " : "";

	pid_list_clear(&members->pids);
	if (!members->outside)
		return xstrdup(pids);
	return xasprintf("%s%s%u process%s outside this PID namespace", pids, and, members->outside,
			 members->outside == 1 ? "" : "es");
}

char *group_pids(int directory)
{
	struct group_members members = {0};
	collect_pids(directory, &members);
	return members_text(&members);
}

char *group_own_pids(int directory)
{
	struct group_members members = {0};
	collect_own_pids(directory, &members);
	return members_text(&members);
}

bool group_populated(int directory)
{
	cleanup_free char *events = NULL;
	return pseudo_read_record(directory, "cgroup.events", &events) > 0 && strstr(events, "populated 1");
}

struct sought {
	pid_t pid;
	bool found;
};

static int compare_pid(char *line, void *data)
{
	struct sought *sought = data;
	uint64_t pid;
	sought->found = parse_u64(line, &pid) && pid == (uint64_t)sought->pid;
	return sought->found;
}

bool group_holds(int directory, pid_t pid)
{
	cleanup_free char *text = NULL;
	struct sought sought = {.pid = pid};
	if (pseudo_read(directory, "cgroup.procs", PSEUDO_LIMIT, &text) < 0)
		return true;
	each_line(text, compare_pid, &sought);
	return sought.found;
}

/* Removes an empty group with the empty groups below it. */
static int remove_tree(int parent, const char *name, void *data)
{
	unsigned *depth = data;
	if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	cleanup_close int child = group_open(parent, name);
	if (child < 0 || *depth >= GROUP_NESTING_MAX)
		return -1;
	++*depth;
	int result = group_each_child(child, remove_tree, depth);
	--*depth;
	return result ? -1 : unlinkat(parent, name, AT_REMOVEDIR);
}

int group_remove_empty(int parent, const char *name)
{
	unsigned depth = 0;
	return remove_tree(parent, name, &depth);
}

struct move {
	int procs; /* target's cgroup.procs */
	unsigned moved, failed, outside;
	int errnum;
};

static int move_line(char *line, void *data)
{
	struct move *move = data;
	if (is_outside(line)) {
		move->outside++;
		return 0;
	}
	move->moved++;
	if (pseudo_write_fd(move->procs, line) < 0 && errno != ESRCH) {
		move->failed++;
		move->errnum = errno;
	}
	return 0;
}

/* The next round finds processes that were forked in between. */
int group_move_all(int from, int to, unsigned *outside)
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
		*outside = move.outside;
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
