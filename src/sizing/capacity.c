/* SPDX-License-Identifier: MIT */
#include "sizing/capacity.h"

#include <string.h>

#include "base/alloc.h"
#include "sizing/terms.h"

#define THOUSANDTHS_MAX                                                                    \
	UINT64_C(1000000000000000) /* a factor beyond this says that nothing was asked for \
				    */

/* Those with TLS are not told apart unless both are given: any of them may be. */
static void count_connections(const struct workload *workload, struct budget_request *request)
{
	bool tcp = workload->of[WORKLOAD_CONNECTIONS].given, tls = workload->of[WORKLOAD_TLS].given;

	if ((!tcp && !tls) || request->connections_fixed)
		return;
	bool may_speak_tls = request->tls_connections != 0;
	wide all = (wide)workload->of[WORKLOAD_CONNECTIONS].number + workload->of[WORKLOAD_TLS].number;
	request->connections = saturated(all);
	request->connections_source = workload->of[tls ? WORKLOAD_TLS : WORKLOAD_CONNECTIONS].source;
	request->tls_connections = tls             ? workload->of[WORKLOAD_TLS].number
				   : may_speak_tls ? request->connections
						   : 0;
}

struct budget_request workload_request(const struct budget_request *base, const struct workload *workload)
{
	struct budget_request request = *base;
	struct need need;

	need_compute(base->router, workload, &need);
	request.shared_wanted_bytes = workload_given(workload) ? need.shared_bytes : 0;
	count_connections(workload, &request);
	return request;
}

static bool carries(const struct budget_request *base, const struct workload *workload)
{
	struct budget_request request = workload_request(base, workload);
	return budget_carries(&request);
}

/* The workload so many thousandths times, rounded up: never less than it is. How long a transaction is kept
 * is no amount. */
static struct workload scaled(const struct workload *workload, uint64_t thousandths)
{
	struct workload more = *workload;
	for (enum workload_key key = 0; key < WORKLOAD_KEYS; key++)
		if (key != WORKLOAD_SECONDS)
			more.of[key].number =
				saturated(((wide)more.of[key].number * thousandths + 999) / 1000);
	return more;
}

/* A workload of one key, and of how long transactions are kept; what each takes is the same. */
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

/* The largest amount that is carried, up to `most`; 0 where not even the router itself is. What is carried
 * of more is carried of less. */
static uint64_t largest(const struct budget_request *base, const struct workload *workload,
			enum workload_key key, uint64_t most)
{
	uint64_t carried = 0, above = most;
	struct workload whole = of_amount(workload, key, most);

	if (carries(base, &whole))
		return most;
	while (above - carried > 1) {
		uint64_t middle = carried + (above - carried) / 2;
		struct workload part = of_amount(workload, key, middle);
		*(carries(base, &part) ? &carried : &above) = middle;
	}
	return carried;
}

static bool key_measured(const char *router, const struct workload *workload, enum workload_key key)
{
	struct need need;
	struct workload one = alone(workload, key, 1);
	need_compute(router, &one, &need);
	return key != WORKLOAD_SECONDS && need.measured;
}

static void most_fill(const struct budget_request *base, const struct workload *workload,
		      struct capacity *capacity)
{
	for (enum workload_key key = 0; key < WORKLOAD_KEYS; key++) {
		capacity->most[key].measured = key_measured(base->router, workload, key);
		if (!capacity->most[key].measured)
			continue;
		capacity->most[key].number = largest(base, workload, key, UINT64_MAX);
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
		.private_mib = budget_private_least_mib(base),
	};
	need_compute(base->router, workload, &capacity->need);
	most_fill(base, workload, capacity);
	if (capacity->given)
		need_judge(base, workload, budget, capacity);
}
