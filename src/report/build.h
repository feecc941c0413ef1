/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_REPORT_BUILD_H
#define SIPLAUNCH_REPORT_BUILD_H
/* What the router's program was built with, and how siplaunch learned it. */
#include <jansson.h>
#include <stdio.h>

struct session;
struct style;

/* Prints one line with the configuration's path if the command has no -f. */
void report_config(FILE *out, const struct session *session, const struct style *style);

/* Every constant with its source, a line each. */
void report_build(FILE *out, const struct session *session, const struct style *style);

/* A new reference; null if the router's program is not on this machine. */
json_t *report_build_json(const struct session *session);

#endif
