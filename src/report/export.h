/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_REPORT_EXPORT_H
#define SIPLAUNCH_REPORT_EXPORT_H
/*
 * An export as the text that its tool reads, with comments, and as JSON, which docs/export-json.md describes.
 */
#include <stdio.h>

#include <jansson.h>

struct export;
struct session;

void report_export(FILE *out, const struct session *session, const struct export *export);

/* A new reference. */
json_t *report_export_json(const struct session *session, const struct export *export);

#endif
