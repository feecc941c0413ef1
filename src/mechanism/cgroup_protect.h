/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_CGROUP_PROTECT_H
#define SIPLAUNCH_MECHANISM_CGROUP_PROTECT_H
/*
 * memory.low and memory.min: the kernel protects a group no further than each group above it is protected
 * (effective_protection() in mm/page_counter.c), and a group has 0 unless somebody says otherwise. The levels
 * between the base and our group are ours to raise; the base and what is above it are not.
 */
#include "mechanism/mechanism.h"

struct group;

bool protect_is(const struct step *step);

/* Denies the step where a group that is not ours takes its effect away, with the group, its value, and how it
 * is raised. Pure. */
void protect_judge(const struct context *context, struct step *step);

/* Raises the levels above the group to what the groups in them ask for together. 0, or -1. */
int protect_levels(struct group *group, const char *file, struct error *error);

/* Once the group is there: the groups above it, which are not ours, read from the kernel. 0, or -1 as
 * protect_judge() says it. */
int protect_check(const struct place *place, const struct step *step, const char *group, struct error *error);

/* After the group has gone: the levels that stay keep what the groups that are left ask for. 0, or -1 with
 * the first that could not be lowered. */
int protect_less(struct group *group, struct error *error);

#endif
