/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_HTML_RECORDING_H
#define SIPLAUNCH_HTML_RECORDING_H
/*
 * Samples of one router, reduced to the numbers that a page draws while they are read: a million samples need
 * no more memory than a thousand. Pure.
 */
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "html/thin.h"
#include "stats/memory_shares.h"
#include "stats/sample.h"

/* Modules with a track of their own; all further ones share one track. The router names the largest first. */
#define RECORDING_MODULES 48

/* Max number of different names of processes. */
#define RECORDING_NAMES 256

/* The tracks over time. In bytes, except: requests and replies (a second), some and full (percent), counts,
 * and events. */
enum recording_track {
	RECORDING_TOUCHED, /* the sum of the shares */
	RECORDING_SHARES,  /* SHARE_COUNT of them: enum memory_share_id */
	RECORDING_LIMIT = RECORDING_SHARES + SHARE_COUNT,
	RECORDING_HIGH,
	RECORDING_SWAP,
	RECORDING_SHARED_USED,
	RECORDING_SHARED_REAL,
	RECORDING_SHARED_MAX,
	RECORDING_SHARED_TOTAL,
	RECORDING_PRIVATE_MIN, /* min use of a private pool */
	RECORDING_PRIVATE_MAX, /* max use of a private pool */
	RECORDING_PRIVATE_WHO, /* the process with the max: an index of `names` */
	RECORDING_REQUESTS,    /* a second */
	RECORDING_REPLIES,
	RECORDING_SOME, /* memory.pressure: percent of the time since the previous sample */
	RECORDING_FULL,
	RECORDING_REGISTRATIONS,
	RECORDING_DIALOGS,
	RECORDING_TRANSACTIONS,
	RECORDING_PROCESSES,
	RECORDING_OOM_KILLS, /* from here on events: by how much each counter rose */
	RECORDING_OOMS,
	RECORDING_MAXIMA,
	RECORDING_HIGHS,
	RECORDING_RESTARTS,
	RECORDING_MODULES_SUM,
	RECORDING_MODULE, /* RECORDING_MODULES tracks, and one for all other modules */
	RECORDING_TRACKS = RECORDING_MODULE + RECORDING_MODULES + 1
};

/* The previous sample: rates and increases are relative to it. */
struct recording_before {
	bool any;
	int64_t at_ms;
	pid_t pid;
	struct value requests, replies, events[GROUP_NUMBER_COUNT];
	struct pressure pressure;
};

struct recording {
	struct thin thin;
	struct recording_before before;
	char *names[RECORDING_NAMES]; /* of processes */
	size_t name_count;
	char *modules[RECORDING_MODULES];
	size_t module_count, module_slots[MODULES_MAX]; /* by index in a sample: that module's slot */
	/* of the latest sample */
	int64_t at_ms;
	char *router, *version, *group, *no_pools;
	uint64_t processes;
	struct memory_shares shares;
	struct value peak, pkg_bytes;
};

void recording_open(struct recording *recording);
void recording_add(struct recording *recording, const struct sample *sample);
void recording_close(struct recording *recording);

#endif
