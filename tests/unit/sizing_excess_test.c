/* SPDX-License-Identifier: MIT */
/* More processes than a budget counts: what they can take, and what carries them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/error.h"
#include "router/router.h"
#include "sizing/excess.h"

static struct budget_request request_of(uint64_t limit_mib, uint64_t processes)
{
	return (struct budget_request){
		.limit_bytes = limit_mib * MIB,
		.limit_source = (char *)"sizing.memory",
		.page_bytes = 4096,
		.processes = processes,
		.costs = router_find("kamailio", NULL)->costs,
		.shared_min_mib = 1,
		.private_min_mib = 1,
		.shared_max_mib = 16384,
		.private_max_mib = 16384,
	};
}

/* What is to be set carries the router, and nothing smaller is said to be needed than what does. */
static void assert_carried(const struct budget_request *request, const struct excess *excess)
{
	struct budget_request enough = *request;
	struct budget budget;
	enough.processes = excess->processes;
	if (!excess->fits)
		enough.limit_bytes = excess->smallest_bytes;
	assert_int_equal(budget_solve(&enough, &budget, NULL), 0);
	if (excess->fits)
		return;
	enough.limit_bytes -= MIB;
	assert_int_equal(budget_solve(&enough, &budget, NULL), -1);
}

static void the_stock_configuration_on_five_addresses_is_the_case_that_it_is_for(void **state)
{
	const struct budget_request request = request_of(512, 33);
	struct excess excess;
	(void)state;
	assert_true(excess_find(&request, 57, 150, 8, &excess));
	cleanup_free char *text = excess_text(&excess), *hint = excess_hint(&excess);
	assert_string_equal(
		text, "57 processes run, the budget counts 33: the pools alone can take 606 of 512 MiB");
	assert_string_equal(hint, "set sizing.processes=57, and start the router again");
	assert_carried(&request, &excess);
}

static void a_limit_that_cannot_carry_them_is_answered_with_the_smallest_that_can(void **state)
{
	const struct budget_request request = request_of(100, 10);
	struct excess excess;
	(void)state;
	assert_true(excess_find(&request, 200, 10, 4, &excess));
	assert_false(excess.fits);
	assert_carried(&request, &excess);
	cleanup_free char *hint = excess_hint(&excess);
	cleanup_free char *expected = xasprintf("sizing.memory=%dMiB", (int)(excess.smallest_bytes / MIB));
	assert_non_null(strstr(hint, "sizing.processes=200"));
	assert_non_null(strstr(hint, expected));
}

static void pools_that_fit_alone_are_weighed_with_what_comes_on_top(void **state)
{
	const struct budget_request request = request_of(512, 33);
	struct excess excess;
	(void)state;
	assert_true(excess_find(&request, 36, 150, 8, &excess));
	assert_true(excess.pools_bytes <= excess.limit_bytes);
	cleanup_free char *text = excess_text(&excess);
	if (excess.needed_bytes > excess.limit_bytes)
		assert_non_null(strstr(text, "of 512 MiB with these pools"));
	else
		assert_non_null(strstr(text, "the limit is enough for them with these pools"));

	assert_true(excess_find(&request, 34, 20, 2, &excess));
	cleanup_free char *small = excess_text(&excess);
	assert_non_null(
		strstr(small, "34 processes run, the budget counts 33: the limit is enough for them"));
}

static void no_more_than_were_counted_is_no_excess(void **state)
{
	const struct budget_request request = request_of(512, 33);
	struct excess excess;
	(void)state;
	assert_false(excess_find(&request, 33, 150, 8, &excess));
	assert_false(excess_find(&request, 6, 150, 8, &excess));
	assert_false(excess_find(&request, 0, 150, 8, &excess));
}

static void pools_that_are_given_leave_only_a_larger_limit(void **state)
{
	struct budget_request request = request_of(512, 33);
	struct excess excess;
	(void)state;
	request.shared_fixed = request.private_fixed = true;
	request.shared_bytes = 150 * MIB;
	request.private_bytes = 8 * MIB;
	assert_true(excess_find(&request, 57, 150, 8, &excess));
	assert_false(excess.fits);
	assert_int_equal(excess.smallest_bytes, excess.needed_bytes);
	assert_carried(&request, &excess);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_stock_configuration_on_five_addresses_is_the_case_that_it_is_for),
		cmocka_unit_test(a_limit_that_cannot_carry_them_is_answered_with_the_smallest_that_can),
		cmocka_unit_test(pools_that_fit_alone_are_weighed_with_what_comes_on_top),
		cmocka_unit_test(no_more_than_were_counted_is_no_excess),
		cmocka_unit_test(pools_that_are_given_leave_only_a_larger_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
