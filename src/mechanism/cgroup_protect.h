/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_CGROUP_PROTECT_H
#define SIPLAUNCH_MECHANISM_CGROUP_PROTECT_H
/*
 * memory.low and memory.min: the kernel protects a group no further than each group above it is protected
 * (effective_protection() in mm/page_counter.c), and a group has 0 by default. siplaunch raises the levels
 * between the base and its group, but not the base and the groups above it.
 */
#include "mechanism/mechanism.h"

struct group;

bool protect_is(const struct step *step);

/* Denies the step if another group cancels its effect, with that group, its value, and how to raise it.
 * Pure. */
void protect_judge(const struct context *context, struct step *step);

/* Raises the levels above the group to the sum that the groups in them request. 0, or -1. */
int protect_levels(struct group *group, const struct setting *setting, struct error *error);

/* After making the group: checks the other groups above it, read from the kernel. 0, or -1 with the error
 * that protect_judge() would give. */
int protect_check(const struct target *target, const struct step *step, const char *group,
		  struct error *error);

/* After removing the group: lowers the remaining levels to what their other groups request. 0, or -1 with
 * the first that could not be lowered. */
int protect_less(struct group *group, struct error *error);

#endif
