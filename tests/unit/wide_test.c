/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <inttypes.h>

#include "base/alloc.h"
#include "base/wide.h"

/* Where carries, borrows and digits begin and end. */
static const uint64_t ends[] = {
	0,
	1,
	2,
	3,
	10,
	1000,
	UINT32_MAX - UINT64_C(1),
	UINT32_MAX,
	UINT64_C(1) << 32,
	(UINT64_C(1) << 32) + 1,
	UINT64_C(0x123456789abcdef0),
	INT64_MAX,
	UINT64_C(1) << 63,
	(UINT64_C(1) << 63) + 1,
	UINT64_MAX - 1,
	UINT64_MAX,
};

static void assert_wide(struct wide actual, uint64_t high, uint64_t low)
{
	if (actual.high != high || actual.low != low)
		fail_msg("%#" PRIx64 " %016" PRIx64 ", not %#" PRIx64 " %016" PRIx64, actual.high, actual.low,
			 high, low);
}

static void products_have_all_of_their_128_bits(void **state)
{
	(void)state;
	assert_wide(wide_product(UINT64_MAX, UINT64_MAX), UINT64_MAX - 1, 1);
	assert_wide(wide_product(UINT64_C(1) << 63, 6), 3, 0);
	assert_wide(wide_product(UINT64_C(0x123456789abcdef0), UINT64_C(0xfedcba9876543210)),
		    UINT64_C(0x121fa00ad77d7422), UINT64_C(0x236d88fe5618cf00));
	assert_wide(wide_product(UINT64_MAX, 0), 0, 0);
}

/* dividend = quotient * divisor + remainder, and the remainder is less than the divisor. */
static void assert_division(struct wide dividend, uint64_t divisor, struct wide_division division)
{
	struct wide again = wide_product_by_halves(division.quotient.low, divisor);

	again.high += division.quotient.high * divisor;
	wide_add(&again, wide_of(division.remainder));
	assert_wide(again, dividend.high, dividend.low);
	assert_true(division.remainder < divisor);
	assert_wide(wide_product_by_halves(division.quotient.high, divisor), 0,
		    division.quotient.high * divisor);
}

static void quotients_and_remainders_make_the_dividend_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		for (size_t j = 0; j < ARRAY_SIZE(ends); j++)
			for (size_t k = 1; k < ARRAY_SIZE(ends); k++) {
				const struct wide dividend = {ends[i], ends[j]};
				assert_division(dividend, ends[k], wide_divide(dividend, ends[k]));
				assert_division(dividend, ends[k], wide_divide_by_bits(dividend, ends[k]));
			}
}

static void sums_carry_and_stay_at_the_greatest_number(void **state)
{
	struct wide sum = {0, UINT64_MAX};

	(void)state;
	wide_add(&sum, wide_of(1));
	assert_wide(sum, 1, 0);
	wide_add(&sum, (struct wide){UINT64_MAX - 1, UINT64_MAX});
	assert_wide(sum, UINT64_MAX, UINT64_MAX);
	wide_add(&sum, wide_of(1));
	assert_wide(sum, UINT64_MAX, UINT64_MAX);
	wide_add(&sum, (struct wide){1, 0});
	assert_wide(sum, UINT64_MAX, UINT64_MAX);
}

static void differences_borrow_and_end_at_0_and_at_64_bits(void **state)
{
	(void)state;
	assert_int_equal(wide_excess((struct wide){1, 0}, wide_of(1)), UINT64_MAX);
	assert_int_equal(wide_excess((struct wide){7, 5}, (struct wide){7, 3}), 2);
	assert_int_equal(wide_excess((struct wide){7, 3}, (struct wide){7, 5}), 0);
	assert_int_equal(wide_excess((struct wide){6, 9}, (struct wide){7, 5}), 0);
	assert_int_equal(wide_excess((struct wide){7, 3}, (struct wide){6, 5}), UINT64_MAX - 1);
	assert_int_equal(wide_excess((struct wide){8, 5}, (struct wide){6, 3}), UINT64_MAX);
	assert_int_equal(wide_excess(wide_of(4), wide_of(4)), 0);
}

static void a_wide_number_is_saturated_and_becomes_a_double(void **state)
{
	(void)state;
	assert_int_equal(wide_saturated((struct wide){1, 0}), UINT64_MAX);
	assert_int_equal(wide_saturated(wide_of(5)), 5);
	assert_true(wide_double((struct wide){3, UINT64_C(1) << 63}) == 0x3.8p64);
}

/* Where the compiler has 128-bit integers, they say what the digits say. */
static void digits_give_what_the_128_bits_of_the_compiler_do(void **state)
{
	(void)state;
#ifdef __SIZEOF_INT128__
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		for (size_t j = 0; j < ARRAY_SIZE(ends); j++) {
			unsigned __int128 product = (unsigned __int128)ends[i] * ends[j];
			assert_wide(wide_product_by_halves(ends[i], ends[j]), (uint64_t)(product >> 64),
				    (uint64_t)product);
			assert_wide(wide_product(ends[i], ends[j]), (uint64_t)(product >> 64),
				    (uint64_t)product);
		}
#else
	skip(); /* the digits are all that there is */
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(products_have_all_of_their_128_bits),
		cmocka_unit_test(quotients_and_remainders_make_the_dividend_again),
		cmocka_unit_test(sums_carry_and_stay_at_the_greatest_number),
		cmocka_unit_test(differences_borrow_and_end_at_0_and_at_64_bits),
		cmocka_unit_test(a_wide_number_is_saturated_and_becomes_a_double),
		cmocka_unit_test(digits_give_what_the_128_bits_of_the_compiler_do),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
