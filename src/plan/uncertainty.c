/* SPDX-License-Identifier: MIT */
#include "plan/uncertainty.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "plan/plan.h"
#include "router/router.h"

static bool is_from_estimate(const struct context *context)
{
	enum source source = context->decision.budget.processes_source;
	return source == SOURCE_COMPUTED || source == SOURCE_DEFAULT;
}

bool context_ranges_processes(const struct context *context)
{
	const struct estimate *estimate = context->estimate;
	return is_from_estimate(context) && (estimate->fewer || estimate->more);
}

/* Twice as many as estimated, but no more than the configuration permits. */
static uint64_t many_processes(const struct context *context)
{
	uint64_t max = estimate_to(context->estimate), twice = context->decision.request.processes * 2;
	return max < twice ? max : twice;
}

/* True if the computed pools also fit into the limit with many_processes(). */
static bool many_fit(const struct context *context)
{
	struct budget_request request = context->decision.request;
	struct budget budget;

	if (estimate_to(context->estimate) <= request.processes)
		return true;
	request.processes = many_processes(context);
	request.shared_fixed = request.private_fixed = true;
	request.shared_bytes = context->decision.budget.shared_mib * MIB;
	request.private_bytes = context->decision.budget.private_mib * MIB;
	return budget_solve(&request, &budget, NULL) == 0;
}

/* Bytes that one process may take: its private pool, its page tables, and its other memory. */
static uint64_t process_bytes(const struct budget *budget)
{
	static const enum term_id terms[] = {TERM_PRIVATE, TERM_PAGE_TABLES, TERM_PER_PROCESS};
	uint64_t bytes = 0;
	for (size_t i = 0; i < ARRAY_SIZE(terms); i++)
		bytes += budget->terms[terms[i]].bytes;
	return bytes / budget->processes;
}

/* "each further address adds 8 processes, 98 MiB", or the same of a process. Caller frees. */
static char *consequence(const struct context *context)
{
	uint64_t each = process_bytes(&context->decision.budget), more = context->estimate->per_address;
	if (more)
		return xasprintf("each further address adds %" PRIu64 " processes, up to %" PRIu64 " MiB",
				 more, pages_for(more * each, MIB));
	return xasprintf("each further process takes up to %" PRIu64 " MiB", pages_for(each, MIB));
}

void uncertainty_hint(const struct context *context, struct error *error)
{
	bool certain = context->estimate->exact || !is_from_estimate(context) ||
		       estimate_to(context->estimate) <= context->decision.request.processes;

	if (certain || !error || !error->hint || profile_estimate_policy(context->profile) != POLICY_REQUIRE)
		return;
	error_hint(error, "%s; and --policy estimate=prefer, because %" PRIu64 " processes are an estimate",
		   error->hint, context->decision.budget.processes);
}

int uncertainty_judge(const struct context *context, struct plan *plan, struct error *error)
{
	enum policy policy = profile_estimate_policy(context->profile);

	if (context->estimate->exact || !is_from_estimate(context) || policy == POLICY_SKIP ||
	    many_fit(context))
		return 0;
	uint64_t processes = context->decision.budget.processes;
	uint64_t many = many_processes(context);
	cleanup_free char *costs = consequence(context);
	cleanup_free char *held =
		many < processes * 2 ? xasprintf("%" PRIu64, many) : xstrdup("twice as many");
	cleanup_free char *text =
		xasprintf("%" PRIu64 " processes are an estimate, and the limit of %" PRIu64
			  " MiB is too small for %s with these pools: %s",
			  processes, context->decision.budget.limit_bytes / MIB, held, costs);
	free(plan->condition);
	plan->condition = xasprintf("as long as %s starts no more than %" PRIu64 " processes",
				    context->router->name, processes);
	if (policy == POLICY_PREFER) {
		plan_warn(plan, "%s; give their number with --set sizing.processes=NUMBER", text);
		return 0;
	}
	error_set(error, 0, "%s", text);
	return error_hint(
		error,
		"give their number with --set sizing.processes=NUMBER; --policy estimate=prefer continues "
		"with a warning");
}
