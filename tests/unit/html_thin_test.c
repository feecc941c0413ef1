/* SPDX-License-Identifier: MIT */
/* Numbers over time in few buckets: what must not be lost when they become fewer. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "base/alloc.h"
#include "html/thin.h"

enum { VALUE, PART, EVENTS, TRACKS };

static void open_thin(struct thin *thin)
{
	static const struct thin_track tracks[TRACKS] = {
		[VALUE] = {THIN_RANGE, 0}, [PART] = {THIN_WITH, VALUE}, [EVENTS] = {THIN_SUM, 0}};
	thin_open(thin, tracks, TRACKS);
}

static void add(struct thin *thin, int64_t at_ms, double value, double part, double events)
{
	const double numbers[TRACKS] = {value, part, events};
	thin_add(thin, at_ms, numbers);
}

static void samples_few_enough_keep_buckets_of_their_own(void **state)
{
	cleanup_thin struct thin thin = {0};
	(void)state;

	open_thin(&thin);
	for (int i = 0; i < 100; i++)
		add(&thin, 1000000 + i * 2000, i, 10 * i, 0);
	size_t with_samples = 0;
	for (size_t i = 0; i < thin.count; i++)
		with_samples += thin.buckets[i].samples == 1;
	assert_int_equal(with_samples, 100);
	assert_int_equal(thin_interval_ms(&thin), 2000);
}

static void no_peak_and_no_event_is_lost_among_many_samples(void **state)
{
	enum { COUNT = 300000, PEAK = 123457, DIP = 200003 };
	cleanup_thin struct thin thin = {0};
	double events = 0;
	uint64_t samples = 0;
	(void)state;

	open_thin(&thin);
	for (int i = 0; i < COUNT; i++)
		add(&thin, INT64_C(1764054000000) + i * INT64_C(1000),
		    i == PEAK  ? 900
		    : i == DIP ? 1
			       : 500,
		    i == PEAK ? 77 : 5, i % 1000 == 0);
	assert_in_range(thin.count, THIN_BUCKETS / 2, THIN_BUCKETS);
	assert_true(thin_highest(&thin, VALUE) == 900 && thin_lowest(&thin, VALUE) == 1);
	for (size_t i = 0; i < thin.count; i++) {
		samples += thin.buckets[i].samples;
		events += thin_high(&thin, EVENTS, i);
		/* the part that belongs to the peak, not the one of its neighbours */
		if (thin_high(&thin, VALUE, i) == 900)
			assert_true(thin_high(&thin, PART, i) == 77 && thin_low(&thin, VALUE, i) == 500);
	}
	assert_int_equal(samples, COUNT);
	assert_true(events == COUNT / 1000);
	assert_int_equal(thin.buckets[thin.count - 1].to_ms,
			 INT64_C(1764054000000) + (COUNT - 1) * INT64_C(1000));
	assert_int_equal(thin_interval_ms(&thin), 1000);
}

static void times_in_any_order_give_the_same(void **state)
{
	cleanup_thin struct thin forward = {0}, backward = {0};
	enum { COUNT = 5000 };
	(void)state;

	open_thin(&forward);
	open_thin(&backward);
	for (int i = 0; i < COUNT; i++) {
		add(&forward, i * INT64_C(60000), i, -i, 1);
		add(&backward, (COUNT - 1 - i) * INT64_C(60000), COUNT - 1 - i, -(COUNT - 1 - i), 1);
	}
	assert_int_equal(forward.width_ms, backward.width_ms);
	assert_int_equal(forward.count, backward.count);
	for (size_t i = 0; i < forward.count; i++) {
		assert_int_equal(forward.buckets[i].samples, backward.buckets[i].samples);
		for (size_t track = 0; track < TRACKS; track++)
			assert_true(thin_high(&forward, track, i) == thin_high(&backward, track, i));
		assert_true(thin_low(&forward, VALUE, i) == thin_low(&backward, VALUE, i));
	}
}

static void the_ends_of_time_fit_beside_each_other(void **state)
{
	cleanup_thin struct thin thin = {0};
	(void)state;

	open_thin(&thin);
	add(&thin, INT64_C(253402300799999), 1, 1, 0);
	add(&thin, 0, 2, 2, 0);
	add(&thin, 1, 3, 3, 0);
	assert_in_range(thin.count, 2, THIN_BUCKETS);
	assert_int_equal(thin.buckets[0].samples, 2);
	assert_int_equal(thin.buckets[thin.count - 1].samples, 1);
	assert_true(thin_high(&thin, VALUE, 0) == 3 && thin_high(&thin, PART, 0) == 3);
}

static void what_is_not_known_stays_unknown(void **state)
{
	cleanup_thin struct thin thin = {0};
	(void)state;

	open_thin(&thin);
	assert_true(isnan(thin_highest(&thin, VALUE)) && thin_interval_ms(&thin) == 0);
	add(&thin, 5000, NAN, 1, NAN);
	assert_true(isnan(thin_highest(&thin, VALUE)) && isnan(thin_highest(&thin, PART)) &&
		    isnan(thin_highest(&thin, EVENTS)));
	add(&thin, 5000, 0, 4, 0);
	assert_true(thin_highest(&thin, VALUE) == 0 && thin_highest(&thin, PART) == 4 &&
		    thin_highest(&thin, EVENTS) == 0);
	assert_int_equal(thin.count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_few_enough_keep_buckets_of_their_own),
		cmocka_unit_test(no_peak_and_no_event_is_lost_among_many_samples),
		cmocka_unit_test(times_in_any_order_give_the_same),
		cmocka_unit_test(the_ends_of_time_fit_beside_each_other),
		cmocka_unit_test(what_is_not_known_stays_unknown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
