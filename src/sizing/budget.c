/* SPDX-License-Identifier: MIT */
#include "base/value.h"
#include "sizing/sizing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "sizing/given.h"
#include "sizing/terms.h"

#define PROCESSES_MAX   (UINT64_C(1) << 22) /* PID_MAX_LIMIT, include/linux/threads.h */
#define CONNECTIONS_MAX (UINT64_C(1) << 31) /* no process has more descriptors: fs.nr_open */
#define PAGE_MEASURED   (4 * KIB)

#define RESERVE_MIN_BYTES     (32 * MIB)
#define RESERVE_PERCENT       5
#define SHARED_TO_PRIVATE_MIN 2 /* S >= N*M / 2, or M steps down */
#define SHARED_TO_PRIVATE_BIG 8 /* S >= N*M * 8, or M does not grow beyond its default */

uint64_t pages_for(uint64_t bytes, uint64_t page_bytes)
{
	return bytes / page_bytes + (bytes % page_bytes != 0);
}

/*
 * The coefficients are measured with 4 KiB pages. Larger pages cost more, because one dirty byte charges a
 * whole page, but less than proportionally, because dirty data is clustered. Assumed: twice the cost for four
 * times the page size.
 */
static uint64_t scaled_to_page(uint64_t bytes, uint64_t page_bytes)
{
	for (uint64_t page = page_bytes; page > PAGE_MEASURED; page /= 4)
		bytes *= 2;
	return bytes;
}

static struct frame frame_of(const struct budget_request *request)
{
	struct frame frame = {.request = request, .costs = request->costs};

	frame.per_process_bytes = request->per_process.fixed ? request->per_process.bytes
							     : scaled_to_page(frame.costs->per_process_bytes,
									      request->page_bytes);
	frame.base_bytes = request->base.fixed ? request->base.bytes
					       : scaled_to_page(frame.costs->base_bytes, request->page_bytes);
	frame.reserve_bytes = request->reserve.fixed
				      ? request->reserve.bytes
				      : larger_of(RESERVE_MIN_BYTES,
						  mul_div_u64(request->limit_bytes, RESERVE_PERCENT, 100));
	struct wide *fixed = &frame.fixed_bytes;
	wide_add(fixed, wide_product(pages_for(request->second.bytes, MIB), MIB));
	wide_add(fixed, page_table_bytes(&frame, 0, 0));
	wide_add(fixed, wide_product(request->processes, frame.per_process_bytes));
	wide_add(fixed, wide_of(frame.base_bytes));
	wide_add(fixed, wide_product(request->connections, frame.costs->connection_bytes));
	wide_add(fixed, connection_heap_bytes(request, frame.costs));
	wide_add(fixed, wide_of(request->programs.fixed ? request->programs.bytes : 0));
	wide_add(fixed, wide_of(frame.reserve_bytes));
	return frame;
}

/* The bytes left for the shared pool, after private pools of that size with their page tables; false if not
 * even these fit. */
static bool room_outside(const struct frame *frame, uint64_t private_mib, uint64_t *room)
{
	const struct budget_request *request = frame->request;
	uint64_t mib_bytes = request->processes * (MIB + table_bytes_of_mib(request));
	struct wide needed = frame->fixed_bytes;

	wide_add(&needed, wide_product(private_mib, mib_bytes));
	uint64_t bytes = wide_saturated(needed);
	if (bytes > request->limit_bytes)
		return false;
	*room = request->limit_bytes - bytes;
	return true;
}

/* S with its page tables, shared_times() times. */
static uint64_t shared_bytes(const struct frame *frame, uint64_t shared_mib)
{
	struct wide bytes = wide_product(shared_mib, MIB * shared_times(frame->request));

	wide_add(&bytes, page_table_bytes(frame, shared_mib, 0));
	return wide_excess(bytes, page_table_bytes(frame, 0, 0));
}

/*
 * The largest whole S in MiB beside private pools of that size; -1 if not even these fit. With pages of one
 * size, S + 8NS/page <= room means (page+8N)*S <= room*page. Huge pages need whole pages of tables: an S
 * computed without them is too large by a few MiB at most, so a search corrects it.
 */
static int64_t shared_room_mib(const struct frame *frame, uint64_t private_mib)
{
	const struct budget_request *request = frame->request;
	uint64_t page = request->page_bytes, n = request->huge_pages ? 0 : request->processes, room;

	if (!room_outside(frame, private_mib, &room))
		return -1;
	uint64_t mib = mul_div_u64(room, page, shared_times(request) * (page + 8 * n)) / MIB;
	uint64_t below = 0;
	if (shared_bytes(frame, mib) <= room)
		return (int64_t)mib;
	while (mib - below > 1) {
		uint64_t middle = below + (mib - below) / 2;
		*(shared_bytes(frame, middle) <= room ? &below : &mib) = middle;
	}
	return (int64_t)below;
}

/* The size itself, or the next lower one if the router does not honour it. */
static uint64_t honoured(const struct budget_request *request, uint64_t shared_mib)
{
	return shared_mib && shared_mib == request->shared_avoid_mib ? shared_mib - 1 : shared_mib;
}

static uint64_t bound(uint64_t max)
{
	return max ? max : UINT64_MAX;
}

/* The minimum S in MiB: within the router's bounds, honoured by it, and enough for its start. */
static uint64_t shared_min_mib(const struct budget_request *request)
{
	uint64_t min =
		larger_of(larger_of(request->shared_min_mib, 1), pages_for(request->shared_start.bytes, MIB));
	return honoured(request, min) == min ? min : min + 1;
}

/* The given S, or the largest one beside that M; false if they do not fit. */
static bool shared_for(const struct frame *frame, uint64_t private_mib, uint64_t *shared_mib)
{
	const struct budget_request *request = frame->request;
	int64_t room = shared_room_mib(frame, private_mib);

	if (room < 0)
		return false;
	if (request->shared_fixed) {
		*shared_mib = request->shared_bytes / MIB;
		return (uint64_t)room >= *shared_mib;
	}
	*shared_mib = honoured(request, smaller_of((uint64_t)room, bound(request->shared_max_mib)));
	return *shared_mib >= shared_min_mib(request);
}

/* The sizes among which an automatic M is chosen, ascending; the first is the last resort. */
struct rungs {
	uint64_t mib[16]; /* enough: the maximum M is far below 2^16 */
	unsigned count;
	uint64_t default_mib;
};

static struct rungs rungs_of(const struct frame *frame)
{
	const struct budget_request *request = frame->request;
	uint64_t min = larger_of(request->private_min_mib, 1), max = bound(request->private_max_mib);
	uint64_t start = pages_for(request->private_start.bytes, MIB);
	uint64_t lowest = smaller_of(larger_of(larger_of(min, PRIVATE_MIN_MIB), start), max);
	uint64_t highest = larger_of(lowest, smaller_of(frame->costs->private_max_mib, max));
	struct rungs rungs = {.mib = {lowest}, .count = 1};

	for (uint64_t mib = PRIVATE_MIN_MIB; mib <= frame->costs->private_max_mib; mib *= 2)
		if (mib > lowest && mib <= highest)
			rungs.mib[rungs.count++] = mib;
	if (rungs.mib[rungs.count - 1] < highest)
		rungs.mib[rungs.count++] = highest;
	rungs.default_mib = larger_of(lowest, smaller_of(frame->costs->private_default_mib, highest));
	return rungs;
}

/* The S in MiB that an M must leave to be chosen. */
static uint64_t shared_wanted_mib(const struct frame *frame, const struct rungs *rungs, uint64_t private_mib)
{
	if (private_mib == rungs->mib[0])
		return 0;
	uint64_t pools = frame->request->processes * private_mib;
	return private_mib <= rungs->default_mib ? pools / SHARED_TO_PRIVATE_MIN
						 : pools * SHARED_TO_PRIVATE_BIG;
}

/* Whether S holds shared_wanted_bytes. */
static bool holds_wanted(const struct budget_request *request, uint64_t shared_mib)
{
	return shared_mib >= pages_for(request->shared_wanted_bytes, MIB);
}

/*
 * The largest M that leaves S its share, and enough for the workload; the smallest M if none does.
 *
 * The condition is on S and not on the limit, so that S + N*M never falls as the limit grows. At a given
 * limit a larger M never gives a smaller S + N*M: the page tables of S count N times, those of M once, and
 * N*M is a whole number, so the sum rounds as S does. At the limit where a larger M is first chosen, S has
 * just reached its share, so the sum has just grown by a MiB; avoiding an S that the router does not honour
 * (64 -> 63) takes at most that MiB away.
 */
static uint64_t private_choose(const struct frame *frame)
{
	const struct rungs rungs = rungs_of(frame);

	for (unsigned i = rungs.count; i-- > 1;) {
		uint64_t shared_mib, mib = rungs.mib[i];
		if (shared_for(frame, mib, &shared_mib) && holds_wanted(frame->request, shared_mib) &&
		    (uint64_t)shared_room_mib(frame, mib) >= shared_wanted_mib(frame, &rungs, mib))
			return mib;
	}
	return rungs.mib[0];
}

/* Chooses M and S; false if they do not fit. The budget then has the minimum sizes, for the report. */
static bool pools_choose(const struct frame *frame, struct budget *budget)
{
	const struct budget_request *request = frame->request;

	budget->private_mib = request->private_fixed ? request->private_bytes / MIB : private_choose(frame);
	if (shared_for(frame, budget->private_mib, &budget->shared_mib))
		return true;
	budget->shared_mib = request->shared_fixed ? request->shared_bytes / MIB : shared_min_mib(request);
	return false;
}

static void warn(struct budget *budget, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void warn(struct budget *budget, const char *format, ...)
{
	size_t used = strlen(budget->warning);
	va_list args;

	if (used && used + 2 < sizeof budget->warning)
		used += (size_t)snprintf(budget->warning + used, sizeof budget->warning - used, "; ");
	va_start(args, format);
	vsnprintf(budget->warning + used, sizeof budget->warning - used, format, args);
	va_end(args);
}

static void warnings_fill(const struct frame *frame, struct budget *budget)
{
	const struct budget_request *request = frame->request;
	uint64_t usual = rungs_of(frame).default_mib;

	if (request->shared_fixed && budget->shared_mib == request->shared_avoid_mib)
		warn(budget,
		     "-m %" PRIu64
		     " is the router's own default, and a size in its configuration overrides it: give %" PRIu64
		     " or %" PRIu64,
		     budget->shared_mib, budget->shared_mib - 1, budget->shared_mib + 1);
	if (!request->private_fixed && budget->private_mib < usual)
		warn(budget,
		     "private pools are %" PRIu64 " MiB, not the usual %" PRIu64 ": %" PRIu64
		     " processes with that much would leave too little for the shared pool",
		     budget->private_mib, usual, request->processes);
}

static int check_number(const char *what, uint64_t number, uint64_t min, uint64_t max, struct error *error)
{
	if (number >= min && number <= max)
		return 0;
	error_set(error, 0, "%s is %" PRIu64, what, number);
	return error_hint(error, "from %" PRIu64 " to %" PRIu64, min, max);
}

static int check_request(const struct budget_request *request, struct error *error)
{
	uint64_t page = request->page_bytes;

	if (page < PAGE_MEASURED || page > MIB || (page & (page - 1))) {
		error_set(error, 0, "a page of %" PRIu64 " bytes is not a page size of Linux", page);
		return error_hint(error, "4096, 16384 or 65536");
	}
	if (check_number("the memory limit in bytes", request->limit_bytes, 0, LIMIT_MAX, error) < 0 ||
	    check_number("sizing.processes", request->processes, 1, PROCESSES_MAX, error) < 0 ||
	    check_number("sizing.connections", request->connections, 0, CONNECTIONS_MAX, error) < 0)
		return -1;
	if (shared_min_mib(request) > bound(request->shared_max_mib) ||
	    request->private_min_mib > bound(request->private_max_mib))
		return error_set(error, 0, "the router's own bounds leave no size for its pools");
	return given_check(request, error);
}

static bool fits(const struct budget_request *request)
{
	struct frame frame = frame_of(request);
	struct budget budget = {0};
	return pools_choose(&frame, &budget) && holds_wanted(request, budget.shared_mib);
}

bool budget_carries(const struct budget_request *request)
{
	return check_request(request, NULL) == 0 && fits(request);
}

uint64_t budget_private_min_mib(const struct budget_request *request)
{
	struct frame frame = frame_of(request);
	return request->private_fixed ? request->private_bytes / MIB : rungs_of(&frame).mib[0];
}

struct budget_request budget_with_limit(const struct budget_request *request, uint64_t limit_bytes)
{
	struct budget_request other = *request;

	other.limit_bytes = limit_bytes;
	if (request->reserve_hundredths)
		other.reserve.bytes = mul_div_u64(limit_bytes, request->reserve_hundredths, 10000);
	if (request->shared_hundredths)
		other.shared_bytes = mul_div_u64(limit_bytes, request->shared_hundredths, 10000) / MIB * MIB;
	return other;
}

/* A binary search is valid, because a budget that fits a limit fits a larger one: the default reserve grows
 * by only 5 % of the limit's growth. Sizes in percent of the limit can break this by their rounding; the
 * returned limit fits in any case. */
uint64_t budget_smallest_limit(const struct budget_request *request)
{
	struct budget_request probe = budget_with_limit(request, LIMIT_MAX);
	uint64_t below = 0, enough = LIMIT_MAX / MIB; /* MiB; "below" does not fit */

	if (check_request(request, NULL) < 0 || !fits(&probe))
		return 0;
	while (enough - below > 1) {
		uint64_t middle = below + (enough - below) / 2;
		probe = budget_with_limit(request, middle * MIB);
		*(fits(&probe) ? &enough : &below) = middle;
	}
	return enough * MIB;
}

/* For a given shared pool that is too small for the workload: no limit is enough unless the pool is larger.
 */
static int hint_larger_pool(const struct budget_request *request, struct error *error)
{
	uint64_t wanted_mib = pages_for(request->shared_wanted_bytes, MIB);
	struct budget_request larger = *request;

	larger.shared_bytes = wanted_mib * MIB;
	larger.shared_hundredths = 0;
	uint64_t smallest = budget_smallest_limit(&larger);
	if (!smallest)
		return error_hint(error,
				  "no limit up to 1 EiB is enough: lower the given sizes and the workload");
	return error_hint(error,
			  "the smallest limit that is enough is %" PRIu64
			  " MiB, with a shared pool of %" PRIu64 " MiB, which the workload needs",
			  smallest / MIB, wanted_mib);
}

static int refuse(const struct budget_request *request, const struct budget *budget, struct error *error)
{
	struct budget_request without_workload = *request;
	uint64_t with = budget_smallest_limit(request);

	terms_refuse(request, budget, error);
	without_workload.shared_wanted_bytes = 0;
	uint64_t without = budget_smallest_limit(&without_workload);
	if (!without)
		return error_hint(error, "no limit up to 1 EiB is enough: lower the given sizes");
	if (request->wanted_required && !with)
		return hint_larger_pool(request, error);
	uint64_t smallest = request->wanted_required ? with : without;
	if (with > smallest)
		return error_hint(
			error,
			"the smallest limit that is enough is %" PRIu64 " MiB; %" PRIu64
			" MiB support the workload as well; fewer processes or smaller pools need less",
			smallest / MIB, with / MIB);
	return error_hint(error,
			  "the smallest limit that is enough is %" PRIu64
			  " MiB; fewer processes or smaller pools need less",
			  smallest / MIB);
}

int budget_solve(const struct budget_request *request, struct budget *budget, struct error *error)
{
	*budget = (struct budget){
		.limit_bytes = request->limit_bytes,
		.limit_origin = request->limit_origin,
		.processes = request->processes,
		.processes_source = request->processes_source,
		.connections = request->connections,
	};
	snprintf(budget->limit_source, sizeof budget->limit_source, "%s",
		 request->limit_source ? request->limit_source : source_name(request->limit_origin));
	if (check_request(request, error) < 0)
		return -1;

	struct frame frame = frame_of(request);
	bool chosen = pools_choose(&frame, budget);
	if (!terms_fill(&frame, budget) || !chosen)
		return refuse(request, budget, error);
	warnings_fill(&frame, budget);
	return 0;
}
