/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_PASSWD_H
#define SIPLAUNCH_MECHANISM_PASSWD_H
/*
 * Who a name is: from etc/passwd and etc/group below a root, read directly and within bounds, so that a
 * static build and a container's root work alike. Only what is not found there is asked of the C library
 * (LDAP, sssd), and only for the root that we live in; -DSIPLAUNCH_STATIC leaves that out.
 */
#include "plan/plan.h"

/*
 * Looks up the profile's user and group: names or decimal ids. Without a group it is the user's primary one;
 * a number that no file knows is taken as it is, but then the group has to be given. One that does not exist
 * is left out (has_user, has_group), and planning denies its step. 0, or -1 where a file cannot be read or an
 * id is none, and policy requires it; *identity is cleared then.
 */
int identity_resolve(const struct profile *profile, int root_fd, struct identity *identity,
		     struct error *error);
void identity_clear(struct identity *identity);

/* Sets *error to: that user or group of the profile does not exist; with what would create it as the hint.
 * Returns -1. */
int identity_missing(struct error *error, bool user, const char *name);

#endif
