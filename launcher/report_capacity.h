/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_REPORT_CAPACITY_H
#define SIPLAUNCH_LAUNCHER_REPORT_CAPACITY_H
/*
 * What the router is to carry, and what it could: a part of the plan's report, as text after the budget and
 * as the JSON's "capacity". Prints what it is given.
 */
#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "style.h"

struct context;

/* The workload term by term, where there is one, and a line on what the limit carries at most; how it was
 * measured when verbose. */
void report_capacity(FILE *out, const struct context *context, const struct style *style, bool verbose);

/* A new reference; null where nothing was computed. */
json_t *report_capacity_json(const struct context *context);

#endif
