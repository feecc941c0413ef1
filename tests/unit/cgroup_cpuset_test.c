/* SPDX-License-Identifier: MIT */
/* Which of the written CPUs and memory nodes are in force, and what is reported where they differ. */
#include "context.h"

#include <errno.h>

#include "mechanism/cgroup_cpuset.h"
#include "settings/cgroup_file.h"

static const struct cpuset_case {
	const char *name, *file, *wanted, *in_force;
	const char *refused; /* part of the error; NULL: accepted */
	const char *warning; /* part of it; NULL: none */
} cases[] = {
	{.name = "all of them", .file = "cpuset.cpus", .wanted = "0-3", .in_force = "0-3"},
	{.name = "in another order", .file = "cpuset.cpus", .wanted = "3,0-2", .in_force = "0-3"},
	{.name = "none of them: the kernel gives those of the group above",
	 .file = "cpuset.cpus",
	 .wanted = "1",
	 .in_force = "0",
	 .refused = "is 1, but CPUs 0 are in force"},
	{.name = "others beside them",
	 .file = "cpuset.cpus",
	 .wanted = "2-3",
	 .in_force = "0-3",
	 .refused = "CPUs 0-3 are in force"},
	{.name = "some of them",
	 .file = "cpuset.cpus",
	 .wanted = "0-3",
	 .in_force = "0-1",
	 .warning = "is 0-3, but only CPUs 0-1 are in force"},
	{.name = "no CPUs requested", .file = "cpuset.cpus", .wanted = "", .in_force = "0"},
	{.name = "another node",
	 .file = "cpuset.mems",
	 .wanted = "1",
	 .in_force = "0",
	 .refused = "memory nodes 0 are in force"},
	{.name = "another file of the controller",
	 .file = "cpuset.cpus.exclusive",
	 .wanted = "1",
	 .in_force = ""},
	{.name = "another controller", .file = "cpu.max", .wanted = "max", .in_force = "0"},
};

static void put(const char *directory, const char *file, const char *text)
{
	cleanup_free char *path = xasprintf("%s/%s.effective", directory, file);
	FILE *stream = fopen(path, "w");
	assert_non_null(stream);
	fprintf(stream, "%s\n", text);
	fclose(stream);
}

static void what_is_in_force_is_compared_with_what_was_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct cpuset_case *row = &cases[i];
		char folder[] = "/tmp/siplaunch-cpuset-XXXXXX";
		struct world world;
		world_make(&world);
		assert_non_null(mkdtemp(folder));
		put(folder, row->file, row->in_force);
		int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		const struct setting *known = setting_find(MECHANISM_CGROUP, row->file);
		struct setting *made = known ? NULL : setting_of_file(row->file);
		struct target target = {.plan = &world.plan, .context = &world.context};
		struct step step = {.setting = known ? known : made,
				    .path = (char *)"cpuset",
				    .wanted = value_text(row->wanted)};
		int result = cpuset_check(&target, directory, &step, &world.error);
		if (result != (row->refused ? -1 : 0) ||
		    (row->refused && !contains(world.error.message, row->refused)) ||
		    world.plan.warning_count != (row->warning ? 1 : 0) ||
		    (row->warning && !warned(&world.plan, row->warning)))
			fail_msg("%s: %d, %s, %zu warnings", row->name, result,
				 world.error.message ? world.error.message : "no error",
				 world.plan.warning_count);
		value_clear(&step.wanted);
		if (made)
			setting_free(made);
		close(directory);
		cleanup_free char *command = xasprintf("rm -r '%s'", folder);
		assert_int_equal(system(command), 0);
		world_clear(&world);
	}
}

static void a_file_that_cannot_be_read_is_a_failure_with_its_name(void **state)
{
	struct world world;
	struct target target = {.plan = &world.plan};
	struct step step = {.setting = setting_of(SETTING_CPUSET_CPUS),
			    .path = (char *)"/g/cpuset.cpus",
			    .wanted = value_text("0")};
	(void)state;
	world_make(&world);
	assert_int_equal(cpuset_check(&target, -1, &step, &world.error), -1);
	assert_true(contains(world.error.message, "read /g/cpuset.cpus.effective"));
	value_clear(&step.wanted);
	world_clear(&world);
}

static void what_there_is_is_said_where_the_kernel_refuses(void **state)
{
	static const struct {
		enum setting_id id;
		const char *hint; /* NULL: none */
	} rows[] = {
		{SETTING_CPUSET_CPUS, "/sys/devices/system/cpu/possible"},
		{SETTING_CPU_MAX, NULL},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct step step = {.setting = setting_of(rows[i].id)};
		cleanup_error struct error error = {0};
		error_set(&error, ERANGE, "write");
		assert_int_equal(cpuset_hint(&step, &error), rows[i].hint ? -1 : 0);
		assert_true(rows[i].hint ? contains(error.hint, rows[i].hint) : !error.hint);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_in_force_is_compared_with_what_was_written),
		cmocka_unit_test(a_file_that_cannot_be_read_is_a_failure_with_its_name),
		cmocka_unit_test(what_there_is_is_said_where_the_kernel_refuses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
