/* SPDX-License-Identifier: MIT */
/*
 * Which term of the budget overflowed, from what memory.stat shows; and what of memory.events is news.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "sizing/sizing.h"
#include "stats/overflow.h"
#include "stats/watch.h"

#define CONNECTION_BYTES (10 * KIB)

/* 512 MiB for 14 processes: 300 shared, 14 x 8 private, 8 page tables, 7 processes, 20 base, 20 connections,
 * 45 reserve. */
static const struct budget budget = {
	.limit_bytes = 512 * MIB,
	.processes = 14,
	.shared_mib = 300,
	.private_mib = 8,
	.terms =
		{
			[TERM_SHARED] = {.bytes = 300 * MIB},
			[TERM_PRIVATE] = {.bytes = 112 * MIB},
			[TERM_PAGE_TABLES] = {.bytes = 8 * MIB},
			[TERM_PER_PROCESS] = {.bytes = 7 * MIB},
			[TERM_BASE] = {.bytes = 20 * MIB},
			[TERM_CONNECTIONS] = {.bytes = 20 * MIB},
			[TERM_RESERVE] = {.bytes = 45 * MIB},
		},
};

/* MiB. */
struct use {
	uint64_t anon, shmem, file, kernel, slab, sock;
};

static struct group_stats stats_of(const struct use *use)
{
	struct group_stats stats = {0};
	stats.numbers[GROUP_STAT_ANON] = value_number(VALUE_BYTES, use->anon * MIB);
	stats.numbers[GROUP_STAT_SHMEM] = value_number(VALUE_BYTES, use->shmem * MIB);
	stats.numbers[GROUP_STAT_FILE] = value_number(VALUE_BYTES, (use->file + use->shmem) * MIB);
	stats.numbers[GROUP_STAT_KERNEL] = value_number(VALUE_BYTES, use->kernel * MIB);
	stats.numbers[GROUP_STAT_SLAB] = value_number(VALUE_BYTES, use->slab * MIB);
	stats.numbers[GROUP_STAT_SOCK] = value_number(VALUE_BYTES, use->sock * MIB);
	return stats;
}

static void the_term_that_overflowed_is_named_with_what_would_have_held(void **state)
{
	static const struct {
		const char *name;
		struct use use;
		uint64_t processes;
		const char *term, *key, *value; /* NULL: none can be named */
		uint64_t used_mib, limit_mib;
	} cases[] = {
		{"unread data",
		 {60, 300, 5, 10, 2, 139},
		 14,
		 "connections",
		 "sizing.connections",
		 "15000",
		 140,
		 633},
		{"sockets without data",
		 {60, 300, 5, 140, 132, 0},
		 14,
		 "connections",
		 "sizing.connections",
		 "14000",
		 131,
		 624},
		{"files in memory", {60, 440, 5, 7, 1, 0}, 14, "shared", "sizing.reserve", "185M", 440, 652},
		{"larger processes",
		 {290, 200, 10, 12, 1, 0},
		 14,
		 "perProcess",
		 "sizing.perProcess",
		 "12000K",
		 301,
		 667},
		{"larger processes, their number not known",
		 {290, 200, 10, 12, 1, 0},
		 0,
		 "perProcess",
		 "sizing.perProcess",
		 "12000K",
		 301,
		 667},
		{"more processes",
		 {290, 200, 10, 12, 1, 0},
		 36,
		 "processes",
		 "sizing.processes",
		 "36",
		 0,
		 667},
		{"two more processes do not explain it",
		 {290, 200, 10, 12, 1, 0},
		 16,
		 "perProcess",
		 "sizing.perProcess",
		 "12000K",
		 301,
		 667},
		{"what they had is gone", {3, 300, 5, 2, 1, 0}, 1, NULL, NULL, NULL, 0, 0},
		{"page cache alone", {100, 290, 110, 10, 1, 0}, 14, NULL, NULL, NULL, 0, 0},
		{"nothing is known", {0, 0, 0, 0, 0, 0}, 0, NULL, NULL, NULL, 0, 0},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct overflow overflow;
		const struct group_stats stats = stats_of(&cases[i].use);
		const struct group_members members = {.processes = cases[i].processes};
		bool found = overflow_find(&budget, CONNECTION_BYTES, &stats, &members, &overflow);
		if (found != (cases[i].term != NULL) ||
		    (found &&
		     (strcmp(overflow.term, cases[i].term) != 0 || strcmp(overflow.key, cases[i].key) != 0 ||
		      strcmp(overflow.value, cases[i].value) != 0 ||
		      overflow.limit_mib != cases[i].limit_mib)))
			fail_msg("%s: %s %s=%s, limit %d MiB", cases[i].name, found ? overflow.term : "none",
				 found ? overflow.key : "", overflow.value, (int)overflow.limit_mib);
		if (cases[i].used_mib)
			assert_int_equal(overflow.used / MIB, cases[i].used_mib);
	}
}

static void a_budget_that_was_never_solved_names_no_term(void **state)
{
	static const struct budget none;
	struct overflow overflow;
	const struct group_stats stats = stats_of(&(struct use){.anon = 500});
	(void)state;
	const struct group_members members = {.processes = 1};
	assert_false(overflow_find(&none, CONNECTION_BYTES, &stats, &members, &overflow));
	assert_false(overflow_find(&budget, 0, &stats, &members, &overflow));
	assert_null(overflow.term);
}

/* A script of 300 MiB among 15 processes: neither the router's number of processes nor its private pools
 * help. */
static void a_program_beside_the_router_is_named_and_not_the_router(void **state)
{
	struct overflow overflow;
	const struct group_stats stats = stats_of(&(struct use){.anon = 340, .shmem = 140, .kernel = 12});
	const struct group_members members = {.processes = 15, .others = 1, .others_bytes = 300 * MIB};
	(void)state;
	assert_true(overflow_find(&budget, CONNECTION_BYTES, &stats, &members, &overflow));
	assert_string_equal(overflow.key, "sizing.otherPrograms");
	assert_string_equal(overflow.value, "300M");
	assert_string_equal(overflow.what, "another program in the group");
}

/* The same script, killed before it could be looked at: what is left of the processes did not take it. */
static void memory_of_which_nobody_knows_whose_it_was_blames_nobody(void **state)
{
	struct overflow overflow;
	struct group_stats stats = stats_of(&(struct use){.anon = 340, .shmem = 140, .kernel = 12});
	struct group_members members = {.processes = 14, .gone_bytes = 300 * MIB};
	(void)state;
	assert_false(overflow_find(&budget, CONNECTION_BYTES, &stats, &members, &overflow));
	/* files in memory do not end with a process */
	stats = stats_of(&(struct use){.anon = 40, .shmem = 440, .kernel = 12});
	members.gone_bytes = 20 * MIB;
	assert_true(overflow_find(&budget, CONNECTION_BYTES, &stats, &members, &overflow));
	assert_string_equal(overflow.term, "shared");
}

#define EVENTS(max_times, oom_times, killed)                                 \
	{                                                                    \
		.max = (max_times), .oom = (oom_times), .oom_kill = (killed) \
	}

/* As 6.1 has it for 40 MiB of unread data in Unix sockets and pipes. */
static void unread_data_that_is_neither_slab_nor_sock_is_the_connections(void **state)
{
	struct overflow overflow;
	struct group_stats stats =
		stats_of(&(struct use){.anon = 120, .shmem = 300, .kernel = 60, .slab = 2});
	const struct group_members members = {.processes = 14};
	(void)state;
	stats.numbers[GROUP_STAT_KERNEL_STACK] = value_number(VALUE_BYTES, MIB);
	stats.numbers[GROUP_STAT_PAGETABLES] = value_number(VALUE_BYTES, 8 * MIB);
	stats.numbers[GROUP_STAT_PERCPU] = value_number(VALUE_BYTES, 0);
	assert_true(overflow_find(&budget, CONNECTION_BYTES, &stats, &members, &overflow));
	assert_string_equal(overflow.term, "connections");
	assert_int_equal(overflow.used / MIB, 49);
	/* a kernel that does not say what the rest is */
	stats.numbers[GROUP_STAT_PERCPU] = (struct value){0};
	assert_true(overflow_find(&budget, CONNECTION_BYTES, &stats, &members, &overflow));
	assert_string_equal(overflow.term, "perProcess");
}

static void events_are_news_once_a_burst_and_kills_always(void **state)
{
	static const struct {
		int64_t seconds;
		struct memory_events now, news; /* max, oom, oom_kill */
	} looks[] = {
		{1, EVENTS(3, 0, 0), EVENTS(3, 0, 0)},
		{2, EVENTS(90, 0, 0), EVENTS(0, 0, 0)},
		{30, EVENTS(91, 1, 0), EVENTS(0, 1, 0)},
		{40, EVENTS(91, 900, 1), EVENTS(0, 0, 1)},
		{80, EVENTS(92, 900, 1), EVENTS(0, 0, 0)}, /* 50 s after the one before */
		{141, EVENTS(95, 901, 1), EVENTS(3, 1, 0)},
		{141, EVENTS(95, 901, 2), EVENTS(0, 0, 1)},
		{142, EVENTS(95, 901, 2), EVENTS(0, 0, 0)},
		{143, EVENTS(0, 0, 0), EVENTS(0, 0, 0)}, /* counters never fall */
	};
	struct watch watch = {.events = -1};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(looks); i++) {
		struct memory_events news;
		watch_compare(&watch, &looks[i].now, looks[i].seconds * 1000, &news);
		if (news.max != looks[i].news.max || news.oom != looks[i].news.oom ||
		    news.oom_kill != looks[i].news.oom_kill)
			fail_msg("look %zu: %d %d %d", i, (int)news.max, (int)news.oom, (int)news.oom_kill);
	}
}

static void what_was_there_at_the_start_is_no_news(void **state)
{
	struct memory_events now = {.max = 7, .oom = 4, .oom_kill = 2}, news;
	struct watch watch = {.events = -1, .first = now, .seen = now};
	(void)state;
	watch_compare(&watch, &now, 1000, &news);
	assert_int_equal(news.max + news.oom + news.oom_kill, 0);
	now.max = 8;
	now.oom_kill = 3;
	watch_compare(&watch, &now, 2000, &news);
	assert_int_equal(news.max, 1);
	assert_int_equal(news.oom_kill, 1);
	assert_int_equal(watch_total(&watch).oom_kill, 1);
	/* killed, and `oom` has not risen here: it was somebody else's limit */
	assert_int_equal(watch_limit_of_kill(&watch), WATCH_LIMIT_ABOVE);
	now.oom = 5;
	now.oom_kill = 4;
	watch_compare(&watch, &now, 3000, &news);
	assert_int_equal(watch_limit_of_kill(&watch), WATCH_LIMIT_OWN);
	/* then in a group below */
	now.oom_below = 1;
	now.oom_kill = 5;
	watch_compare(&watch, &now, 4000, &news);
	assert_int_equal(news.oom, 0);
	assert_int_equal(watch_limit_of_kill(&watch), WATCH_LIMIT_BELOW);
	/* and long after, for neither */
	now.oom_kill = 6;
	watch_compare(&watch, &now, 60000, &news);
	assert_int_equal(watch_limit_of_kill(&watch), WATCH_LIMIT_ABOVE);
}

/* A burst at its own limit some time ago is no reason for a kill now. */
static void a_kill_is_for_the_own_limit_where_that_was_reached_shortly_before(void **state)
{
	static const struct {
		int64_t oom_seconds, kill_seconds;
		bool own;
	} cases[] = {{100, 100, true}, {100, 109, true}, {100, 110, false}, {100, 3600, false}};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct memory_events now = {.oom = 1}, news;
		struct watch watch = {.events = -1};
		watch_compare(&watch, &now, cases[i].oom_seconds * 1000, &news);
		now.oom_kill = 1;
		watch_compare(&watch, &now, cases[i].kill_seconds * 1000, &news);
		if ((watch_limit_of_kill(&watch) == WATCH_LIMIT_OWN) != cases[i].own)
			fail_msg("case %zu", i);
	}
}

static void a_process_that_was_chosen_and_killed_with_its_group_counts_once(void **state)
{
	(void)state;
	assert_int_equal(watch_killed(0, 0), 0);
	assert_int_equal(watch_killed(1, 0), 1);
	assert_int_equal(watch_killed(2, 1), 1);   /* one process, and its group with nobody else */
	assert_int_equal(watch_killed(15, 1), 14); /* a router of 14 */
	assert_int_equal(watch_killed(1, 1), 1); /* the process was gone before its group was gone through */
}

/* As 6.12 counts with one processor (twice) and with two (once, the chosen process is gone by then). */
static void a_kill_is_noticed_whether_or_not_the_one_before_was_counted_twice(void **state)
{
	enum { LOOKS = 5 };
	static const struct {
		const char *what;
		uint64_t kills, group_kills; /* at the start */
		struct {
			int64_t ms;
			uint64_t kills, group_kills, rise;
		} looks[LOOKS];
	} cases[] = {
		{"a group that had a kill that was counted once", 1, 1, {{5000, 2, 1, 1}}},
		{"the same, and another group kill",
		 1,
		 1,
		 {{5000, 2, 2, 1}, {9000, 3, 3, 1}, {19000, 5, 4, 1}}},
		{"a process, then a group whose kill was counted once",
		 0,
		 0,
		 {{5000, 1, 0, 1}, {9000, 2, 1, 1}}},
		{"the group afterwards", 0, 0, {{5000, 1, 1, 1}, {9000, 2, 1, 1}}},
		{"looked at between the two counts",
		 0,
		 0,
		 {{5000, 1, 0, 1}, {5001, 1, 1, 0}, {5002, 2, 1, 0}}},
		{"a router of three, looked at meanwhile",
		 7,
		 2,
		 {{5000, 8, 2, 1}, {5001, 8, 3, 0}, {5002, 10, 3, 1}, {5003, 11, 3, 1}, {5004, 11, 3, 0}}},
		{"the counts of two moments", 0, 0, {{5000, 0, 1, 0}, {5001, 2, 1, 1}}},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct memory_events now = {.oom_kill = cases[i].kills,
					    .oom_group_kill = cases[i].group_kills};
		struct watch watch = {.events = -1, .first = now, .seen = now};
		uint64_t sum = 0;
		for (size_t j = 0; j < LOOKS && cases[i].looks[j].ms; j++) {
			struct memory_events news;
			now.oom_kill = cases[i].looks[j].kills;
			now.oom_group_kill = cases[i].looks[j].group_kills;
			watch_compare(&watch, &now, cases[i].looks[j].ms, &news);
			sum += cases[i].looks[j].rise;
			if (news.oom_kill != cases[i].looks[j].rise || watch_total(&watch).oom_kill != sum)
				fail_msg("%s, look %zu: %d", cases[i].what, j, (int)news.oom_kill);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_term_that_overflowed_is_named_with_what_would_have_held),
		cmocka_unit_test(a_budget_that_was_never_solved_names_no_term),
		cmocka_unit_test(a_program_beside_the_router_is_named_and_not_the_router),
		cmocka_unit_test(unread_data_that_is_neither_slab_nor_sock_is_the_connections),
		cmocka_unit_test(memory_of_which_nobody_knows_whose_it_was_blames_nobody),
		cmocka_unit_test(events_are_news_once_a_burst_and_kills_always),
		cmocka_unit_test(what_was_there_at_the_start_is_no_news),
		cmocka_unit_test(a_kill_is_for_the_own_limit_where_that_was_reached_shortly_before),
		cmocka_unit_test(a_process_that_was_chosen_and_killed_with_its_group_counts_once),
		cmocka_unit_test(a_kill_is_noticed_whether_or_not_the_one_before_was_counted_twice),
	};
	return cmocka_run_group_tests_name("overflow", tests, NULL, NULL);
}
