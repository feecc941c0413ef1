/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_STATS_OVERFLOW_H
#define SIPLAUNCH_STATS_OVERFLOW_H
/*
 * When a group ran into its limit: which term of the memory budget did not hold, and what would have held.
 * Pure: the budget that the router was given, and one look at what its group was charged at that time. What
 * the kernel does not keep apart cannot be told apart here either: private pools and what a process needs
 * beside them are both anonymous memory.
 */
#include <stdbool.h>
#include <stdint.h>

#include "stats/group.h"

struct budget;

struct overflow {
	/* id of the budget's term (sizing.h): "shared", "connections", "otherPrograms" or "perProcess"; or
	 * "processes", when there are more of them than were budgeted for. NULL: it cannot be told */
	const char *term;
	const char *what;   /* the same for a person: "unread data of connections" */
	uint64_t used;      /* bytes; "processes": how many */
	uint64_t budgeted;  /* alike */
	const char *key;    /* of the profile: "sizing.connections" */
	char value[24];     /* what it should be at least, as a profile takes it: "41000", "1216K" */
	uint64_t limit_mib; /* the limit that would have held as everything else is, whole MiB */
};

/* The processes of a group. */
struct group_members {
	uint64_t processes; /* 0: not known */
	uint64_t others,
		others_bytes; /* of them, programs beside the router, and what they have to themselves */
	uint64_t gone_bytes;  /* anonymous memory of processes that had ended before they were looked at */
};

/*
 * Compares. `connection_bytes` is what the budget counted for one connection. True when one term can be
 * named: not where memory.stat was read too late, when the killed had already given their memory back, not
 * where it cannot be told whose the memory was, and not where the excess is below a MiB.
 */
bool overflow_find(const struct budget *budget, uint64_t connection_bytes, const struct group_stats *stats,
		   const struct group_members *members, struct overflow *overflow);

/* All that is charged by memory.stat: anonymous and file pages, kernel memory, sockets. 0: not known. */
uint64_t charged_bytes(const struct group_stats *stats);

#endif
