/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "mechanism/unit_properties.h"
#include "settings/settings.h"

/* "MemoryMax t 536870912, …": as busctl prints them, more or less; bytes in hexadecimal. */
static char *written(const struct unit_properties *properties)
{
	char *text = xstrdup("");
	for (size_t i = 0; i < properties->count; i++) {
		const struct unit_property *property = &properties->items[i];
		cleanup_free char *before = text, *value = xstrdup(property->text ? property->text : "");
		for (size_t j = 0; j < property->size; j++) {
			cleanup_free char *bytes = value;
			value = xasprintf("%s%02x", bytes, property->bytes[j]);
		}
		if (property->type == PROPERTY_T) {
			free(value);
			value = property->number == UNLIMITED
					? xstrdup("max")
					: xasprintf("%llu", (unsigned long long)property->number);
		}
		text = xasprintf("%s%s%s %c %s", before, i ? ", " : "", property->name, (char)property->type,
				 value);
	}
	return text;
}

static const struct setting *cgroup_setting(const char *name)
{
	const struct setting *setting = setting_find(MECHANISM_CGROUP, name);
	if (!setting)
		fail_msg("no setting %s", name);
	return setting;
}

static int convert(const char *name, const char *text, struct unit_properties *properties)
{
	struct value value;
	const struct setting *setting = cgroup_setting(name);
	if (!setting_value_parse(setting, text, &value))
		fail_msg("%s \"%s\" is no value", name, text);
	int result = unit_properties_of(setting, &value, properties, NULL);
	value_clear(&value);
	return result;
}

static const struct {
	const char *name, *value, *properties;
} conversions[] = {
	{"memory.swap.max", "0", "MemorySwapMax t 0"},
	{"memory.swap.max", "max", "MemorySwapMax t max"},
	{"memory.zswap.max", "4096", "MemoryZSwapMax t 4096"},
	{"memory.max", "536870912", "MemoryMax t 536870912"},
	{"memory.max", "max", "MemoryMax t max"},
	{"memory.high", "max", "MemoryHigh t max"},
	{"memory.low", "1048576", "MemoryLow t 1048576"},
	{"memory.min", "0", "MemoryMin t 0"},
	{"memory.oom.group", "1", "OOMPolicy s kill"},
	{"memory.oom.group", "0", "OOMPolicy s continue"},
	{"pids.max", "94", "TasksMax t 94"},
	{"pids.max", "max", "TasksMax t max"},
	{"cpu.weight", "250", "CPUWeight t 250"},
	{"cpu.max", "max", "CPUQuotaPerSecUSec t max, CPUQuotaPeriodUSec t 100000"},
	{"cpu.max", "max 50000", "CPUQuotaPerSecUSec t max, CPUQuotaPeriodUSec t 50000"},
	{"cpu.max", "150000", "CPUQuotaPerSecUSec t 1500000, CPUQuotaPeriodUSec t 100000"},
	{"cpu.max", "50000 100000", "CPUQuotaPerSecUSec t 500000, CPUQuotaPeriodUSec t 100000"},
	/* a third of a second: 333333 would come back as 9999 */
	{"cpu.max", "10000 30000", "CPUQuotaPerSecUSec t 333334, CPUQuotaPeriodUSec t 30000"},
	{"cpu.max", "1000 1000000", "CPUQuotaPerSecUSec t 1000, CPUQuotaPeriodUSec t 1000000"},
	{"cpuset.cpus", "0", "AllowedCPUs y 01"},
	{"cpuset.cpus", "0-3,6", "AllowedCPUs y 4f"},
	{"cpuset.cpus", "1 8", "AllowedCPUs y 0201"},
	{"cpuset.cpus", "15,64-65", "AllowedCPUs y 008000000000000003"},
	{"cpuset.cpus", "", "AllowedCPUs y "},
	{"cpuset.mems", "0-1", "AllowedMemoryNodes y 03"},
	{"io.weight", "100", "IOWeight t 100"},
	{"io.weight", "default 250", "IOWeight t 250"},
};

static void a_limit_becomes_the_property_that_says_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(conversions); i++) {
		cleanup_properties struct unit_properties properties = {0};
		const char *name = conversions[i].name, *value = conversions[i].value;
		if (convert(name, value, &properties) < 0)
			fail_msg("%s \"%s\" was refused", name, value);
		cleanup_free char *text = written(&properties);
		if (strcmp(text, conversions[i].properties) != 0)
			fail_msg("%s \"%s\" became %s", name, value, text);
	}
}

static void every_setting_with_a_systemd_name_has_a_conversion(void **state)
{
	(void)state;
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *setting = &settings[i];
		bool tried = setting->mechanism != MECHANISM_CGROUP || !setting->systemd ||
			     strcmp(setting->name, "group") == 0;
		for (size_t j = 0; j < ARRAY_SIZE(conversions) && !tried; j++)
			tried = strcmp(conversions[j].name, setting->name) == 0;
		if (!tried)
			fail_msg("%s (%s) is not in the table above", setting->name, setting->systemd);
	}
}

static void what_no_property_says_is_refused_and_adds_nothing(void **state)
{
	static const struct {
		const char *name, *value;
	} cases[] = {
		{"memory.swap.high", "1048576"},
		{"io.max", "8:0 rbps=1048576"},
		{"cpu.idle", "1"},
		{"cpu.max.burst", "1000"},
		{"cpu.max", ""},
		{"cpu.max", "fast"},
		{"cpu.max", "-1"},
		{"cpu.max", "1000 999"},
		{"cpu.max", "1000 1000001"},
		{"cpu.max", "1000 1000 1000"},
		{"cpu.max", "18446744073709551 100000"},
		{"cpuset.cpus", "0-"},
		{"cpuset.cpus", "-1"},
		{"cpuset.cpus", "3-1"},
		{"cpuset.cpus", "0-7:1/2"},
		{"cpuset.cpus", "8192"},
		{"cpuset.cpus", "0-18446744073709551615"},
		{"cpuset.mems", "all"},
		{"io.weight", "8:0 200"},
		{"io.weight", "default"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_properties struct unit_properties properties = {0};
		if (convert(cases[i].name, cases[i].value, &properties) == 0) {
			cleanup_free char *text = written(&properties);
			fail_msg("%s \"%s\" became %s", cases[i].name, cases[i].value, text);
		}
		assert_int_equal(properties.count, 0);
	}
}

static void a_refusal_says_which_property_cannot_say_what(void **state)
{
	cleanup_error struct error error = {0};
	cleanup_properties struct unit_properties properties = {0};
	struct value value = value_text("8:0 200");
	(void)state;
	assert_int_equal(unit_properties_of(cgroup_setting("io.weight"), &value, &properties, &error), -1);
	assert_string_equal(error.message, "systemd's IOWeight cannot express io.weight \"8:0 200\"");
	assert_int_equal(unit_properties_of(cgroup_setting("io.max"), &value, &properties, &error), -1);
	assert_string_equal(error.message, "systemd has no property for io.max");
	value_clear(&value);
}

/* What the kernel reads back is written another way than what it was given. */
static void two_ways_to_write_one_limit_are_equal(void **state)
{
	static const struct {
		const char *name, *a, *b;
		bool equal;
	} cases[] = {
		{"cpuset.cpus", "0,1,2", "0-2", true},      {"cpuset.cpus", "0-2", "0-3", false},
		{"cpuset.cpus", "0-7", "0-8", false},       {"cpu.max", "max", "max 100000", true},
		{"cpu.max", "50000", "50000 100000", true}, {"cpu.max", "50000", "50000 50000", false},
		{"io.weight", "100", "default 100", true},  {"memory.max", "4096", "8192", false},
		{"memory.oom.group", "1", "0", false},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_properties struct unit_properties a = {0}, b = {0};
		assert_int_equal(convert(cases[i].name, cases[i].a, &a), 0);
		assert_int_equal(convert(cases[i].name, cases[i].b, &b), 0);
		if (unit_properties_equal(&a, &b) != cases[i].equal)
			fail_msg("%s: \"%s\" and \"%s\"", cases[i].name, cases[i].a, cases[i].b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_limit_becomes_the_property_that_says_the_same),
		cmocka_unit_test(every_setting_with_a_systemd_name_has_a_conversion),
		cmocka_unit_test(what_no_property_says_is_refused_and_adds_nothing),
		cmocka_unit_test(a_refusal_says_which_property_cannot_say_what),
		cmocka_unit_test(two_ways_to_write_one_limit_are_equal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
