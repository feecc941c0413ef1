/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_ROUTER_H
#define SIPLAUNCH_MECHANISM_ROUTER_H
/*
 * What else the router needs: its files, directories and ports. Checking (router_look.c) and planning
 * (router.c, pure). Nothing is applied: a missing item is a denied step.
 */
#include "host/access.h"
#include "mechanism/mechanism.h"
#include "router/router.h"

/* Checks each need of the estimate as the router's user. The context's host and identity must be filled. */
void needs_look(const struct context *context, struct estimate *estimate);

/* router_processes.c: a denied step if its groups permit fewer processes than it starts. Pure. */
void router_plan_processes(const struct context *context, struct plan *plan);

/* router_foreground.c: a denied step if the router goes into the background and this certainly ends it; a
 * warning if this usually ends it in such an environment. Pure. */
void router_plan_foreground(const struct context *context, struct plan *plan);

/* The bounding set with which the router will be executed. As router_user(). */
uint64_t router_bounding_set(const struct context *context);

/* The router's user. The context's profile, host and identity must be filled; `groups` are the profile's. */
struct access_user router_user(const struct context *context);

#endif
