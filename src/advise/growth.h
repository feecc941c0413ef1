/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ADVISE_GROWTH_H
#define SIPLAUNCH_ADVISE_GROWTH_H
/*
 * Detects a pool whose use grows although the load does not: then a larger pool only fails later. Pure.
 *
 * The time since the router's latest start is cut into four quarters. Its use grows if the minimum of each
 * quarter is above that of the quarter before (the minimum, because peaks of load come and go), if the growth
 * is more than noise and does not slow down (as when caches and the location table fill), and if the busiest
 * quarter had at most half as many requests again as the quietest.
 */
#include <stdbool.h>
#include <stdint.h>

struct observation;

enum growing { GROWING_SHARED, GROWING_PRIVATE };

struct growth {
	bool grows;
	uint64_t bytes;   /* by so much */
	uint64_t seconds; /* within that time */
};

/* `grows` is false for less than half an hour, or for fewer than 12 samples. */
struct growth growth_of(const struct observation *observation, enum growing what);

/* How long until so many more bytes are used, in seconds; UNLIMITED where it does not grow. */
uint64_t growth_fills_after(const struct growth *growth, uint64_t bytes);

#endif
