/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SESSION_INSTALL_H
#define SIPLAUNCH_SESSION_INSTALL_H
/*
 * siplaunch as a tree that a router's container can start it from: the file that we are executed from, and
 * the profiles and filters that it finds. Needs no profile, no router and no session.
 */
struct batch;
struct error;
struct profile_selection;

/*
 * Adds bin/siplaunch, the last, and share/siplaunch/profiles to the batch, where siplaunch looks for them
 * relative to itself. As root it refuses a profile that others can change, unless the selection accepts it:
 * the copy is root's. 0, or -1.
 */
int install_add(struct batch *batch, const struct profile_selection *selection, struct error *error);

#endif
