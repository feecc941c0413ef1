/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ADVISE_OBSERVATION_H
#define SIPLAUNCH_ADVISE_OBSERVATION_H
/*
 * What samples of one router say when they are taken together: the most that it ever used, what it has now,
 * how long and how busy it was watched, whether it was restarted in between. Samples are folded in one by
 * one, so that a day of them needs no more memory than a few of their numbers. Pure.
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

/* What a router counts of that its shared pool is mostly for. */
enum counted { COUNTED_REGISTRATIONS, COUNTED_DIALOGS, COUNTED_TRANSACTIONS, COUNTED_KINDS };

/* What of one sample depends on when it was. */
struct point {
	int64_t at_ms;
	pid_t pid;
	struct known uptime_s, requests, failures;
	struct known full_us; /* of the pressure: time in which every task waited for memory */
	struct known shared_used, private_used; /* bytes; of the process that has most */
	struct known counts[COUNTED_KINDS];
};

/* The samples of one life of the router: points first to last. */
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
	char *router, *group, *version; /* group, version: NULL where they are not told */
	bool versions_differ;
	char *no_pools;       /* why the router was not asked, of the last such sample; NULL */
	size_t with_pools;    /* samples in which it was */
	struct point *points; /* by time, once finished */
	size_t count;
	struct run *runs;
	size_t run_count;
	struct setting_now now;

	/* the most of any sample */
	struct known shared_max; /* bytes */
	struct known fragments;
	struct known private_max;   /* bytes, of one process */
	bool private_has_maximum;   /* every process told the most that it ever used */
	char *private_who;          /* whose that is; NULL: not told */
	uint64_t private_told;      /* processes that told of a private pool */
	struct known descriptors;   /* of one process */
	uint64_t processes;         /* that lived at the same time */
	uint64_t least_processes;   /* the fewest */
	struct group_stats fullest; /* of the group when it was charged most */
	uint64_t fullest_bytes;     /* what could not be reclaimed of it */
	uint64_t fullest_processes; /* alike, how many lived */
	uint64_t failures;          /* of all runs, where the router counts; observation_finish() */
	uint64_t pressure_us;       /* time in which every task waited for memory, */
	uint64_t pressure_s;        /* of so many seconds */
	struct watched life, watch; /* of the router's own counters; of the samples */
	bool peak_passed;           /* use of the shared pool has come down from its maximum */
};

#define OBSERVATION_MOST 10000000 /* samples: four months of a second */

/*
 * Folds in a sample. 0, or -1 when it is of another router (another kind, or another group) or one too many.
 */
int observation_add(struct observation *observation, const struct sample *sample, struct error *error);

/*
 * When all are in: puts them in order and tells the router's lives apart. 0, or -1 when there is none, or
 * when two routers lived at the same time.
 */
int observation_finish(struct observation *observation, struct error *error);

/* Keeps every second point of a long one, which is not finished yet: the latest stays. */
void observation_thin(struct observation *observation);

void observation_clear(struct observation *observation);

#define cleanup_observation __attribute__((cleanup(observation_clear)))

#endif
