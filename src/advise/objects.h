/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ADVISE_OBJECTS_H
#define SIPLAUNCH_ADVISE_OBJECTS_H
/*
 * What one registration, dialog and transaction of this router takes of its shared pool: the pool's use and
 * the router's own counts, of the samples of its latest life, by least squares. Pure.
 *
 * One sample only bounds it: all that is used, over the count. Counts that rise and fall together cannot be
 * told apart, and that is said. What grows besides them and is not counted makes the numbers too large: the
 * doubt that is given is that of the fit alone.
 */
#include <stdbool.h>
#include <stdint.h>

#include "advise/observation.h"

struct object_seen {
	struct known count; /* in the latest sample that has it; not known: the router does not count it */
	enum {
		SEEN_NOTHING,  /* none was there, or the counts changed too little */
		SEEN_BOUND,    /* at_most alone is known */
		SEEN_TOGETHER, /* with `with`: bytes are of one of this with what came with it */
		SEEN_BYTES,    /* bytes of one */
	} kind;
	uint64_t at_most; /* bytes of one, from BOUND on */
	uint64_t bytes;   /* of one: TOGETHER, BYTES */
	uint64_t doubt;   /* bytes more or less, with 95 % of certainty */
	uint64_t span;    /* by how much the count changed */
	unsigned with;    /* TOGETHER: bits of the objects that it cannot be told from */
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
	uint64_t start_doubt;
	size_t samples; /* that told of the pool and of a count */
};

void objects_see(const struct observation *seen, const char *router, struct objects_seen *objects);

const char *counted_name(enum counted counted);              /* "registration", "dialog", "transaction" */
const char *counted_plural(enum counted counted);            /* "registrations" … */
const char *sureness_name(const struct object_seen *object); /* "none", "low", "medium", "high" */

/* It is certain enough to plan with. */
bool object_is_learned(const struct object_seen *object);

/* "1,464 bytes each, 8 more or less: …", one sentence without a full stop. The caller frees it. */
char *object_text(const struct objects_seen *objects, enum counted counted);

#endif
