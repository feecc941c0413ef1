/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_INSPECT_PROFILE_WRITE_H
#define SIPLAUNCH_INSPECT_PROFILE_WRITE_H
/*
 * A running router as a profile: the values that an inspection found. It omits the kernel's defaults. The
 * file is created atomically, and never replaces another one.
 */
#include <jansson.h>

struct error;
struct inspection;
struct events;
struct profile_selection;
struct plan;

/* The profile, a new reference. A value that a profile cannot express becomes a warning. */
json_t *profile_of(const struct inspection *inspection, struct plan *warnings);

/*
 * Writes it to `path`, after it loaded and planned the profile for this router. 0, or -1: the file exists or
 * cannot be written, or siplaunch would refuse the profile.
 */
int profile_write(const struct profile_selection *selection, const char *path,
		  const struct inspection *inspection, const struct events *events, struct error *error);

#endif
