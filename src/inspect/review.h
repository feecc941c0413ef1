/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_INSPECT_REVIEW_H
#define SIPLAUNCH_INSPECT_REVIEW_H
/*
 * All data of `advise`, gathered once: the samples, of a running router or from files, the profile, and the
 * advice. The reports and the written profile only read this.
 */
#include <stdbool.h>

#include <jansson.h>

#include "advise/advise.h"
#include "inspect/inspection.h"
#include "profile/profile.h"

struct error;
struct events;

struct review_request {
	const struct profile_selection *selection; /* selection->name NULL: no profile */
	struct texts files;                        /* files of samples; none: sample a running router */
	const struct inspect_request *running;
	unsigned margin; /* percent above the need */
};

struct review {
	struct problems problems; /* of the profile */
	struct profile profile;
	bool has_profile;
	struct observation seen;
	struct inspection inspection; /* of the running router, if live */
	bool live;
	const struct router *router;
	unsigned margin_percent;
	struct cpus_look cpus; /* if live */
	struct advice advice;
};

/*
 * Gathers all of it. EXIT_OK, or another exit status: errors of files are emitted as events (a file may have
 * many bad lines), the profile's problems are in review->problems, any other error is in *error.
 * review_close() in both cases.
 */
int review_open(const struct review_request *request, const struct events *events, struct review *review,
		struct error *error);
/* The second half of review_open(), for a review whose `seen` already has all samples: finishes `seen`, and
 * advises. Returns the same. */
int review_conclude(struct review *review, struct error *error);
void review_close(struct review *review);

/*
 * advice_profile.c: a profile with only the advised values, which extends the selected profile, or without
 * one the profile with the router's name. A new reference; NULL if no value should change.
 */
json_t *advice_profile_json(const struct profile_selection *selection, const struct review *review);

/*
 * Writes that profile to `path`. 0, or -1: the file exists or cannot be written, or siplaunch would refuse
 * the profile.
 */
int advice_profile_write(const struct profile_selection *selection, const char *path,
			 const struct review *review, const struct events *events, struct error *error);

#define cleanup_review __attribute__((cleanup(review_close)))

#endif
