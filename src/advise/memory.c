/* SPDX-License-Identifier: MIT */
/* memory.max: the memory budget of the recommended sizes, corrected by what the kernel charged to the group.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "advise/rows.h"
#include "base/alloc.h"
#include "profile/profile.h"
#include "router/reactor.h"
#include "router/router.h"
#include "sizing/excess.h"
#include "sizing/sizing.h"
#include "stats/overflow.h"

/* Percent of the time in which every task of the router waits for memory. Calls wait, too.
 */
#define PRESSURE_PERCENT 1

/* A reserve in percent grows with the limit: the iteration converges, or no limit is enough. */
#define ROUNDS_MAX 64

static uint64_t whole_mib(uint64_t bytes)
{
	uint64_t more = (MIB - bytes % MIB) % MIB;
	return bytes > UINT64_MAX - more ? bytes : bytes + more;
}

/* ---- the request to the budget ---- */

static uint64_t pool_bytes(const struct frame *frame, enum advice_row row, struct known now, uint64_t usual)
{
	struct known mib = row_result(&frame->advice->rows[row]);
	if (!mib.known)
		mib = now.known ? now : (struct known){true, usual};
	return mul_div_u64(mib.is, MIB, 1);
}

static uint64_t connections_of(const struct advice_request *request)
{
	const struct profile *profile = request->profile;
	if (profile && profile->sizing.connections.kind == COUNT_NUMBER)
		return profile->sizing.connections.number;
	return request->estimate ? request->estimate->tcp_connections : request->router->connections_default;
}

static struct budget_request request_of(const struct frame *frame)
{
	const struct advice_request *request = frame->request;
	const struct router *router = request->router;
	const struct setting_now *now = &request->seen->now;
	struct known processes = row_result(&frame->advice->rows[ADVICE_PROCESSES]);
	struct known files = row_result(&frame->advice->rows[ADVICE_NOFILE]);
	const struct estimate *estimate = request->estimate;
	uint64_t connections = connections_of(request);
	uint64_t reactor_mib = files.known ? reactor_min_mib(router, files.is) : 0;

	/* the router runs with a smaller pool: its configuration may have another number of descriptors than
	 * the limit */
	if (now->pkg_mib.known && reactor_mib > now->pkg_mib.is)
		reactor_mib = 0;
	return (struct budget_request){
		.page_bytes = request->page_bytes,
		.costs = router->costs,
		.processes = processes.known ? processes.is : router->processes_default,
		.connections = connections,
		.connections_in_heap = estimate && estimate->connections_in != CONNECTIONS_IN_POOL,
		.tls_connections = estimate && estimate->tls ? connections : 0,
		.shared_fixed = true,
		.private_fixed = true,
		.shared_bytes = pool_bytes(frame, ADVICE_SHARED, now->shm_mib, router->shm_default_mib),
		.private_bytes = pool_bytes(frame, ADVICE_PRIVATE, now->pkg_mib, router->pkg_default_mib),
		.shared_min_mib = router->shm_min_mib,
		.shared_max_mib = router->shm_max_mib,
		.shared_avoid_mib = router->shm_avoid_mib,
		.private_min_mib = reactor_mib > router->pkg_min_mib ? reactor_mib : router->pkg_min_mib,
		.private_max_mib = router->pkg_max_mib,
	};
}

/* The terms that the profile gives; percentages are of the limit. */
static void set_requests(const struct profile *profile, struct budget_request *budget)
{
	const struct {
		const struct size_field *field;
		bool *fixed;
		uint64_t *bytes;
	} terms[] = {
		{&profile->sizing.per_process, &budget->per_process.fixed, &budget->per_process.bytes},
		{&profile->sizing.base, &budget->base.fixed, &budget->base.bytes},
		{&profile->sizing.reserve, &budget->reserve.fixed, &budget->reserve.bytes},
	};
	for (size_t i = 0; i < ARRAY_SIZE(terms); i++) {
		const struct size *size = &terms[i].field->size;
		if (size->kind != SIZE_BYTES && size->kind != SIZE_PERCENT)
			continue;
		*terms[i].fixed = true;
		*terms[i].bytes = size_bytes(size, budget->limit_bytes, 0);
	}
}

/* A correction overrides the profile's value. */
static void set_corrections(const struct advice *advice, struct budget_request *budget)
{
	for (size_t i = 0; i < advice->correction_count; i++) {
		const struct correction *correction = &advice->corrections[i];
		struct size size;
		if (size_parse(correction->value, &size) || size.kind != SIZE_BYTES)
			continue;
		if (strcmp(correction->key, "sizing.connections") == 0)
			budget->connections = size.bytes;
		else if (strcmp(correction->key, "sizing.reserve") == 0)
			budget->reserve.fixed = true, budget->reserve.bytes = size.bytes;
		else
			budget->per_process.fixed = true, budget->per_process.bytes = size.bytes;
	}
}

/* The smallest sufficient limit, also in budget->limit_bytes; 0: none. */
static uint64_t smallest_limit(const struct frame *frame, struct budget_request *budget)
{
	budget->limit_bytes = 0;
	for (size_t round = 0; round < ROUNDS_MAX; round++) {
		if (frame->request->profile)
			set_requests(frame->request->profile, budget);
		set_corrections(frame->advice, budget);
		uint64_t limit = budget_smallest_limit(budget);
		if (limit == 0 || limit <= budget->limit_bytes)
			return limit ? budget->limit_bytes : 0;
		budget->limit_bytes = limit;
	}
	return 0;
}

/* ---- what the group was charged ---- */

static bool is_corrected(const struct advice *advice, const char *key)
{
	for (size_t i = 0; i < advice->correction_count; i++)
		if (strcmp(advice->corrections[i].key, key) == 0)
			return true;
	return false;
}

/* Compares with the budget of the pools in force during the samples, and not of the recommended pools. */
static bool find_overflow(const struct frame *frame, struct overflow *overflow)
{
	const struct observation *seen = frame->request->seen;
	struct budget_request request = request_of(frame);
	struct budget budget;

	if (!seen->now.shm_mib.known || !seen->now.pkg_mib.known)
		return false;
	request.shared_bytes = mul_div_u64(seen->now.shm_mib.is, MIB, 1);
	request.private_bytes = mul_div_u64(seen->now.pkg_mib.is, MIB, 1);
	request.processes = seen->fullest_processes ? seen->fullest_processes : request.processes;
	if (smallest_limit(frame, &request) == 0 || budget_solve(&request, &budget, NULL) < 0)
		return false;
	uint64_t connection = frame->request->router->costs->connection_bytes;
	const struct group_members members = {.processes = seen->fullest_processes};
	return overflow_find(&budget, connection, &seen->fullest, &members, overflow);
}

static void correct_terms(const struct frame *frame, struct recommendation *row)
{
	struct advice *advice = frame->advice;
	struct overflow overflow;

	while (advice->correction_count < CORRECTIONS_MAX && find_overflow(frame, &overflow) &&
	       strcmp(overflow.key, "sizing.processes") != 0 && !is_corrected(advice, overflow.key)) {
		cleanup_free char *used = size_text(overflow.used);
		cleanup_free char *budgeted = size_text(overflow.budgeted);
		struct correction *correction = &advice->corrections[advice->correction_count++];
		correction->key = overflow.key;
		snprintf(correction->value, sizeof correction->value, "%s", overflow.value);
		row_say(row, "%s took %s, but the budget counts %s: %s %s would be enough", overflow.what,
			used, budgeted, overflow.key, overflow.value);
	}
}

static bool under_pressure(const struct observation *seen)
{
	uint64_t most_us = mul_div_u64(seen->pressure_s, 1000000 * PRESSURE_PERCENT, 100);
	return seen->pressure_s > 0 && seen->pressure_us >= most_us;
}

/* Signs that the limit in force is too low, independent of the budget. Adds them to the reason. */
static bool too_low(const struct observation *seen, struct recommendation *row)
{
	const struct setting_now *now = &seen->now;
	bool killed = now->oom_events.known && now->oom_events.is > 0;
	bool waits = under_pressure(seen);

	if (killed)
		row_say(row, "the limit was not enough %" PRIu64 " times, with %" PRIu64 " OOM kills",
			now->oom_events.is, now->oom_kills.known ? now->oom_kills.is : 0);
	if (waits)
		row_say(row, "every task waited for memory in %" PRIu64 " %% of the time",
			mul_div_u64(seen->pressure_us, 100, mul_div_u64(seen->pressure_s, 1000000, 1)));
	if (!killed && now->max_events.known && now->max_events.is > 0)
		row_say(row, "the limit was reached %" PRIu64 " times, and the kernel reclaimed page cache",
			now->max_events.is);
	return killed || waits;
}

/* ---- the row ---- */

static uint64_t budgeted_limit(const struct frame *frame, struct recommendation *row)
{
	correct_terms(frame, row);
	struct budget_request budget = request_of(frame);
	uint64_t limit = smallest_limit(frame, &budget);
	if (limit)
		row_say(row,
			"the budget counts %" PRIu64 " MiB for -m %" PRIu64 " -M %" PRIu64 " and %" PRIu64
			" processes, every byte touched",
			limit / MIB, budget.shared_bytes / MIB, budget.private_bytes / MIB, budget.processes);
	return limit;
}

/* For a command that siplaunch does not size, the charge is the only known number. */
static uint64_t charged_limit(const struct frame *frame, struct recommendation *row)
{
	uint64_t held = frame->request->seen->fullest_bytes;
	if (held == 0)
		return 0;
	cleanup_free char *used = size_text(held);
	row_say(row, "at most %s that the kernel cannot reclaim were charged; %u %% above that", used,
		frame->request->margin_percent);
	return whole_mib(with_margin(held, frame->request->margin_percent));
}

static void say_whose(const struct frame *frame, struct recommendation *row)
{
	const struct profile *profile = frame->request->profile;
	bool adopted = profile && (!profile->cgroup.path || profile->cgroup.manager == MANAGER_ADOPT);
	if (adopted && row->change != CHANGE_KEEP)
		row_say(row,
			"siplaunch does not set this limit: set it where the group is made (the container's "
			"or the unit's memory limit)");
}

static void say_peak(struct recommendation *row, const struct setting_now *now)
{
	if (!now->peak.known)
		return;
	cleanup_free char *peak = size_text(now->peak.is);
	row_say(row, "at most %s were charged, page cache included", peak);
}

/* ---- what runs beside what was counted ---- */

static void note_more(const struct frame *frame, uint64_t counted)
{
	const struct observation *seen = frame->request->seen;
	const struct setting_now *now = &seen->now;
	struct budget_request request = request_of(frame);
	struct excess excess;

	request.limit_bytes = now->memory_max.is;
	request.processes = counted;
	request.shared_fixed = request.private_fixed = false; /* another launch may have others */
	if (frame->request->profile)
		set_requests(frame->request->profile, &request);
	if (!excess_find(&request, seen->processes, now->shm_mib.is, now->pkg_mib.is, &excess))
		return;
	cleanup_free char *text = excess_text(&excess), *hint = excess_hint(&excess);
	advice_note(frame->advice, "%s; %s", text, hint);
}

static void note_fewer(const struct frame *frame, uint64_t counted)
{
	const struct observation *seen = frame->request->seen;
	uint64_t kept = mul_div_u64(counted - seen->processes, seen->now.pkg_mib.is, 1);

	advice_note(frame->advice,
		    "%" PRIu64 " processes run, the budget counts %" PRIu64 ": %" PRIu64
		    " MiB of the limit are reserved for private pools that do not exist; if the router never "
		    "starts more, set sizing.processes=%" PRIu64,
		    seen->processes, counted, kept, seen->processes);
}

/* Groups that scale start the rest under load. */
static bool may_start_later(const struct estimate *estimate, uint64_t seen, uint64_t counted)
{
	return estimate && estimate->exact && seen < counted && seen >= estimate_from(estimate) &&
	       counted <= estimate_to(estimate);
}

void processes_note(const struct frame *frame)
{
	const struct observation *seen = frame->request->seen;
	const struct setting_now *now = &seen->now;
	bool fixed;
	struct known counted = processes_counted(frame->request, &fixed);

	if (!counted.known || !seen->processes || !now->shm_mib.known || !now->pkg_mib.known)
		return;
	if (may_start_later(frame->request->estimate, seen->processes, counted.is))
		return;
	if (seen->processes < counted.is)
		note_fewer(frame, counted.is);
	else if (now->memory_max.known && now->memory_max.is != UNLIMITED)
		note_more(frame, counted.is);
}

void memory_advise(const struct frame *frame)
{
	const struct observation *seen = frame->request->seen;
	struct recommendation *row =
		row_begin(frame, ADVICE_MEMORY_MAX, "memory.max", "sizing.memory", frame->advice->confidence);
	struct known current = seen->now.memory_max;
	bool sized = frame->request->router->sizes_by_arguments;

	uint64_t enough = sized ? budgeted_limit(frame, row) : charged_limit(frame, row);
	if (enough == 0) {
		row_unknown(row, VALUE_BYTES, current);
		row_say(row, "%s",
			sized ? "no limit is enough for these pools and processes"
			      : "the memory of its group is not known");
		return;
	}
	say_peak(row, &seen->now);
	bool low = too_low(seen, row);
	if (low && current.known && current.is != UNLIMITED) {
		uint64_t more = whole_mib(with_margin(current.is, frame->request->margin_percent));
		enough = more > enough ? more : enough;
	}
	row_decide(row, VALUE_BYTES, current, enough, row->confidence >= CONFIDENCE_MEDIUM && !low);
	say_whose(frame, row);
}
