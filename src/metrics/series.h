/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_METRICS_SERIES_H
#define SIPLAUNCH_METRICS_SERIES_H
/* Series with their labels, into their families. Private to this room. */
#include "base/value.h"
#include "metrics/metrics.h"

/* The labels of a series: names and values in turn. A value that is NULL or "" has no label. */
#define LABELS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NO_LABELS   LABELS(NULL)

/* Where series go, with the labels that each of them has; NULL or "": it has not. */
struct destination {
	struct metrics *metrics;
	const char *select;         /* of the whole run */
	const char *router, *group; /* of one router */
	char number[24];            /* "2": the second of that name in that group */
};

/* Gives a router that was added already to METRIC_UP's family the next number. */
void destination_number(struct destination *to);

/* Adds a series; if there is one with these labels, that one stays. */
void put(const struct destination *to, enum metric_id id, const char *const *labels, double number);

/* The same unless it is not known. UNLIMITED is infinite. */
void put_known(const struct destination *to, enum metric_id id, const char *const *labels,
	       const struct value *value);

#endif
