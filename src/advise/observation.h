/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ADVISE_OBSERVATION_H
#define SIPLAUNCH_ADVISE_OBSERVATION_H
/*
 * A summary of samples of one router: its maximum use, its current sizes, the time and the load that the
 * samples cover, restarts in between. Samples are added one by one, so that a day of them needs memory only
 * for a few of their numbers. Pure.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "stats/group.h"
#include "stats/sample.h"

struct error;

/* A number that may not be known. */
struct known {
	bool known;
	uint64_t is;
};

/* The router's counts of the main objects in its shared pool. */
enum counted { COUNTED_REGISTRATIONS, COUNTED_DIALOGS, COUNTED_TRANSACTIONS, COUNTED_KINDS };

/* The part of a sample that depends on its time. */
struct point {
	int64_t at_ms;
	pid_t pid;
	struct known uptime_s, requests, failures;
	struct known full_us; /* of the pressure: time in which every task waited for memory */
	struct known shared_used, private_used; /* bytes; of the process that has most */
	struct known counts[COUNTED_KINDS];
};

/* The samples between two starts of the router: points first to last. */
struct run {
	size_t first, last;
	int64_t start_ms; /* of the process; INT64_MIN: not known */
};

/* The router as the latest sample shows it. */
struct setting_now {
	int64_t at_ms;
	struct known shm_mib, pkg_mib; /* in force: -m, -M, else what the pools say */
	struct known memory_max;       /* the smaller of memory.max and memory.high; UNLIMITED for none */
	struct known nofile;
	struct known shared_used, shared_max_used, shared_total;
	struct known max_events, oom_events, oom_kills; /* of memory.events, since the group was made */
	struct known peak;                              /* memory.peak */
	bool has_pools;
};

/* For how long, and how busy. */
struct watched {
	uint64_t seconds;
	bool requests_known;
	uint64_t requests;
};

struct observation {
	char *router, *group, *version; /* group, version: NULL if they are not known */
	bool versions_differ;
	char *no_pools;    /* why the router reported no statistics, from the last such sample; may be NULL */
	size_t with_pools; /* samples in which it was */
	struct point *points; /* by time, once finished */
	size_t count;
	struct run *runs;
	size_t run_count;
	struct setting_now now;

	/* the most of any sample */
	struct known shared_max; /* bytes */
	struct known fragments;
	struct known private_max;   /* bytes, of one process */
	bool private_has_maximum;   /* every process reported its maximum use */
	char *private_who;          /* whose that is; NULL: not told */
	uint64_t private_told;      /* processes that told of a private pool */
	char *module;               /* the one that has most of the shared pool now; NULL: not told */
	uint64_t module_percent;    /* of what all modules have */
	int64_t module_at_ms;       /* of the sample that tells */
	struct known descriptors;   /* of one process */
	uint64_t processes;         /* that ran at the same time */
	uint64_t least_processes;   /* the fewest */
	struct group_stats fullest; /* of the group at its maximum charge */
	uint64_t fullest_bytes;     /* the part that the kernel cannot reclaim */
	uint64_t fullest_processes; /* alike, how many lived */
	uint64_t failures;          /* of all runs, where the router counts; observation_finish() */
	uint64_t pressure_us;       /* time in which every task waited for memory, */
	uint64_t pressure_s;        /* of so many seconds */
	struct watched life, watch; /* of the router's own counters; of the samples */
	bool peak_passed;           /* use of the shared pool has fallen from its maximum */
};

#define OBSERVATION_MOST 10000000 /* samples: four months of a second */

/*
 * Adds a sample. 0, or -1 when it is of another router (another kind, or another group) or one too many.
 */
int observation_add(struct observation *observation, const struct sample *sample, struct error *error);

/*
 * After the last sample: sorts them and finds the router's starts. 0, or -1 when there is none, or when two
 * routers ran at the same time.
 */
int observation_finish(struct observation *observation, struct error *error);

/* Keeps every second point of a long one, which is not finished yet: the latest stays. */
void observation_thin(struct observation *observation);

void observation_clear(struct observation *observation);

#define cleanup_observation __attribute__((cleanup(observation_clear)))

#endif
