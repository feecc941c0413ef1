/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_REPORT_CAPACITY_H
#define SIPLAUNCH_REPORT_CAPACITY_H
/*
 * The requested workload, and the workload that the limit supports: a part of the plan's report, as text
 * after the budget and as the JSON's "capacity". Decides nothing.
 */
#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "output/style.h"
#include "sizing/capacity.h"

struct context;

/* Prints the workload term by term, if there is one, and a line with the max that the limit supports; if
 * verbose, also how the sizes were measured. */
void report_capacity(FILE *out, const struct context *context, const struct style *style, bool verbose);

/* curve.c: prints the need in the shared pool as the workload grows, and the pool that the limit leaves.
 * Nothing if there is no curve. */
void report_curve(FILE *out, const struct context *context, const struct style *style);

/* "calls a second": the unit of a key's number. Static text. */
const char *report_workload_name(enum workload_key key);

/* A new reference; null if nothing was computed. */
json_t *report_capacity_json(const struct context *context);

#endif
