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
	SHARE_KERNEL,      /* kernel memory beside page tables */
	SHARE_SOCKETS,
	SHARE_FILES, /* mapped and cached files; the kernel takes them back when it needs to */
	SHARE_COUNT,
};

/* Bytes; NONE: not known, or not told apart. */
struct memory_share {
	const char *id;    /* "shared", as in JSON */
	const char *label; /* "shared pool" */
	struct value promised, touched, used;
	struct value most; /* the most that `used` ever was */
};

struct memory_shares {
	struct value limit; /* memory.max in force; UNLIMITED */
	struct memory_share rows[SHARE_COUNT];
	struct value promised, touched, used; /* in all; touched is memory.current */
};

void memory_shares_of(const struct sample *sample, uint64_t page_bytes, struct memory_shares *shares);

/* Private pools of processes that do the same work. */
struct private_group {
	char *name; /* "udp receiver": the name up to what tells them apart */
	size_t count;
	struct value used_most;  /* of real_used, the process that uses most */
	struct value max_used;   /* the highest that any of them ever had */
	struct value free_least; /* the process that has least left */
	struct value fragments_most;
	uint64_t *used; /* real_used of each process, ascending; processes that do not report it are left out
			 */
	size_t used_count;
};

/* In the router's order of their first. */
void private_groups_of(const struct sample *sample, struct private_group **groups, size_t *count);
void private_groups_clear(struct private_group *groups, size_t count);

#endif
