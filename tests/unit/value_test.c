/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/value.h"

static void sizes_are_read_as_people_write_them(void **state)
{
	static const struct {
		const char *text;
		enum size_kind kind;
		uint64_t bytes;
		unsigned hundredths;
	} cases[] = {
		{"0", SIZE_BYTES, 0, 0},
		{"1048576", SIZE_BYTES, MIB, 0},
		{"512M", SIZE_BYTES, 512 * MIB, 0},
		{"512m", SIZE_BYTES, 512 * MIB, 0},
		{"512MiB", SIZE_BYTES, 512 * MIB, 0},
		{"4GiB", SIZE_BYTES, 4 * GIB, 0},
		{"512Mi", SIZE_BYTES, 512 * MIB, 0},
		{"1.5Gi", SIZE_BYTES, GIB + GIB / 2, 0},
		{"1.5GiB", SIZE_BYTES, 1536 * MIB, 0},
		{"2T", SIZE_BYTES, 2048 * GIB, 0},
		{"1K", SIZE_BYTES, 1024, 0},
		{"75%", SIZE_PERCENT, 0, 7500},
		{"12.5%", SIZE_PERCENT, 0, 1250},
		{"100%", SIZE_PERCENT, 0, 10000},
		{"auto", SIZE_AUTO, 0, 0},
		{"max", SIZE_UNLIMITED, 0, 0},
		{"unlimited", SIZE_UNLIMITED, 0, 0},
		{"18446744073709551615", SIZE_UNLIMITED, 0, 0},
		{"18446744073709551614", SIZE_BYTES, UINT64_MAX - 1, 0},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct size size;
		const char *refused = size_parse(cases[i].text, &size);
		if (refused)
			fail_msg("\"%s\" was refused: %s", cases[i].text, refused);
		if (size.kind != cases[i].kind || size.bytes != cases[i].bytes ||
		    size.hundredths != cases[i].hundredths)
			fail_msg("\"%s\" was read as kind %d, %llu bytes, %u", cases[i].text, (int)size.kind,
				 (unsigned long long)size.bytes, size.hundredths);
	}
}

static void what_is_no_size_is_refused_with_a_reason(void **state)
{
	static const struct {
		const char *text, *reason;
	} cases[] = {
		{"", "a number of bytes"},
		{"-1", "a number of bytes"},
		{"4GB", "ambiguous"},
		{"4gb", "ambiguous"},
		{"4G iB", "a number of bytes"},
		{"4GiBs", "a number of bytes"},
		{"4X", "a number of bytes"},
		{" 4G", "a number of bytes"},
		{"1.5", "no fraction"},
		{"1.K", "a number of bytes"},
		{".5K", "a number of bytes"},
		{"1.0001K", "whole bytes"},
		{"101%", "at most 100%"},
		{"1.234%", "two decimals"},
		{"18446744073709551616", "a number of bytes"},
		{"16777216T", "larger than"},
		{"99999999999T", "larger than"},
		{"0x10", "a number of bytes"},
		{"1e9", "a number of bytes"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct size size;
		const char *refused = size_parse(cases[i].text, &size);
		if (!refused || !strstr(refused, cases[i].reason))
			fail_msg("\"%s\": %s", cases[i].text, refused ? refused : "was accepted");
	}
}

static void percentages_are_of_the_limit_and_rounded_down(void **state)
{
	struct size size;
	(void)state;
	assert_null(size_parse("33.33%", &size));
	assert_int_equal(size_bytes(&size, 1000, 1), 333);
	assert_int_equal(size_bytes(&size, UNLIMITED, 1), UNLIMITED);
	assert_null(size_parse("auto", &size));
	assert_int_equal(size_bytes(&size, 1000, 77), 77);
	size = (struct size){.kind = SIZE_PERCENT, .hundredths = 10000};
	assert_int_equal(size_bytes(&size, UINT64_MAX - 1, 0), UINT64_MAX - 1); /* no overflow in between */
}

static void numbers_are_whole_or_refused(void **state)
{
	static const char *const bad[] = {"",  "-1", "+1", " 1", "1 ", "1.0", "0x1", "18446744073709551616",
					  "1a"};
	uint64_t number;
	(void)state;
	assert_true(parse_u64("18446744073709551615", &number));
	assert_int_equal(number, UINT64_MAX);
	assert_true(parse_u64("007", &number));
	assert_int_equal(number, 7);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (parse_u64(bad[i], &number))
			fail_msg("\"%s\" was taken for a number", bad[i]);
}

static void mul_div_does_not_overflow_in_between(void **state)
{
	(void)state;
	assert_int_equal(mul_div_u64(UINT64_MAX, 100, 100), UINT64_MAX);
	assert_int_equal(mul_div_u64(UINT64_MAX, 2, 1), UNLIMITED);
	assert_int_equal(mul_div_u64(7, 3, 2), 10);
}

static void values_are_compared_by_kind_and_content(void **state)
{
	const uint64_t sem[] = {250, 32000, 100, 128}, other[] = {250, 32000, 100, 129};
	struct value a = value_numbers(VALUE_COUNT, 4, sem), b = value_numbers(VALUE_COUNT, 4, other);
	struct value text = value_text("private"), copy = value_copy(&text), none = value_text(NULL);
	(void)state;
	assert_true(value_equal(&a, &a));
	assert_false(value_equal(&a, &b));
	assert_true(value_equal(&text, &copy));
	assert_false(value_equal(&text, &a));
	assert_int_equal(none.kind, VALUE_NONE);
	value_set(&copy, value_text("other"));
	assert_false(value_equal(&text, &copy));
	value_clear(&text);
	value_clear(&copy);
}

static void kernel_texts_are_what_the_files_take(void **state)
{
	const uint64_t sem[] = {250, 32000, 100, 128};
	const struct {
		struct value value;
		const char *unlimited, *text;
	} cases[] = {
		{value_numbers(VALUE_COUNT, 4, sem), NULL, "250 32000 100 128"},
		{value_number(VALUE_BYTES, UNLIMITED), "max", "max"},
		{value_number(VALUE_BYTES, UNLIMITED), NULL, "18446744073709551615"},
		{value_score(-900), NULL, "-900"},
		{{0}, NULL, ""},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *text = value_kernel_text(&cases[i].value, cases[i].unlimited);
		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_read_as_people_write_them),
		cmocka_unit_test(what_is_no_size_is_refused_with_a_reason),
		cmocka_unit_test(percentages_are_of_the_limit_and_rounded_down),
		cmocka_unit_test(numbers_are_whole_or_refused),
		cmocka_unit_test(mul_div_does_not_overflow_in_between),
		cmocka_unit_test(values_are_compared_by_kind_and_content),
		cmocka_unit_test(kernel_texts_are_what_the_files_take),
	};
	return cmocka_run_group_tests_name("value", tests, NULL, NULL);
}
