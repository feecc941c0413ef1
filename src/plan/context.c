/* SPDX-License-Identifier: MIT */
#include "plan/plan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "host/host.h"
#include "plan/address_space.h"
#include "plan/prepared.h"
#include "plan/uncertainty.h"
#include "plan/workload.h"
#include "router/build.h"
#include "router/reactor.h"
#include "router/router.h"

#define SOURCE_MEMTOTAL "MemTotal"
#define MACHINE_PERCENT 75 /* of MemTotal, where no cgroup limit says what the router may have */

/* The limit that the budget is made for, and where it comes from. */
struct limit {
	uint64_t bytes;
	enum source origin;
	char source[96];
};

static void limit_lower(struct limit *limit, uint64_t bytes, enum source origin, const char *source)
{
	if (bytes >= limit->bytes)
		return;
	limit->bytes = bytes;
	limit->origin = origin;
	snprintf(limit->source, sizeof limit->source, "%s", source);
}

/* Our service's own limits bind as its unit file's word, but not where they were set at run time: those of an
 * earlier start, made for another profile, would stay for ever. */
static void limit_by_own_unit(struct limit *limit, const struct host *host)
{
	for (size_t i = host->cgroup.run_time_limits ? 1 : 0; i < host->ancestor_count; i++) {
		const struct ancestor *row = &host->ancestors[i];
		cleanup_free char *max = xasprintf("%s memory.max", row->path);
		cleanup_free char *high = xasprintf("%s memory.high", row->path);
		limit_lower(limit, row->memory_max, SOURCE_KERNEL, max);
		limit_lower(limit, row->memory_high, SOURCE_KERNEL, high);
	}
}

/* What holds where the router will be: above a group of its own, else in our group. */
static struct limit limit_of_place(const struct context *context)
{
	const struct host *host = context->host;
	struct limit limit = {.bytes = UNLIMITED};
	if (context->own_unit)
		limit_by_own_unit(&limit, host);
	else if (context->group_path)
		limit_lower(&limit, host->memory.placed_limit, SOURCE_KERNEL,
			    host->memory.placed_limit_source);
	else
		limit_lower(&limit, host->memory.visible_limit, SOURCE_KERNEL,
			    host->memory.visible_limit_source);
	if (host->memory.total_bytes)
		limit_lower(&limit, host->memory.total_bytes, SOURCE_KERNEL, SOURCE_MEMTOTAL);
	return limit;
}

/* memory.max and memory.high that the profile sets by number bound the budget as an ancestor's would. */
static void limit_by_unified(struct limit *limit, const struct profile *profile)
{
	uint64_t visible = limit->bytes;
	for (size_t i = 0; i < profile->unified_count; i++) {
		const struct wish *wish = &profile->unified[i];
		const char *name = wish->setting->name;
		if (wish->automatic || (strcmp(name, "memory.max") != 0 && strcmp(name, "memory.high") != 0))
			continue;
		limit_lower(limit, size_bytes(&wish->size, visible, UNLIMITED), wish->source, name);
	}
}

/* False for a command that is neither sized nor put under a limit that is computed: then nobody wants to hear
 * of it. */
static bool limit_matters(const struct context *context)
{
	const struct profile *profile = context->profile;
	bool automatic = false;
	for (size_t i = 0; i < profile->unified_count; i++)
		automatic |= profile->unified[i].automatic;
	return automatic || (context->router->sizes_by_arguments && !context->command->only_checks);
}

/* Where none can be seen, the manifest's word, which init was given, is the best that is known. */
static void limit_by_prepared(const struct context *context, struct limit *limit)
{
	if (prepared_counts(context))
		limit_lower(limit, context->prepared->limit_bytes, SOURCE_PLAN, "the plan");
}

/* A container is limited from outside; anywhere else the profile is nearest. */
static const char *where_to_limit(const struct context *context)
{
	enum runtime runtime = context->host->runtime;
	if (runtime == RUNTIME_DOCKER)
		return "limit the container, for example: docker run --memory 512m --memory-swap 512m";
	if (runtime == RUNTIME_PODMAN)
		return "limit the container, for example: podman run --memory 512m --memory-swap 512m";
	return "set sizing.memory to what the router may have";
}

static void warn_unlimited(const struct context *context, struct plan *plan, const struct limit *limit)
{
	if (limit->origin == SOURCE_PLAN)
		plan_warn(plan,
			  "no memory limit is visible here: the plan's %" PRIu64 " MiB are taken for it",
			  limit->bytes / MIB);
	else
		plan_warn(plan, "no memory limit is visible: sized for 75 %% of MemTotal; %s",
			  where_to_limit(context));
}

/* What a router gets of a machine of its own. The rest is for the kernel, the page cache, sshd and logs. */
static uint64_t machine_share(uint64_t total_bytes)
{
	return mul_div_u64(total_bytes, MACHINE_PERCENT, 100);
}

static void limit_to_machine_share(uint64_t bytes, struct plan *plan, struct limit *limit)
{
	uint64_t total = limit->bytes;
	limit_lower(limit, machine_share(total), SOURCE_COMPUTED, "75 % of MemTotal");
	plan_warn(plan,
		  "sizing.memory is %" PRIu64 " MiB, and the machine has %" PRIu64 " MiB: sized for %" PRIu64
		  " MiB, 75 %% of MemTotal; the rest is for the kernel and other programs",
		  bytes / MIB, total / MIB, limit->bytes / MIB);
}

/*
 * sizing.memory where *limit is the place's own. A cgroup limit is there for the router, so that the router
 * may have all of it. MemTotal is for other programs too: a request for all of it or more gets a share. Less
 * than that is a person's decision about a machine of this size, with a warning above the share.
 */
static void limit_by_memory(const struct size_field *memory, bool whole_machine, struct plan *plan,
			    struct limit *limit)
{
	uint64_t place = limit->bytes, bytes = size_bytes(&memory->size, place, UNLIMITED);

	if (whole_machine && bytes >= place) {
		limit_to_machine_share(bytes, plan, limit);
		return;
	}
	if (bytes > place)
		plan_warn(plan,
			  "sizing.memory is %" PRIu64 " MiB, but %s allows %" PRIu64
			  " MiB: sized for the smaller",
			  bytes / MIB, limit->source, place / MIB);
	else if (whole_machine && bytes > machine_share(place))
		plan_warn(plan,
			  "sizing.memory is %" PRIu64 " MiB, more than 75 %% of MemTotal: %" PRIu64
			  " MiB are left for the kernel and other programs",
			  bytes / MIB, (place - bytes) / MIB);
	limit_lower(limit, bytes, memory->source, "sizing.memory");
}

static int limit_resolve(const struct context *context, struct plan *plan, struct limit *limit,
			 struct error *error)
{
	const struct size_field *memory = &context->profile->sizing.memory;
	const struct limit place = limit_of_place(context);

	*limit = place;
	if (place.bytes == UNLIMITED && memory->size.kind != SIZE_BYTES) {
		error_set(error, 0, "no memory limit is visible and MemTotal is not known");
		return error_hint(error, "give one: --set sizing.memory=1GiB");
	}
	bool whole_machine = strcmp(place.source, SOURCE_MEMTOTAL) == 0;
	if (memory->size.kind == SIZE_BYTES || memory->size.kind == SIZE_PERCENT) {
		limit_by_memory(memory, whole_machine, plan, limit);
	} else if (whole_machine) {
		limit_lower(limit, machine_share(place.bytes), SOURCE_COMPUTED,
			    "75 % of MemTotal: no limit is visible");
		limit_by_prepared(context, limit);
		if (limit_matters(context))
			warn_unlimited(context, plan, limit);
	}
	limit_by_unified(limit, context->profile);
	/* the kernel rounds limits down to pages; whole MiB read better */
	limit->bytes -= limit->bytes % MIB;
	if (limit->bytes == 0)
		return error_set(error, 0, "the memory limit (%s) is less than 1 MiB: nothing can run in it",
				 limit->source);
	return 0;
}

/* Where the router gets a group of its own its limit comes on top of its siblings'; else our group's is among
 * them. */
static void warn_oversubscription(const struct context *context, struct plan *plan, uint64_t limit)
{
	const struct host *host = context->host;
	bool placed = !context_shares_group(context);
	const struct ancestor *rows = placed ? host->placed : host->ancestors;
	size_t count = placed ? host->placed_count : host->ancestor_count;

	for (size_t i = 0; i < count; i++) {
		const struct ancestor *row = &rows[i];
		uint64_t sum;
		if (row->memory_max == UNLIMITED || row->children_limited == 0)
			continue;
		if (__builtin_add_overflow(row->children_max_bytes, placed && i == 0 ? limit : 0, &sum) ||
		    sum > row->memory_max)
			plan_warn(plan,
				  "%s has memory.max %" PRIu64
				  " MiB, but what is promised below it adds up to %" PRIu64
				  " MiB: all of it full at once means an OOM kill",
				  row->path, row->memory_max / MIB, sum / MIB);
	}
	if (host->memory.available_bytes && limit > host->memory.available_bytes)
		plan_warn(plan,
			  "the limit of %" PRIu64 " MiB is more than the machine has available now (%" PRIu64
			  " MiB)",
			  limit / MIB, host->memory.available_bytes / MIB);
}

static void request_processes(const struct context *context, struct plan *plan,
			      struct budget_request *request)
{
	const struct count_field *processes = &context->profile->sizing.processes;
	const struct estimate *estimate = context->estimate;
	/* init has seen the configuration that cannot be read here */
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

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* What the configuration makes a start take of both pools, and of a second one. */
static void request_starts(const struct context *context, struct budget_request *request)
{
	const struct estimate *estimate = context->estimate;
	const struct router *router = context->router;

	request->shared_min_mib = larger(router->shm_min_mib, pages_for(estimate->shared.least_bytes, MIB));
	request->private_min_mib =
		larger(router->pkg_min_mib, pages_for(estimate->private_pool.least_bytes, MIB));
	request->shared_start =
		(struct start){.bytes = estimate->shared.needed_bytes, .parts = estimate->shared.text};
	request->private_start = (struct start){.bytes = estimate->private_pool.needed_bytes,
						.parts = estimate->private_pool.text};
	const struct second_pool *second = &estimate->second;
	request->second.as_shared = second->used && !second->on_disk && !second->mib;
	request->second.bytes = second->on_disk ? 0 : second->mib * MIB;
}

/* A size that is given may be enough all the same: of the routes' part only the order of magnitude is known.
 */
static void warn_small_pools(const struct context *context, const struct budget_request *request,
			     struct plan *plan)
{
	const struct {
		const char *option, *name;
		bool fixed;
		uint64_t bytes, least_mib;
		const struct start *start;
	} pools[] = {
		{"-m", request->shared_name, request->shared_fixed, request->shared_bytes,
		 request->shared_min_mib, &request->shared_start},
		{"-M", request->private_name, request->private_fixed, request->private_bytes,
		 request->private_min_mib, &request->private_start},
	};
	for (size_t i = 0; i < ARRAY_SIZE(pools); i++) {
		uint64_t needed_mib = pages_for(pools[i].start->bytes, MIB);
		bool refused = pools[i].bytes / MIB < pools[i].least_mib;
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

/* The kernel gives them to memory that is mapped shared without being asked for; with "advise" the router
 * would have to ask. */
static bool has_huge_pages(const struct host *host)
{
	static const char *const words[] = {"always", "within_size", "force"};
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (host->memory.shmem_thp && strcmp(host->memory.shmem_thp, words[i]) == 0)
			return host->memory.page_bytes == 4 * KIB;
	return false;
}

static void request_huge_pages(const struct context *context, struct plan *plan,
			       struct budget_request *request)
{
	const struct host *host = context->host;
	const char *word = host->memory.shmem_thp;

	if (context->profile->sizing.huge_pages != HUGE_PAGES_EXPECTED)
		return;
	request->huge_pages = has_huge_pages(host);
	if (!request->huge_pages)
		plan_warn(
			plan,
			"sizing.hugePages is expected, but shared memory gets none here (shmem_enabled is %s): sized "
			"without; as root of the machine: echo always > "
			"/sys/kernel/mm/transparent_hugepage/shmem_enabled",
			word ? word : "not known");
}

/* What they would give a budget that does not count on them; 0: nothing. */
static uint64_t huge_pages_unused(const struct context *context)
{
	return context->request.huge_pages || !has_huge_pages(context->host)
		       ? 0
		       : huge_pages_save(&context->request, &context->budget);
}

/* Kamailio's default for -m, which it does not honour; the launcher has asked the program where it matters.
 */
static uint64_t avoided_mib(const struct context *context)
{
	uint64_t usual = context->router->shm_avoid_mib;
	return usual && context->estimate->cfg_shm_mib
		       ? router_build_mib(context->router, context->command->build, BUILD_SHM_MIB, usual)
		       : usual;
}

static void request_pools(const struct context *context, struct plan *plan, struct budget_request *request)
{
	const struct profile *profile = context->profile;
	const struct router *router = context->router;
	uint64_t own_shared = context->command->shm_mib, avoid = avoided_mib(context);

	/* Kamailio takes its configuration's value over an -m that equals its default (main.c). */
	if (own_shared && own_shared == avoid && context->estimate->cfg_shm_mib) {
		plan_warn(plan,
			  "-m %" PRIu64 " equals %s's default, so its configuration's %" PRIu64 " MiB hold",
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

/* How many descriptors the router's reactor is made for: its configuration's word, else its soft limit. */
static uint64_t files_of_reactor(const struct context *context)
{
	if (context->estimate->open_files_limit)
		return context->estimate->open_files_limit;
	const struct profile *profile = context->profile;
	for (size_t i = 0; i < profile->rlimit_count; i++)
		if (profile->rlimits[i].setting->id == RLIMIT_NOFILE && profile->rlimits[i].has_soft)
			return profile->rlimits[i].soft;
	return context->host->rlimits[RLIMIT_NOFILE].known ? context->host->rlimits[RLIMIT_NOFILE].soft
							   : 1024;
}

static void request_reactor(const struct context *context, struct budget_request *request)
{
	/* without a number of its own OpenSIPS shrinks it instead (reactor.c) */
	if (!context->estimate->open_files_limit)
		return;
	uint64_t needed_mib = reactor_least_mib(context->router, files_of_reactor(context));
	if (needed_mib > request->private_min_mib)
		request->private_min_mib = needed_mib;
}

static void warn_reactor(const struct context *context, struct plan *plan)
{
	uint64_t files = files_of_reactor(context);
	uint64_t most = reactor_files(context->router, context->budget.private_mib);
	if (files <= most)
		return;
	cleanup_free char *enough =
		pool_size_text(context->request.private_name, reactor_whole_mib(context->router, files));
	plan_warn(plan,
		  "%s shrinks its reactor from %" PRIu64 " to %" PRIu64
		  " descriptors, since it takes at most 10 %% of -M: lower RLIMIT_NOFILE or raise %s",
		  context->router->name, files, most, enough);
}

/* 0 where it is no share of the limit. */
static unsigned share_of(const struct size_field *field)
{
	return field->size.kind == SIZE_PERCENT ? field->size.hundredths : 0;
}

static void request_sizes(const struct context *context, struct budget_request *request)
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

/* With the plan's pools, if there is one and it holds; else with what comes out here. */
static int solve(struct context *context, struct plan *plan, const struct budget_request *request,
		 struct error *error)
{
	if (!context->prepared)
		return budget_solve(request, &context->budget, error);
	cleanup_free char *difference = prepared_difference(context, request);
	if (!difference) {
		struct budget_request planned = *request;
		cleanup_error struct error misfit = {0};
		prepared_request(context->prepared, &planned);
		context->as_prepared = budget_solve(&planned, &context->budget, &misfit) == 0;
		if (context->as_prepared)
			return 0;
		difference = xstrdup(misfit.message);
	}
	if (prepared_differs(context, plan, difference, error) < 0)
		return -1;
	return budget_solve(request, &context->budget, error);
}

/* A number that was assumed needs its reason in the refusal too, where no warning of the plan is shown. */
static int explain_processes(const struct context *context, struct error *error)
{
	const char *unread = context->estimate->unread;

	uncertainty_hint(context, error);
	if (!unread || context->request.processes_source != SOURCE_DEFAULT || !error || !error->hint)
		return -1;
	error_context(error, "%s; %" PRIu64 " processes are assumed", unread, context->request.processes);
	return error_hint(error,
			  "%s; for the real number of processes let the configuration be read, or set "
			  "sizing.processes",
			  error->hint);
}

int context_size(struct context *context, struct plan *plan, struct error *error)
{
	struct limit limit;

	context->budget = (struct budget){0};
	context->as_prepared = false;
	context->capacity = (struct capacity){0};
	context->huge_pages_bytes = 0;
	context_place(context);
	if (limit_resolve(context, plan, &limit, error) < 0)
		return -1;
	warn_oversubscription(context, plan, limit.bytes);
	context->budget.limit_bytes = limit.bytes;
	context->budget.limit_origin = limit.origin;
	memcpy(context->budget.limit_source, limit.source, sizeof limit.source);
	context->sized = context->router->sizes_by_arguments && !context->command->only_checks;
	if (!context->sized)
		return 0;

	struct budget_request request = {
		.limit_bytes = limit.bytes,
		.limit_source = limit.source,
		.limit_origin = limit.origin,
		.page_bytes = context->host->memory.page_bytes,
		.router = context->router->name,
	};
	request_processes(context, plan, &request);
	request_pools(context, plan, &request);
	request_huge_pages(context, plan, &request);
	warn_small_pools(context, &request, plan);
	request_reactor(context, &request);
	if (address_space_limit(context, &request, error) < 0)
		return -1;
	request_sizes(context, &request);
	struct workload workload = workload_of(context->profile);
	workload_count(context->estimate, &workload);
	workload_warn_connections(context, &workload, &request, plan);
	request.wanted_required = profile_policy(context->profile, POLICY_WORKLOAD, "") == POLICY_REQUIRE;
	workload_warn_texts(&workload, plan);
	const struct budget_request loaded = workload_request(&request, &workload);
	context->request = loaded;
	context->request.limit_source = context->budget.limit_source;
	if (solve(context, plan, &loaded, error) < 0)
		return explain_processes(context, error);
	if (*context->budget.warning)
		plan_warn(plan, "%s", context->budget.warning);
	warn_reactor(context, plan);
	context->huge_pages_bytes = huge_pages_unused(context);
	capacity_compute(&request, &workload, &context->budget, &context->capacity);
	if (workload_judge(context, plan, error) < 0) {
		uncertainty_hint(context, error);
		return -1;
	}
	return uncertainty_judge(context, plan, error);
}

uint64_t context_tasks(const struct context *context)
{
	return context->budget.processes + (context->estimate ? context->estimate->extra_threads : 0);
}

char *context_tasks_text(const struct context *context)
{
	uint64_t processes = context->budget.processes, threads = context_tasks(context) - processes;
	return threads ? xasprintf("%" PRIu64 " processes and %" PRIu64 " threads", processes, threads)
		       : xasprintf("%" PRIu64 " processes", processes);
}

void context_clear(struct context *context)
{
	context_place_clear(context);
	*context = (struct context){0};
}
