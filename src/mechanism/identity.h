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

/* True if a user namespace with that map contains the id. An unknown map (count 0) has all. */
bool identity_mapped(const struct id_map *map, size_t count, uint64_t id);

/*
 * Sorted, without doubles, and without the process's own group: some container engines add that one to the
 * supplementary groups too, where it has no effect. "none" when empty.
 */
char *groups_text(uint64_t *ids, size_t count, uint64_t own);

#endif
