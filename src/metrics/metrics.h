/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_METRICS_METRICS_H
#define SIPLAUNCH_METRICS_METRICS_H
/*
 * Inspections as metrics for Prometheus: a table of families, and each family with all its series. Pure:
 * inspections in, numbers out. src/observation/ writes the file. A number that is not known has no series. No
 * label is a pid. No series has a timestamp, because node_exporter skips a file with one.
 */
#include <stdbool.h>
#include <stddef.h>

struct inspection;

enum metric_id {
	METRIC_BUILD_INFO,
	METRIC_INSPECT_DURATION,
	METRIC_ROUTERS,
	METRIC_UP,
	METRIC_STATISTICS_UP,
	METRIC_ROUTER_INFO,
	METRIC_UPTIME,
	METRIC_PROCESSES,
	METRIC_PROCESSES_PLANNED,
	METRIC_DESCRIPTORS,
	METRIC_DESCRIPTORS_LIMIT,
	METRIC_REQUESTS,
	METRIC_REPLIES,
	METRIC_REGISTRATIONS,
	METRIC_DIALOGS,
	METRIC_TRANSACTIONS,
	METRIC_MEMORY_LIMIT,
	METRIC_MEMORY_HIGH,
	METRIC_MEMORY_CURRENT,
	METRIC_MEMORY_PEAK,
	METRIC_MEMORY_SWAP,
	METRIC_MEMORY_PART,
	METRIC_MEMORY_EVENTS,
	METRIC_OOM_KILLS,
	METRIC_MEMORY_PRESSURE,
	METRIC_SHARED_POOL_SIZE,
	METRIC_SHARED_POOL_USED,
	METRIC_PRIVATE_POOL_SIZE,
	METRIC_PRIVATE_POOL_USED,
	METRIC_PRIVATE_POOL_PROCESSES,
	METRIC_POOL,
	METRIC_POOL_FRAGMENTS,
	METRIC_ALLOCATION_FAILURES,
	METRIC_MODULE_MEMORY,
	METRIC_BUDGET,
	METRIC_DRIFT,
	METRIC_NOT_COMPARED,
	METRIC_COUNT,
};

/* One family. docs/metrics.md has its table made from these rows. */
struct metric {
	const char *name;   /* with its unit; a counter ends in "_total" */
	bool of_run;        /* true: of the whole run, with label "select"; false: of a router, with "router",
			       "cgroup", "number" */
	const char *labels; /* its further labels: "pool, state"; NULL: none */
	const char *help;   /* one sentence */
	const char *query;  /* an example */
};
extern const struct metric metric_rows[METRIC_COUNT]; /* by enum metric_id */

bool metric_is_counter(const struct metric *metric);

/* "bytes", "seconds"; NULL: a plain number. Counters have it before "_total". */
const char *metric_unit(const struct metric *metric);

struct label {
	const char *name;
	char *value; /* valid UTF-8 */
};

struct series {
	struct label *labels; /* never with an empty value: for Prometheus that is an absent label */
	size_t label_count;
	double number; /* INFINITY: no limit */
};

struct family {
	struct series *series;
	size_t count;
};

struct metrics {
	struct family families[METRIC_COUNT];
	size_t routers; /* how many were added */
};

/*
 * Adds an inspected router. A second router with the same name in the same group gets the label "number",
 * counted from 2: readers refuse a file in which two series have the same labels.
 */
void metrics_add(struct metrics *metrics, const struct inspection *inspection);

/* Adds a router that could not be inspected. `router`: the name of its struct router; `group` may be NULL. */
void metrics_add_failed(struct metrics *metrics, const char *router, const char *group);

/* Adds the series of the whole run, which took `seconds`. `select`: the argument that selected the router;
 * NULL: none. */
void metrics_finish(struct metrics *metrics, const char *select, double seconds);

void metrics_clear(struct metrics *metrics);

#define cleanup_metrics __attribute__((cleanup(metrics_clear)))

#endif
