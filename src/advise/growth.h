/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ADVISE_GROWTH_H
#define SIPLAUNCH_ADVISE_GROWTH_H
/*
 * Detects a pool whose use grows although the load does not: then a larger pool only fails later. Pure.
 *
 * The samples since the router's latest start are divided into four quarters of equal time. The use grows if
 * all of this is true: the minimum of each quarter is above that of the quarter before (the minimum, because
 * peaks of load pass); the growth is more than noise, and does not slow down, as it does while caches and the
 * location table fill; the busiest quarter had at most 1.5 times the requests of the quietest.
 */
#include <stdbool.h>
#include <stdint.h>

struct observation;

enum growing { GROWING_SHARED, GROWING_PRIVATE };

struct growth {
	bool grows;
	uint64_t bytes;   /* by how much */
	uint64_t seconds; /* within how much time */
};

/* `observation` is finished. `grows` is false for samples over less than half an hour, or fewer than 12. */
struct growth growth_of(const struct observation *observation, enum growing what);

/* Seconds until the use has grown by `bytes`; UNLIMITED if it does not grow. */
uint64_t growth_fills_after(const struct growth *growth, uint64_t bytes);

#endif
