/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_CGROUP_SYSTEMD_H
#define SIPLAUNCH_MECHANISM_CGROUP_SYSTEMD_H
/*
 * Manager systemd: a transient scope for the router, or properties of siplaunch's own service. It talks to
 * the machine's systemd, or a user's own, over D-Bus; in a build without libsystemd the same functions fail
 * with an error that says so.
 */
#include <stdbool.h>

#include "plan/plan.h"

struct scope;

/* False in a build without libsystemd, such as the static one. */
bool cgroup_systemd_available(void);

/* The group_manager's judge (cgroup_systemd_judge.c). Pure. */
void cgroup_systemd_judge(const struct context *context, struct step *step);

/* True if a requested limit has no systemd property: it needs a group of siplaunch's own, a leaf below the
 * scope. */
bool scope_has_leaf(const struct context *context);

/* The unit's group in the file system: "/sys/fs/cgroup/sip.slice/sip-kamailio.scope". Caller frees. */
char *scope_label(const struct context *context);

/* Closes the connection; started units stay. target_close() calls it. */
void scope_release(struct scope *scope);

#endif
