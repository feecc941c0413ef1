/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_OBSERVATION_INSPECT_H
#define SIPLAUNCH_OBSERVATION_INSPECT_H
/*
 * A running router as text and as JSON. Prints an inspection and decides nothing; report/ prints plans. The
 * JSON is described in docs/inspect-json.md; a change there is a change of the interface.
 */
#include <stdio.h>

#include <jansson.h>

#include "output/pieces.h"

struct inspection;
struct running_routers;

/* candidates.c: the routers to choose from, one a line, each with the text that selects it on the command
 * line. */
void report_candidates(FILE *out, const struct running_routers *found);

/* A new reference. */
json_t *report_candidates_json(const struct running_routers *found);

/* Omits limits that are not set, unless verbose. */
void report_inspect(FILE *out, const struct inspection *inspection, const struct style *style, bool verbose);

/* How a share of a sample's memory is drawn, by enum memory_share_id. */
extern const struct glyph share_glyphs[];

/* Prints the sample: memory promised, touched and used, the pools, pressure. */
void report_sample(FILE *out, const struct inspection *inspection, const struct style *style, bool verbose);

/* The shared pool by module, or why that is not known. */
void report_modules(FILE *out, const struct inspection *inspection, const struct style *style, bool verbose);

/* watch.c: one page of --watch: who, when, report_sample(). */
void report_watch(FILE *out, const struct inspection *inspection, const struct style *style, bool verbose);

/* The same page for a screen with `rows` rows: it drops optional parts, and names them in the last line. As
 * in report_watch(), a line of a table may be wider than the style's columns. Caller frees. */
char *report_watch_fitted(const struct inspection *inspection, const struct style *style, size_t rows,
			  bool verbose);

/* The memory of a sample as an object; a new reference. */
json_t *report_memory_json(const struct inspection *inspection);

/* A new reference. */
json_t *report_inspect_json(const struct inspection *inspection);

#endif
