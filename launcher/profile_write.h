/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_PROFILE_WRITE_H
#define SIPLAUNCH_LAUNCHER_PROFILE_WRITE_H
/*
 * A running router as a profile: what an inspection found, in the profile's words. What is the kernel's
 * default is left out. The file appears whole or not at all, and never in place of another one.
 */
#include <jansson.h>

struct error;
struct inspection;
struct options;
struct plan;

/* The profile, a new reference. What it cannot say as it is becomes a warning. */
json_t *profile_of(const struct inspection *inspection, struct plan *warnings);

/*
 * Writes it to options->write_profile, after it has been loaded and planned for this very router. 0, or -1
 * when the file exists, cannot be written, or would not be accepted.
 */
int profile_write(const struct options *options, const struct inspection *inspection, struct error *error);

#endif
