/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_OBSERVATION_OPENMETRICS_H
#define SIPLAUNCH_OBSERVATION_OPENMETRICS_H
/* Metrics as text that Prometheus and node_exporter's textfile collector read (docs/metrics.md). */
#include <stdio.h>

struct metrics;

/* Prints each family once, with all its series; omits a family without series. */
void report_openmetrics(FILE *out, const struct metrics *metrics);

#endif
