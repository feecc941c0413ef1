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
	struct texts files;                        /* of samples; none: a running router is sampled */
	const struct inspect_request *running;
	unsigned margin; /* percent above the need */
};

struct review {
	struct problems problems; /* of the profile */
	struct profile profile;
	bool has_profile;
	struct observation seen;
	struct inspection inspection; /* of a PID */
	bool live;
	const struct router *router;
	unsigned margin_percent;
	struct cpus_look cpus; /* of a live one */
	struct advice advice;
};

/*
 * Gathers. EXIT_OK; or the exit status: errors of files are emitted as events (a file may have many bad
 * lines), the profile's problems are in review->problems, any other error is in *error. review_close() in
 * both cases.
 */
int review_open(const struct review_request *request, const struct events *events, struct review *review,
		struct error *error);
/* The rest of it, for a review whose `seen` has all samples: finishes that, and advises. Alike. */
int review_conclude(struct review *review, struct error *error);
void review_close(struct review *review);

/*
 * advice_profile.c: the profile that extends the selected one, or where there is none the one named like the
 * router, and changes only what is advised. NULL if nothing has to change. A new reference.
 */
json_t *advice_profile_json(const struct profile_selection *selection, const struct review *review);

/*
 * The same as a file: writes it to `path`. 0; or -1 when the file exists, cannot be written, or would not be
 * accepted.
 */
int advice_profile_write(const struct profile_selection *selection, const char *path,
			 const struct review *review, const struct events *events, struct error *error);

#define cleanup_review __attribute__((cleanup(review_close)))

#endif
