/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_REPORT_EXPORT_H
#define SIPLAUNCH_REPORT_EXPORT_H
/*
 * An export in the tool's own format, with comments, and as JSON (docs/export-json.md).
 */
#include <stdio.h>

#include <jansson.h>

struct export;
struct session;

void report_export(FILE *out, const struct session *session, const struct export *export);

/* A new reference. */
json_t *report_export_json(const struct session *session, const struct export *export);

#endif
