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
			fail_msg("%s/%s stands in the table twice", row->mechanism, row->name);
		assert_true(setting_mechanism_known(row->mechanism));
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
		if (strcmp(settings[i].mechanism, "rlimit") != 0)
			continue;
		seen |= 1u << settings[i].id;
		last = &settings[i];
	}
	assert_int_equal(seen, (1u << RLIM_NLIMITS) - 1);
	assert_string_equal(last->name, "RLIMIT_NOFILE");
}

static void swap_is_limited_before_memory(void **state)
{
	(void)state;
	assert_true(setting_find("cgroup", "memory.swap.max") < setting_find("cgroup", "memory.max"));
}

static void the_nearest_name_is_one_that_can_have_been_meant(void **state)
{
	static const char *const cases[][3] = {
		{"cgroup", "memory.mx", "memory.max"},
		{"cgroup", "memory_max", "memory.max"},
		{"cgroup", "pid.max", "pids.max"},
		{"sysctl", "kernel.shmax", "kernel.shmmax"},
		{"sysctl", "KERNEL.SEM", "kernel.sem"},
		{"rlimit", "RLIMIT_NOFILES", "RLIMIT_NOFILE"},
		{"cgroup", "bananas", NULL},
		{"cgroup", "x", NULL},
		{"cgroup", "", NULL},
		{"cgroup", "memory.maxmemory.maxmemory.maxmemory.maxmemory.maxmemory.maxmemory.max", NULL},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *nearest = setting_nearest(cases[i][0], cases[i][1]);
		if ((nearest == NULL) != (cases[i][2] == NULL) ||
		    (nearest && strcmp(nearest, cases[i][2]) != 0))
			fail_msg("\"%s\" gives %s", cases[i][1], nearest ? nearest : "nothing");
	}
}

static void kernel_texts_are_parsed_or_refused(void **state)
{
	static const struct {
		const char *mechanism, *name, *text;
		bool good;
		uint64_t first;
	} cases[] = {
		{"cgroup", "memory.max", "max", true, UNLIMITED},
		{"cgroup", "memory.max", "536870912\n", true, 536870912},
		{"cgroup", "memory.max", "garbage", false, 0},
		{"cgroup", "memory.max", "", false, 0},
		{"cgroup", "memory.max", "1 2", false, 0},
		{"cgroup", "memory.max", "-1", false, 0},
		{"sysctl", "kernel.sem", "32000\t1024000000\t500\t32000", true, 32000},
		{"sysctl", "kernel.sem", "32000 1024000000 500", false, 0},
		{"sysctl", "kernel.sem", "1 2 3 4 5", false, 0},
		{"oom", "oom_score_adj", "-900", true, (uint64_t)-900},
		{"oom", "oom_score_adj", "-", false, 0},
		{"rlimit", "RLIMIT_NOFILE", "1024 unlimited", true, 1024},
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
		cmocka_unit_test(templates_have_only_places_that_are_filled),
		cmocka_unit_test(all_sixteen_rlimits_are_there_and_nofile_is_the_last),
		cmocka_unit_test(swap_is_limited_before_memory),
		cmocka_unit_test(the_nearest_name_is_one_that_can_have_been_meant),
		cmocka_unit_test(kernel_texts_are_parsed_or_refused),
	};
	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
