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
 * a number that no file knows is taken as it is, but then the group has to be given. Where policy does not
 * require the user (or group), one that cannot be found is left out, and planning says so.
 * 0, or -1 with a hint; *identity is cleared then.
 */
int identity_resolve(const struct profile *profile, int root_fd, struct identity *identity,
		     struct error *error);
void identity_clear(struct identity *identity);

/* Hints at what makes a user or group known that was not found. Returns -1. */
int identity_hint_missing(struct error *error, bool user, const char *name);

#endif
