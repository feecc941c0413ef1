/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_REPORT_PROFILES_H
#define SIPLAUNCH_REPORT_PROFILES_H
/* The profiles of a search path, as a table and as JSON. */
#include <stdio.h>

#include <jansson.h>

struct profile_listing;
struct style;

/* Prints a line for each profile; if that is too wide, the description is wrapped, and the file is below
 * it. */
void report_profiles(FILE *out, const struct profile_listing *listing, const struct style *style);

/* An array of objects. A new reference. */
json_t *report_profiles_json(const struct profile_listing *listing);

#endif
