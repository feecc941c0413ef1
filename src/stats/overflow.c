/* SPDX-License-Identifier: MIT */
#include "stats/overflow.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"
#include "sizing/sizing.h"

/* The share of the limit that memory.stat must still show, with known owners, to be evidence: below it,
 * killed processes have begun to free memory. */
#define EVIDENCE_PERCENT 80

/* Slab that a process has itself: 55 kB were measured (router/kamailio_costs.c). More than that is mostly
 * sockets. */
#define PROCESS_SLAB_BYTES (64 * KIB)

/*
 * Kernel memory of a process that no other row of memory.stat has: 18 kB were measured (tests/oom/cycles).
 * More than that is unread data in whole pages: for Unix sockets and pipes it is not in `sock`
 * (net/core/skbuff.c, alloc_skb_with_frags; fs/pipe.c).
 */
#define PROCESS_PAGES_BYTES (32 * KIB)

static uint64_t minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

uint64_t charged_bytes(const struct group_stats *stats)
{
	return group_stats_number(stats, GROUP_STAT_ANON) + group_stats_number(stats, GROUP_STAT_FILE) +
	       group_stats_number(stats, GROUP_STAT_KERNEL) + group_stats_number(stats, GROUP_STAT_SOCK);
}

/* A count with two significant digits, rounded up. */
static uint64_t rounded_up(uint64_t count)
{
	uint64_t unit = 1;
	while (count / unit >= 100)
		unit *= 10;
	return (count + unit - 1) / unit * unit;
}

/* Files in memory (tmpfs, /dev/shm) are charged as the pool is. The pool cannot grow, so the excess is
 * theirs, and the reserve must be larger. */
static uint64_t judge_shared(const struct budget *budget, const struct group_stats *stats,
			     struct overflow *overflow)
{
	uint64_t used = group_stats_number(stats, GROUP_STAT_SHMEM);
	uint64_t budgeted = budget->terms[TERM_SHARED].bytes + budget->terms[TERM_SECOND].bytes;
	uint64_t excess = minus(used, budgeted);
	*overflow = (struct overflow){
		.term = "shared",
		.what = "shared memory and files in memory (tmpfs)",
		.used = used,
		.budgeted = budgeted,
		.key = "sizing.reserve",
	};
	snprintf(overflow->value, sizeof overflow->value, "%" PRIu64 "M",
		 (budget->terms[TERM_RESERVE].bytes + excess + MIB - 1) / MIB);
	return excess;
}

/* Kernel memory that is in no other row; 0 also if it is not known. */
static uint64_t kernel_pages(const struct group_stats *stats)
{
	static const unsigned rows[] = {GROUP_STAT_KERNEL_STACK, GROUP_STAT_PAGETABLES, GROUP_STAT_SLAB,
					GROUP_STAT_PERCPU};
	uint64_t pages = group_stats_number(stats, GROUP_STAT_KERNEL);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (stats->numbers[rows[i]].kind == VALUE_NONE)
			return 0;
		pages = minus(pages, group_stats_number(stats, rows[i]));
	}
	return pages;
}

/* The part of kernel memory that belongs to connections: slab, and data in pages. */
static uint64_t connection_kernel(const struct budget *budget, const struct group_stats *stats)
{
	return minus(group_stats_number(stats, GROUP_STAT_SLAB), budget->processes * PROCESS_SLAB_BYTES) +
	       minus(kernel_pages(stats), budget->processes * PROCESS_PAGES_BYTES);
}

static uint64_t judge_connections(const struct budget *budget, uint64_t connection_bytes,
				  const struct group_stats *stats, struct overflow *overflow)
{
	uint64_t used = group_stats_number(stats, GROUP_STAT_SOCK) + connection_kernel(budget, stats);
	uint64_t budgeted = budget->terms[TERM_CONNECTIONS].bytes;
	*overflow = (struct overflow){
		.term = "connections",
		.what = "connections and their unread data",
		.used = used,
		.budgeted = budgeted,
		.key = "sizing.connections",
	};
	snprintf(overflow->value, sizeof overflow->value, "%" PRIu64,
		 rounded_up(used / connection_bytes + 1));
	return minus(used, budgeted);
}

/* True if there are more processes than the budget has, and they explain most of the excess. */
static bool too_many(const struct budget *budget, uint64_t processes, uint64_t excess)
{
	uint64_t each = budget->private_mib * MIB + budget->terms[TERM_PER_PROCESS].bytes / budget->processes;
	return processes > budget->processes && (processes - budget->processes) * each >= excess / 2;
}

/* Scripts that the router executes, or a proxy in the same group: no size of the router itself helps. */
static uint64_t judge_programs(const struct budget *budget, const struct group_members *members,
			       struct overflow *overflow)
{
	uint64_t used = members->others_bytes, budgeted = budget->terms[TERM_PROGRAMS].bytes;
	*overflow = (struct overflow){
		.term = "otherPrograms",
		.what = members->others == 1 ? "another program in the group" : "other programs in the group",
		.used = used,
		.budgeted = budgeted,
		.key = "sizing.otherPrograms",
	};
	snprintf(overflow->value, sizeof overflow->value, "%" PRIu64 "M", (used + MIB - 1) / MIB);
	return minus(used, budgeted);
}

static uint64_t judge_processes(const struct budget *budget, const struct group_stats *stats,
				const struct group_members *members, struct overflow *overflow)
{
	uint64_t processes = minus(members->processes, members->others);
	uint64_t used = minus(group_stats_number(stats, GROUP_STAT_ANON), members->others_bytes) +
			minus(group_stats_number(stats, GROUP_STAT_KERNEL), connection_kernel(budget, stats));
	uint64_t budgeted = budget->terms[TERM_PRIVATE].bytes + budget->terms[TERM_PAGE_TABLES].bytes +
			    budget->terms[TERM_PER_PROCESS].bytes + budget->terms[TERM_BASE].bytes +
			    budget->terms[TERM_CONNECTION_HEAP].bytes;
	uint64_t excess = minus(used, budgeted), n = budget->processes;

	if (too_many(budget, processes, excess)) {
		*overflow = (struct overflow){
			.term = "processes",
			.what = "processes",
			.used = processes,
			.budgeted = n,
			.key = "sizing.processes",
		};
		snprintf(overflow->value, sizeof overflow->value, "%" PRIu64, processes);
		return excess;
	}
	*overflow = (struct overflow){
		.term = "perProcess",
		.what = "the processes with their private pools",
		.used = used,
		.budgeted = budgeted,
		.key = "sizing.perProcess",
	};
	uint64_t each = (budget->terms[TERM_PER_PROCESS].bytes + excess) / n;
	snprintf(overflow->value, sizeof overflow->value, "%" PRIu64 "K", rounded_up(each / KIB + 1));
	return excess;
}

bool overflow_find(const struct budget *budget, uint64_t connection_bytes, const struct group_stats *stats,
		   const struct group_members *members, struct overflow *overflow)
{
	struct overflow judged[4];
	uint64_t excess[4], max = 0;

	*overflow = (struct overflow){0};
	if (!budget->processes || !connection_bytes ||
	    minus(charged_bytes(stats), members->gone_bytes) <
		    mul_div_u64(budget->limit_bytes, EVIDENCE_PERCENT, 100))
		return false;
	excess[0] = judge_shared(budget, stats, &judged[0]);
	excess[1] = judge_connections(budget, connection_bytes, stats, &judged[1]);
	excess[2] = judge_processes(budget, stats, members, &judged[2]);
	excess[3] = judge_programs(budget, members, &judged[3]);
	for (size_t i = 1; i < 4; i++)
		if (excess[i] > excess[max])
			max = i;
	if (excess[max] < MIB)
		return false;
	*overflow = judged[max];
	overflow->limit_mib = (budget->limit_bytes + excess[max] + MIB - 1) / MIB;
	return true;
}
