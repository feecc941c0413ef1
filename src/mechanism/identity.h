/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_IDENTITY_H
#define SIPLAUNCH_MECHANISM_IDENTITY_H
/*
 * The identity mechanism's two halves: planning (identity_plan.c, pure), and applying and reading back
 * (identity.c). Other mechanisms may read the router's user and group.
 */
#include "host/host.h"
#include "mechanism/mechanism.h"

int identity_plan(const struct context *context, struct plan *plan, struct error *error);

/* The user and the group that the router will have. */
uid_t identity_final_uid(const struct context *context);
gid_t identity_final_gid(const struct context *context);

/* True if a user namespace with that map contains the id. An unknown map (count 0) contains every id. */
bool identity_mapped(const struct id_map *map, size_t count, uint64_t id);

/*
 * A list of group ids as text: sorted (also in `ids`), without duplicates, and without the process's own
 * group, which some container engines add to the supplementary groups without any effect. "none" if empty.
 * Caller frees.
 */
char *groups_text(uint64_t *ids, size_t count, uint64_t own);

#endif
