/* SPDX-License-Identifier: MIT */
/*
 * The search of `tune`, played against simulated routers: what it finds, in how many rounds, and what it says
 * where there is nothing to find. The truth is the simulation's, which the search never sees.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/value.h"
#include "tune/search.h"

#define ROUNDS_MAX 200

struct router_simulated {
	uint64_t used_mib;     /* what it uses of the shared pool at most */
	uint64_t lost_mib;     /* that it needs besides, since free pieces are too small */
	uint64_t frugal_mib;   /* uses all of a pool from here up, and does with it; 0: no such */
	uint64_t starts_mib;   /* it does not start with less */
	uint64_t private_mib;  /* what its fullest process uses */
	uint64_t private_lost; /* and needs besides */
	unsigned limit_lacks;  /* percent that the budget's smallest limit is too small by */
	bool silent;           /* no statistics */
	bool hopeless;         /* the load fails whatever it gets */
	unsigned leak_mib;     /* more that is used each round */
	unsigned fails_every;  /* of loads that would pass each such one fails by chance; 0: none */
	unsigned fails_from;   /* counting from here */
	unsigned wobble_mib;   /* what is used varies by so much */
};

struct played {
	struct round rounds[ROUNDS_MAX];
	size_t count;
	struct search end;
	uint32_t expected_first;
};

/* Kamailio's bounds in 1 GiB. */
static const struct search_terms kamailio = {
	.shared_min = 1,
	.shared_max = 900,
	.shared_avoid = 64,
	.private_min = 1,
	.private_usual = 8,
	.private_generous = 16,
	.margin_percent = 0,
};

static uint64_t used_of(const struct router_simulated *router, size_t number, uint64_t size)
{
	uint64_t used = router->used_mib + router->leak_mib * number;
	if (router->wobble_mib)
		used += number * 7 % (2 * router->wobble_mib + 1) - router->wobble_mib;
	if (router->frugal_mib)
		used = size;
	return used < size ? used : size;
}

static enum round_end end_of(const struct router_simulated *router, const struct round *round, size_t number)
{
	const struct candidate *candidate = &round->candidate;
	uint64_t need = router->frugal_mib ? router->frugal_mib
					   : router->used_mib + router->leak_mib * number + router->lost_mib;

	assert_true(candidate->shared_mib != kamailio.shared_avoid);
	if (candidate->shared_mib < router->starts_mib)
		return ROUND_NOT_STARTED;
	if (candidate->private_mib < router->private_mib + router->private_lost)
		return ROUND_ROUTER_ENDED;
	if (candidate->purpose == PURPOSE_CONFIRM && candidate->headroom_percent < router->limit_lacks)
		return ROUND_OUT_OF_MEMORY;
	if (router->hopeless || candidate->shared_mib < need)
		return ROUND_LOAD_FAILED;
	if (router->fails_every && number >= router->fails_from &&
	    (number - router->fails_from) % router->fails_every == 0)
		return ROUND_LOAD_FAILED;
	return ROUND_PASSED;
}

static void play(const struct router_simulated *router, const struct search_terms *terms, uint32_t rounds_max,
		 struct played *played)
{
	*played = (struct played){0};
	for (;;) {
		uint32_t left = rounds_max - (uint32_t)played->count;
		played->end = search_next(terms, played->rounds, played->count, left);
		uint32_t expected = search_expected(terms, played->rounds, played->count, left);
		assert_int_equal(expected == 0, played->end.state != SEARCH_TRY);
		if (played->count == 1)
			played->expected_first = 1 + expected;
		if (played->end.state != SEARCH_TRY)
			return;
		assert_true(played->count < ROUNDS_MAX);
		assert_non_null(played->end.why);
		size_t number = played->count++;
		struct round *round = &played->rounds[number];
		round->candidate = played->end.candidate;
		assert_in_range(round->candidate.shared_mib, terms->shared_min, terms->shared_max);
		assert_in_range(round->candidate.private_mib, terms->private_min, terms->private_generous);
		round->end = end_of(router, round, number);
		if (router->silent || round->end == ROUND_NOT_STARTED)
			continue;
		round->shared_used_bytes = used_of(router, number, round->candidate.shared_mib) * MIB;
		round->private_used_bytes = router->private_mib * MIB;
	}
}

/* ---- what is found ---- */

static void the_smallest_size_is_found(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		struct router_simulated router;
		uint64_t found_mib, fails_mib, private_mib;
		size_t rounds_max;
	} cases[] = {
		{"statistics tell: one jump, one proof that less fails",
		 {.used_mib = 37, .private_mib = 2},
		 37,
		 36,
		 2,
		 4},
		{"a large pool, to a few percent", {.used_mib = 700, .private_mib = 2}, 700, 679, 2, 4},
		{"silent: bisection", {.used_mib = 37, .private_mib = 2, .silent = true}, 37, 36, 8, 13},
		{"silent and large", {.used_mib = 700, .private_mib = 2, .silent = true}, 703, 689, 8, 10},
		{"fragmentation needs more than is used",
		 {.used_mib = 30, .lost_mib = 11, .private_mib = 1},
		 41,
		 40,
		 1,
		 14},
		{"much of it", {.used_mib = 30, .lost_mib = 200, .private_mib = 1}, 234, 229, 1, 16},
		{"a router that uses what it gets", {.frugal_mib = 20, .private_mib = 1}, 20, 19, 1, 12},
		{"the router's own minimum", {.used_mib = 1, .private_mib = 1}, 1, 0, 1, 3},
		{"it does not start below",
		 {.used_mib = 10, .starts_mib = 48, .private_mib = 1},
		 48,
		 47,
		 1,
		 11},
		{"just above what Kamailio does not honour",
		 {.used_mib = 64, .private_mib = 1},
		 65,
		 63,
		 1,
		 4},
		{"just below", {.used_mib = 63, .private_mib = 1}, 63, 62, 1, 4},
		{"silent, at it", {.used_mib = 64, .private_mib = 1, .silent = true}, 65, 63, 8, 12},
		{"all that there is", {.used_mib = 895, .private_mib = 1}, 895, 868, 1, 5},
		{"private pools that need more than they use",
		 {.used_mib = 37, .private_mib = 2, .private_lost = 1},
		 37,
		 36,
		 4,
		 6},
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct played played;
		play(&cases[i].router, &kamailio, ROUNDS_UNBOUNDED, &played);
		const struct search *end = &played.end;
		if (end->state != SEARCH_FOUND || end->passes_mib != cases[i].found_mib ||
		    end->candidate.shared_mib != cases[i].found_mib || end->fails_mib != cases[i].fails_mib ||
		    end->candidate.private_mib != cases[i].private_mib || !end->complete ||
		    played.count > cases[i].rounds_max)
			fail_msg("%s: state %d, -m %lu, passes %lu, fails %lu, -M %lu, %zu rounds",
				 cases[i].what, (int)end->state, end->candidate.shared_mib, end->passes_mib,
				 end->fails_mib, end->candidate.private_mib, played.count);
	}
}

static void every_need_is_found_within_a_few_percent_and_few_rounds(void **state)
{
	(void)state;
	for (uint64_t need = 1; need <= 900; need++)
		for (unsigned silent = 0; silent < 2; silent++) {
			const struct router_simulated router = {
				.used_mib = need, .private_mib = 3, .silent = silent};
			struct played played;
			play(&router, &kamailio, ROUNDS_UNBOUNDED, &played);
			uint64_t found = played.end.candidate.shared_mib;
			uint64_t slack = need / 32 + 1 + (need == 64);
			if (played.end.state != SEARCH_FOUND || found < need || found > need + slack ||
			    played.count > (silent || found + slack > kamailio.shared_max ? 14 : 5))
				fail_msg("%lu: %lu, %zu rounds", need, found, played.count);
		}
}

static void the_margin_is_kept_free_where_there_is_room(void **state)
{
	(void)state;
	struct search_terms terms = kamailio;
	struct played played;
	terms.margin_percent = 20;

	play(&(struct router_simulated){.used_mib = 40, .private_mib = 3}, &terms, ROUNDS_UNBOUNDED, &played);
	assert_int_equal(played.end.state, SEARCH_FOUND);
	assert_int_equal(played.end.passes_mib, 40);
	assert_int_equal(played.end.candidate.shared_mib, 48);
	assert_int_equal(played.end.candidate.private_mib, 4);
	assert_true(played.end.margin_kept);

	/* 53.. + 20 % is 64, which Kamailio does not honour */
	play(&(struct router_simulated){.used_mib = 53, .private_mib = 3}, &terms, ROUNDS_UNBOUNDED, &played);
	assert_int_equal(played.end.candidate.shared_mib, 65);

	play(&(struct router_simulated){.used_mib = 850, .private_mib = 3}, &terms, ROUNDS_UNBOUNDED,
	     &played);
	assert_int_equal(played.end.state, SEARCH_FOUND);
	assert_int_equal(played.end.candidate.shared_mib, terms.shared_max);
	assert_false(played.end.margin_kept);
}

static void a_limit_that_is_too_small_is_raised_in_steps_and_then_given_up(void **state)
{
	(void)state;
	struct played played;
	play(&(struct router_simulated){.used_mib = 40, .private_mib = 3, .limit_lacks = 20}, &kamailio,
	     ROUNDS_UNBOUNDED, &played);
	assert_int_equal(played.end.state, SEARCH_FOUND);
	assert_int_equal(played.end.candidate.headroom_percent, 25);
	assert_int_equal(played.end.candidate.shared_mib, 40);

	play(&(struct router_simulated){.used_mib = 40, .private_mib = 3, .limit_lacks = 60}, &kamailio,
	     ROUNDS_UNBOUNDED, &played);
	assert_int_equal(played.end.state, SEARCH_UNCONFIRMED);
	assert_int_equal(played.end.passes_mib, 40);
}

/* ---- noise ---- */

static void what_is_used_may_vary(void **state)
{
	(void)state;
	for (uint64_t need = 10; need < 800; need += 13) {
		const struct router_simulated router = {.used_mib = need, .private_mib = 1, .wobble_mib = 3};
		struct played played;
		play(&router, &kamailio, ROUNDS_UNBOUNDED, &played);
		assert_int_equal(played.end.state, SEARCH_FOUND);
		assert_in_range(played.end.candidate.shared_mib, need, need + need / 16 + 5);
		assert_true(played.count <= 16);
	}
}

static void a_load_that_fails_now_and_then_does_not_change_the_answer(void **state)
{
	(void)state;
	for (unsigned silent = 0; silent < 2; silent++)
		for (unsigned from = 0; from < 12; from++) {
			const struct router_simulated router = {.used_mib = 37,
								.private_mib = 1,
								.silent = silent,
								.fails_every = 9,
								.fails_from = from};
			struct played played;
			play(&router, &kamailio, ROUNDS_UNBOUNDED, &played);
			assert_int_equal(played.end.state, SEARCH_FOUND);
			/* a full pool explains a failure, also one by chance */
			assert_in_range(played.end.candidate.shared_mib, 37, 38);
			if (from == 0) /* later it may be over by then */
				assert_true(played.end.flaky > 0);
		}
}

static void a_leak_ends_with_a_size_that_passed_the_last_round(void **state)
{
	(void)state;
	const struct router_simulated router = {
		.used_mib = 30, .private_mib = 1, .private_lost = 1, .leak_mib = 1};
	struct played played;
	play(&router, &kamailio, ROUNDS_UNBOUNDED, &played);
	assert_int_equal(played.end.state, SEARCH_FOUND);
	assert_int_equal(played.rounds[played.count - 1].end, ROUND_PASSED);
	assert_true(played.end.candidate.shared_mib >= 30 + played.count - 1);
	if (played.count >= 50)
		fail_msg("%zu rounds", played.count);
}

/* ---- nothing to find ---- */

static void what_fails_with_the_most_is_no_matter_of_size(void **state)
{
	(void)state;
	static const struct {
		struct router_simulated router;
		size_t rounds;
	} cases[] = {
		{{.used_mib = 5, .private_mib = 1, .hopeless = true},
		 2}, /* once more: it may have been chance */
		{{.used_mib = 5, .private_mib = 1, .hopeless = true, .silent = true}, 2},
		{{.used_mib = 5, .private_mib = 1, .starts_mib = 5000}, 1},
		{{.used_mib = 5000, .private_mib = 1}, 1}, /* the pool was full */
		{{.used_mib = 5, .private_mib = 99}, 1},
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct played played;
		play(&cases[i].router, &kamailio, ROUNDS_UNBOUNDED, &played);
		assert_int_equal(played.end.state, SEARCH_NOTHING_PASSES);
		assert_int_equal(played.count, cases[i].rounds);
	}
}

/* ---- an early end ---- */

static void with_one_round_left_what_is_known_is_confirmed(void **state)
{
	(void)state;
	const struct router_simulated router = {.used_mib = 90, .private_mib = 1, .silent = true};
	for (uint32_t rounds = 2; rounds < 10; rounds++) {
		struct played played;
		play(&router, &kamailio, rounds, &played);
		assert_int_equal(played.end.state, SEARCH_FOUND);
		assert_int_equal(played.count, rounds);
		assert_int_equal(played.end.candidate.purpose, PURPOSE_CONFIRM);
		assert_false(played.end.complete);
		assert_true(played.end.fails_mib < 90);
		assert_true(played.end.candidate.shared_mib >= 90);
	}
}

static void without_rounds_what_is_known_is_said(void **state)
{
	(void)state;
	static const struct round known[] = {
		{.candidate = {.shared_mib = 900, .private_mib = 16}},
		{.candidate = {.shared_mib = 64, .private_mib = 16}, .end = ROUND_NOT_STARTED},
		{.candidate = {.shared_mib = 96, .private_mib = 16}},
	};
	struct search search = search_next(&kamailio, known, ARRAY_SIZE(known), 0);
	assert_int_equal(search.state, SEARCH_UNFINISHED);
	assert_int_equal(search.passes_mib, 96);
	assert_int_equal(search.fails_mib, 64);
	assert_false(search.complete);

	search = search_next(&kamailio, NULL, 0, 0);
	assert_int_equal(search.state, SEARCH_UNFINISHED);
	assert_int_equal(search.passes_mib, 0);
}

/* Where a smaller size passed and a larger one fails for certain, the larger one counts. */
static void a_pass_below_a_certain_failure_does_not_count(void **state)
{
	(void)state;
	static const struct round known[] = {
		{.candidate = {.shared_mib = 900, .private_mib = 16}},
		{.candidate = {.shared_mib = 50, .private_mib = 16}, .end = ROUND_OUT_OF_MEMORY},
		{.candidate = {.shared_mib = 20, .private_mib = 16}},
	};
	struct search search = search_next(&kamailio, known, ARRAY_SIZE(known), ROUNDS_UNBOUNDED);
	assert_int_equal(search.state, SEARCH_TRY);
	assert_int_equal(search.fails_mib, 50);
	assert_int_equal(search.passes_mib, 900);
	assert_in_range(search.candidate.shared_mib, 51, 899);
}

static void the_same_results_give_the_same_decisions(void **state)
{
	(void)state;
	const struct router_simulated router = {
		.used_mib = 123, .lost_mib = 9, .private_mib = 2, .wobble_mib = 2};
	struct played one, two;
	play(&router, &kamailio, ROUNDS_UNBOUNDED, &one);
	play(&router, &kamailio, ROUNDS_UNBOUNDED, &two);
	assert_int_equal(one.count, two.count);
	assert_memory_equal(one.rounds, two.rounds, sizeof one.rounds);
}

static void the_estimate_is_near_where_statistics_tell(void **state)
{
	(void)state;
	for (uint64_t need = 2; need <= 800; need += 7) {
		const struct router_simulated router = {.used_mib = need, .private_mib = 1};
		struct played played;
		play(&router, &kamailio, ROUNDS_UNBOUNDED, &played);
		assert_in_range(played.expected_first, played.count - 1, played.count + 1);
	}
}

static void every_end_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (unsigned i = 0; i <= ROUND_CHECK_FAILED; i++)
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(round_end_name(i), round_end_name(j));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_smallest_size_is_found),
		cmocka_unit_test(every_need_is_found_within_a_few_percent_and_few_rounds),
		cmocka_unit_test(the_margin_is_kept_free_where_there_is_room),
		cmocka_unit_test(a_limit_that_is_too_small_is_raised_in_steps_and_then_given_up),
		cmocka_unit_test(what_is_used_may_vary),
		cmocka_unit_test(a_load_that_fails_now_and_then_does_not_change_the_answer),
		cmocka_unit_test(a_leak_ends_with_a_size_that_passed_the_last_round),
		cmocka_unit_test(what_fails_with_the_most_is_no_matter_of_size),
		cmocka_unit_test(with_one_round_left_what_is_known_is_confirmed),
		cmocka_unit_test(without_rounds_what_is_known_is_said),
		cmocka_unit_test(a_pass_below_a_certain_failure_does_not_count),
		cmocka_unit_test(the_same_results_give_the_same_decisions),
		cmocka_unit_test(the_estimate_is_near_where_statistics_tell),
		cmocka_unit_test(every_end_has_a_name_of_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
