/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_METRICS_SERIES_H
#define SIPLAUNCH_METRICS_SERIES_H
/* Adds series with labels to their families. Private to this room. */
#include "base/value.h"
#include "metrics/metrics.h"

/* The labels of a series: names and values in turn. A value that is NULL or "" has no label. */
#define LABELS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NO_LABELS   LABELS(NULL)

/* Where series are added, and the labels that each of them gets; NULL or "": no such label. */
struct destination {
	struct metrics *metrics;
	const char *select;         /* of the whole run */
	const char *router, *group; /* of one router */
	char number[24];            /* "2": the second of that name in that group */
};

/* Sets `number` to the first free one, if METRIC_UP's family already has a router with that name in that
 * group. */
void destination_number(struct destination *to);

/* Adds a series; does nothing if there is one with the same labels. */
void put(const struct destination *to, enum metric_id id, const char *const *labels, double number);

/* The same for a known value; does nothing for an unknown one. UNLIMITED becomes INFINITY. */
void put_known(const struct destination *to, enum metric_id id, const char *const *labels,
	       const struct value *value);

#endif
