/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_STATS_MEMORY_SHARES_H
#define SIPLAUNCH_STATS_MEMORY_SHARES_H
/*
 * A sample's memory in three columns: the size of the pools (promised), the kernel's current charges
 * (touched), the router's own statistics (used). Pure.
 */
#include "base/value.h"
#include "stats/sample.h"

enum memory_share_id {
	SHARE_SHARED,      /* shared pool; touched: shmem, with other shared memory in it */
	SHARE_PRIVATE,     /* private pools of all processes; touched: anon, with heaps and stacks in it */
	SHARE_PAGE_TABLES, /* promised: as if every process touched all of its pools */
	SHARE_KERNEL,      /* kernel memory except page tables */
	SHARE_SOCKETS,
	SHARE_FILES, /* mapped and cached files; the kernel takes them back when it needs to */
	SHARE_COUNT,
};

/* Bytes; NONE: not known, or part of another row. */
struct memory_share {
	const char *id;    /* "shared", as in JSON */
	const char *label; /* "shared pool" */
	struct value promised, touched, used;
	struct value max; /* the maximum of `used` so far */
};

struct memory_shares {
	struct value limit; /* memory.max in force; UNLIMITED */
	struct memory_share rows[SHARE_COUNT];
	struct value promised, touched, used; /* in all; touched is memory.current */
};

void memory_shares_of(const struct sample *sample, uint64_t page_bytes, struct memory_shares *shares);

/* Private pools of processes that do the same work. */
struct private_group {
	char *name; /* "udp receiver": the name up to the part that differs */
	size_t count;
	struct value used_max; /* maximum of real_used over the processes */
	struct value max_used; /* maximum of max_used over the processes */
	struct value free_min; /* minimum of free over the processes */
	struct value fragments_max;
	uint64_t *used; /* real_used of each process, ascending; processes that do not report it are left out
			 */
	size_t used_count;
};

/* Groups the private pools, in the router's order of each group's first process. private_groups_clear()
 * afterwards. */
void private_groups_of(const struct sample *sample, struct private_group **groups, size_t *count);
void private_groups_clear(struct private_group *groups, size_t count);

#endif
