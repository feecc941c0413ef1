/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_PLAN_LIMIT_H
#define SIPLAUNCH_PLAN_LIMIT_H
/*
 * Private to the room: the memory limit of the budget, from the profile and the limits in force.
 */
#include <stdint.h>

#include "base/value.h"

struct context;
struct error;
struct plan;

/* The limit of the budget, and its source. */
struct limit {
	uint64_t bytes;
	enum source origin;
	char source[96];
};

/* Sets limit->bytes to whole MiB. 0, or -1 where no limit is known or it is below a MiB. */
int limit_resolve(const struct context *context, struct plan *plan, struct limit *limit, struct error *error);

/* Warns if `limit` and the limits of the sibling groups together exceed the group above, or if `limit`
 * exceeds the machine's available memory. */
void limit_warn_oversubscription(const struct context *context, struct plan *plan, uint64_t limit);

#endif
