/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_REPORT_REPORT_H
#define SIPLAUNCH_REPORT_REPORT_H
/*
 * A plan as text and as JSON. Decides nothing. The JSON is described in docs/plan-json.md; a change there is
 * a change of the interface.
 */
#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "host/host.h"
#include "output/style.h"

struct budget;
struct plan;
struct problem;
struct problems;
struct profile;
struct session;
struct step;

/* ---- text ---- */

/* All of `plan`: the launch and its machine, the budget, the steps, the warnings. */
void report_plan(FILE *out, const struct session *session, const struct style *style, bool verbose);

/* The last line of `plan`: whether run would start the router, and if not, what is missing. */
void report_verdict(FILE *out, const struct plan *plan, const struct style *style);

/* The budget as a bar and a table. */
void report_budget(FILE *out, const struct budget *budget, const struct style *style);

/* The steps, sorted by mechanism; skipped steps only if verbose. */
void report_steps(FILE *out, const struct plan *plan, const struct style *style, bool verbose);

/* "kamailio (/etc/siplaunch/profiles/kamailio.json)", "docker (/.dockerenv exists)": caller frees.
 * report_cgroup_mode(): static text. */
char *report_profile(const struct profile *profile);
char *report_runtime(const struct host *host);
const char *report_cgroup_mode(enum cgroup_mode mode);

/* "file:line:column: /pointer: message" and the allowed values, as whole lines. Caller frees. */
char *report_problem_text(const struct problem *problem, const struct style *style);

/* Problems that are the result of a check: adds them to the array `all`, or prints them if `all` is NULL. */
void report_problems(FILE *out, const struct problems *problems, json_t *all, const struct style *style);

/* ---- JSON: all return a new reference ---- */

json_t *report_plan_json(const struct session *session);
json_t *report_step_json(const struct step *step);
json_t *report_problem_json(const struct problem *problem);

#endif
