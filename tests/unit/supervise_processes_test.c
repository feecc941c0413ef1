/* SPDX-License-Identifier: MIT */
/* When a supervisor reports more processes than the budget counts: once, and not while the router still
 * forks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "supervise/supervise.h"

#define BUDGETED   33
#define STARTED_MS 500000
#define NEVER      -1

/* How many run from when on, in ms after the start; and what is to be reported then, and when. */
struct course {
	const char *name;
	struct {
		int64_t from_ms;
		uint64_t processes;
	} runs[6];
	uint64_t reported;
	int64_t reported_ms;
	unsigned looks; /* in all */
};

static const struct course courses[] = {
	{"as many as are budgeted", {{0, 33}}, 0, NEVER, 4},
	{"too many from the start", {{0, 57}}, 57, 2000, 2},
	{"too many, and it forks for 3 s", {{0, 40}, {1500, 50}, {2500, 57}}, 57, 4000, 4},
	{"too many after the data was loaded", {{0, 1}, {9000, 57}}, 57, 16000, 4},
	{"too many at the last look alone", {{0, 33}, {59000, 57}}, 57, 60000, 4},
	{"it was too many for a moment", {{0, 40}, {1200, 33}}, 0, NEVER, 5},
	{"none can be counted", {{0, 0}}, 0, NEVER, 4},
};

static uint64_t running_at(const struct course *course, int64_t ms)
{
	uint64_t processes = 0;
	for (size_t i = 0; i < ARRAY_SIZE(course->runs) && (i == 0 || course->runs[i].from_ms > 0); i++)
		if (course->runs[i].from_ms <= ms)
			processes = course->runs[i].processes;
	return processes;
}

/* A supervisor of a router that serves, with a budget. */
static struct process_watch begun(void)
{
	struct supervisor supervisor = SUPERVISOR_NONE;
	supervisor.sized = supervisor.serves = true;
	process_events_begin(&supervisor, STARTED_MS);
	return supervisor.processes;
}

/* Every look `late_ms` after it was due, as on a busy machine. */
static void assert_course(const struct course *course, int64_t late_ms)
{
	struct process_watch watch = begun();
	int64_t now_ms = STARTED_MS, reported_ms = NEVER;
	uint64_t reported = 0, max = 0;
	unsigned looks = 0;
	for (int wait; (wait = process_events_timeout(&watch, now_ms)) >= 0; looks++) {
		now_ms += wait + late_ms;
		assert_in_range(looks, 0, 60);
		uint64_t found = running_at(course, now_ms - STARTED_MS);
		max = found > max ? found : max;
		if (!process_watch_note(&watch, found, found > BUDGETED, now_ms))
			continue;
		assert_int_equal(reported_ms, NEVER);
		reported = found;
		reported_ms = now_ms - STARTED_MS;
	}
	assert_int_equal(watch.count, max);
	assert_int_equal(reported, course->reported);
	if (late_ms > 0)
		return;
	assert_int_equal(reported_ms, course->reported_ms);
	assert_int_equal(looks, course->looks);
}

static void what_is_reported_is_what_runs_once_it_has_forked(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(courses); i++) {
		print_message("%s\n", courses[i].name);
		assert_course(&courses[i], 0);
	}
}

static void looks_that_come_late_report_the_same(void **state)
{
	(void)state;
	for (int64_t late_ms = 1; late_ms < 100; late_ms += 7)
		for (size_t i = 0; i < ARRAY_SIZE(courses); i++)
			assert_course(&courses[i], late_ms);
}

static void a_router_that_forks_for_more_than_a_minute_is_reported_as_it_is_then(void **state)
{
	(void)state;
	struct process_watch watch = begun();
	int64_t now_ms = STARTED_MS;
	uint64_t found = BUDGETED;
	bool reported = false;
	for (int wait; (wait = process_events_timeout(&watch, now_ms)) >= 0;) {
		now_ms += wait;
		reported = process_watch_note(&watch, ++found, true, now_ms);
		assert_true(!reported || now_ms == STARTED_MS + 60000);
	}
	assert_true(reported);
}

static void a_router_that_is_not_sized_or_only_checks_is_never_counted(void **state)
{
	(void)state;
	for (int which = 0; which < 3; which++) {
		struct supervisor supervisor = SUPERVISOR_NONE;
		supervisor.sized = which != 0;
		supervisor.serves = which != 1;
		supervisor.members.foreign_proc = which == 2;
		process_events_begin(&supervisor, STARTED_MS);
		assert_int_equal(process_events_timeout(&supervisor.processes, STARTED_MS), -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_reported_is_what_runs_once_it_has_forked),
		cmocka_unit_test(looks_that_come_late_report_the_same),
		cmocka_unit_test(a_router_that_forks_for_more_than_a_minute_is_reported_as_it_is_then),
		cmocka_unit_test(a_router_that_is_not_sized_or_only_checks_is_never_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
