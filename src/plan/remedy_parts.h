/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_PLAN_REMEDY_PARTS_H
#define SIPLAUNCH_PLAN_REMEDY_PARTS_H
/*
 * Parts of remedies, shared by remedy.c (one setting) and remedies.c (a plan). Not for other rooms.
 */
#include "plan/remedy.h"

/* ---- remedies.c: the planned value of another setting; without a plan, the value in force ---- */

uint64_t remedy_planned_memory(const struct plan *plan, const struct host *host);
uint64_t remedy_planned_swap(const struct plan *plan);
uint64_t remedy_planned_id(const struct plan *plan, enum setting_id id, uint64_t otherwise);

/* ---- remedy.c ---- */

void remedy_make(enum tool tool, const struct setting *setting, const struct value *value,
		 const struct host *host, const struct plan *plan, struct remedy *remedy);
void remedy_make_of_calls(enum tool tool, const struct setting *setting, const struct host *host,
			  struct remedy *remedy);
void remedy_clear(struct remedy *remedy);

#endif
