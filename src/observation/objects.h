/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_OBSERVATION_OBJECTS_H
#define SIPLAUNCH_OBSERVATION_OBJECTS_H
/*
 * What a registration, a dialog and a transaction of a running router take, as `inspect` and `advise` show
 * it. The JSON is described in docs/advise-json.md.
 */
#include <stdio.h>

#include <jansson.h>

#include "output/style.h"

struct objects_seen;

/* A heading and a line for each that the router counts; nothing where it counts none. */
void report_objects(FILE *out, const struct objects_seen *objects, const struct style *style);

/* A new reference. */
json_t *report_objects_json(const struct objects_seen *objects);

#endif
