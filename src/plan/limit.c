/* SPDX-License-Identifier: MIT */
#include "plan/limit.h"

#include <inttypes.h>
#include <linux/oom.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "host/host.h"
#include "plan/plan.h"
#include "plan/prepared.h"
#include "router/router.h"

#define SOURCE_MEMTOTAL "MemTotal"
#define MACHINE_PERCENT 75 /* of MemTotal, if no cgroup limit is in force */

static void limit_lower(struct limit *limit, uint64_t bytes, enum source origin, const char *source)
{
	if (bytes >= limit->bytes)
		return;
	limit->bytes = bytes;
	limit->origin = origin;
	snprintf(limit->source, sizeof limit->source, "%s", source);
}

/* Our service's own limits bind if they are from its unit file, but not if they were set at run time: limits
 * from an earlier start with another profile would otherwise bind for ever. */
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

/* The limit in force where the router will be: above its own group if it gets one, else in our group. */
static struct limit limit_of_place(const struct context *context)
{
	const struct host *host = context->host;
	struct limit limit = {.bytes = UNLIMITED};
	if (context->decision.own_unit)
		limit_by_own_unit(&limit, host);
	else if (context->decision.group_path)
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
		const struct requested *requested = &profile->unified[i];
		enum setting_id id = requested->setting->id;
		if (!requested->automatic && (id == SETTING_MEMORY_MAX || id == SETTING_MEMORY_HIGH))
			limit_lower(limit, size_bytes(&requested->size, visible, UNLIMITED),
				    requested->source, requested->setting->name);
	}
}

/* Under a limit the kernel could kill nothing at OOM_SCORE_ADJ_MIN: that is refused, and so the limits are
 * read. */
bool plan_is_process_only(const struct profile *profile, const struct router *router)
{
	return !router->sizes_by_arguments && !profile->cgroup.path && !profile->unified_count &&
	       profile->sizing.memory.size.kind == SIZE_UNSET &&
	       !(profile->has_oom_score_adj && profile->oom_score_adj == OOM_SCORE_ADJ_MIN);
}

/* False for a command that is neither sized nor gets a computed limit: then a missing limit is not
 * reported. */
static bool limit_matters(const struct context *context)
{
	const struct profile *profile = context->profile;
	bool automatic = false;
	for (size_t i = 0; i < profile->unified_count; i++)
		automatic |= profile->unified[i].automatic;
	return automatic || (context->router->sizes_by_arguments && !context->command->only_checks);
}

/* If no limit is visible here, uses the one that the manifest gave init. */
static void limit_by_prepared(const struct context *context, struct limit *limit)
{
	if (prepared_counts(context))
		limit_lower(limit, context->prepared->limit_bytes, SOURCE_PLAN, "the plan");
}

/* A container is limited from outside; anywhere else the hint is to set it in the profile. */
static const char *where_to_limit(const struct context *context)
{
	enum runtime runtime = context->host->runtime;
	if (runtime == RUNTIME_DOCKER)
		return "limit the container, for example: docker run --memory 512m --memory-swap 512m";
	if (runtime == RUNTIME_PODMAN)
		return "limit the container, for example: podman run --memory 512m --memory-swap 512m";
	return "set sizing.memory to the router's memory";
}

static void warn_unlimited(const struct context *context, struct plan *plan, const struct limit *limit)
{
	if (limit->origin == SOURCE_PLAN)
		plan_warn(plan, "no memory limit is visible here: siplaunch uses the plan's %" PRIu64 " MiB",
			  limit->bytes / MIB);
	else
		plan_warn(plan, "no memory limit is visible: sized for 75 %% of MemTotal; %s",
			  where_to_limit(context));
}

/* The router's share of a machine without limits. The rest is for the kernel, the page cache, sshd and
 * logs. */
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
 * Applies sizing.memory to the limit in force. The router may have all of a cgroup limit. MemTotal is for
 * other programs too: a request for all of it or more gets the machine share. Less than MemTotal is the
 * administrator's decision, with a warning if it is above the machine share.
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

int limit_resolve(const struct context *context, struct plan *plan, struct limit *limit, struct error *error)
{
	const struct size_field *memory = &context->profile->sizing.memory;
	const struct limit place = limit_of_place(context);

	*limit = place;
	if (place.bytes == UNLIMITED && memory->size.kind != SIZE_BYTES) {
		error_set(error, context->host->memory.total_errno,
			  "no memory limit is visible and MemTotal is not known%s",
			  context->host->memory.total_errno ? ": read /proc/meminfo" : "");
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

/* If the router gets its own group, its limit adds to those of its siblings; else our group's limit is among
 * them. */
void limit_warn_oversubscription(const struct context *context, struct plan *plan, uint64_t limit)
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
				  " MiB, but the limits below it add up to %" PRIu64
				  " MiB: if all groups are full at once, the kernel OOM-kills",
				  row->path, row->memory_max / MIB, sum / MIB);
	}
	if (host->memory.available_bytes && limit > host->memory.available_bytes)
		plan_warn(plan,
			  "the limit of %" PRIu64 " MiB is more than the machine has available now (%" PRIu64
			  " MiB)",
			  limit / MIB, host->memory.available_bytes / MIB);
}
