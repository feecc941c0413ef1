/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_IDENTITY_H
#define SIPLAUNCH_MECHANISM_IDENTITY_H
/*
 * The identity mechanism's two halves: what is planned (identity_plan.c, pure) and what is done and read back
 * (identity.c). Nothing of it is for others.
 */
#include "mechanism/mechanism.h"

int identity_plan(const struct context *context, struct plan *plan, struct error *error);

/* The group that the router will have. */
gid_t identity_final_gid(const struct context *context);

/*
 * Sorted, without doubles, and without the process's own group: some container engines put that one among
 * the supplementary groups too, and it gives nothing that the process does not have. "none" when empty.
 */
char *groups_text(uint64_t *ids, size_t count, uint64_t own);

#endif
