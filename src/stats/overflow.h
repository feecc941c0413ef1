/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_STATS_OVERFLOW_H
#define SIPLAUNCH_STATS_OVERFLOW_H
/*
 * For a group that reached its limit: which term of the memory budget was exceeded, and which value is
 * enough. Pure: from the router's budget, and the charges of its group at that time. The kernel does not
 * separate private pools from a process's other memory: both are anonymous memory.
 */
#include <stdbool.h>
#include <stdint.h>

#include "stats/group.h"

struct budget;

struct overflow {
	/* id of the budget's term (sizing.h): "shared", "connections", "otherPrograms" or "perProcess"; or
	 * "processes", when there are more of them than the budget counts. NULL: not known */
	const char *term;
	const char *what;   /* the same for a person: "unread data of connections" */
	uint64_t used;      /* bytes; "processes": how many */
	uint64_t budgeted;  /* alike */
	const char *key;    /* of the profile: "sizing.connections" */
	char value[24];     /* its minimum, as in a profile: "41000", "1216K" */
	uint64_t limit_mib; /* the limit that is enough with the current sizes, whole MiB */
};

/* The processes of a group. */
struct group_members {
	uint64_t processes; /* 0: not known */
	uint64_t others,
		others_bytes; /* of them, programs beside the router, and the memory that only they have */
	uint64_t gone_bytes;  /* anonymous memory of processes that ended before they were read */
};

/*
 * Compares. `connection_bytes` is the budget's size of one connection. True if one term can be named: not if
 * memory.stat was read after the kernel had freed the killed processes' memory, not if the owner of the
 * memory is unknown, and not if the excess is below a MiB.
 */
bool overflow_find(const struct budget *budget, uint64_t connection_bytes, const struct group_stats *stats,
		   const struct group_members *members, struct overflow *overflow);

/* Everything charged, from memory.stat: anonymous and file pages, kernel memory, sockets. 0: not known. */
uint64_t charged_bytes(const struct group_stats *stats);

#endif
