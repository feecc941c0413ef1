/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_INSPECT_PROFILE_WRITE_H
#define SIPLAUNCH_INSPECT_PROFILE_WRITE_H
/*
 * A running router as a profile: the values that an inspection found. It omits the kernel's defaults. The
 * file is created atomically, and never replaces another one.
 */
#include <jansson.h>

#include "plan/plan.h"

struct error;
struct inspection;
struct events;
struct profile_selection;

/* The profile, a new reference. A value that a profile cannot express becomes a warning. */
json_t *profile_of(const struct inspection *inspection, struct plan *warnings);

/* Adds what the samples so far show of the size of this router's objects; else keeps what is there. */
void profile_learn(json_t *profile, const struct inspection *inspection);

/* A profile that waits for the end of a watch: the router may end before. */
struct profile_draft {
	json_t *profile; /* NULL: none */
	struct plan warnings;
};

/*
 * Makes it of a running router, after a check that siplaunch accepts it and that `path` can be made. If there
 * is an earlier one, of the router before its restart, the new one keeps what that one learned. 0, or -1: the
 * earlier one stays.
 */
int profile_draft_make(const struct profile_selection *selection, const char *path,
		       const struct inspection *inspection, struct profile_draft *draft, struct error *error);
int profile_draft_write(const struct profile_selection *selection, const char *path,
			struct profile_draft *draft, const struct events *events, struct error *error);
void profile_draft_clear(struct profile_draft *draft);

/*
 * Writes it to `path`, after it loaded and planned the profile for this router. 0, or -1: the file exists or
 * cannot be written, or siplaunch would refuse the profile.
 */
int profile_write(const struct profile_selection *selection, const char *path,
		  const struct inspection *inspection, const struct events *events, struct error *error);

#endif
