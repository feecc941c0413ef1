/* SPDX-License-Identifier: MIT */
#include "sizing/capacity.h"

#include <string.h>

#include "sizing/terms.h"

#define THOUSANDTHS_MAX \
	UINT64_C(1000000000000000) /* a larger factor means that the workload is practically 0 \ */

/* If the workload does not give the number of TLS connections, any connection may use TLS, provided that the
 * router has TLS. */
static void count_connections(const struct workload *workload, struct budget_request *request)
{
	bool tcp = workload->of[WORKLOAD_CONNECTIONS].given, tls = workload->of[WORKLOAD_TLS].given;

	if ((!tcp && !tls) || request->connections_fixed)
		return;
	bool may_speak_tls = request->tls_connections != 0;
	struct wide all = wide_of(workload->of[WORKLOAD_CONNECTIONS].number);
	wide_add(&all, wide_of(workload->of[WORKLOAD_TLS].number));
	request->connections = wide_saturated(all);
	request->connections_source = workload->of[tls ? WORKLOAD_TLS : WORKLOAD_CONNECTIONS].source;
	request->tls_connections = tls             ? workload->of[WORKLOAD_TLS].number
				   : may_speak_tls ? request->connections
						   : 0;
}

struct budget_request workload_request(const struct budget_request *base, const struct workload *workload)
{
	struct budget_request request = *base;
	struct need need;

	need_compute(base->costs, workload, &need);
	request.shared_wanted_bytes = workload_given(workload) ? need.shared_bytes : 0;
	count_connections(workload, &request);
	return request;
}

static bool carries(const struct budget_request *base, const struct workload *workload)
{
	struct budget_request request = workload_request(base, workload);
	return budget_carries(&request);
}

static uint64_t scaled_number(uint64_t number, uint64_t thousandths)
{
	struct wide product = wide_product(number, thousandths);
	wide_add(&product, wide_of(999));
	return wide_saturated(wide_divide(product, 1000).quotient);
}

/* The workload times `thousandths` / 1000, each number rounded up. WORKLOAD_SECONDS does not scale. */
static struct workload scaled(const struct workload *workload, uint64_t thousandths)
{
	struct workload more = *workload;
	for (enum workload_key key = 0; key < WORKLOAD_KEYS; key++)
		if (key != WORKLOAD_SECONDS)
			more.of[key].number = scaled_number(more.of[key].number, thousandths);
	return more;
}

/* A workload of one key alone, with the same WORKLOAD_SECONDS and the same sizes of objects. */
static struct workload alone(const struct workload *workload, enum workload_key key, uint64_t number)
{
	struct workload one = {.texts = workload->texts,
			       .learned = workload->learned,
			       .version = workload->version,
			       .allocator = workload->allocator,
			       .counted = workload->counted};
	one.of[WORKLOAD_SECONDS] = workload->of[WORKLOAD_SECONDS];
	one.of[key].given = true;
	one.of[key].number = number;
	return one;
}

static struct workload of_amount(const struct workload *workload, enum workload_key key, uint64_t amount)
{
	return key == WORKLOAD_KEYS ? scaled(workload, amount) : alone(workload, key, amount);
}

/* The largest supported number of a key, up to `max`; 0 if not even the router alone fits. A binary search:
 * a number that is supported implies all smaller ones. */
static uint64_t largest(const struct budget_request *base, const struct workload *workload,
			enum workload_key key, uint64_t max)
{
	uint64_t carried = 0, above = max;
	struct workload whole = of_amount(workload, key, max);

	if (carries(base, &whole))
		return max;
	while (above - carried > 1) {
		uint64_t middle = carried + (above - carried) / 2;
		struct workload part = of_amount(workload, key, middle);
		*(carries(base, &part) ? &carried : &above) = middle;
	}
	return carried;
}

static bool key_measured(const struct costs *costs, const struct workload *workload, enum workload_key key)
{
	struct need need;
	struct workload one = alone(workload, key, 1);
	need_compute(costs, &one, &need);
	return key != WORKLOAD_SECONDS && need.measured;
}

static void most_fill(const struct budget_request *base, const struct workload *workload,
		      struct capacity *capacity)
{
	for (enum workload_key key = 0; key < WORKLOAD_KEYS; key++) {
		capacity->max[key].measured = key_measured(base->costs, workload, key);
		if (!capacity->max[key].measured)
			continue;
		capacity->max[key].number = largest(base, workload, key, UINT64_MAX);
		capacity->any_measured = true;
	}
}

static void need_judge(const struct budget_request *base, const struct workload *workload,
		       const struct budget *budget, struct capacity *capacity)
{
	struct budget_request request = workload_request(base, workload);

	if (!capacity->need.measured)
		return;
	capacity->fits = budget->shared_mib >= pages_for(capacity->need.shared_bytes, MIB);
	capacity->smallest_limit_bytes = budget_smallest_limit(&request);
	capacity->thousandths = largest(base, workload, WORKLOAD_KEYS, THOUSANDTHS_MAX);
}

void capacity_compute(const struct budget_request *base, const struct workload *workload,
		      const struct budget *budget, struct capacity *capacity)
{
	*capacity = (struct capacity){
		.given = workload_given(workload),
		.private_mib = budget_private_min_mib(base),
	};
	need_compute(base->costs, workload, &capacity->need);
	most_fill(base, workload, capacity);
	if (capacity->given)
		need_judge(base, workload, budget, capacity);
}

static bool grows(const struct capacity *capacity)
{
	for (enum object object = 0; object < OBJECT_COUNT; object++)
		if (object != OBJECT_START && capacity->need.terms[object].count)
			return capacity->need.measured && capacity->thousandths < THOUSANDTHS_MAX;
	return false;
}

/* The largest shared pool, with the smallest private pools: the budget chooses these for a workload that no
 * pool can hold. */
static uint64_t largest_pool(const struct budget_request *base, const struct workload *workload)
{
	struct budget_request request = workload_request(base, workload);
	struct budget budget;

	request.shared_wanted_bytes = 0;
	if (!budget_carries(&request))
		return 0;
	request.shared_wanted_bytes = UINT64_MAX;
	return budget_solve(&request, &budget, NULL) == 0 ? budget.shared_mib * MIB : 0;
}

void capacity_curve(const struct budget_request *base, const struct workload *workload,
		    const struct capacity *capacity, struct capacity_curve *curve)
{
	uint64_t largest = capacity->thousandths > 1000 ? capacity->thousandths : 1000;

	*curve = (struct capacity_curve){0};
	if (!capacity->given || !grows(capacity))
		return;
	curve->thousandths = largest + largest / 4;
	for (enum workload_key key = 0; key < WORKLOAD_KEYS; key++)
		if (key != WORKLOAD_SECONDS && workload->of[key].given)
			curve->numbers[key] = workload->of[key].number;
	for (uint64_t i = 0; i < CURVE_POINTS; i++) {
		struct workload part = scaled(workload, curve->thousandths * i / (CURVE_POINTS - 1));
		struct need need;
		need_compute(base->costs, &part, &need);
		curve->at[i].need_bytes = need.shared_bytes;
		curve->at[i].pool_bytes = largest_pool(base, &part);
	}
}

/* Above any real number: a limit that supports so many does not depend on the key. */
#define NUMBER_MAX UINT64_C(1000000000000)

void capacity_limits(const struct budget_request *base, const struct workload *workload,
		     const struct capacity *capacity, struct capacity_limits *limits)
{
	*limits = (struct capacity_limits){0};
	for (enum workload_key key = 0; key < WORKLOAD_KEYS; key++) {
		uint64_t max = capacity->max[key].number;
		limits->known[key] = capacity->max[key].measured && max > 0 && max < NUMBER_MAX;
		for (uint64_t i = 0; i < LIMIT_POINTS && limits->known[key]; i++) {
			uint64_t number = mul_div_u64(max, 3 * i, 2 * (LIMIT_POINTS - 1));
			const struct workload part = alone(workload, key, number);
			struct budget_request request = workload_request(base, &part);
			request.wanted_required = true;
			limits->of[key][i].number = number;
			limits->of[key][i].limit_bytes = budget_smallest_limit(&request);
		}
	}
}
