/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_OBSERVATION_OBJECTS_H
#define SIPLAUNCH_OBSERVATION_OBJECTS_H
/*
 * The sizes of a registration, a dialog and a transaction of a running router, for `inspect` and `advise`.
 * The JSON is described in docs/advise-json.md.
 */
#include <stdio.h>

#include <jansson.h>

#include "output/style.h"

struct objects_seen;

/* Prints a heading, and a line for each kind that the router counts; nothing if it counts none. */
void report_objects(FILE *out, const struct objects_seen *objects, const struct style *style);

/* A new reference. */
json_t *report_objects_json(const struct objects_seen *objects);

#endif
