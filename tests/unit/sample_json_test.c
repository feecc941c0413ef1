/* SPDX-License-Identifier: MIT */
/*
 * A sample as JSON and back. Each folder below tests/fixtures/stats/sample is a case: `sample.json` is what
 * is read, `expected` what is written of it again, or the error.
 */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/json_value.h"
#include "stats/sample.h"

/* Which siplaunch wrote it is another one with every release. */
static char *written(const struct sample *sample)
{
	json_auto_t *object = sample_json(sample);
	assert_string_equal(json_string_value(json_object_get(object, "siplaunch")), SIPLAUNCH_VERSION);
	assert_int_equal(json_integer_value(json_object_get(object, "schema")), SCHEMA_SAMPLE);
	json_object_del(object, "siplaunch");
	json_object_del(object, "schema");
	return json_dumps(object, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
}

static char *read_and_written(const json_t *object)
{
	cleanup_sample struct sample sample = {0};
	cleanup_error struct error error = {0};
	if (sample_from_json(object, &sample, &error) == 0)
		return written(&sample);
	cleanup_free char *text = error_text(&error);
	assert_int_equal(sample.private_count, 0);
	assert_null(sample.router);
	return xasprintf("error: %s", text);
}

static bool case_agrees(const char *name)
{
	cleanup_free char *folder = path_join(FIXTURES "/stats/sample", name);
	cleanup_free char *input = path_join(folder, "sample.json");
	cleanup_free char *output = path_join(folder, "expected");
	cleanup_free char *expected = NULL;
	size_t length;

	json_auto_t *object = json_load_file(input, JSON_DECODE_ANY, NULL);
	assert_non_null(object);
	if (file_read(AT_FDCWD, output, 65536, &expected, &length, NULL) < 0)
		expected = xstrdup("(there is no file `expected`)\n");
	cleanup_free char *text = read_and_written(object);
	cleanup_free char *actual = xasprintf("%s\n", text);
	if (strcmp(actual, expected) != 0) {
		print_error("case %s: expected\n%sbut is\n%s", name, expected, actual);
		return false;
	}
	if (strncmp(text, "error: ", 7) == 0)
		return true;
	json_auto_t *again = json_loads(text, 0, NULL);
	cleanup_free char *second = read_and_written(again);
	if (strcmp(text, second) != 0)
		print_error("case %s: written once\n%s\nand again\n%s\n", name, text, second);
	return strcmp(text, second) == 0;
}

static void what_is_read_is_written_the_same_or_refused_by_name(void **state)
{
	cleanup_closedir DIR *cases = opendir(FIXTURES "/stats/sample");
	size_t count = 0, wrong = 0;
	(void)state;

	assert_non_null(cases);
	for (const struct dirent *entry; (entry = readdir(cases)); count += entry->d_name[0] != '.')
		if (entry->d_name[0] != '.')
			wrong += !case_agrees(entry->d_name);
	assert_int_equal(wrong, 0);
	assert_true(count >= 12);
}

static void a_sample_of_nothing_known_has_null_for_every_number(void **state)
{
	cleanup_sample struct sample sample = {
		.at_ms = 1, .pid = 1, .router = xstrdup("kamailio"), .processes = 1};
	json_auto_t *object = sample_json(&sample);
	const char *key;
	json_t *member;
	(void)state;

	json_object_foreach(object, key, member)
	{
		bool told = strcmp(key, "siplaunch") == 0 || strcmp(key, "schema") == 0 ||
			    strcmp(key, "at") == 0 || strcmp(key, "pid") == 0 || strcmp(key, "router") == 0 ||
			    strcmp(key, "processes") == 0 || json_is_object(member);
		if (json_is_null(member) == told)
			fail_msg("%s", key);
	}
	json_object_foreach(json_object_get(object, "group"), key,
			    member) if (!json_is_null(member) && !json_is_object(member)) fail_msg("%s", key);
}

static void numbers_beyond_what_json_keeps_exactly_come_back(void **state)
{
	cleanup_sample struct sample sample = {
		.at_ms = 253402300799999, .pid = INT32_MAX, .router = xstrdup("opensips"), .processes = 3};
	cleanup_sample struct sample back = {0};
	(void)state;

	sample.memory_max = value_number(VALUE_BYTES, UNLIMITED);
	sample.requests = value_number(VALUE_COUNT, UINT64_MAX - 1);
	sample.replies = value_number(VALUE_COUNT, (uint64_t)INT64_MAX + 1);
	sample.stats.numbers[GROUP_MEMORY_PEAK] = value_number(VALUE_BYTES, (uint64_t)INT64_MAX);
	json_auto_t *object = sample_json(&sample);
	assert_int_equal(sample_from_json(object, &back, NULL), 0);
	assert_true(back.at_ms == 253402300799999);
	assert_true(value_equal(&sample.memory_max, &back.memory_max));
	assert_true(value_equal(&sample.requests, &back.requests));
	assert_true(value_equal(&sample.replies, &back.replies));
	assert_true(value_equal(&sample.stats.numbers[GROUP_MEMORY_PEAK],
				&back.stats.numbers[GROUP_MEMORY_PEAK]));
	assert_int_equal(back.failures.kind, VALUE_NONE);
}

/* Every member of a good sample, one after the other, becomes each of these. */
static void no_member_of_a_wrong_type_is_taken_or_crashes(void **state)
{
	static const char *const wrong[] = {"-1",   "1.5",   "true", "[]",     "{}",
					    "\"\"", "\"x\"", "[[]]", "\"-5\"", "\"0x10\""};
	(void)state;

	json_auto_t *good = json_load_file(FIXTURES "/stats/sample/kamailio/sample.json", 0, NULL);
	assert_non_null(good);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		json_auto_t *value = json_loads(wrong[i], JSON_DECODE_ANY, NULL);
		const char *key;
		json_t *member;
		json_object_foreach(good, key, member)
		{
			cleanup_sample struct sample sample = {0};
			json_auto_t *copy = json_deep_copy(good);
			json_object_set(copy, key, value);
			bool like = json_typeof(value) == json_typeof(member) && !json_is_integer(value) &&
				    !json_is_array(value);
			bool passed_over = strcmp(key, "siplaunch") == 0 ||
					   (json_is_null(member) && json_is_string(value)) ||
					   (json_is_array(member) && json_is_array(value) &&
					    json_array_size(value) == 0);
			int result = sample_from_json(copy, &sample, NULL);
			if ((result == 0) != (like || passed_over))
				fail_msg("%s: %s gives %d", key, wrong[i], result);
		}
	}
}

/* Modules, all of one name, as JSON. A new reference. */
static json_t *with_modules(size_t count)
{
	json_t *object = json_load_file(FIXTURES "/stats/sample/kamailio/sample.json", 0, NULL);
	json_t *modules = json_array();
	assert_non_null(object);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(modules, json_pack("{s:s}", "name", "tm"));
	json_object_set_new(object, "modules", modules);
	return object;
}

static void more_modules_than_any_router_has_are_refused(void **state)
{
	cleanup_sample struct sample max = {0}, more = {0};
	json_auto_t *good = with_modules(MODULES_MAX), *bad = with_modules(MODULES_MAX + 1);
	(void)state;

	assert_int_equal(sample_from_json(good, &max, NULL), 0);
	assert_int_equal(max.module_count, MODULES_MAX);
	assert_int_equal(max.modules[0].shared.kind, VALUE_NONE);
	assert_int_equal(sample_from_json(bad, &more, NULL), -1);
	assert_int_equal(more.module_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_read_is_written_the_same_or_refused_by_name),
		cmocka_unit_test(a_sample_of_nothing_known_has_null_for_every_number),
		cmocka_unit_test(numbers_beyond_what_json_keeps_exactly_come_back),
		cmocka_unit_test(no_member_of_a_wrong_type_is_taken_or_crashes),
		cmocka_unit_test(more_modules_than_any_router_has_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
