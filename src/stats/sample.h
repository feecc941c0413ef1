/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_STATS_SAMPLE_H
#define SIPLAUNCH_STATS_SAMPLE_H
/*
 * The statistics of a running router at one moment: its pools, the charges of its group, how busy it was.
 * `inspect --watch` prints samples, a line of JSON each; `advise` and `tune` use them. A number that is not
 * known is NONE, never 0. Taking one reads from the kernel and queries the router; it changes nothing.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>

#include "base/error.h"
#include "base/value.h"
#include "stats/group.h"

struct estimate;
struct management;
struct router;

/* A router's statistics of one pool. All in bytes, except `fragments`, a count. */
struct pool_stats {
	struct value total;     /* its size, as the router sees it */
	struct value used;      /* the sum of the requested sizes */
	struct value real_used; /* with the allocator's own overhead */
	struct value max_used;  /* maximum of real_used so far */
	struct value free;
	struct value fragments; /* free pieces: much `free` in many small pieces may be useless */
};

/* The current use: real_used, or `used` of a router that does not report that. */
const struct value *pool_in_use(const struct pool_stats *pool);

struct private_pool {
	uint64_t id; /* the router's own number of the process; its order is the router's */
	pid_t pid;   /* 0: not reported */
	char *name;  /* "udp receiver child=0 sock=…", as the router calls it; NULL: not reported */
	struct pool_stats pool;
};

/* The bounds of sample->modules: a sample that exceeds them is refused. A name may be as long as its
 * function's in the router's code. */
#define MODULES_MAX     1000
#define MODULE_NAME_MAX 100

/* What a module of the router has allocated, in bytes; NONE: the router does not report it. */
struct module_memory {
	char *name;           /* as the router calls it: "usrloc", "core" */
	struct value shared;  /* of the shared pool */
	struct value private; /* of the private pools, the sum over the processes */
};

/* The group's memory.pressure: the share of the last 10 seconds, in percent, in which some (all) tasks waited
 * for memory, and the total of each in microseconds. */
struct pressure {
	bool known;
	double some_avg10, full_avg10;
	uint64_t some_total_us, full_total_us;
};

struct sample {
	int64_t at_ms; /* since 1970 */
	pid_t pid;     /* of the router's first process */
	char *router;  /* "kamailio" */
	char *version; /* as the router reports it: "kamailio 5.6.3 (x86_64/linux)"; NULL: not reported */
	struct value uptime_s;                /* of the first process */
	char *group;                          /* as in /proc/PID/cgroup; NULL: none */
	struct value memory_max, memory_high; /* in force in that group; UNLIMITED is "max" */
	struct group_stats stats;             /* of the group */
	struct pressure pressure;
	uint64_t processes;            /* the router's own processes, without zombies */
	struct value shm_mib, pkg_mib; /* -m and -M in force */
	struct value nofile;           /* soft RLIMIT_NOFILE of the first process */
	struct value descriptors;      /* the maximum number of open descriptors of one process */
	struct value requests;         /* SIP requests received since it started: how busy it was */
	struct value replies;          /* alike */
	struct value failures;         /* failed allocations, where the router counts them */
	/* the main objects in its shared pool, as it counts them; NONE if the module is not loaded */
	struct value registrations; /* contacts in memory */
	struct value dialogs;       /* ringing ones among them */
	struct value transactions;
	pid_t reported_pid; /* of its first process, as the router reports it; 0: not reported, or as in
			       `privates` */
	bool has_pools;     /* the router answered the query */
	char *no_pools;     /* else: why not, one sentence; NULL */
	struct pool_stats shared;
	struct private_pool *privates;
	size_t private_count;
	struct module_memory *modules; /* the largest in the shared pool first, each name once */
	size_t module_count;           /* 0: not known, and no_modules says why */
	char *no_modules;              /* one sentence; NULL */
};

/* Whether the router is queried for memory by module: it may have to count its allocations (modules.h). */
enum module_query { MODULES_NEVER, MODULES_IF_CHEAP, MODULES_ALWAYS };

/* The router to sample; descriptors and strings are not owned. */
struct sample_target {
	int proc;      /* /proc */
	int directory; /* of the group; -1: none */
	pid_t pid;
	const char *group;
	const struct router *router;
	struct management *management; /* its management address (management.h), which remembers unknown
					  queries; NULL: it is not queried, and no_pools says why */
	const char *no_management;     /* for no_pools; NULL */
	enum module_query modules;
	const struct estimate *estimate; /* what its configuration says; NULL: not known */
	unsigned timeout_ms;             /* of all queries together */
	const int *cancel; /* a descriptor that cancels the queries when it is readable; NULL: none */
};

/*
 * Takes one. 0, or -1 with ESRCH when the process is gone. A missing or malformed answer of the router is not
 * a failure: sample->no_pools says so.
 */
int sample_take(const struct sample_target *target, struct sample *sample, struct error *error);
void sample_clear(struct sample *sample);

/* Moves the modules of the sample before to one for which it was too early to query the router again. */
void sample_keep_modules(struct sample *sample, struct sample *before);

/* The object of one line (docs/sample-json.md). A new reference. */
json_t *sample_json(const struct sample *sample);

/*
 * Reads that object: 0, or -1 with what is wrong (the member, what it must be). Values of missing members are
 * not known; unknown members are ignored, because a newer siplaunch may have written them.
 */
int sample_from_json(const json_t *object, struct sample *sample, struct error *error);

/* Reads the text of memory.pressure; `known` is false if it is malformed. */
void pressure_read(const char *text, struct pressure *pressure);

#define cleanup_sample __attribute__((cleanup(sample_clear)))

#endif
