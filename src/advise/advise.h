/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ADVISE_ADVISE_H
#define SIPLAUNCH_ADVISE_ADVISE_H
/*
 * What a running router's sizes should be: an observation (samples taken together), what its profile wishes,
 * and what the router takes, in; a recommendation for each value, out. Pure: no I/O, no clock. The rules are
 * explained to users in siplaunch(1); here they are once, as code.
 *
 *   needed = the most that was used, and a margin above it
 *
 * More than there is is recommended at once. Less is recommended only where enough was seen (confidence
 * MEDIUM) and it saves a tenth: an idle router needs little, and a restart costs something too.
 * What is recommended together fits together: memory.max is what the memory budget (sizing/sizing.h) counts
 * for the -m, -M and processes beside it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "advise/objects.h"
#include "advise/observation.h"
#include "base/value.h"

struct cpu_request;
struct estimate;
struct profile;
struct router;

/* How sure: by how long and how busy the router was when it was watched; see confidence_of() in siplaunch(1).
 */
enum confidence { CONFIDENCE_NONE, CONFIDENCE_LOW, CONFIDENCE_MEDIUM, CONFIDENCE_HIGH };
const char *confidence_name(enum confidence confidence); /* "none", "low", "medium", "high" */

enum change {
	CHANGE_KEEP,
	CHANGE_RAISE,
	CHANGE_LOWER,
	CHANGE_SET,    /* there was none, or "auto" */
	CHANGE_UNKNOWN /* nothing can be said */
};
const char *change_name(enum change change); /* "keep", "raise", "lower", "set", "unknown" */

struct recommendation {
	const char *setting; /* as in settings.h: "-m", "-M", "RLIMIT_NOFILE", "memory.max"; or "processes" */
	const char *key;     /* of the profile: "sizing.shared" */
	enum change change;
	struct value current;     /* in force; NONE: not known, or computed at each launch */
	struct value recommended; /* NONE where nothing can be said */
	struct value enough; /* what the use that was seen needs with its margin, be it recommended or not;
			      * NONE: not known */
	enum confidence confidence;
	char *reason; /* sentences */
};

enum advice_row {
	ADVICE_SHARED,
	ADVICE_PRIVATE,
	ADVICE_PROCESSES,
	ADVICE_NOFILE,
	ADVICE_MEMORY_MAX,
	ADVICE_ROWS,
};

/* A term of the budget that did not hold, and what would have: for the profile. */
struct correction {
	const char *key; /* "sizing.perProcess" */
	char value[24];  /* as a profile takes it */
};
#define CORRECTIONS_MAX 3

struct advice {
	struct recommendation rows[ADVICE_ROWS]; /* setting NULL: does not apply to this router */
	struct correction corrections[CORRECTIONS_MAX];
	size_t correction_count;
	struct objects_seen objects; /* what a registration, dialog, transaction of this router takes */
	char **notes;                /* what else a person should know, a sentence each */
	size_t note_count;
	enum confidence confidence; /* of the router's own counters: the best that any row has */
	double requests_per_second; /* while it was watched, or since it was started; below 0: not known */
};

struct advice_request {
	const struct observation *seen; /* finished */
	const struct router *router;
	const struct profile *profile;   /* NULL: no wishes */
	const struct estimate *estimate; /* of the configuration; NULL: it is not at hand */
	const struct cpu_request *cpus;  /* that it may use, beside its workers; NULL: not known */
	uint64_t page_bytes;
	unsigned margin_percent; /* above the most that was used */
};

void advise(const struct advice_request *request, struct advice *advice);
void advice_clear(struct advice *advice);

/* True where anything should be other than it is. */
bool advice_changes(const struct advice *advice);

#define cleanup_advice __attribute__((cleanup(advice_clear)))

#endif
