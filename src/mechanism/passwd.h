/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_PASSWD_H
#define SIPLAUNCH_MECHANISM_PASSWD_H
/*
 * Looks up user and group names: in etc/passwd and etc/group below a root, read directly and within bounds,
 * so that a static build and a container's root work alike. The C library (LDAP, sssd) looks up only missing
 * names, and only for the own root; not with -DSIPLAUNCH_STATIC.
 */
#include "plan/plan.h"

/*
 * Looks up the profile's user and group: names or decimal ids. Without a group it is the user's primary one;
 * a number without an entry is accepted, but then the group must be given. A missing name is omitted
 * (has_user, has_group), and planning denies its step. 0; or -1 with *identity cleared, if a file cannot be
 * read or an id is out of range, and policy requires it.
 */
int identity_resolve(const struct profile *profile, int root_fd, struct identity *identity,
		     struct error *error);
void identity_clear(struct identity *identity);

/* Sets *error to: that user or group of the profile does not exist; with what would create it as the hint.
 * Returns -1. */
int identity_missing(struct error *error, bool user, const char *name);

#endif
