/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_OBSERVATION_INSPECT_H
#define SIPLAUNCH_OBSERVATION_INSPECT_H
/*
 * How a running router looks, to a person and as JSON. Prints an inspection and decides nothing; what is said
 * of a plan is in report/. The JSON is described in docs/inspect-json.md; a change there is a change of the
 * interface.
 */
#include <stdio.h>

#include <jansson.h>

#include "output/pieces.h"

struct inspection;
struct running_routers;

/* candidates.c: the routers to choose from, a line each with what names it on the command line. */
void report_candidates(FILE *out, const struct running_routers *found);

/* A new reference. */
json_t *report_candidates_json(const struct running_routers *found);

/* Limits that nobody set are left out unless verbose. */
void report_inspect(FILE *out, const struct inspection *inspection, const struct style *style, bool verbose);

/* How a share of a sample's memory is drawn, by enum memory_share_id. */
extern const struct glyph share_glyphs[];

/* What the sample says: memory promised, touched and used, the pools, pressure. */
void report_sample(FILE *out, const struct inspection *inspection, const struct style *style, bool verbose);

/* The shared pool by module, or why that is not known. */
void report_modules(FILE *out, const struct inspection *inspection, const struct style *style, bool verbose);

/* watch.c: one page of --watch: who, when, report_sample(). */
void report_watch(FILE *out, const struct inspection *inspection, const struct style *style, bool verbose);

/* The same for a screen of so many rows, where the rest can be left out; what is left out is named in the
 * last line. Its lines may be wider than the style's columns, as the tables of report_watch() may. Caller
 * frees. */
char *report_watch_fitted(const struct inspection *inspection, const struct style *style, size_t rows,
			  bool verbose);

/* The memory of a sample as an object; a new reference. */
json_t *report_memory_json(const struct inspection *inspection);

/* A new reference. */
json_t *report_inspect_json(const struct inspection *inspection);

#endif
