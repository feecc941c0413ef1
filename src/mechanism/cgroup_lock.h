/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_CGROUP_LOCK_H
#define SIPLAUNCH_MECHANISM_CGROUP_LOCK_H
/*
 * Locks of groups. Everybody can open, and so lock, a group's directory; only its owner can open its
 * cgroup.kill (mode 0200, since Linux 5.14). A lock ends when its descriptor is closed.
 */
#include <stdbool.h>

struct error;

/*
 * For making and removing groups below `base`, one launcher at a time. `label` is its path for messages. The
 * root of the hierarchy has no cgroup.kill: there it is /run/siplaunch.lock. A launcher without privileges
 * locks the directory on older kernels, and in a system service with User= and Delegate=: systemd gives that
 * user the directory, and root keeps cgroup.kill. Waits five seconds at most. A descriptor, or -1.
 */
int tree_lock(int base, const char *label, struct error *error);

/* The lock of the group while a router starts in it. Does not wait. A descriptor, or -1 with errno
 * (EWOULDBLOCK: another launcher has it). */
int group_lock(int directory);

/* Whether a router is starting in a group below. */
bool group_below_is_locked(int directory);

#endif
