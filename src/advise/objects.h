/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ADVISE_OBJECTS_H
#define SIPLAUNCH_ADVISE_OBJECTS_H
/*
 * The size of one registration, dialog and transaction in the router's shared pool: a least-squares fit of
 * the pool's use against the router's own counts, over the samples since its latest start. Pure.
 *
 * One sample gives only a bound: the used size divided by the count. Counts that change together cannot be
 * separated: the result is then for both (SEEN_TOGETHER). Objects that grow but are not counted make the
 * sizes too large: the uncertainty is only that of the fit.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "advise/observation.h"

struct costs;

struct object_seen {
	struct known count; /* of the latest sample that has it; not known: the router does not report it */
	enum {
		SEEN_NOTHING,  /* there were none, or their number changed too little */
		SEEN_BOUND,    /* only at_most is known */
		SEEN_TOGETHER, /* bytes are of one such object together with the objects in `with` */
		SEEN_BYTES,    /* bytes of one */
	} kind;
	uint64_t at_most;     /* max bytes of one, from SEEN_BOUND on */
	uint64_t bytes;       /* of one: SEEN_TOGETHER, SEEN_BYTES */
	uint64_t uncertainty; /* half of the 95 % confidence interval, in bytes */
	uint64_t span;        /* by how much the count changed */
	unsigned with; /* SEEN_TOGETHER: bits (1 << enum counted) of the objects from which it cannot be
			  separated */
	enum {
		SURE_NOT, /* uncertainty above a quarter: no number */
		SURE_LOW,
		SURE_MEDIUM, /* up to a tenth */
		SURE_HIGH,   /* up to a thirtieth */
	} sure;
};

struct objects_seen {
	struct object_seen of[COUNTED_KINDS];
	struct known start; /* bytes in use in the pool without any of these objects */
	uint64_t start_uncertainty;
	size_t samples; /* samples with the pool's use and a count */
};

void objects_see(const struct observation *seen, const struct costs *costs, struct objects_seen *objects);

const char *counted_name(enum counted counted);              /* "registration", "dialog", "transaction" */
const char *counted_plural(enum counted counted);            /* "registrations" … */
const char *sureness_name(const struct object_seen *object); /* "none", "low", "medium", "high" */

/* The size is certain enough for a plan: SEEN_BYTES, at least SURE_MEDIUM. */
bool object_is_learned(const struct object_seen *object);

/* "1,464 bytes each, 8 more or less: …", one sentence without a full stop. The caller frees it. */
char *object_text(const struct objects_seen *objects, enum counted counted);

/*
 * A profile's sizing.measured: the sizes that are certain enough, with the date and the router's version. A
 * new reference; NULL if no size is.
 */
json_t *objects_profile_json(const struct objects_seen *objects, const struct observation *seen);

#endif
