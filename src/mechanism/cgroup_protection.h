/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_CGROUP_PROTECTION_H
#define SIPLAUNCH_MECHANISM_CGROUP_PROTECTION_H
/*
 * memory.low and memory.min protect a group only as far as every group above it is protected, too: the kernel
 * shares a parent's protection among the children that claim it (mm/memcontrol.c, effective_protection; with
 * the mount option memory_recursiveprot a parent also gives what nobody claims, but never more than it has).
 * So the groups above that we made get the same protection, and one of somebody else's that has too little is
 * named.
 */
#include <stdbool.h>

struct error;
struct place;
struct step;

/* The step is memory.low or memory.min, and asks for some. */
bool cgroup_protects(const struct step *step);

/*
 * Before step->wanted is written to place->made: 0 when the groups above let it take effect; those that we
 * made have it then. -1, with nothing written, when one that is not ours has less than its groups claim.
 */
int cgroup_protect_above(struct place *place, const struct step *step, struct error *error);

#endif
