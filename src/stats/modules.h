/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_STATS_MODULES_H
#define SIPLAUNCH_STATS_MODULES_H
/*
 * Memory by module: when a router is queried for it, and the list from its answer. The answers themselves are
 * read by each protocol's file (ask.h). Private to this room.
 */
#include "stats/sample.h"

struct deadline;
struct management;

/*
 * Kamailio counts when it is queried: it walks through every allocation of the shared pool, and no process
 * can allocate meanwhile. 5.6.3 takes 28 ns for each, a third of a second for 12 million. 256 MiB have about
 * a million.
 */
#define MODULES_CHEAP_BYTES (256 * MIB)
#define MODULES_PAUSE_MS    60000 /* from one query to the next, with MODULES_IF_CHEAP */

/*
 * Queries the router of `target` for it, after its other statistics, and fills sample->modules; else
 * sample->no_modules says why not. Both stay empty if it is too early to query the router again.
 */
void modules_take(const struct sample_target *target, const struct deadline *deadline, struct sample *sample);

/* The module of that name, which is added if it is new; NULL with an error: too many modules, or an invalid
 * name. */
struct module_memory *modules_add(struct sample *sample, const char *name, size_t length,
				  struct error *error);

/* Frees all of them, and no_modules. */
void modules_forget(struct sample *sample);

#endif
