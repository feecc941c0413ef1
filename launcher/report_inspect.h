/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_REPORT_INSPECT_H
#define SIPLAUNCH_LAUNCHER_REPORT_INSPECT_H
/*
 * How an inspection looks, to a person and as JSON. Prints what it is given and decides nothing. The JSON is
 * described in docs/inspect-json.md; a change there is a change of the interface.
 */
#include <stdio.h>

#include <jansson.h>

#include "style.h"

struct inspection;
struct running_routers;

/* report_candidates.c: the routers to choose from, a line each with what names it on the command line. */
void report_candidates(FILE *out, const struct running_routers *found);

/* A new reference. */
json_t *report_candidates_json(const struct running_routers *found);

/* Limits that nobody set are left out unless verbose. */
void report_inspect(FILE *out, const struct inspection *inspection, const struct style *style, bool verbose);

/* What the sample says: memory promised, touched and used, the pools, pressure. */
void report_sample(FILE *out, const struct inspection *inspection, const struct style *style, bool verbose);

/* One page of --watch: who, when, report_sample(). */
void report_watch(FILE *out, const struct inspection *inspection, const struct style *style, bool verbose);

/* The memory of a sample as an object; a new reference. */
json_t *report_memory_json(const struct inspection *inspection);

/* A new reference. */
json_t *report_inspect_json(const struct inspection *inspection);

#endif
