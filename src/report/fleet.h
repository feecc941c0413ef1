/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_REPORT_FLEET_H
#define SIPLAUNCH_REPORT_FLEET_H
/* How many pods support a workload, what each pod gets, and what other numbers of pods need. Decides
 * nothing. */
#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

struct fleet;
struct session;
struct style;

/* All of `plan --pods`: the pods, then the budget and the workload of one of them, then the warnings. */
void report_fleet(FILE *out, const struct session *session, const struct style *style, bool verbose);

/* "4 pods of 402 MiB, 1608 MiB in all: the workload is carried while one is down". Caller frees. */
char *report_fleet_text(const struct fleet *fleet);

/* "100,000 registrations / 3 = 33,334 each, 50 calls a second / 3 = 17 each". Caller frees. */
char *report_fleet_shares(const struct fleet *fleet);

/* A new reference; null if there is no fleet. */
json_t *report_fleet_json(const struct fleet *fleet);

#endif
