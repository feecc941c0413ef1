/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_CGROUP_LOCK_H
#define SIPLAUNCH_MECHANISM_CGROUP_LOCK_H
/*
 * Locks of groups. A group's directory can be opened, and so be locked, by everybody; its cgroup.kill can be
 * opened by its owner only (mode 0200, from Linux 5.14 on). A lock ends when its descriptor is closed.
 */
#include <stdbool.h>

struct error;

/*
 * Where groups are made and taken away below `base`, one launcher at a time. `label` is its path for
 * messages. The root of the hierarchy has no cgroup.kill: there it is /run/siplaunch.lock. On older kernels a
 * launcher without privileges has nothing better than the directory. Waits five seconds at most. A
 * descriptor, or -1.
 */
int tree_lock(int base, const char *label, struct error *error);

/* The group's own, while a router is started in it. Does not wait. A descriptor, or -1 with errno
 * (EWOULDBLOCK: another launcher has it). */
int group_lock(int directory);

/* A router is being started in a group below. */
bool group_below_is_locked(int directory);

#endif
