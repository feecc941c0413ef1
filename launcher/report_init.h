/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_REPORT_INIT_H
#define SIPLAUNCH_LAUNCHER_REPORT_INIT_H
/*
 * What init says: a line on standard error, as at hand-over, or the plan with what came of it on standard
 * output with --format json.
 */

struct options;
struct session;

void report_init(const struct options *options, const struct session *session);

/* Where nothing was written; why has been said on standard error. For those who read JSON. */
void report_init_failure(const struct options *options, const struct session *session);

#endif
