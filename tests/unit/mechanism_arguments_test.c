/* SPDX-License-Identifier: MIT */
#include "context.h"

static const struct plan_case {
	const char *name;
	bool generic, unsized, no_fork;
	uint64_t own_shared, own_private, cfg_shared;
	/* -m */
	uint64_t current, wanted;
	enum source source;
	enum status status;
	const char *reason;
	/* -M */
	uint64_t private_wanted;
	enum status private_status;
	const char *warning;
} plan_cases[] = {
	{.name = "both pools come from the budget",
	 .current = 64,
	 .wanted = 256,
	 .source = SOURCE_COMPUTED,
	 .status = STATUS_PLANNED,
	 .reason = "512 MiB (sizing.memory)",
	 .private_wanted = 8,
	 .private_status = STATUS_PLANNED},
	{.name = "the command's own -m wins",
	 .own_shared = 256,
	 .current = 256,
	 .wanted = 256,
	 .source = SOURCE_COMMAND_LINE,
	 .status = STATUS_SATISFIED,
	 .reason = "the command's own -m",
	 .private_wanted = 8,
	 .private_status = STATUS_PLANNED},
	{.name = "the command's own -M wins",
	 .own_private = 8,
	 .current = 64,
	 .wanted = 256,
	 .source = SOURCE_COMPUTED,
	 .status = STATUS_PLANNED,
	 .private_wanted = 8,
	 .private_status = STATUS_SATISFIED},
	{.name = "an own -m that the configuration overrides is told apart",
	 .own_shared = 64,
	 .cfg_shared = 256,
	 .current = 64,
	 .wanted = 64,
	 .source = SOURCE_COMMAND_LINE,
	 .status = STATUS_SATISFIED,
	 .reason = "makes 256 MiB",
	 .private_wanted = 8,
	 .private_status = STATUS_PLANNED},
	{.name = "the configuration's value is what is there now",
	 .cfg_shared = 128,
	 .current = 128,
	 .wanted = 256,
	 .source = SOURCE_COMPUTED,
	 .status = STATUS_PLANNED,
	 .private_wanted = 8,
	 .private_status = STATUS_PLANNED},
	{.name = "a router that does not fork is warned of",
	 .no_fork = true,
	 .current = 64,
	 .wanted = 256,
	 .source = SOURCE_COMPUTED,
	 .status = STATUS_PLANNED,
	 .private_wanted = 8,
	 .private_status = STATUS_PLANNED,
	 .warning = "without its workers"},
	{.name = "a generic command gets nothing", .generic = true},
	{.name = "a command that only checks gets nothing", .unsized = true},
};

static void case_world(const struct plan_case *c, struct world *world)
{
	world_make(world);
	world->router.sizes_by_arguments = !c->generic;
	world->context.decision.sized = !c->unsized;
	world->context.decision.budget.terms[TERM_SHARED].source = SOURCE_COMPUTED;
	world->context.decision.budget.terms[TERM_PRIVATE].source = SOURCE_COMPUTED;
	world->command.no_fork = c->no_fork;
	world->command.shm_mib = c->own_shared;
	world->command.pkg_mib = c->own_private;
	world->estimate.cfg_shm_mib = c->cfg_shared;
}

static void the_pools_are_planned_from_the_budget_unless_the_command_has_its_own(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(plan_cases); i++) {
		const struct plan_case *c = &plan_cases[i];
		struct world world;
		print_message("  %s\n", c->name);
		case_world(c, &world);
		assert_int_equal(mechanism_arguments.plan(&world.context, &world.plan, &world.error), 0);
		assert_int_equal(world.plan.count, c->wanted ? 2 : 0);
		if (c->wanted) {
			const struct step *shared = &world.plan.steps[0], *private = &world.plan.steps[1];
			assert_string_equal(shared->setting->name, "-m");
			assert_string_equal(private->setting->name, "-M");
			assert_int_equal(shared->current.number[0], c->current);
			assert_int_equal(shared->wanted.number[0], c->wanted);
			assert_int_equal(shared->source, c->source);
			assert_int_equal(shared->status, c->status);
			assert_true(!c->reason || contains(shared->reason, c->reason));
			assert_int_equal(private->wanted.number[0], c->private_wanted);
			assert_int_equal(private->status, c->private_status);
		}
		assert_int_equal(world.plan.warning_count, c->warning != NULL);
		assert_true(!c->warning || warned(&world.plan, c->warning));
		world_clear(&world);
	}
}

static char **argv_copy(const char *const *argv)
{
	size_t count = 0;
	while (argv[count])
		count++;
	char **copy = xcalloc(count + 1, sizeof *copy);
	for (size_t i = 0; i < count; i++)
		copy[i] = xstrdup(argv[i]);
	return copy;
}

/* The arguments as one line: what is compared. */
static char *argv_text(char *const *argv)
{
	char *text = xstrdup("");
	for (size_t i = 0; argv[i]; i++) {
		cleanup_free char *before = text;
		text = xasprintf("%s%s%s", before, i ? " " : "", argv[i]);
	}
	return text;
}

static const struct apply_case {
	const char *name;
	const char *argv[8];
	bool only_private; /* -m is skipped by policy */
	const char *result;
} apply_cases[] = {
	{"both are added", {"kamailio", "-DD", "-E"}, false, "kamailio -m 256 -M 8 -DD -E"},
	{"one is added when the other is skipped", {"opensips", "-F"}, true, "opensips -M 8 -F"},
	{"an own -m stays where it is", {"kamailio", "-DDm512"}, false, "kamailio -M 8 -DDm512"},
};

static void the_arguments_are_built_and_read_back_by_the_routers_own_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(apply_cases); i++) {
		const struct apply_case *c = &apply_cases[i];
		struct world world;
		print_message("  %s\n", c->name);
		world_make(&world);
		struct target target = {
			.role = ROLE_SELF, .context = &world.context, .argv = argv_copy(c->argv)};
		world.context.router = router_find(NULL, c->argv[0]);
		assert_true(world.context.router->sizes_by_arguments);
		assert_int_equal(world.context.router->read_command(world.context.router, target.argv,
								    &world.command, NULL),
				 0);
		assert_int_equal(mechanism_arguments.plan(&world.context, &world.plan, &world.error), 0);
		for (size_t j = c->only_private ? 1 : 0; j < world.plan.count; j++) {
			struct step *step = &world.plan.steps[j];
			if (step->status != STATUS_PLANNED)
				continue;
			assert_int_equal(mechanism_arguments.apply(&target, step, &world.error), 0);
			assert_int_equal(step->status, STATUS_APPLIED);
			assert_true(value_equal(&step->actual, &step->wanted));
		}
		cleanup_free char *text = argv_text(target.argv);
		assert_string_equal(text, c->result);
		argv_free(target.argv);
		router_command_clear(&world.command);
		world_clear(&world);
	}
}

static int read_nothing(const struct router *router, char *const *argv, struct router_command *command,
			struct error *error)
{
	(void)router;
	(void)argv;
	(void)error;
	*command = (struct router_command){0};
	return 0;
}

static void arguments_that_the_router_would_not_find_are_an_error(void **state)
{
	(void)state;
	struct world world;
	world_make(&world);
	world.router.read_command = read_nothing;
	struct target target = {.role = ROLE_SELF,
				.context = &world.context,
				.argv = argv_copy((const char *const[]){"kamailio", "-DD", NULL})};
	struct step step = {.setting = setting_find(MECHANISM_ARGUMENTS, "-m"),
			    .wanted = value_number(VALUE_MIB, 256)};
	assert_int_equal(mechanism_arguments.apply(&target, &step, &world.error), -1);
	assert_true(contains(world.error.message, "-m 256 is read back as 0"));
	assert_int_not_equal(step.status, STATUS_APPLIED);
	argv_free(target.argv);
	world_clear(&world);
}

static const struct read_case {
	const char *name;
	const char *argv[8];
	uint64_t shared, private; /* 0: an error */
} read_cases[] = {
	{"a running router's own", {"/usr/sbin/kamailio", "-m", "300", "-M16", "-DD"}, 300, 16},
	{"what is not given cannot be told from the command line", {"kamailio", "-m300"}, 300, 0},
	{"another program's -m means something else", {"python3", "-m", "300"}, 0, 0},
	{"a command line that is empty", {NULL}, 0, 0},
};

static void an_observed_command_line_is_read_by_the_routers_own_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(read_cases); i++) {
		const struct read_case *c = &read_cases[i];
		print_message("  %s\n", c->name);
		struct target target = {.role = ROLE_OBSERVED, .pid = 7, .argv = argv_copy(c->argv)};
		for (int private = 0; private < 2; private ++) {
			struct step step = {.setting =
						    setting_find(MECHANISM_ARGUMENTS, private ? "-M" : "-m")};
			struct error error = {0};
			uint64_t expected = private ? c->private : c->shared;
			assert_int_equal(mechanism_arguments.read(&target, &step, &error), expected ? 0 : -1);
			assert_true(expected ? step.actual.number[0] == expected : error.message != NULL);
			error_clear(&error);
		}
		argv_free(target.argv);
	}
}

static void with_the_configuration_known_its_value_is_what_runs(void **state)
{
	(void)state;
	struct world world;
	world_make(&world);
	char *argv[] = {(char[]){"kamailio"}, NULL};
	struct target target = {.role = ROLE_OBSERVED, .context = &world.context, .argv = argv};
	struct step step = {.setting = setting_find(MECHANISM_ARGUMENTS, "-m")};
	world.context.router = router_find("kamailio", NULL);
	assert_int_equal(mechanism_arguments.read(&target, &step, NULL), 0);
	assert_int_equal(step.actual.number[0], world.context.router->shm_default_mib);
	world.estimate.cfg_shm_mib = 128;
	assert_int_equal(mechanism_arguments.read(&target, &step, NULL), 0);
	assert_int_equal(step.actual.number[0], 128);
	world_clear(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_pools_are_planned_from_the_budget_unless_the_command_has_its_own),
		cmocka_unit_test(the_arguments_are_built_and_read_back_by_the_routers_own_rules),
		cmocka_unit_test(arguments_that_the_router_would_not_find_are_an_error),
		cmocka_unit_test(an_observed_command_line_is_read_by_the_routers_own_rules),
		cmocka_unit_test(with_the_configuration_known_its_value_is_what_runs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
