/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_REPORT_CAPACITY_H
#define SIPLAUNCH_REPORT_CAPACITY_H
/*
 * What the router is to carry, and what it could: a part of the plan's report, as text after the budget and
 * as the JSON's "capacity". Prints what it is given.
 */
#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "output/style.h"
#include "sizing/capacity.h"

struct context;

/* The workload term by term, where there is one, and a line on what the limit carries at most; how it was
 * measured when verbose. */
void report_capacity(FILE *out, const struct context *context, const struct style *style, bool verbose);

/* curve.c: what the workload needs of the shared pool as it grows, and where the limit ends it. Nothing where
 * there is no curve. */
void report_curve(FILE *out, const struct context *context, const struct style *style);

/* "calls a second": how a number of the key is named. */
const char *report_workload_name(enum workload_key key);

/* A new reference; null where nothing was computed. */
json_t *report_capacity_json(const struct context *context);

#endif
