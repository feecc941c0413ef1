/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_STATS_SAMPLE_H
#define SIPLAUNCH_STATS_SAMPLE_H
/*
 * One look at a running router: what it says of its pools, what the kernel charges to its group, how busy it
 * was. `inspect --watch` prints samples, a line of JSON each; `advise` and `tune` decide by them. A number
 * that nobody told is NONE, never 0. Taking one reads the kernel and asks the router; it changes nothing.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>

#include "base/error.h"
#include "base/value.h"
#include "stats/group.h"

struct management;
struct router;

/* What a router says of one pool. All bytes but `fragments`, which counts. */
struct pool_stats {
	struct value total;     /* its size, as the router sees it */
	struct value used;      /* by what was asked for */
	struct value real_used; /* with the allocator's own overhead */
	struct value max_used;  /* the most that real_used ever was */
	struct value free;
	struct value fragments; /* free pieces: much `free` in many of them may be of no use */
};

struct private_pool {
	uint64_t id; /* the router's own number of the process; its order is the router's */
	pid_t pid;   /* 0: not told */
	char *name;  /* "udp receiver child=0 sock=…", as the router calls it; NULL: not told */
	struct pool_stats pool;
};

/* /proc/pressure's memory file of the group (memory.pressure): the share of time, in percent, of the last 10
 * seconds that some or all tasks waited for memory, and both in all, in microseconds. */
struct pressure {
	bool known;
	double some_avg10, full_avg10;
	uint64_t some_total_us, full_total_us;
};

struct sample {
	int64_t at_ms;         /* since 1970 */
	pid_t pid;             /* of the router's first process */
	char *router;          /* "kamailio" */
	char *version;         /* as it tells: "kamailio 5.6.3 (x86_64/linux)"; NULL: not told */
	struct value uptime_s; /* of the first process */
	char *group;           /* as in /proc/PID/cgroup; NULL: none */
	struct value memory_max, memory_high; /* in force in that group; UNLIMITED for max */
	struct group_stats stats;             /* of the group */
	struct pressure pressure;
	uint64_t processes;            /* of the router that live now, zombies apart */
	struct value shm_mib, pkg_mib; /* -m and -M in force */
	struct value nofile;           /* soft RLIMIT_NOFILE of the first process */
	struct value descriptors;      /* the most that one of its processes has open */
	struct value requests;         /* SIP requests received since it started: how busy it was */
	struct value replies;          /* alike */
	struct value failures; /* times that a pool could not give what was asked, where the router counts */
	/* what its shared pool is mostly for, as it counts it; NONE where the module is not loaded */
	struct value registrations; /* contacts in memory */
	struct value dialogs;       /* ringing ones among them */
	struct value transactions;
	bool has_pools; /* the router was asked and answered */
	char *no_pools; /* else: why not, one sentence; NULL */
	struct pool_stats shared;
	struct private_pool *privates;
	size_t private_count;
};

/* Whose samples are taken; descriptors and strings are not owned. */
struct sample_target {
	int proc;      /* /proc */
	int directory; /* of the group; -1: none is looked at */
	pid_t pid;
	const char *group;
	const struct router *router;
	struct management *management; /* where it is asked (management.h), which keeps what it does not know;
					* NULL: it is not asked, and no_pools says why */
	const char *no_management;     /* for no_pools; NULL */
	unsigned timeout_ms;           /* of all the asking together */
	const int *cancel; /* a descriptor that calls the asking off by being readable; NULL: nothing does */
};

/*
 * Takes one. 0, or -1 with ESRCH when the process is gone. A router that does not answer, or not as it
 * should, is no failure: sample->no_pools says so.
 */
int sample_take(const struct sample_target *target, struct sample *sample, struct error *error);
void sample_clear(struct sample *sample);

/* The object of one line (docs/sample-json.md). A new reference. */
json_t *sample_json(const struct sample *sample);

/*
 * Back from that object: -1 with what is wrong (the member, what it must be). Members that are missing are
 * not known; members that are not known here are passed over, since a newer siplaunch may have written them.
 */
int sample_from_json(const json_t *object, struct sample *sample, struct error *error);

/* The text of memory.pressure; not known where it is not of that form. */
void pressure_read(const char *text, struct pressure *pressure);

#define cleanup_sample __attribute__((cleanup(sample_clear)))

#endif
