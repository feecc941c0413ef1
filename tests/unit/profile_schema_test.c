/* SPDX-License-Identifier: MIT */
/* The schema that editors use, made from the tables: same keys, same words, same bounds, and a text for each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/capability.h"
#include "base/fs.h"
#include "profile/decode.h"

#include <fcntl.h>

struct schema {
	struct json_document document;
};

static int load_schema(void **state)
{
	struct schema *schema = xcalloc(1, sizeof *schema);
	cleanup_free char *text = NULL;
	size_t length;
	if (file_read(AT_FDCWD, SHIPPED "/schema/profile.schema.json", 1 << 20, &text, &length, NULL) < 0)
		return -1;
	if (json_document_read(text, length, &schema->document) < 0 || schema->document.fault_count > 0)
		return -1;
	*state = schema;
	return 0;
}

static int free_schema(void **state)
{
	struct schema *schema = *state;
	json_document_clear(&schema->document);
	free(schema);
	return 0;
}

/* "/properties/sizing/properties" */
static json_t *at(const struct schema *schema, const char *path)
{
	cleanup_free char *copy = xstrdup(path);
	json_t *value = schema->document.root;
	char *rest = NULL;
	for (char *name = strtok_r(copy, "/", &rest); name; name = strtok_r(NULL, "/", &rest))
		value = json_object_get(value, name);
	if (!value)
		fail_msg("the schema has no %s", path);
	return value;
}

static void assert_same_keys(const json_t *properties, const struct key *members, const char *where)
{
	size_t count = 0;
	for (; members->name; members++, count++) {
		if (!json_object_get(properties, members->name))
			fail_msg("the schema lacks %s/%s", where, members->name);
	}
	if (json_object_size(properties) != count)
		fail_msg("the schema has keys in %s that the decoder has not", where);
}

/* Every fixed object of the table, at any depth. */
static void compare_objects(const json_t *properties, const struct key *members, const char *where)
{
	assert_same_keys(properties, members, where);
	for (; members->name; members++) {
		const json_t *property = json_object_get(properties, members->name);
		cleanup_free char *below = xasprintf("%s/%s", where, members->name);
		if (members->types == TYPE_OBJECT &&
		    !json_is_false(json_object_get(property, "additionalProperties")))
			fail_msg("%s: the schema lets unknown keys pass", below);
		if (members->members)
			compare_objects(json_object_get(property, "properties"), members->members, below);
	}
}

static void it_has_exactly_the_keys_of_the_table(void **state)
{
	const struct schema *schema = *state;
	compare_objects(at(schema, "properties"), profile_key.members, "");
	assert_same_keys(at(schema, "properties/rlimits/items/properties"), rlimit_entry.members,
			 "/rlimits/N");
}

/* Every schema of a value has a description, its own or that of what it refers to. */
static void find_silent(const struct schema *schema, const json_t *object, const char *where)
{
	const char *name;
	json_t *property;
	json_object_foreach((json_t *)object, name, property)
	{
		cleanup_free char *below = xasprintf("%s/%s", where, name);
		const char *other = json_string_value(json_object_get(property, "$ref"));
		const json_t *described = other ? at(schema, other + strlen("#/")) : property;
		const json_t *items = json_object_get(property, "items");
		if (!json_object_get(property, "description") && !json_object_get(described, "description") &&
		    strcmp(name, "$schema") != 0)
			fail_msg("%s has no description", below);
		find_silent(schema, json_object_get(described, "properties"), below);
		find_silent(schema, json_object_get(items, "properties"), below);
	}
}

static void every_key_has_a_description(void **state)
{
	static const char *const filters[] = {"seccompFilter", "seccompRule", "seccompArgument",
					      "seccompConditions"};
	find_silent(*state, at(*state, "properties"), "");
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		cleanup_free char *path = xasprintf("$defs/%s/properties", filters[i]);
		find_silent(*state, at(*state, path), filters[i]);
	}
}

static bool contains(const json_t *array, const char *text)
{
	size_t i;
	const json_t *value;
	json_array_foreach(array, i, value) if (json_is_string(value) &&
						strcmp(json_string_value(value), text) == 0) return true;
	return false;
}

static void compare_choices(const json_t *properties, const struct key *members)
{
	for (; members->name; members++) {
		const json_t *property = json_object_get(properties, members->name);
		size_t count = 0;
		for (; members->choices && members->choices[count]; count++)
			if (!contains(json_object_get(property, "enum"), members->choices[count]))
				fail_msg("%s: the schema lacks \"%s\"", members->name,
					 members->choices[count]);
		if (count && json_array_size(json_object_get(property, "enum")) != count + 1) /* and null */
			fail_msg("%s: the schema has words that the decoder has not", members->name);
		if (members->members)
			compare_choices(json_object_get(property, "properties"), members->members);
	}
}

static void it_has_exactly_the_words_of_the_table(void **state)
{
	const struct schema *schema = *state;
	compare_choices(at(schema, "properties"), profile_key.members);
	assert_int_equal(json_array_size(at(schema, "$defs/policy/enum")), 4);
	assert_true(contains(at(schema, "$defs/policy/enum"), policy_name(POLICY_SKIP)));
}

static void compare_bounds(const json_t *properties, const struct key *members)
{
	for (; members->name; members++) {
		const json_t *property = json_object_get(properties, members->name);
		if (members->maximum) {
			assert_int_equal(json_integer_value(json_object_get(property, "minimum")),
					 members->minimum);
			assert_int_equal(json_integer_value(json_object_get(property, "maximum")),
					 members->maximum);
		}
		if (members->members)
			compare_bounds(json_object_get(property, "properties"), members->members);
	}
}

static void it_has_the_bounds_of_the_table(void **state)
{
	compare_bounds(at(*state, "properties"), profile_key.members);
}

static bool is_profile_key(const struct setting *setting)
{
	return strchr(setting->name, '.') && strncmp(setting->name, "cgroup.", 7) != 0;
}

/* A maximum above int64 was clamped; its digits are in its place. */
static uint64_t bound(const struct schema *schema, const char *path, const char *name, const char *which)
{
	cleanup_free char *parent = json_pointer(path, name);
	cleanup_free char *pointer = json_pointer(parent, which);
	const struct json_place *place = json_document_place(&schema->document, pointer);
	uint64_t number = 0;
	if (place->number)
		assert_true(parse_u64(place->number, &number));
	else
		number = (uint64_t)json_integer_value(
			json_object_get(json_object_get(at(schema, path), name), which));
	return number;
}

static void compare_settings(const struct schema *schema, enum mechanism_id mechanism, const char *path)
{
	const json_t *properties = at(schema, path);
	size_t count = 0;
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *setting = &settings[i];
		if (setting->mechanism != mechanism || !is_profile_key(setting))
			continue;
		count++;
		const json_t *property = json_object_get(properties, setting->name);
		if (!property)
			fail_msg("the schema lacks %s", setting->name);
		const char *pattern = json_string_value(json_object_get(property, "pattern"));
		if (!pattern || (strstr(pattern, "auto") != NULL) != setting->allows_auto)
			fail_msg("%s: \"auto\" is allowed in one of schema and table only", setting->name);
		if (setting->kind == VALUE_TEXT || setting->arity > 1)
			continue;
		if (bound(schema, path, setting->name, "minimum") != setting->minimum ||
		    bound(schema, path, setting->name, "maximum") != setting->maximum)
			fail_msg("%s: bounds differ", setting->name);
	}
	assert_int_equal(json_object_size(properties), count);
}

static void it_has_exactly_the_cgroup_files_and_sysctls_of_the_settings(void **state)
{
	compare_settings(*state, MECHANISM_CGROUP, "/properties/resources/properties/unified/properties");
	compare_settings(*state, MECHANISM_SYSCTL, "/properties/sysctl/properties");
}

static void it_has_exactly_the_rlimits_of_the_settings(void **state)
{
	const json_t *types = at(*state, "properties/rlimits/items/properties/type/enum");
	const json_t *counts = at(*state, "properties/rlimits/items/if/properties/type/enum");
	size_t count = 0;
	for (size_t i = 0; i < settings_count; i++) {
		if (settings[i].mechanism != MECHANISM_RLIMIT)
			continue;
		count++;
		if (!contains(types, settings[i].name))
			fail_msg("the schema lacks %s", settings[i].name);
		if (contains(counts, settings[i].name) != (settings[i].kind == VALUE_COUNT))
			fail_msg("%s: a size in one of schema and table only", settings[i].name);
	}
	assert_int_equal(json_array_size(types), count);
}

static void it_has_exactly_the_policies_of_the_settings(void **state)
{
	const json_t *properties = at(*state, "properties/policy/properties");
	const char *last = "";
	size_t count = 4;
	assert_non_null(json_object_get(properties, "default"));
	assert_non_null(json_object_get(properties, POLICY_PLAN));
	assert_non_null(json_object_get(properties, POLICY_WORKLOAD));
	assert_non_null(json_object_get(properties, POLICY_ESTIMATE));
	for (size_t i = 0; i < settings_count; i++) {
		const char *mechanism = mechanism_name(settings[i].mechanism);
		cleanup_free char *step = xasprintf("%s/%s", mechanism, settings[i].name);
		bool first = strcmp(mechanism, last) != 0;
		if (!json_object_get(properties, step) || !json_object_get(properties, mechanism))
			fail_msg("the schema lacks the policy %s", step);
		count += 1 + first;
		last = mechanism;
	}
	assert_int_equal(json_object_size(properties), count);
}

static void it_has_every_capability(void **state)
{
	const json_t *names = at(*state, "$defs/capability/enum");
	size_t i;
	const json_t *name;
	json_array_foreach(names, i, name)
	{
		assert_non_null(capability_name((unsigned)i));
		assert_string_equal(json_string_value(name), capability_name((unsigned)i));
	}
	assert_null(capability_name((unsigned)i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_has_exactly_the_keys_of_the_table),
		cmocka_unit_test(every_key_has_a_description),
		cmocka_unit_test(it_has_exactly_the_words_of_the_table),
		cmocka_unit_test(it_has_the_bounds_of_the_table),
		cmocka_unit_test(it_has_exactly_the_cgroup_files_and_sysctls_of_the_settings),
		cmocka_unit_test(it_has_exactly_the_rlimits_of_the_settings),
		cmocka_unit_test(it_has_exactly_the_policies_of_the_settings),
		cmocka_unit_test(it_has_every_capability),
	};
	return cmocka_run_group_tests(tests, load_schema, free_schema);
}
