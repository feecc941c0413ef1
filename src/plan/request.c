/* SPDX-License-Identifier: MIT */
#include "plan/request.h"

#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>

#include "base/alloc.h"
#include "base/value.h"
#include "host/host.h"
#include "plan/plan.h"
#include "plan/prepared.h"
#include "router/build.h"
#include "router/reactor.h"
#include "router/router.h"

void request_processes(const struct context *context, struct plan *plan, struct budget_request *request)
{
	const struct count_field *processes = &context->profile->sizing.processes;
	const struct estimate *estimate = context->estimate;
	/* init has read the configuration, which cannot be read here */
	bool planned = prepared_counts(context) && !estimate->from_config;
	enum source source = estimate->from_config ? SOURCE_COMPUTED : planned ? SOURCE_PLAN : SOURCE_DEFAULT;

	request->processes = planned ? context->prepared->processes : estimate->processes;
	request->processes_source = source;
	if (processes->kind == COUNT_NUMBER) {
		if (estimate->from_config && estimate->exact && processes->number < estimate->processes)
			plan_warn(plan, "sizing.processes is %" PRIu64 ", but %s starts %" PRIu64,
				  processes->number, context->command->config, estimate->processes);
		request->processes = processes->number;
		request->processes_source = processes->source;
	}
	for (size_t i = 0; i < estimate->warning_count && processes->kind != COUNT_NUMBER && !planned; i++)
		plan_warn(plan, "%s", estimate->warnings[i]);
	request->connections = planned ? context->prepared->connections : estimate->tcp_connections;
	request->connections_source = source;
	if (context->profile->sizing.connections.kind == COUNT_NUMBER) {
		request->connections = context->profile->sizing.connections.number;
		request->connections_source = context->profile->sizing.connections.source;
		request->connections_fixed = true;
	}
}

void request_connections(const struct context *context, struct plan *plan, struct budget_request *request)
{
	const struct estimate *estimate = context->estimate;

	request->connections_in_heap = estimate->connections_in != CONNECTIONS_IN_POOL;
	request->tls_connections = estimate->tls ? request->connections : 0;
	if (estimate->connections_in != CONNECTIONS_MAYBE_IN_HEAP || !request->connections)
		return;
	const struct router_build *build = context->command->build;
	plan_warn(plan,
		  "the version of %s is not known (%s): from %u.0 on each connection takes heap outside the "
		  "pools, so the budget counts that for %" PRIu64 "; if there are fewer, set "
		  "sizing.connections",
		  context->router->name, build && build->unasked ? build->unasked : "no program is given",
		  context->router->heap_since_major, request->connections);
}

/* One pool: the user's own option in the command wins over the profile. */
static void request_pool(struct plan *plan, const char *option, const char *key,
			 const struct size_field *field, uint64_t limit, uint64_t own_mib, bool *fixed,
			 uint64_t *bytes, enum source *source)
{
	uint64_t wanted = size_bytes(&field->size, limit, 0);
	wanted -= wanted % MIB;
	*fixed = wanted != 0;
	*bytes = wanted;
	*source = *fixed ? field->source : SOURCE_COMPUTED;
	if (!own_mib)
		return;
	if (*fixed && wanted != own_mib * MIB)
		plan_warn(plan, "the command's own %s %" PRIu64 " wins over %s (%" PRIu64 " MiB)", option,
			  own_mib, key, wanted / MIB);
	*fixed = true;
	*bytes = own_mib * MIB;
	*source = SOURCE_COMMAND_LINE;
}

/* What a start with this configuration needs of both pools, and of a second one. */
static void request_starts(const struct context *context, struct budget_request *request)
{
	const struct estimate *estimate = context->estimate;
	const struct router *router = context->router;

	request->shared_min_mib = larger_of(router->shm_min_mib, pages_for(estimate->shared.min_bytes, MIB));
	request->private_min_mib =
		larger_of(router->pkg_min_mib, pages_for(estimate->private_pool.min_bytes, MIB));
	request->shared_start =
		(struct start){.bytes = estimate->shared.needed_bytes, .parts = estimate->shared.text};
	request->private_start = (struct start){.bytes = estimate->private_pool.needed_bytes,
						.parts = estimate->private_pool.text};
	const struct second_pool *second = &estimate->second;
	request->second.as_shared = second->used && !second->on_disk && !second->mib;
	request->second.bytes = second->on_disk ? 0 : second->mib * MIB;
}

/* Warns and does not refuse: a given size may be enough, because only the order of magnitude is known of the
 * routes' part. */
void request_warn_small_pools(const struct context *context, const struct budget_request *request,
			      struct plan *plan)
{
	const struct {
		const char *option, *name;
		bool fixed;
		uint64_t bytes, min_mib;
		const struct start *start;
	} pools[] = {
		{"-m", request->shared_name, request->shared_fixed, request->shared_bytes,
		 request->shared_min_mib, &request->shared_start},
		{"-M", request->private_name, request->private_fixed, request->private_bytes,
		 request->private_min_mib, &request->private_start},
	};
	for (size_t i = 0; i < ARRAY_SIZE(pools); i++) {
		uint64_t needed_mib = pages_for(pools[i].start->bytes, MIB);
		bool refused = pools[i].bytes / MIB < pools[i].min_mib;
		if (!pools[i].fixed || refused || pools[i].bytes >= pools[i].start->bytes)
			continue;
		cleanup_free char *enough = pool_size_text(pools[i].name, needed_mib);
		plan_warn(plan,
			  "%s %" PRIu64 " may be too small for %s to start: about %" PRIu64
			  " MiB are needed (%s); raise %s",
			  pools[i].option, pools[i].bytes / MIB, context->router->name, needed_mib,
			  pools[i].start->parts, enough);
	}
}

/* True if the kernel uses huge pages for shared mappings without a request; with "advise" the router would
 * have to call madvise(2). */
static bool has_huge_pages(const struct host *host)
{
	static const char *const words[] = {"always", "within_size", "force"};
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (host->memory.shmem_thp && strcmp(host->memory.shmem_thp, words[i]) == 0)
			return host->memory.page_bytes == 4 * KIB;
	return false;
}

void request_huge_pages(const struct context *context, struct plan *plan, struct budget_request *request)
{
	const struct host *host = context->host;
	const char *word = host->memory.shmem_thp;

	if (context->profile->sizing.huge_pages != HUGE_PAGES_EXPECTED)
		return;
	request->huge_pages = has_huge_pages(host);
	if (!request->huge_pages)
		plan_warn(plan,
			  "sizing.hugePages is expected, but shared memory gets none here (shmem_enabled is "
			  "%s): sized without huge pages; as root of the machine: echo always > "
			  "/sys/kernel/mm/transparent_hugepage/shmem_enabled",
			  word ? word : "not known");
}

/* The saving for a budget that does not count on huge pages; 0: none. */
uint64_t request_huge_pages_unused(const struct context *context)
{
	return context->decision.request.huge_pages || !has_huge_pages(context->host)
		       ? 0
		       : huge_pages_save(&context->decision.request, &context->decision.budget);
}

/* The default of Kamailio's -m: Kamailio ignores an -m of that size. The session has queried the program if
 * that matters. */
static uint64_t avoided_mib(const struct context *context)
{
	uint64_t usual = context->router->shm_avoid_mib;
	return usual && context->estimate->cfg_shm_mib
		       ? router_build_mib(context->router, context->command->build, BUILD_SHM_MIB, usual)
		       : usual;
}

void request_pools(const struct context *context, struct plan *plan, struct budget_request *request)
{
	const struct profile *profile = context->profile;
	const struct router *router = context->router;
	uint64_t own_shared = context->command->shm_mib, avoid = avoided_mib(context);

	/* Kamailio takes its configuration's value over an -m that equals its default (main.c). */
	if (own_shared && own_shared == avoid && context->estimate->cfg_shm_mib) {
		plan_warn(plan,
			  "-m %" PRIu64 " equals %s's default, so its configuration's %" PRIu64 " MiB apply",
			  own_shared, router->name, context->estimate->cfg_shm_mib);
		own_shared = context->estimate->cfg_shm_mib;
	}
	request->shared_name = own_shared ? "-m" : "sizing.shared";
	request->private_name = context->command->pkg_mib ? "-M" : "sizing.private";
	request_pool(plan, "-m", "sizing.shared", &profile->sizing.shared, request->limit_bytes, own_shared,
		     &request->shared_fixed, &request->shared_bytes, &request->shared_source);
	request_pool(plan, "-M", "sizing.private", &profile->sizing.private_pool, request->limit_bytes,
		     context->command->pkg_mib, &request->private_fixed, &request->private_bytes,
		     &request->private_source);
	request_starts(context, request);
	request->shared_max_mib = router->shm_max_mib;
	request->private_max_mib = router->pkg_max_mib;
	request->shared_avoid_mib = avoid;
}

/* The soft limit of descriptors that the router starts with. */
static uint64_t soft_files(const struct context *context)
{
	const struct profile *profile = context->profile;
	for (size_t i = 0; i < profile->rlimit_count; i++)
		if (profile->rlimits[i].setting->id == SETTING_RLIMIT_NOFILE && profile->rlimits[i].has_soft)
			return profile->rlimits[i].soft;
	return context->host->rlimits[RLIMIT_NOFILE].known ? context->host->rlimits[RLIMIT_NOFILE].soft
							   : 1024;
}

void request_reactor(const struct context *context, struct budget_request *request)
{
	/* without open_files_limit OpenSIPS makes the reactor smaller instead (its reactor.c) */
	if (!context->estimate->open_files_limit)
		return;
	uint64_t needed_mib = reactor_min_mib(context->router, context->estimate->open_files_limit);
	if (needed_mib > request->private_min_mib)
		request->private_min_mib = needed_mib;
}

/* A descriptor costs 40 bytes of -M with open_files_limit, ten times that without. */
static char *reactor_remedy(const struct context *context, uint64_t needed)
{
	cleanup_free char *enough = pool_size_text(context->decision.request.private_name,
						   reactor_whole_mib(context->router, needed));
	if (reactor_min_mib(context->router, needed) > context->decision.budget.private_mib)
		return xasprintf("raise %s", enough);
	return xasprintf("set open_files_limit=%" PRIu64 " in the configuration, or raise %s", needed,
			 enough);
}

void request_warn_reactor(const struct context *context, struct plan *plan)
{
	uint64_t room = reactor_files(context->router, context->decision.budget.private_mib);
	uint64_t files = soft_files(context),
		 needed = reactor_files_needed(context->router, context->estimate);
	if (context->estimate->open_files_limit || room >= files || room >= needed)
		return;
	needed = needed < files ? needed : files;
	cleanup_free char *remedy = reactor_remedy(context, needed);
	plan_warn(plan,
		  "%s's reactor takes at most 10 %% of -M and has room for %" PRIu64 " descriptors; %" PRIu64
		  " TCP connections and %" PRIu64 " processes need %" PRIu64 ": %s",
		  context->router->name, room, context->estimate->tcp_connections,
		  context->estimate->processes, needed, remedy);
}

/* A percentage in hundredths; 0 if the size is not a percentage. */
static unsigned share_of(const struct size_field *field)
{
	return field->size.kind == SIZE_PERCENT ? field->size.hundredths : 0;
}

void request_sizes(const struct context *context, struct budget_request *request)
{
	const struct profile *profile = context->profile;
	const struct {
		const struct size_field *field;
		bool *fixed;
		uint64_t *bytes;
		enum source *source;
	} fields[] = {
		{&profile->sizing.per_process, &request->per_process.fixed, &request->per_process.bytes,
		 &request->per_process.source},
		{&profile->sizing.base, &request->base.fixed, &request->base.bytes, &request->base.source},
		{&profile->sizing.programs, &request->programs.fixed, &request->programs.bytes,
		 &request->programs.source},
		{&profile->sizing.reserve, &request->reserve.fixed, &request->reserve.bytes,
		 &request->reserve.source},
	};
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		enum size_kind kind = fields[i].field->size.kind;
		*fields[i].fixed = kind == SIZE_BYTES || kind == SIZE_PERCENT;
		*fields[i].bytes = size_bytes(&fields[i].field->size, request->limit_bytes, 0);
		*fields[i].source = fields[i].field->source;
	}
	request->reserve_hundredths = share_of(&profile->sizing.reserve);
	if (request->shared_source != SOURCE_COMMAND_LINE || !context->command->shm_mib)
		request->shared_hundredths = share_of(&profile->sizing.shared);
}
