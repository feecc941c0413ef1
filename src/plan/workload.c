/* SPDX-License-Identifier: MIT */
/* The workload: from the profile's numbers to a verdict on the budget. */
#include <inttypes.h>

#include "base/alloc.h"
#include "plan/plan.h"
#include "plan/workload.h"
#include "router/build.h"
#include "router/router.h"

static void texts_of(const struct profile *profile, struct registration_texts *texts)
{
	const struct count_field *const fields[TEXT_COUNT] = {
		[TEXT_AOR] = &profile->sizing.workload.aor_bytes,
		[TEXT_CONTACT] = &profile->sizing.workload.contact_bytes,
		[TEXT_CALL_ID] = &profile->sizing.workload.call_id_bytes,
		[TEXT_USER_AGENT] = &profile->sizing.workload.user_agent_bytes,
		[TEXT_INSTANCE] = &profile->sizing.workload.instance_bytes,
		[TEXT_RECEIVED] = &profile->sizing.workload.received_bytes,
		[TEXT_PATH] = &profile->sizing.workload.path_bytes,
	};
	for (enum registration_text text = 0; text < TEXT_COUNT; text++) {
		texts->of[text].given = fields[text]->kind == COUNT_NUMBER;
		texts->of[text].bytes = fields[text]->number;
		texts->of[text].source = fields[text]->source;
	}
}

static void learned_of(const struct profile *profile, struct learned *learned)
{
	const struct count_field *const fields[LEARNED_COUNT] = {
		[LEARNED_START] = &profile->sizing.measured.start,
		[LEARNED_REGISTRATION] = &profile->sizing.measured.registration,
		[LEARNED_DIALOG] = &profile->sizing.measured.dialog,
		[LEARNED_TRANSACTION] = &profile->sizing.measured.transaction,
	};
	for (enum learned_object object = 0; object < LEARNED_COUNT; object++) {
		learned->known[object] = fields[object]->kind == COUNT_NUMBER;
		learned->bytes[object] = fields[object]->number;
	}
	learned->on = profile->sizing.measured.on;
	learned->version = profile->sizing.measured.version;
}

struct workload workload_of(const struct profile *profile)
{
	const struct count_field *const fields[WORKLOAD_KEYS] = {
		[WORKLOAD_REGISTRATIONS] = &profile->sizing.workload.registrations,
		[WORKLOAD_DIALOGS] = &profile->sizing.workload.dialogs,
		[WORKLOAD_CALLS] = &profile->sizing.workload.calls_per_second,
		[WORKLOAD_SECONDS] = &profile->sizing.workload.transaction_seconds,
		[WORKLOAD_CONNECTIONS] = &profile->sizing.workload.tcp_connections,
		[WORKLOAD_TLS] = &profile->sizing.workload.tls_connections,
	};
	struct workload workload = {0};

	for (enum workload_key key = 0; key < WORKLOAD_KEYS; key++) {
		workload.of[key].given = fields[key]->kind == COUNT_NUMBER;
		workload.of[key].number = fields[key]->number;
		workload.of[key].source = fields[key]->source;
	}
	texts_of(profile, &workload.texts);
	learned_of(profile, &workload.learned);
	return workload;
}

void workload_of_router(const struct router *router, const struct router_command *command, bool shown,
			struct workload *workload)
{
	struct router_build *build = command->build;

	/* execute the program only if its version decides a workload's needs, or what a report shows */
	if (workload_given(workload) || shown)
		workload->version = router_build_fact(router, build, BUILD_VERSION);
	else if (build)
		workload->version = build->facts[BUILD_VERSION].text;
	workload->allocator = command->allocator;
}

/* A TLS connection has such a buffer as well. */
static void count_read_buffers(uint64_t bytes, const struct costs *costs, struct workload *workload)
{
	const struct footprints *with = footprints_nearest(costs, workload->version, workload->allocator);

	workload->counted.connection = bytes + costs->connection_pool_bytes;
	workload->counted.tls = with->of[OBJECT_TLS].bytes - costs->read_buffer_bytes + bytes;
}

void workload_count(const struct estimate *estimate, const struct costs *costs, struct workload *workload)
{
	if (estimate->from_config)
		workload->counted.start = estimate->shared.usual_bytes;
	if (estimate->read_buffer_bytes)
		count_read_buffers(estimate->read_buffer_bytes, costs, workload);
	if (estimate->write_queue_bytes || estimate->write_queues_bytes) {
		workload->counted.queue =
			estimate->write_queue_bytes ? estimate->write_queue_bytes : costs->write_queue_bytes;
		workload->counted.queues = estimate->write_queues_bytes ? estimate->write_queues_bytes
									: costs->write_queues_bytes;
	}
}

void workload_warn_connections(const struct context *context, const struct workload *workload,
			       const struct budget_request *base, struct plan *plan)
{
	const struct estimate *estimate = context->estimate;
	uint64_t number = workload->of[WORKLOAD_CONNECTIONS].number + workload->of[WORKLOAD_TLS].number;

	if (!workload->of[WORKLOAD_CONNECTIONS].given && !workload->of[WORKLOAD_TLS].given)
		return;
	if (base->connections_fixed && base->connections != number)
		plan_warn(plan,
			  "the budget counts sizing.connections, %" PRIu64 ", and not the workload's %" PRIu64
			  " TCP connections",
			  base->connections, number);
	if (estimate->from_config && number > estimate->tcp_connections)
		plan_warn(plan, "the workload has %" PRIu64 " TCP connections, but %s allows %" PRIu64,
			  number, context->command->config, estimate->tcp_connections);
}

void workload_warn_texts(const struct workload *workload, struct plan *plan)
{
	if (texts_given(&workload->texts) && workload->learned.known[LEARNED_REGISTRATION])
		plan_warn(plan,
			  "the lengths of a registration's texts do not count: sizing.measured.registration "
			  "says %" PRIu64 " bytes",
			  workload->learned.bytes[LEARNED_REGISTRATION]);
}

/* The remedy if the shared pool is given: a larger pool, and a larger limit if the present one is too small
 * for it. Caller frees. */
static char *larger_pool(const struct context *context, uint64_t needed_mib)
{
	struct budget_request larger = context->decision.request;

	larger.shared_bytes = needed_mib * MIB;
	larger.shared_hundredths = 0;
	uint64_t smallest = budget_smallest_limit(&larger);
	if (smallest && smallest > larger.limit_bytes)
		return xasprintf("raise the given shared pool to %" PRIu64
				 " MiB and the memory limit to %" PRIu64 " MiB",
				 needed_mib, smallest / MIB);
	return xasprintf("raise the given shared pool to %" PRIu64 " MiB", needed_mib);
}

/* The change with which the workload fits. Caller frees. */
static char *remedy(const struct context *context)
{
	const struct capacity *capacity = &context->decision.capacity;
	uint64_t needed_mib = pages_for(capacity->need.shared_bytes, MIB);

	if (capacity->smallest_limit_bytes)
		return xasprintf("the smallest memory limit that supports it is %" PRIu64 " MiB",
				 capacity->smallest_limit_bytes / MIB);
	if (context->decision.request.shared_fixed)
		return larger_pool(context, needed_mib);
	return xstrdup("no memory limit up to 1 EiB supports it");
}

int workload_judge(const struct context *context, struct plan *plan, struct error *error)
{
	const struct capacity *capacity = &context->decision.capacity;
	enum policy policy = profile_workload_policy(context->profile);

	if (!capacity->given || capacity->fits || policy == POLICY_SKIP)
		return 0;
	const char *unknown = need_unmeasured(&capacity->need);
	if (unknown) {
		plan_warn(plan, "whether the workload fits is not known: the size of %s (%s) is not measured",
			  context->router->name, unknown);
		return 0;
	}
	cleanup_free char *what = remedy(context);
	if (policy == POLICY_PREFER) {
		plan_warn(plan,
			  "the workload needs %" PRIu64 " MiB of shared pool, but it has %" PRIu64 ": %s",
			  pages_for(capacity->need.shared_bytes, MIB), context->decision.budget.shared_mib,
			  what);
		return 0;
	}
	need_refuse(&capacity->need, context->decision.budget.shared_mib, error);
	return error_hint(error,
			  "%s; the current size supports %" PRIu64 ".%03" PRIu64
			  " times the workload; --policy workload=prefer continues with a warning",
			  what, capacity->thousandths / 1000, capacity->thousandths % 1000);
}
