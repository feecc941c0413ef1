/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ADVISE_GROWTH_H
#define SIPLAUNCH_ADVISE_GROWTH_H
/*
 * Whether a pool's use grows although the load does not: then a larger pool only fails later. Pure.
 *
 * The latest life of the router is cut into four quarters of time. It grows when the least use of each is
 * above that of the one before (the least, since peaks of load come and go), when the growth is more than
 * noise, when it is not coming to an end (as the filling of caches and of the location table does), and when
 * the busiest quarter had at most half as many requests again as the calmest.
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

/* Says nothing (grows is false) of less than half an hour, or of fewer than 12 samples. */
struct growth growth_of(const struct observation *observation, enum growing what);

/* How long until so many more bytes are used, in seconds; UNLIMITED where it does not grow. */
uint64_t growth_fills_after(const struct growth *growth, uint64_t bytes);

#endif
