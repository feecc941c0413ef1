/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_STATS_MEASURE_H
#define SIPLAUNCH_STATS_MEASURE_H
/*
 * The memory of a running router outside its pools: p and B of the memory budget (sizing/sizing.h) at one
 * moment. Pure: from the charges of the group, and the mappings of each process.
 *
 *   N*p = anonymous pages that one process alone has, outside its private pool
 *         + kernel memory of the group, without the page tables of the touched parts of both pools
 *   B   = all other anonymous pages: the heap from before the forks, still shared by the processes
 *         + mapped files (code), each process's share
 *         + shared memory other than the pool
 *
 * Sockets are not in it: connections are a term of their own. An idle router shows less than one under load.
 */
#include <stdbool.h>
#include <stdint.h>

#include "stats/group.h"
#include "stats/smaps.h"

struct error;

struct measurement {
	uint64_t processes;                     /* N */
	uint64_t per_process_bytes, base_bytes; /* p, B; whole KiB, rounded up */
	/* the parts of both, totals */
	uint64_t own_bytes, kernel_bytes, start_heap_bytes, file_bytes, other_shared_bytes;
	uint64_t pool_table_bytes; /* subtracted from kernel memory */
	/* bytes of the pools that are touched; private: the sum over all processes */
	uint64_t shared_used_bytes, private_used_bytes;
};

/*
 * 0, or -1 with what is missing: the group's memory.stat, or a pool that a process should have but has not.
 * `memory` has one element for each process; `has_shared` and `has_private` say which pools the processes
 * should have.
 */
int measure(const struct group_stats *group, const struct process_memory *memory, uint64_t processes,
	    uint64_t page_bytes, bool has_shared, bool has_private, struct measurement *measurement,
	    struct error *error);

#endif
