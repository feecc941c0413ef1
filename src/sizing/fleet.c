/* SPDX-License-Identifier: MIT */
#include "sizing/fleet.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/error.h"

/* Of all pods; UINT64_MAX: that much or more. */
static uint64_t total_bytes(unsigned pods, uint64_t each_bytes)
{
	uint64_t total;
	return __builtin_mul_overflow(each_bytes, (uint64_t)pods, &total) ? UINT64_MAX : total;
}

/* A single pod has no spare: it supports the whole workload. */
static unsigned remaining_of(unsigned pods)
{
	return pods > 1 ? pods - 1 : 1;
}

/* The workload of each of `remaining` pods, rounded up; 0 pods: no workload. WORKLOAD_SECONDS does not
 * divide. */
static struct workload share_of(const struct workload *workload, unsigned remaining)
{
	struct workload share = *workload;
	for (enum workload_key key = 0; key < WORKLOAD_KEYS; key++)
		if (key != WORKLOAD_SECONDS)
			share.of[key].number = remaining ? pages_for(share.of[key].number, remaining) : 0;
	return share;
}

static struct budget_request request_of(const struct budget_request *base, const struct workload *workload,
					unsigned remaining)
{
	struct workload share = share_of(workload, remaining);
	struct budget_request request = workload_request(base, &share);
	request.wanted_required = true;
	return request;
}

static struct fleet_size size_of(const struct budget_request *base, const struct workload *workload,
				 unsigned pods)
{
	struct budget_request request = request_of(base, workload, remaining_of(pods));
	struct fleet_size size = {.pods = pods, .memory_bytes = budget_smallest_limit(&request)};
	size.total_bytes = total_bytes(pods, size.memory_bytes);
	return size;
}

static bool carries(const struct budget_request *base, const struct workload *workload, unsigned remaining,
		    uint64_t memory_bytes)
{
	struct budget_request request = request_of(base, workload, remaining);
	struct budget_request pod = budget_with_limit(&request, memory_bytes);
	return budget_carries(&pod);
}

/* The min number of pods with that memory; 0: FLEET_PODS_MAX are not enough. A binary search: memory for a
 * share is enough for a smaller share. */
static unsigned fewest(const struct budget_request *base, const struct workload *workload,
		       uint64_t memory_bytes)
{
	unsigned below = 0, enough = FLEET_PODS_MAX - 1; /* remaining pods; "below" are too few */

	if (!carries(base, workload, enough, memory_bytes))
		return 0;
	while (enough - below > 1) {
		unsigned middle = below + (enough - below) / 2;
		*(carries(base, workload, middle, memory_bytes) ? &enough : &below) = middle;
	}
	return enough + 1;
}

/* The search ends when the memory of idle pods alone exceeds the best total. */
static struct fleet_size cheapest_of(const struct budget_request *base, const struct workload *workload,
				     uint64_t idle_bytes)
{
	struct fleet_size best = {0};

	for (unsigned pods = 2; pods <= FLEET_PODS_MAX; pods++) {
		if (best.pods && total_bytes(pods, idle_bytes) >= best.total_bytes)
			break;
		struct fleet_size size = size_of(base, workload, pods);
		if (size.memory_bytes && (!best.pods || size.total_bytes < best.total_bytes))
			best = size;
	}
	return best;
}

/* ---- refusals ---- */

static int check_workload(const struct budget_request *base, const struct workload *workload,
			  struct error *error)
{
	uint64_t any = 0;
	struct need need;

	for (enum workload_key key = 0; key < WORKLOAD_KEYS; key++)
		any |= key != WORKLOAD_SECONDS && workload->of[key].given ? workload->of[key].number : 0;
	if (!any) {
		error_set(error, 0, "there is no workload to divide among pods");
		return error_hint(
			error, "say what they carry together, for example --workload registrations=100000");
	}
	need_compute(base->costs, workload, &need);
	if (need.measured)
		return 0;
	const char *unknown = need_unmeasured(&need);
	return error_set(error, 0,
			 "how many pods carry the workload is not known: the size of %s (%s) is not measured",
			 base->costs->router, unknown ? unknown : "the start");
}

/* Sets the error for a pod that is too small for an idle router. */
static int refuse_idle(const struct budget_request *idle, uint64_t memory_bytes, struct error *error)
{
	struct budget_request pod = budget_with_limit(idle, memory_bytes);
	struct budget budget;

	budget_solve(&pod, &budget, error);
	return error_context(error, "a pod of %" PRIu64 " MiB is too small, even without the workload",
			     memory_bytes / MIB);
}

/* "4 pods of 512 MiB", "1 pod"; returned by value. */
struct pods_text {
	char text[64];
};

static struct pods_text pods_text(unsigned pods, uint64_t memory_bytes)
{
	struct pods_text text;
	const char *plural = pods == 1 ? "" : "s";
	if (memory_bytes)
		snprintf(text.text, sizeof text.text, "%u pod%s of %" PRIu64 " MiB", pods, plural,
			 memory_bytes / MIB);
	else
		snprintf(text.text, sizeof text.text, "%u pod%s", pods, plural);
	return text;
}

/* The hint: a sufficient number of pods, and a sufficient memory for the requested number. */
static int hint_number(unsigned pods, uint64_t memory_bytes, const struct fleet_size *size,
		       struct error *error)
{
	struct pods_text more = pods_text(pods, memory_bytes);
	struct pods_text larger = pods_text(size->pods, size->memory_bytes);

	if (pods)
		return error_hint(error, "enough: %s%s%s", more.text, size->memory_bytes ? ", or " : "",
				  size->memory_bytes ? larger.text : "");
	return size->memory_bytes ? error_hint(error, "enough: %s", larger.text)
				  : error_hint(error, "lower the workload, or the sizes that are given");
}

/* Refuses the number of pods in `size`: the requested one, or the max if the number was to be found. */
static int refuse(const struct budget_request *base, const struct workload *workload,
		  const struct fleet_size *size, uint64_t memory_bytes, struct error *error)
{
	const struct workload share = share_of(workload, remaining_of(size->pods));
	const char *down = size->pods > 1 ? " while one is down" : "";
	struct pods_text pods = pods_text(size->pods, memory_bytes);
	struct need need;

	need_compute(base->costs, &share, &need);
	if (size->memory_bytes)
		error_set(error, 0,
			  "%s cannot carry the workload%s: a pod's share of it needs %" PRIu64 " MiB",
			  pods.text, down, size->memory_bytes / MIB);
	else if (base->shared_fixed)
		error_set(
			error, 0,
			"%s cannot carry the workload%s: a pod's share of it needs a shared pool of %" PRIu64
			" MiB, but %s is %" PRIu64 " MiB",
			pods.text, down, pages_for(need.shared_bytes, MIB),
			base->shared_name ? base->shared_name : "sizing.shared", base->shared_bytes / MIB);
	else
		error_set(error, 0,
			  "%s cannot carry the workload%s: no memory limit up to 1 EiB is enough for a pod's "
			  "share of it",
			  pods.text, down);
	return hint_number(fewest(base, workload, memory_bytes ? memory_bytes : LIMIT_MAX), memory_bytes,
			   size, error);
}

/* ---- the fleet ---- */

static void add_size(struct fleet *fleet, struct fleet_size size)
{
	fleet->sizes[fleet->size_count++] = size;
}

/* Compares up to two pods fewer and two more. A single pod has no spare: it is listed only if it was
 * requested. */
static void compare(const struct budget_request *base, const struct workload *workload, struct fleet *fleet)
{
	unsigned first = fleet->pods == 1 ? 1 : fleet->pods < 4 ? 2 : fleet->pods - 2;
	unsigned last = fleet->pods + 2 < FLEET_PODS_MAX ? fleet->pods + 2 : FLEET_PODS_MAX;

	fleet->cheapest = cheapest_of(base, workload, fleet->idle_bytes);
	if (fleet->cheapest.pods && fleet->cheapest.pods < first)
		add_size(fleet, fleet->cheapest);
	for (unsigned pods = first; pods <= last; pods++)
		add_size(fleet, size_of(base, workload, pods));
	if (fleet->cheapest.pods > last)
		add_size(fleet, fleet->cheapest);
}

static void fill(const struct workload *workload, const struct fleet_request *request,
		 const struct fleet_size *size, struct fleet *fleet)
{
	const struct workload share = share_of(workload, remaining_of(size->pods));

	fleet->pods = size->pods;
	fleet->remaining = remaining_of(size->pods);
	for (enum workload_key key = 0; key < WORKLOAD_KEYS; key++) {
		fleet->of[key].given = workload->of[key].given && key != WORKLOAD_SECONDS;
		fleet->of[key].whole = workload->of[key].number;
		fleet->of[key].share = share.of[key].number;
	}
	fleet->smallest_bytes = size->memory_bytes;
	fleet->memory_given = request->memory_bytes != 0;
	fleet->memory_bytes = fleet->memory_given ? request->memory_bytes : size->memory_bytes;
	fleet->total_bytes = total_bytes(fleet->pods, fleet->memory_bytes);
}

int fleet_compute(const struct budget_request *base, const struct workload *workload,
		  const struct fleet_request *request, struct fleet *fleet, struct error *error)
{
	const struct budget_request idle = request_of(base, workload, 0);
	uint64_t memory_bytes = request->memory_bytes;

	*fleet = (struct fleet){0};
	if (check_workload(base, workload, error) < 0)
		return -1;
	fleet->idle_bytes = budget_smallest_limit(&idle);
	if (!fleet->idle_bytes || (memory_bytes && memory_bytes < fleet->idle_bytes))
		return refuse_idle(&idle, memory_bytes ? memory_bytes : LIMIT_MAX, error);
	unsigned pods = request->pods ? request->pods : fewest(base, workload, memory_bytes);
	struct fleet_size size = size_of(base, workload, pods ? pods : FLEET_PODS_MAX);
	if (!pods || !size.memory_bytes || (memory_bytes && memory_bytes < size.memory_bytes))
		return refuse(base, workload, &size, memory_bytes, error);
	fill(workload, request, &size, fleet);
	compare(base, workload, fleet);
	return 0;
}
