/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ADVISE_ADVISE_H
#define SIPLAUNCH_ADVISE_ADVISE_H
/*
 * Recommended sizes of a running router: an observation (several samples), the profile's requested values,
 * and the router's bounds, in; a recommendation for each value, out. Pure: no I/O, no clock. siplaunch(1)
 * explains the rules to users.
 *
 *   needed = the maximum use, and a margin above it
 *
 * A larger size is recommended at once. A smaller size is recommended only with at least CONFIDENCE_MEDIUM
 * and if it saves a tenth: an idle router needs little, and a restart has a cost, too. The recommended values
 * are consistent: memory.max is the memory budget (sizing/sizing.h) of the recommended -m, -M and processes.
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

/* Confidence, from the time and the load that the samples cover; see siplaunch(1). */
enum confidence { CONFIDENCE_NONE, CONFIDENCE_LOW, CONFIDENCE_MEDIUM, CONFIDENCE_HIGH };
const char *confidence_name(enum confidence confidence); /* "none", "low", "medium", "high" */

enum change {
	CHANGE_KEEP,
	CHANGE_RAISE,
	CHANGE_LOWER,
	CHANGE_SET,    /* no value was set, or "auto" */
	CHANGE_UNKNOWN /* no advice */
};
const char *change_name(enum change change); /* "keep", "raise", "lower", "set", "unknown" */

struct recommendation {
	const char *setting; /* as in settings.h: "-m", "-M", "RLIMIT_NOFILE", "memory.max"; or "processes" */
	const char *key;     /* of the profile: "sizing.shared" */
	enum change change;
	struct value current;     /* the value in force; NONE: not known, or computed at each launch */
	struct value recommended; /* NONE: no advice */
	struct value enough;      /* the observed use with its margin, recommended or not; NONE: not known */
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

/* A term of the budget that was too small, and a sufficient value for the profile. */
struct correction {
	const char *key; /* "sizing.perProcess" */
	char value[24];  /* in the profile's syntax */
};
#define CORRECTIONS_MAX 3

struct advice {
	struct recommendation rows[ADVICE_ROWS]; /* setting NULL: does not apply to this router */
	struct correction corrections[CORRECTIONS_MAX];
	size_t correction_count;
	struct objects_seen objects; /* the size of a registration, dialog, transaction of this router */
	char **notes;                /* other remarks, a sentence each */
	size_t note_count;
	enum confidence confidence; /* from the router's own counters: the best of any row */
	double requests_per_second; /* during the samples, or since the router started; below 0: not known */
};

struct advice_request {
	const struct observation *seen; /* after observation_finish() */
	const struct router *router;
	const struct profile *profile;   /* NULL: no requested values */
	const struct estimate *estimate; /* of the configuration; NULL: not available */
	const struct cpu_request *cpus;  /* its CPUs and workers; NULL: not known */
	uint64_t page_bytes;
	unsigned margin_percent; /* above the maximum use */
};

void advise(const struct advice_request *request, struct advice *advice);
void advice_clear(struct advice *advice);

/* True if any value should change. */
bool advice_changes(const struct advice *advice);

#define cleanup_advice __attribute__((cleanup(advice_clear)))

#endif
