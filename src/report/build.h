/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_REPORT_BUILD_H
#define SIPLAUNCH_REPORT_BUILD_H
/* What the router's program was built with, and how siplaunch learned it. */
#include <jansson.h>
#include <stdio.h>

struct session;
struct style;

/* The configuration's path where no -f names one, in one line; nothing else. */
void report_config(FILE *out, const struct session *session, const struct style *style);

/* Every constant with its source, a line each. */
void report_build(FILE *out, const struct session *session, const struct style *style);

/* A new reference; null where the router's program is not on this machine. */
json_t *report_build_json(const struct session *session);

#endif
