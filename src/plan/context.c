/* SPDX-License-Identifier: MIT */
#include "plan/plan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "host/host.h"
#include "plan/address_space.h"
#include "plan/limit.h"
#include "plan/prepared.h"
#include "plan/request.h"
#include "plan/uncertainty.h"
#include "plan/workload.h"
#include "router/router.h"

/* Uses the pools of init's plan if there is one and it fits here; else computes them. */
static int solve(struct context *context, struct plan *plan, const struct budget_request *request,
		 struct error *error)
{
	if (!context->prepared)
		return budget_solve(request, &context->decision.budget, error);
	cleanup_free char *difference = prepared_difference(context, request);
	if (!difference) {
		struct budget_request planned = *request;
		cleanup_error struct error misfit = {0};
		prepared_request(context->prepared, &planned);
		context->decision.as_prepared =
			budget_solve(&planned, &context->decision.budget, &misfit) == 0;
		if (context->decision.as_prepared)
			return 0;
		difference = xstrdup(misfit.message);
	}
	if (prepared_differs(context, plan, difference, error) < 0)
		return -1;
	return budget_solve(request, &context->decision.budget, error);
}

/* If the number of processes is assumed, the refusal says why: it is printed without the plan's warnings. */
static int explain_processes(const struct context *context, struct error *error)
{
	const char *unread = context->estimate->unread;

	uncertainty_hint(context, error);
	if (!unread || context->decision.request.processes_source != SOURCE_DEFAULT || !error || !error->hint)
		return -1;
	error_context(error, "%s; %" PRIu64 " processes are assumed", unread,
		      context->decision.request.processes);
	return error_hint(error, "%s; make the configuration readable, or set sizing.processes", error->hint);
}

/* Counts the processes of a router whose pools are not computed: pids.max "auto" needs their number. */
static void count_processes(struct context *context, struct plan *plan)
{
	struct budget_request request = {0};

	if (!context->router->counted || context->command->only_checks)
		return;
	request_processes(context, plan, &request);
	context->decision.budget.processes = request.processes;
	context->decision.budget.processes_source = request.processes_source;
}

/* Fills in what the budget has to be solved for, without a workload. 0, or -1. */
static int make_request(struct context *context, struct limit *limit, struct plan *plan,
			struct budget_request *request, struct error *error)
{
	*request = (struct budget_request){
		.limit_bytes = limit->bytes,
		.limit_source = limit->source,
		.limit_origin = limit->origin,
		.page_bytes = context->host->memory.page_bytes,
		.costs = context->router->costs,
	};
	request_processes(context, plan, request);
	request_connections(context, plan, request);
	request_pools(context, plan, request);
	request_huge_pages(context, plan, request);
	request_warn_small_pools(context, request, plan);
	request_reactor(context, request);
	if (address_space_limit(context, request, error) < 0)
		return -1;
	request_sizes(context, request);
	return 0;
}

/* The limit for which the router is sized, and whose share a value of the profile may be. */
static int size_limit(struct context *context, struct plan *plan, struct limit *limit, struct error *error)
{
	if (limit_resolve(context, plan, limit, error) < 0)
		return -1;
	limit_warn_oversubscription(context, plan, limit->bytes);
	context->decision.budget.limit_bytes = limit->bytes;
	context->decision.budget.limit_origin = limit->origin;
	memcpy(context->decision.budget.limit_source, limit->source, sizeof limit->source);
	return 0;
}

int context_size(struct context *context, struct plan *plan, struct error *error)
{
	struct limit limit = {0};

	context->decision.budget = (struct budget){0};
	context->decision.as_prepared = false;
	context->decision.capacity = (struct capacity){0};
	context->decision.curve = (struct capacity_curve){0};
	context->decision.huge_pages_bytes = 0;
	context_place(context);
	if (!plan_is_process_only(context->profile, context->router) &&
	    size_limit(context, plan, &limit, error) < 0)
		return -1;
	context->decision.sized = context->router->sizes_by_arguments && !context->command->only_checks;
	if (!context->decision.sized) {
		count_processes(context, plan);
		return 0;
	}

	struct budget_request request;
	if (make_request(context, &limit, plan, &request, error) < 0)
		return -1;
	struct workload workload = workload_of(context->profile);
	workload_of_router(context->router, context->command, context->shows_capacity, &workload);
	workload_count(context->estimate, context->router->costs, &workload);
	workload_warn_connections(context, &workload, &request, plan);
	request.wanted_required = profile_workload_policy(context->profile) == POLICY_REQUIRE;
	workload_warn_texts(&workload, plan);
	context->decision.workload = workload;
	const struct budget_request loaded = workload_request(&request, &workload);
	context->decision.request = loaded;
	context->decision.request.limit_source = context->decision.budget.limit_source;
	if (solve(context, plan, &loaded, error) < 0)
		return explain_processes(context, error);
	if (*context->decision.budget.warning)
		plan_warn(plan, "%s", context->decision.budget.warning);
	request_warn_reactor(context, plan);
	context->decision.huge_pages_bytes = request_huge_pages_unused(context);
	capacity_compute(&request, &workload, &context->decision.budget, &context->decision.capacity);
	if (context->shows_capacity) {
		capacity_curve(&request, &workload, &context->decision.capacity, &context->decision.curve);
		capacity_limits(&request, &workload, &context->decision.capacity, &context->decision.limits);
	}
	if (workload_judge(context, plan, error) < 0) {
		uncertainty_hint(context, error);
		return -1;
	}
	return uncertainty_judge(context, plan, error);
}

uint64_t context_tasks(const struct context *context)
{
	return context->decision.budget.processes +
	       (context->estimate ? context->estimate->extra_threads : 0);
}

uint64_t context_tasks_with_room(const struct context *context)
{
	return context_tasks(context) + context->decision.budget.processes + 64;
}

char *context_tasks_text(const struct context *context)
{
	uint64_t processes = context->decision.budget.processes, threads = context_tasks(context) - processes;
	cleanup_free char *more =
		threads ? xasprintf(" and %" PRIu64 " thread%s", threads, threads == 1 ? "" : "s")
			: xstrdup("");
	return xasprintf("%" PRIu64 " process%s%s", processes, processes == 1 ? "" : "es", more);
}

void context_clear(struct context *context)
{
	context_place_clear(context);
	*context = (struct context){0};
}
