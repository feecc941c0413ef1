/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_PLAN_UNCERTAINTY_H
#define SIPLAUNCH_PLAN_UNCERTAINTY_H
/*
 * Private to the room: the consequences for a plan if the processes could not be counted.
 */
struct context;
struct error;
struct plan;

/*
 * Where the number is an estimate, and with twice as many (or the most that it may be, if that is less) the
 * pools that were computed would not fit into the limit, the plan's condition and a warning say what each
 * further process, or address, would take. 0, or -1 with the same as an error where the policy "estimate"
 * requires a number that is known.
 */
int uncertainty_judge(const struct context *context, struct plan *plan, struct error *error);

/* Adds to the hint of a refusal what would be refused next: a number of processes that is required, and an
 * estimate. */
void uncertainty_hint(const struct context *context, struct error *error);

#endif
