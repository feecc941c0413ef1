/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "settings/settings.h"

static void every_row_is_well_formed_and_found_by_its_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *row = &settings[i];
		if (setting_find(row->mechanism, row->name) != row)
			fail_msg("%s/%s stands in the table twice", mechanism_name(row->mechanism),
				 row->name);
		assert_true(row->help && *row->help);
		if (row->kind == VALUE_TEXT)
			assert_int_equal(row->arity, 0);
		else
			assert_in_range(row->arity, 1, VALUE_NUMBERS_MAX);
		if (row->kind == VALUE_SCORE)
			assert_true((int64_t)row->minimum <= (int64_t)row->maximum);
		else
			assert_true(row->minimum <= row->maximum);
	}
}

static void every_id_is_that_of_one_row_and_every_mechanism_has_a_name(void **state)
{
	unsigned rows[SETTING_ID_COUNT] = {0};
	enum mechanism_id read;
	(void)state;
	for (size_t i = 0; i < settings_count; i++)
		rows[settings[i].id]++;
	for (enum setting_id id = SETTING_PLAIN + 1; id < SETTING_ID_COUNT; id++) {
		if (rows[id] != 1)
			fail_msg("%u rows have the id %u", rows[id], id);
		assert_int_equal(setting_of(id)->id, id);
	}
	for (enum mechanism_id id = 0; id < MECHANISM_COUNT; id++)
		assert_true(mechanism_named(mechanism_name(id), &read) && read == id);
	assert_false(mechanism_named("", &read));
}

/* "%s", "%1" or "%2", once in each word: what stands behind another "%" would be lost. */
static void assert_template(const struct setting *setting, const char *template)
{
	for (const char *place = template; place && (place = strchr(place, '%')); place++) {
		const char *next = strchr(place + 1, '%');
		if (!strchr("s12", place[1]) || (next && !memchr(place, ' ', (size_t)(next - place))))
			fail_msg("%s: %s", setting->name, template);
	}
	const char *bar = template ? strchr(template, '|') : NULL;
	if (bar && (setting->kind != VALUE_FLAG || strchr(bar + 1, '|')))
		fail_msg("%s: %s", setting->name, template);
}

static void templates_have_only_places_that_are_filled(void **state)
{
	(void)state;
	for (size_t i = 0; i < settings_count; i++) {
		assert_template(&settings[i], settings[i].docker);
		assert_template(&settings[i], settings[i].podman);
		assert_template(&settings[i], settings[i].systemd);
		if (settings[i].pod && strchr(settings[i].pod, '%'))
			fail_msg("%s: %s", settings[i].name, settings[i].pod);
	}
}

static void all_sixteen_rlimits_are_there_and_nofile_is_the_last(void **state)
{
	unsigned seen = 0;
	const struct setting *last = NULL;
	(void)state;
	for (size_t i = 0; i < settings_count; i++) {
		if (settings[i].mechanism != MECHANISM_RLIMIT)
			continue;
		seen |= 1u << settings[i].resource;
		last = &settings[i];
	}
	assert_int_equal(seen, (1u << RLIM_NLIMITS) - 1);
	assert_string_equal(last->name, "RLIMIT_NOFILE");
}

static void swap_is_limited_before_memory(void **state)
{
	(void)state;
	assert_true(setting_find(MECHANISM_CGROUP, "memory.swap.max") <
		    setting_find(MECHANISM_CGROUP, "memory.max"));
}

static void the_nearest_name_is_one_that_can_have_been_meant(void **state)
{
	static const struct {
		enum mechanism_id mechanism;
		const char *name, *nearest;
	} cases[] = {
		{MECHANISM_CGROUP, "memory.mx", "memory.max"},
		{MECHANISM_CGROUP, "memory_max", "memory.max"},
		{MECHANISM_CGROUP, "pid.max", "pids.max"},
		{MECHANISM_SYSCTL, "kernel.shmax", "kernel.shmmax"},
		{MECHANISM_SYSCTL, "KERNEL.SEM", "kernel.sem"},
		{MECHANISM_RLIMIT, "RLIMIT_NOFILES", "RLIMIT_NOFILE"},
		{MECHANISM_CGROUP, "bananas", NULL},
		{MECHANISM_CGROUP, "x", NULL},
		{MECHANISM_CGROUP, "", NULL},
		{MECHANISM_CGROUP, "memory.maxmemory.maxmemory.maxmemory.maxmemory.maxmemory.maxmemory.max",
		 NULL},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *nearest = setting_nearest(cases[i].mechanism, cases[i].name);
		if ((nearest == NULL) != (cases[i].nearest == NULL) ||
		    (nearest && strcmp(nearest, cases[i].nearest) != 0))
			fail_msg("\"%s\" gives %s", cases[i].name, nearest ? nearest : "nothing");
	}
}

static void kernel_texts_are_parsed_or_refused(void **state)
{
	static const struct {
		enum mechanism_id mechanism;
		const char *name, *text;
		bool good;
		uint64_t first;
	} cases[] = {
		{MECHANISM_CGROUP, "memory.max", "max", true, UNLIMITED},
		{MECHANISM_CGROUP, "memory.max", "536870912\n", true, 536870912},
		{MECHANISM_CGROUP, "memory.max", "garbage", false, 0},
		{MECHANISM_CGROUP, "memory.max", "", false, 0},
		{MECHANISM_CGROUP, "memory.max", "1 2", false, 0},
		{MECHANISM_CGROUP, "memory.max", "-1", false, 0},
		{MECHANISM_SYSCTL, "kernel.sem", "32000\t1024000000\t500\t32000", true, 32000},
		{MECHANISM_SYSCTL, "kernel.sem", "32000 1024000000 500", false, 0},
		{MECHANISM_SYSCTL, "kernel.sem", "1 2 3 4 5", false, 0},
		{MECHANISM_OOM, "oom_score_adj", "-900", true, (uint64_t)-900},
		{MECHANISM_OOM, "oom_score_adj", "-", false, 0},
		{MECHANISM_RLIMIT, "RLIMIT_NOFILE", "1024 unlimited", true, 1024},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct value value;
		bool good = setting_value_parse(setting_find(cases[i].mechanism, cases[i].name),
						cases[i].text, &value);
		if (good != cases[i].good || (good && value.number[0] != cases[i].first))
			fail_msg("%s: \"%s\"", cases[i].name, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_well_formed_and_found_by_its_name),
		cmocka_unit_test(every_id_is_that_of_one_row_and_every_mechanism_has_a_name),
		cmocka_unit_test(templates_have_only_places_that_are_filled),
		cmocka_unit_test(all_sixteen_rlimits_are_there_and_nofile_is_the_last),
		cmocka_unit_test(swap_is_limited_before_memory),
		cmocka_unit_test(the_nearest_name_is_one_that_can_have_been_meant),
		cmocka_unit_test(kernel_texts_are_parsed_or_refused),
	};
	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
