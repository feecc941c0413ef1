/* SPDX-License-Identifier: MIT */
/* How many pods of which size carry a workload: the laws that hold of any table, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "router/router.h"
#include "sizing/fleet.h"

static struct budget_request base_of(const char *router)
{
	return (struct budget_request){
		.limit_bytes = UINT64_C(1) << 50, /* any: a pod's own takes its place */
		.page_bytes = 4096,
		.processes = 14,
		.costs = router_find(router, NULL)->costs,
		.shared_min_mib = 1,
		.private_min_mib = 1,
		.shared_avoid_mib = 64,
		.connections = 100,
	};
}

static void give(struct workload *workload, enum workload_key key, uint64_t number)
{
	workload->of[key].given = true;
	workload->of[key].number = number;
}

static struct workload workload_of(uint64_t registrations, uint64_t calls, uint64_t connections)
{
	struct workload workload = {0};
	give(&workload, WORKLOAD_REGISTRATIONS, registrations);
	give(&workload, WORKLOAD_CALLS, calls);
	give(&workload, WORKLOAD_CONNECTIONS, connections);
	return workload;
}

static struct fleet fleet_of(const struct budget_request *base, const struct workload *workload,
			     unsigned pods, uint64_t memory_mib)
{
	const struct fleet_request request = {.pods = pods, .memory_bytes = memory_mib * MIB};
	cleanup_error struct error error = {0};
	struct fleet fleet;

	if (fleet_compute(base, workload, &request, &fleet, &error) < 0)
		fail_msg("%s; %s", error.message, error.hint ? error.hint : "");
	return fleet;
}

/* Whether a pod of so much memory carries its share of what so many divide; written down anew. */
static bool carries(const struct budget_request *base, const struct workload *workload, unsigned remaining,
		    uint64_t memory_bytes)
{
	struct workload share = *workload;
	struct budget budget;

	for (enum workload_key key = 0; key < WORKLOAD_KEYS; key++)
		if (key != WORKLOAD_SECONDS)
			share.of[key].number = (share.of[key].number + remaining - 1) / remaining;
	struct budget_request request = workload_request(base, &share);
	request.limit_bytes = memory_bytes;
	return budget_solve(&request, &budget, NULL) == 0 &&
	       budget.shared_mib * MIB >= request.shared_wanted_bytes;
}

static const struct {
	const char *router;
	uint64_t registrations, calls, connections;
} loads[] = {
	{"kamailio", 100000, 50, 0}, {"kamailio", 1, 0, 0},       {"kamailio", 0, 3000, 0},
	{"kamailio", 7, 1, 250000},  {"opensips", 250000, 10, 5}, {"opensips", 3000000, 900, 40000},
};

static struct workload load_of(size_t i)
{
	return workload_of(loads[i].registrations, loads[i].calls, loads[i].connections);
}

static const unsigned numbers[] = {1, 2, 3, 4, 7, 40, 999, 1000};

static void a_pod_carries_its_share_while_one_is_down_and_with_one_mib_less_it_does_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(loads); i++)
		for (size_t j = 0; j < ARRAY_SIZE(numbers); j++) {
			const struct budget_request base = base_of(loads[i].router);
			const struct workload workload = load_of(i);
			struct fleet fleet = fleet_of(&base, &workload, numbers[j], 0);
			unsigned remaining = numbers[j] > 1 ? numbers[j] - 1 : 1;
			assert_int_equal(fleet.pods, numbers[j]);
			assert_int_equal(fleet.remaining, remaining);
			assert_true(carries(&base, &workload, remaining, fleet.memory_bytes));
			assert_false(carries(&base, &workload, remaining, fleet.memory_bytes - MIB));
		}
}

static void the_remaining_pods_shares_are_at_least_the_whole_workload(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(loads); i++)
		for (size_t j = 0; j < ARRAY_SIZE(numbers); j++) {
			const struct budget_request base = base_of(loads[i].router);
			const struct workload workload = load_of(i);
			struct fleet fleet = fleet_of(&base, &workload, numbers[j], 0);
			for (enum workload_key key = 0; key < WORKLOAD_KEYS; key++) {
				assert_true(fleet.of[key].share * fleet.remaining >= fleet.of[key].whole);
				assert_true(fleet.of[key].share <= fleet.of[key].whole);
				assert_int_equal(fleet.of[key].given, workload.of[key].given);
			}
		}
}

static void more_pods_never_need_more_memory_each_and_none_less_than_an_idle_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(loads); i++) {
		const struct budget_request base = base_of(loads[i].router);
		const struct workload workload = load_of(i);
		uint64_t before = UINT64_MAX;
		for (unsigned pods = 2; pods < 60; pods++) {
			struct fleet fleet = fleet_of(&base, &workload, pods, 0);
			assert_true(fleet.memory_bytes <= before);
			assert_true(fleet.memory_bytes >= fleet.idle_bytes);
			assert_int_equal(fleet.memory_bytes, fleet.smallest_bytes);
			assert_int_equal(fleet.total_bytes, pods * fleet.memory_bytes);
			before = fleet.memory_bytes;
		}
	}
}

static void the_cheapest_number_has_the_least_total_of_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(loads); i++) {
		const struct budget_request base = base_of(loads[i].router);
		const struct workload workload = load_of(i);
		struct fleet_size cheapest = fleet_of(&base, &workload, 2, 0).cheapest;
		uint64_t min = UINT64_MAX;
		unsigned cheapest_pods = 0;
		for (unsigned pods = 2; pods <= 200; pods++) {
			struct fleet fleet = fleet_of(&base, &workload, pods, 0);
			if (fleet.total_bytes < min) {
				min = fleet.total_bytes;
				cheapest_pods = pods;
			}
		}
		assert_int_equal(cheapest.pods, cheapest_pods);
		assert_int_equal(cheapest.total_bytes, min);
	}
}

static void a_given_memory_needs_the_fewest_pods_that_carry_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(loads); i++)
		for (unsigned pods = 2; pods < 40; pods += 3) {
			const struct budget_request base = base_of(loads[i].router);
			const struct workload workload = load_of(i);
			uint64_t mib = fleet_of(&base, &workload, pods, 0).memory_bytes / MIB;
			struct fleet fleet = fleet_of(&base, &workload, 0, mib);
			assert_true(fleet.pods >= 2 && fleet.pods <= pods);
			assert_true(fleet.memory_given);
			assert_int_equal(fleet.memory_bytes, mib * MIB);
			assert_int_equal(fleet.total_bytes, fleet.pods * mib * MIB);
			assert_true(carries(&base, &workload, fleet.pods - 1, fleet.memory_bytes));
			if (fleet.pods > 2)
				assert_false(carries(&base, &workload, fleet.pods - 2, fleet.memory_bytes));
		}
}

static void the_table_has_the_number_its_neighbours_and_the_cheapest_in_order(void **state)
{
	const struct budget_request base = base_of("kamailio");
	const struct workload workload = workload_of(100000, 50, 0);

	(void)state;
	for (size_t j = 0; j < ARRAY_SIZE(numbers); j++) {
		struct fleet fleet = fleet_of(&base, &workload, numbers[j], 0);
		bool own = false, cheapest = false;
		assert_in_range(fleet.size_count, 3, FLEET_SIZES);
		for (size_t i = 0; i < fleet.size_count; i++) {
			own |= fleet.sizes[i].pods == numbers[j];
			cheapest |= fleet.sizes[i].pods == fleet.cheapest.pods;
			assert_true(!i || fleet.sizes[i].pods > fleet.sizes[i - 1].pods);
			assert_true(fleet.sizes[i].pods <= FLEET_PODS_MAX);
			assert_true(fleet.sizes[i].pods > 1 || numbers[j] == 1);
		}
		assert_true(own && cheapest);
	}
}

static void how_long_a_transaction_is_kept_does_not_divide(void **state)
{
	const struct budget_request base = base_of("kamailio");
	struct workload workload = workload_of(0, 3000, 0);

	(void)state;
	uint64_t usual = fleet_of(&base, &workload, 4, 0).memory_bytes;
	give(&workload, WORKLOAD_SECONDS, 30);
	struct fleet fleet = fleet_of(&base, &workload, 4, 0);
	assert_false(fleet.of[WORKLOAD_SECONDS].given);
	assert_true(fleet.memory_bytes > usual);
	assert_true(carries(&base, &workload, 3, fleet.memory_bytes));
}

/* ---- refusals ---- */

static const struct {
	const char *name;
	uint64_t registrations;
	unsigned pods;
	uint64_t memory_mib, shared_mib; /* shared 0: automatic */
	const char *message, *hint;
} refused[] = {
	{"nothing to divide", 0, 4, 0, 0, "there is no workload to divide among pods",
	 "say what they carry together, for example --workload registrations=100000"},
	{"too small even when idle", 1000, 0, 50, 0,
	 "a pod of 50 MiB is too small, even without the workload", "the smallest limit that is enough is"},
	{"too small for the number", 1000000, 4, 200, 0,
	 "4 pods of 200 MiB cannot carry the workload while one is down: a pod's share of it needs",
	 "pods of 200 MiB, or 4 pods of"},
	{"one pod that is too small", 1000000, 1, 200, 0,
	 "1 pod of 200 MiB cannot carry the workload: a pod's share of it needs",
	 "pods of 200 MiB, or 1 pod of"},
	{"a given pool that is too small", 1000000, 4, 0, 20,
	 "4 pods cannot carry the workload while one is down: a pod's share of it needs a shared pool of",
	 "enough: "},
	{"a given pool for which no number is enough", 1000000000000, 4, 0, 20, "sizing.shared is 20 MiB",
	 "lower the workload, or the sizes that are given"},
	{"more than the most pods of that size", 1000000000, 0, 200, 0, "1000 pods of 200 MiB cannot carry",
	 "enough: 1000 pods of"},
	{"more than any memory of two", UINT64_C(1000000000000000), 2, 0, 0,
	 "2 pods cannot carry the workload while one is down: no memory limit up to 1 EiB is enough",
	 "enough: "},
	{"more than any memory of any number", UINT64_MAX, 2, 0, 0, "no memory limit up to 1 EiB is enough",
	 "lower the workload, or the sizes that are given"},
};

static void what_cannot_be_carried_is_refused_with_the_reason_and_what_is_enough(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct budget_request base = base_of("kamailio");
		const struct workload workload = workload_of(refused[i].registrations, 0, 0);
		const struct fleet_request request = {.pods = refused[i].pods,
						      .memory_bytes = refused[i].memory_mib * MIB};
		cleanup_error struct error error = {0};
		struct fleet fleet;
		base.shared_fixed = refused[i].shared_mib != 0;
		base.shared_bytes = refused[i].shared_mib * MIB;
		if (fleet_compute(&base, &workload, &request, &fleet, &error) == 0)
			fail_msg("%s: accepted", refused[i].name);
		if (!strstr(error.message, refused[i].message) || !error.hint ||
		    !strstr(error.hint, refused[i].hint))
			fail_msg("%s: %s; hint: %s", refused[i].name, error.message,
				 error.hint ? error.hint : "none");
		assert_int_equal(fleet.pods, 0);
	}
}

static void what_a_refusal_calls_enough_is_enough(void **state)
{
	const struct budget_request base = base_of("kamailio");
	const struct workload workload = workload_of(1000000, 0, 0);
	const struct fleet_request request = {.pods = 4, .memory_bytes = 200 * MIB};
	cleanup_error struct error error = {0};
	unsigned more = 0, same = 0, mib = 0;
	struct fleet fleet;

	(void)state;
	assert_int_equal(fleet_compute(&base, &workload, &request, &fleet, &error), -1);
	assert_int_equal(
		sscanf(error.hint, "enough: %u pods of 200 MiB, or %u pods of %u MiB", &more, &same, &mib),
		3);
	assert_int_equal(fleet_of(&base, &workload, 0, 200).pods, more);
	assert_int_equal(same, 4);
	assert_int_equal(fleet_of(&base, &workload, 4, 0).memory_bytes, mib * MIB);
}

static void an_object_that_is_not_measured_is_named(void **state)
{
	const struct budget_request base = base_of("opensips");
	const struct fleet_request request = {.pods = 3};
	cleanup_error struct error error = {0};
	struct workload workload = {.allocator = "Q_MALLOC_DBG", .version = "3.6.8"};
	struct fleet fleet;

	(void)state;
	give(&workload, WORKLOAD_TLS, 10);
	assert_int_equal(fleet_compute(&base, &workload, &request, &fleet, &error), -1);
	assert_string_equal(error.message,
			    "how many pods carry the workload is not known: the size of opensips "
			    "(TLS connections) is not measured");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pod_carries_its_share_while_one_is_down_and_with_one_mib_less_it_does_not),
		cmocka_unit_test(the_remaining_pods_shares_are_at_least_the_whole_workload),
		cmocka_unit_test(more_pods_never_need_more_memory_each_and_none_less_than_an_idle_one),
		cmocka_unit_test(the_cheapest_number_has_the_least_total_of_all),
		cmocka_unit_test(a_given_memory_needs_the_fewest_pods_that_carry_it),
		cmocka_unit_test(the_table_has_the_number_its_neighbours_and_the_cheapest_in_order),
		cmocka_unit_test(how_long_a_transaction_is_kept_does_not_divide),
		cmocka_unit_test(what_cannot_be_carried_is_refused_with_the_reason_and_what_is_enough),
		cmocka_unit_test(what_a_refusal_calls_enough_is_enough),
		cmocka_unit_test(an_object_that_is_not_measured_is_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
