/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_REPORT_REMEDIES_H
#define SIPLAUNCH_REPORT_REMEDIES_H
/*
 * All changes that a refused plan needs, in one block to paste, in the syntax of the tool that started the
 * container or service. The JSON is described in docs/plan-json.md; a change there is a change of the
 * interface.
 */
#include <stdio.h>

#include <jansson.h>

#include "output/style.h"

struct session;

/* Prints nothing if nothing is missing. */
void report_remedies(FILE *out, const struct session *session, const struct style *style);

/* A new reference; null if nothing is missing. */
json_t *report_remedies_json(const struct session *session);

#endif
