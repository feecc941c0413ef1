/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_PLAN_WORKLOAD_H
#define SIPLAUNCH_PLAN_WORKLOAD_H
/*
 * Private to the room: what context_size() does for a profile with a workload. sizing/capacity.h has the
 * arithmetic; this file applies it to a launch.
 */
#include "sizing/capacity.h"

struct context;
struct error;
struct estimate;
struct plan;
struct profile;
struct router;
struct router_command;

struct workload workload_of(const struct profile *profile);
/* Fills in the router's version, from its program, and the allocator that its command names. Queries the
 * program only if there is a workload, or if a report shows the maximum workload (`shown`). */
void workload_of_router(const struct router *router, const struct router_command *command, bool shown,
			struct workload *workload);
/* Replaces the table's values for the router's start and for a TCP connection by those of the configuration.
 * The router's `costs` give the values that the configuration leaves at their default. */
void workload_count(const struct estimate *estimate, const struct costs *costs, struct workload *workload);

/* Warns if another number of connections than the workload's is in force, or if the workload has more of them
 * than the router accepts. */
void workload_warn_connections(const struct context *context, const struct workload *workload,
			       const struct budget_request *base, struct plan *plan);

/* Warns if the profile gives the lengths of texts as well as a measured size of a registration. */
void workload_warn_texts(const struct workload *workload, struct plan *plan);

/*
 * Checks the workload: 0, or -1 with the arithmetic if it does not fit and the policy "workload" requires it;
 * with "prefer" a warning. An object that is not measured never causes a refusal.
 */
int workload_judge(const struct context *context, struct plan *plan, struct error *error);

#endif
