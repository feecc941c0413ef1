/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_CGROUP_UNMAKE_H
#define SIPLAUNCH_MECHANISM_CGROUP_UNMAKE_H
/*
 * Shared by cgroup_group.c, which makes a group, and cgroup_unmake.c, which removes it. Private to these two.
 */
#include "mechanism/cgroup_group.h"

/* group_unmake() while the tree is locked. The base stays open, and the group can be made anew. */
int group_unmake_locked(struct group *group, int origin_procs, struct error *error);

/* Closes the levels, the group and its lock. */
void group_levels_release(struct group *group);

/* Each sets an error for errno, with a hint, and returns -1. */
int group_cannot_look(const char *label, struct error *error);
int group_cannot_remove_mark(const char *name, const char *label, struct error *error);

/* Sets the error for `outside` processes of another PID namespace: they have no PID here, so siplaunch cannot
 * move them. Returns -1. */
int group_refuse_outside(const char *label, unsigned outside, struct error *error);

#endif
