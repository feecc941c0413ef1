/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_ROUTER_H
#define SIPLAUNCH_MECHANISM_ROUTER_H
/*
 * What the router needs besides what siplaunch sets: its files, directories and ports. Looking
 * (router_look.c) and planning (router.c, pure). Nothing is applied: a need that is not met is a denied step.
 */
#include "host/access.h"
#include "mechanism/mechanism.h"
#include "router/router.h"

/* Looks at each need of the estimate as the user that the router will be. The context's host and identity are
 * filled. */
void needs_look(const struct context *context, struct estimate *estimate);

/* router_processes.c: a denied step where the groups that it will be in hold fewer processes than it starts.
 * Pure. */
void router_plan_processes(const struct context *context, struct plan *plan);

/* router_foreground.c: a denied step where the router goes into the background and all ends with that; a
 * warning where that depends on what is around it. Pure. */
void router_plan_foreground(const struct context *context, struct plan *plan);

/* Who the router will be. The context's profile, host and identity are filled; `groups` are the profile's. */
struct access_user router_user(const struct context *context);

#endif
