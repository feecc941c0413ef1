/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_REPORT_INIT_H
#define SIPLAUNCH_REPORT_INIT_H
/*
 * The report of init: a line on standard error, as at exec, or with --format json the plan with its results
 * on standard output.
 */

struct output;
struct session;

void report_init(const struct output *output, const char *directory, const struct session *session);

/* The same of siplaunch itself, without a plan. */
void report_installed(const struct output *output, const char *directory);

/* Where nothing was written; why has been said on standard error. For those who read JSON. */
void report_init_failure(const struct output *output, const struct session *session);

#endif
