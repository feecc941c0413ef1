/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_OBSERVATION_ADVISE_H
#define SIPLAUNCH_OBSERVATION_ADVISE_H
/* What `advise` found, as text and as JSON. */
#include <stdio.h>

#include <jansson.h>

#include "output/style.h"

struct review;

void report_advise(FILE *out, const struct review *review, const struct style *style);

/* Described in docs/advise-json.md. A new reference. */
json_t *report_advise_json(const struct review *review);

#endif
