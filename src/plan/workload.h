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
/* Which router it is: the version that its program has, and the allocator that its command names. The program
 * is asked where there is a workload, or where what the limit carries will be told. */
void workload_of_router(const struct router *router, const struct router_command *command, bool told,
			struct workload *workload);
/* What the configuration says of the start and of a TCP connection, in place of the table's; `costs` of the
 * router are for what the configuration leaves at its default. */
void workload_count(const struct estimate *estimate, const struct costs *costs, struct workload *workload);

/* Warns where the workload's TCP connections are not those that count, or more than the router takes. */
void workload_warn_connections(const struct context *context, const struct workload *workload,
			       const struct budget_request *base, struct plan *plan);

/* Warns where the lengths of texts are given beside what a registration was measured to take. */
void workload_warn_texts(const struct workload *workload, struct plan *plan);

/*
 * Checks the workload: 0, or -1 with the arithmetic if it does not fit and the policy "workload" requires it;
 * with "prefer" a warning. An object that is not measured never causes a refusal.
 */
int workload_judge(const struct context *context, struct plan *plan, struct error *error);

#endif
