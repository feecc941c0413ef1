/* SPDX-License-Identifier: MIT */
#include "plan/prepared.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "router/router.h"

void prepared_clear(struct prepared *prepared)
{
	free(prepared->file);
	free(prepared->profile);
	free(prepared->router);
	trust_findings_clear(prepared->findings, prepared->finding_count);
	*prepared = (struct prepared){0};
}

bool prepared_counts(const struct context *context)
{
	const struct prepared *prepared = context->prepared;
	return prepared && prepared->sized && strcmp(prepared->router, context->router->name) == 0;
}

static char *other_limit(const struct prepared *prepared, const struct budget_request *request)
{
	return xasprintf("it is for %" PRIu64 " MiB, but the limit here is %" PRIu64 " MiB (%s)",
			 prepared->limit_bytes / MIB, request->limit_bytes / MIB, request->limit_source);
}

/* True if the number from the configuration here differs from the plan's; a number that the profile sets is
 * not compared. */
static bool is_other(const struct context *context, const struct count_field *field, uint64_t planned,
		     uint64_t here)
{
	return context->estimate->from_config && field->kind != COUNT_NUMBER && planned != here;
}

char *prepared_difference(const struct context *context, const struct budget_request *request)
{
	const struct prepared *prepared = context->prepared;
	const struct profile *profile = context->profile;

	if (strcmp(prepared->router, context->router->name) != 0)
		return xasprintf("it is for %s, but the command starts %s", prepared->router,
				 context->router->name);
	if (!prepared->sized)
		return xstrdup("it has no sizes");
	if (prepared->limit_bytes != request->limit_bytes)
		return other_limit(prepared, request);
	if (is_other(context, &profile->sizing.processes, prepared->processes, request->processes))
		return xasprintf("it is for %" PRIu64 " processes, but %s starts %" PRIu64,
				 prepared->processes, context->command->config, request->processes);
	if (is_other(context, &profile->sizing.connections, prepared->connections, request->connections))
		return xasprintf("it is for %" PRIu64 " connections, but %s allows %" PRIu64,
				 prepared->connections, context->command->config, request->connections);
	return NULL;
}

static void request_pool(uint64_t mib, bool *fixed, uint64_t *bytes, enum source *source)
{
	if (*fixed)
		return;
	*fixed = true;
	*bytes = mib * MIB;
	*source = SOURCE_PLAN;
}

void prepared_request(const struct prepared *prepared, struct budget_request *request)
{
	request_pool(prepared->shared_mib, &request->shared_fixed, &request->shared_bytes,
		     &request->shared_source);
	request_pool(prepared->private_mib, &request->private_fixed, &request->private_bytes,
		     &request->private_source);
}

int prepared_differs(const struct context *context, struct plan *plan, const char *difference,
		     struct error *error)
{
	const char *file = context->prepared->file;
	switch (profile_plan_policy(context->profile)) {
	case POLICY_REQUIRE:
		error_set(error, 0, "the plan %s does not fit: %s", file, difference);
		return error_hint(
			error,
			"start a new pod, so that its init container writes a new plan: kubectl delete pod "
			"NAME; or size the router again: --policy plan=prefer");
	case POLICY_PREFER:
		plan_warn(plan, "the plan %s does not fit: %s; siplaunch sizes the router again", file,
			  difference);
		break;
	case POLICY_SKIP:
		break;
	}
	return 0;
}
