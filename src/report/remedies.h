/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_REPORT_REMEDIES_H
#define SIPLAUNCH_REPORT_REMEDIES_H
/*
 * What would make a plan go through, once and together: one block to paste, in the words of the tool that
 * made the place. The JSON is described in docs/plan-json.md; a change there is a change of the interface.
 */
#include <stdio.h>

#include <jansson.h>

#include "output/style.h"

struct session;

/* Nothing where nothing is missing. */
void report_remedies(FILE *out, const struct session *session, const struct style *style);

/* A new reference; null where nothing is missing. */
json_t *report_remedies_json(const struct session *session);

#endif
