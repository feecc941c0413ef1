/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ADVISE_OBJECTS_H
#define SIPLAUNCH_ADVISE_OBJECTS_H
/*
 * The size of one registration, dialog and transaction in the router's shared pool: a least-squares fit of
 * the pool's use against the router's own counts, over the samples since its latest start. Pure.
 *
 * One sample gives only a bound: the used size divided by the count. Counts that rise and fall together
 * cannot be separated, and the result says so. Other objects that grow but are not counted make the numbers
 * too large: the uncertainty is that of the fit alone.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "advise/observation.h"

struct costs;

struct object_seen {
	struct known count; /* in the latest sample that has it; not known: the router does not count it */
	enum {
		SEEN_NOTHING,  /* there was none, or the counts changed too little */
		SEEN_BOUND,    /* at_most alone is known */
		SEEN_TOGETHER, /* with `with`: bytes are of one of this with the objects that came with it */
		SEEN_BYTES,    /* bytes of one */
	} kind;
	uint64_t at_most;     /* bytes of one, from BOUND on */
	uint64_t bytes;       /* of one: TOGETHER, BYTES */
	uint64_t uncertainty; /* half of the 95 % confidence interval, in bytes */
	uint64_t span;        /* by how much the count changed */
	unsigned with;        /* TOGETHER: bits of the objects from which it cannot be separated */
	enum {
		SURE_NOT, /* doubt beyond a quarter: no number */
		SURE_LOW,
		SURE_MEDIUM, /* up to a tenth */
		SURE_HIGH,   /* up to a thirtieth */
	} sure;
};

struct objects_seen {
	struct object_seen of[COUNTED_KINDS];
	struct known start; /* bytes that the pool holds without any of them */
	uint64_t start_uncertainty;
	size_t samples; /* samples with the pool's use and a count */
};

void objects_see(const struct observation *seen, const struct costs *costs, struct objects_seen *objects);

const char *counted_name(enum counted counted);              /* "registration", "dialog", "transaction" */
const char *counted_plural(enum counted counted);            /* "registrations" … */
const char *sureness_name(const struct object_seen *object); /* "none", "low", "medium", "high" */

/* It is certain enough to plan with. */
bool object_is_learned(const struct object_seen *object);

/* "1,464 bytes each, 8 more or less: …", one sentence without a full stop. The caller frees it. */
char *object_text(const struct objects_seen *objects, enum counted counted);

/*
 * "measured" of a profile's sizing: what is certain enough to plan with, on which day and with what it was.
 * NULL where nothing is. A new reference.
 */
json_t *objects_profile_json(const struct objects_seen *objects, const struct observation *seen);

#endif
