/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ADVISE_OBSERVATION_H
#define SIPLAUNCH_ADVISE_OBSERVATION_H
/*
 * A summary of samples of one router: its maximum use, its current sizes, the time and the load that the
 * samples cover, restarts in between. Samples are added one by one, and only a few numbers of each are kept.
 * Pure.
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
	struct known full_us; /* memory.pressure "full": microseconds in which every task waited for memory */
	struct known shared_used, private_used; /* bytes; private: of the fullest pool */
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
	struct known shm_mib, pkg_mib; /* in force: -m, -M, else the reported sizes of the pools */
	struct known memory_max;       /* the smaller of memory.max and memory.high; UNLIMITED for none */
	struct known nofile;
	struct known shared_used, shared_max_used, shared_total;
	struct known max_events, oom_events, oom_kills; /* of memory.events, since the group was made */
	struct known peak;                              /* memory.peak */
	bool has_pools;
};

/* The wall clock of a recording, followed from sample to sample in the order in which they are added. */
struct recording_clock {
	pid_t pid; /* of the sample before; 0: none, or its age is not known */
	uint64_t age_s;
	int64_t start_ms;
	struct known interval_s; /* between the two samples before, of the same process */
	int64_t shift_ms;        /* what a sample's time needs, since somebody set the clock */
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
	char *no_pools;    /* why the router reported no statistics, of the latest such sample; may be NULL */
	size_t with_pools; /* samples with statistics */
	struct point *points; /* sorted by time after observation_finish() */
	size_t count;
	struct run *runs;
	size_t run_count;
	struct setting_now now;
	struct recording_clock clock;

	/* the maximum over all samples */
	struct known shared_max; /* bytes */
	struct known fragments;
	struct known private_max;  /* bytes, of one process */
	bool private_has_maximum;  /* every process reported its maximum use */
	char *private_who;         /* the process with that maximum; NULL: not reported */
	uint64_t private_reported; /* processes that reported a private pool */
	char *module; /* the module with the largest part of the shared pool now; NULL: not reported */
	uint64_t module_percent;    /* its part of the memory of all modules */
	int64_t module_at_ms;       /* of the sample that reports it */
	struct known descriptors;   /* of one process */
	uint64_t processes;         /* max number at the same time */
	uint64_t min_processes;     /* min number at the same time */
	struct group_stats fullest; /* of the group when its charge was at the maximum */
	uint64_t fullest_bytes;     /* the part that the kernel cannot reclaim */
	uint64_t fullest_processes; /* the number of processes then */
	uint64_t failures;          /* failed allocations of all runs, if the router counts them; set by
				       observation_finish() */
	uint64_t pressure_us;       /* microseconds in which every task waited for memory, */
	uint64_t pressure_s;        /* of so many seconds */
	struct watched life, watch; /* life: since the router's starts; watch: during the samples */
	bool peak_passed;           /* use of the shared pool has fallen from its maximum */
};

#define OBSERVATION_MAX 10000000 /* samples: one a second for almost four months */

/*
 * Adds a sample; copies what it needs. 0, or -1: the sample is of another router (another kind, or another
 * group), or exceeds OBSERVATION_MAX.
 */
int observation_add(struct observation *observation, const struct sample *sample, struct error *error);

/*
 * Call it after the last sample: sorts the samples and finds the router's starts. 0, or -1: there is no
 * sample, or two routers ran at the same time.
 */
int observation_finish(struct observation *observation, struct error *error);

/* Drops every second point to save memory; keeps the latest. Only before observation_finish(). */
void observation_thin(struct observation *observation);

void observation_clear(struct observation *observation);

#define cleanup_observation __attribute__((cleanup(observation_clear)))

#endif
