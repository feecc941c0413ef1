/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_PLAN_UNCERTAINTY_H
#define SIPLAUNCH_PLAN_UNCERTAINTY_H
/*
 * Private to the room: what a plan reports if the number of processes is an estimate.
 */
struct context;
struct error;
struct plan;

/*
 * Checks an estimated number of processes: do the computed pools also fit into the limit with twice as many,
 * or with the maximum that the configuration permits if that is less? If not, sets the plan's condition, and
 * warns of the memory for each further process or address. 0; or -1 with the same text as an error if the
 * policy "estimate" is "require".
 */
int uncertainty_judge(const struct context *context, struct plan *plan, struct error *error);

/* Adds --policy estimate=prefer to the hint of a refusal if the next attempt would be refused because the
 * number of processes is an estimate. */
void uncertainty_hint(const struct context *context, struct error *error);

#endif
