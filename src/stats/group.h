/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_STATS_GROUP_H
#define SIPLAUNCH_STATS_GROUP_H
/*
 * The use of a cgroup v2 group: counters, events, the terms of memory.stat, its processes. Limits are
 * settings, which their mechanisms read. It reads through a descriptor of the group's directory, so that a
 * test can pass a folder; it decides nothing and changes nothing.
 */
#include <stddef.h>
#include <sys/types.h>

#include "base/value.h"

struct error;

/* One number of a group. Keys are looked up by name: which ones there are depends on the kernel. */
struct group_number {
	const char *file;
	const char *key; /* of a "KEY VALUE" line; NULL: the file is the number */
	enum value_kind kind;
};

enum {
	GROUP_MEMORY_CURRENT,
	GROUP_MEMORY_PEAK, /* since Linux 5.19 */
	GROUP_SWAP_CURRENT,
	GROUP_PIDS_CURRENT,
	GROUP_EVENT_LOW,
	GROUP_EVENT_HIGH,
	GROUP_EVENT_MAX,
	GROUP_EVENT_OOM,
	GROUP_EVENT_OOM_KILL,
	GROUP_EVENT_OOM_GROUP_KILL, /* since Linux 5.17 */
	GROUP_STAT_ANON,
	GROUP_STAT_FILE, /* shmem is part of it */
	GROUP_STAT_SHMEM,
	GROUP_STAT_KERNEL, /* since Linux 5.18; stacks, tables, percpu and slab are part of it */
	GROUP_STAT_KERNEL_STACK,
	GROUP_STAT_PAGETABLES,
	GROUP_STAT_SLAB,
	GROUP_STAT_PERCPU,
	GROUP_STAT_SOCK,
	GROUP_NUMBER_COUNT,
};
extern const struct group_number group_numbers[GROUP_NUMBER_COUNT]; /* rows of one file stand together */

struct group_stats {
	struct value numbers[GROUP_NUMBER_COUNT]; /* NONE: not known */
};

/* One of them in the text of its file; NONE where it is missing or malformed, or text is NULL. */
struct value group_number_in(unsigned id, const char *text);

/* Never fails: a missing or malformed value is not known. */
void group_stats_read(int directory, struct group_stats *stats);
void group_stats_clear(struct group_stats *stats);

/* One of them as a plain number; 0: not known. */
uint64_t group_stats_number(const struct group_stats *stats, unsigned id);

struct pids {
	pid_t *items;
	size_t count;
	size_t outside; /* others, outside this PID namespace: the kernel shows each as 0
			 */
};

/*
 * The processes of the group and of all groups below it, ascending; those outside our PID namespace are only
 * counted. 0, or -1.
 */
int group_processes(int directory, struct pids *pids, struct error *error);
void pids_clear(struct pids *pids);
bool pids_have(const struct pids *pids, pid_t pid);

/*
 * Opens a group's directory below the mount, `path` relative to it. Nothing outside the mount is ever opened.
 * A descriptor, or -1.
 */
int group_directory_open(int mount, const char *path, struct error *error);

#endif
