/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "base/alloc.h"
#include "base/clock.h"

static void a_beat_is_kept_and_those_that_are_over_are_left_out(void **state)
{
	static const struct {
		int64_t beat_ms, interval_ms, now_ms, next_ms;
	} rows[] = {
		{5000, 1000, 5000, 6000}, /* nothing took any time */
		{5000, 1000, 5999, 6000}, /* nearly all of it */
		{5000, 1000, 6000, 6000}, /* just in time */
		{5000, 1000, 6001, 7000}, /* one is left out */
		{5000, 1000, 8500, 9000}, /* and three */
		{5000, 1000, 9000, 9000}, {5000, 86400000, 6000, 86405000},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(clock_next_beat(rows[i].beat_ms, rows[i].interval_ms, rows[i].now_ms),
				 rows[i].next_ms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_beat_is_kept_and_those_that_are_over_are_left_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
