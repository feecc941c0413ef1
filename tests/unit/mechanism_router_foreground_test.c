/* SPDX-License-Identifier: MIT */
/* A router that goes into the background: refused where all surely ends with it, a warning where it may. */
#include "context.h"
#include "mechanism/router.h"

static const struct foreground_case {
	const char *name;
	bool stays, config_keeps, checks, behind_script; /* of the command and its configuration */
	bool no_config;                                  /* it could not be read */
	bool is_pid1, supervised, container, prepares;   /* of the place */
	const char *unit;
	/* what is to come of it; NULL: nothing */
	const char *denied, *warning;
} cases[] = {
	{.name = "on a host it may do as it likes"},
	{.name = "pid 1", .is_pid1 = true, .denied = "which ends this container: its PID 1 exits"},
	{.name = "supervised",
	 .supervised = true,
	 .denied = "where siplaunch cannot supervise it and stops it"},
	{.name = "supervised as pid 1",
	 .is_pid1 = true,
	 .supervised = true,
	 .container = true,
	 .denied = "cannot supervise it"},
	{.name = "pid 1 and in the foreground", .stays = true, .is_pid1 = true},
	{.name = "kept in the foreground by its configuration", .config_keeps = true, .supervised = true},
	{.name = "it only checks its configuration", .checks = true, .is_pid1 = true},
	{.name = "a script has its options", .behind_script = true, .is_pid1 = true},
	{.name = "a configuration that was not read may keep it there",
	 .no_config = true,
	 .is_pid1 = true,
	 .warning = "which ends this container"},
	{.name = "below a container's pid 1",
	 .container = true,
	 .warning = "which ends a container that waits"},
	{.name = "in a service",
	 .unit = "kamailio.service",
	 .warning = "systemd stops the whole service, unless the unit has Type=forking: add -DD -E"},
	{.name = "in a scope", .unit = "session-1.scope"},
	{.name = "init plans for another container",
	 .container = true,
	 .is_pid1 = true,
	 .prepares = true,
	 .warning = "which ends its container"},
};

static void make_world(const struct foreground_case *row, struct world *world)
{
	world_make(world);
	world->router.foreground_hint = "-DD -E";
	world->command.foreground = row->stays;
	world->command.only_checks = row->checks;
	world->command.reach = row->behind_script ? REACH_PASSED_ON : REACH_DIRECT;
	world->estimate.foreground = row->config_keeps;
	world->estimate.from_config = !row->no_config;
	world->host.is_pid1 = row->is_pid1;
	world->host.runtime = row->container ? RUNTIME_DOCKER : RUNTIME_NONE;
	world->host.cgroup.unit = (char *)(uintptr_t)row->unit;
	world->context.decision.handoff = row->supervised ? HANDOFF_SUPERVISE : HANDOFF_EXEC;
	world->context.purpose = row->prepares ? PURPOSE_PREPARE_POD : PURPOSE_LAUNCH;
}

static void refusal_and_warning_fit_the_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct foreground_case *row = &cases[i];
		struct world world;

		print_message("  %s\n", row->name);
		make_world(row, &world);
		router_plan_foreground(&world.context, &world.plan);
		const struct step *step = plan_find(&world.plan, SETTING_NEED_FOREGROUND);
		assert_int_equal(step != NULL, row->denied != NULL);
		assert_int_equal(world.plan.warning_count, row->warning != NULL);
		assert_true(!row->warning || contains(world.plan.warnings[0], row->warning));
		if (step) {
			assert_int_equal(step->status, STATUS_DENIED);
			assert_true(contains(step->why.message, row->denied));
			assert_string_equal(step->why.hint, "add -DD -E to the router's command");
		}
		world_clear(&world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(refusal_and_warning_fit_the_place)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
