/* SPDX-License-Identifier: MIT */
/*
 * Runs every tests/fixtures/remedies/NAME.json: a place, the steps of a plan, and what is to be told. A new
 * case is a new file. Values are as the kernel writes them; sizes of the place are in MiB.
 */
#include "context.h"

#include <errno.h>
#include <glob.h>

#include "base/shell.h"
#include "named.h"
#include "plan/remedy.h"

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static enum runtime runtime_of(const char *name)
{
	for (enum runtime runtime = RUNTIME_NONE; name && runtime <= RUNTIME_OTHER; runtime++)
		if (strcmp(runtime_name(runtime), name) == 0)
			return runtime;
	return RUNTIME_NONE;
}

static void refused_calls_of(const json_t *names, struct host *host)
{
	size_t i;
	const json_t *name;
	json_array_foreach(names, i, name)
	{
		struct refused_call *call = ARRAY_ADD(host->refused_calls, host->refused_call_count);
		*call = (struct refused_call){.name = json_string_value(name), .errnum = EPERM};
	}
}

static void place_of(const json_t *place, struct host *host)
{
	const json_t *limit = json_object_get(place, "limit");
	host->runtime = runtime_of(text_of(place, "runtime"));
	host->euid = (uid_t)json_integer_value(json_object_get(place, "uid"));
	host->initial_user_namespace = !json_is_true(json_object_get(place, "userNamespace"));
	host->cgroup.unit = (char *)(uintptr_t)text_of(place, "unit");
	refused_calls_of(json_object_get(place, "refusedCalls"), host);
	host->cgroup.user_group = (char *)(uintptr_t)text_of(place, "userGroup");
	host->cgroup.path = (char *)"/here";
	host->cgroup.frozen = (char *)(uintptr_t)text_of(place, "frozen");
	host->cgroup.systemd = json_is_true(json_object_get(place, "systemd"));
	host->cgroup.mode = HOST_CGROUP_V2;
	if (limit)
		host->memory.visible_limit = (uint64_t)json_integer_value(limit) * MIB;
}

static enum status status_of(const char *name)
{
	for (enum status status = STATUS_PLANNED; status <= STATUS_FAILED; status++)
		if (strcmp(status_name(status), name) == 0)
			return status;
	fail_msg("no status %s", name);
	return STATUS_FAILED;
}

/* ["cgroup/memory.max", "536870912", "denied"], and a hint of the mechanism's own. */
static void add_step(const json_t *row, const struct host *host, struct plan *plan)
{
	const char *path = json_string_value(json_array_get(row, 0)), *slash = strchr(path, '/');
	const char *hint = json_string_value(json_array_get(row, 3));
	cleanup_free char *mechanism = xstrndup(path, (size_t)(slash - path));
	struct step *step = ARRAY_ADD(plan->steps, plan->count);

	step->setting = setting_named(mechanism, slash + 1);
	if (!step->setting)
		fail_msg("no setting %s", path);
	if (!setting_value_parse(step->setting, json_string_value(json_array_get(row, 1)), &step->wanted))
		fail_msg("%s: bad value", path);
	step->status = status_of(json_string_value(json_array_get(row, 2)));
	const struct refused_call *call = host_refused_call(host, step->setting->calls, NULL);
	if (call) {
		step_deny_call(step, &(struct context){.host = host}, call);
		return;
	}
	error_set(&step->why, 0, "%s was refused", slash + 1);
	step->why.hint = hint ? xstrdup(hint) : remedy_text(step->setting, &step->wanted, host);
}

static bool agrees(const char *text, const json_t *expected)
{
	return json_is_null(expected) ? text == NULL : text && strcmp(text, json_string_value(expected)) == 0;
}

/* [name, fragment, a part of the note]: null for none. */
static void check_item(const char *file, const struct remedy *remedy, const json_t *row)
{
	const char *note = json_string_value(json_array_get(row, 2));
	if (strcmp(remedy->setting->name, json_string_value(json_array_get(row, 0))) != 0 ||
	    !agrees(remedy->fragment, json_array_get(row, 1)) ||
	    (note ? !contains(remedy->note, note) : remedy->note != NULL))
		fail_msg("%s: %s: \"%s\", \"%s\"", file, remedy->setting->name,
			 remedy->fragment ? remedy->fragment : "no fragment",
			 remedy->note ? remedy->note : "no note");
}

static void run_case(const char *file)
{
	json_error_t fault;
	json_t *fixture = json_load_file(file, 0, &fault), *row;
	struct world world;
	struct remedies remedies;
	size_t i;

	if (!fixture)
		fail_msg("%s:%d: %s", file, fault.line, fault.text);
	world_make(&world);
	place_of(json_object_get(fixture, "place"), &world.host);
	json_array_foreach(json_object_get(fixture, "steps"), i, row) add_step(row, &world.host, &world.plan);
	/* NULL: the group is only not free */
	world.context.decision.manager_refused = (char *)(uintptr_t)text_of(fixture, "managerRefused");
	remedies_collect(&world.context, &world.plan, &remedies);

	const json_t *expect = json_object_get(fixture, "expect");
	const json_t *items = json_object_get(expect, "items"), *hint = json_object_get(expect, "hint");
	assert_string_equal(tool_name(remedies.tool), text_of(expect, "tool"));
	if (remedies.count != json_array_size(items))
		fail_msg("%s: %zu remedies", file, remedies.count);
	json_array_foreach(items, i, row) check_item(file, &remedies.items[i], row);
	if (hint && !agrees(world.plan.steps[0].why.hint, hint))
		fail_msg("%s: %s", file, world.plan.steps[0].why.hint);
	assert_int_equal(remedies.as_root, json_is_true(json_object_get(expect, "asRoot")));
	assert_int_equal(remedies.delegated, json_is_true(json_object_get(expect, "delegated")));
	remedies_clear(&remedies);
	free(world.host.refused_calls);
	world_clear(&world);
	json_decref(fixture);
}

static void every_fixture_gives_what_it_says(void **state)
{
	glob_t found;
	(void)state;
	assert_int_equal(glob(FIXTURES "/remedies/*.json", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		run_case(found.gl_pathv[i]);
	assert_true(found.gl_pathc >= 12);
	globfree(&found);
}

/* Whatever is refused, wherever: there is a word on what to do, but for what no place can change. */
static void every_setting_has_a_remedy_in_every_container(void **state)
{
	static const enum runtime runtimes[] = {RUNTIME_DOCKER, RUNTIME_PODMAN, RUNTIME_KUBERNETES};
	(void)state;
	for (size_t i = 0; i < settings_count; i++)
		for (size_t j = 0; j < ARRAY_SIZE(runtimes); j++) {
			const struct setting *setting = &settings[i];
			const struct host host = {.runtime = runtimes[j], .initial_user_namespace = true};
			uint64_t ones[VALUE_NUMBERS_MAX] = {1, 1, 1, 1};
			struct value value = setting->kind == VALUE_TEXT
						     ? value_text("1 100000")
						     : value_numbers(setting->kind, setting->arity, ones);
			cleanup_free char *text = remedy_text(setting, &value, &host);
			value_clear(&value);
			if (!text && setting->privilege != PRIVILEGE_NONE)
				fail_msg("%s/%s in %s", mechanism_name(setting->mechanism), setting->name,
					 runtime_name(runtimes[j]));
		}
}

static void words_are_quoted_as_a_shell_reads_them(void **state)
{
	static const char *const cases[][2] = {
		{"nofile=65536:65536", "nofile=65536:65536"},
		{"", "''"},
		{"kernel.sem=250 32000", "'kernel.sem=250 32000'"},
		{"it's", "'it'\\''s'"},
		{"$(reboot)", "'$(reboot)'"},
		{"a;b", "'a;b'"},
		{"~", "'~'"},
		{"a\033[31m1", "$'a\\033[31m1'"},
		{"a\nb'\\", "$'a\\012b\\'\\\\'"},
		{"gr\xc3\xbcn", "$'gr\\303\\274n'"},
		{"a\xe2\x80\xae"
		 "b",
		 "$'a\\342\\200\\256b'"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *quoted = shell_quote(cases[i][0]);
		assert_string_equal(quoted, cases[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_fixture_gives_what_it_says),
		cmocka_unit_test(every_setting_has_a_remedy_in_every_container),
		cmocka_unit_test(words_are_quoted_as_a_shell_reads_them),
	};
	return cmocka_run_group_tests_name("remedy", tests, NULL, NULL);
}
