/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_PLAN_LIMIT_H
#define SIPLAUNCH_PLAN_LIMIT_H
/*
 * Private to the room: the memory limit that the budget is made for, out of what the profile says and of what
 * holds in the place.
 */
#include <stdint.h>

#include "base/value.h"

struct context;
struct error;
struct plan;

/* The limit that the budget is made for, and where it comes from. */
struct limit {
	uint64_t bytes;
	enum source origin;
	char source[96];
};

/* Whole MiB. 0, or -1 where no limit is known or it is below a MiB. */
int limit_resolve(const struct context *context, struct plan *plan, struct limit *limit, struct error *error);

/* Warns where `limit` bytes more than the groups beside ours have exceed what is above them, or what the
 * machine has available. */
void limit_warn_oversubscription(const struct context *context, struct plan *plan, uint64_t limit);

#endif
