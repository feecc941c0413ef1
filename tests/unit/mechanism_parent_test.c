/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <sys/prctl.h>

#include "context.h"

static void wants(struct world *world, enum parent_signal signal)
{
	world->profile.parent_signal = signal;
	world->profile.parent_signal_source = SOURCE_PROFILE;
}

static const struct plan_case {
	const char *name;
	enum parent_signal signal;
	bool supervised, gains, no_new_privileges, inherited_no_new_privs, generic;
	/* what is to come of it */
	const char *wanted; /* NULL: no step */
	enum status status;
	const char *reason, *message, *warning;
} plan_cases[] = {
	{.name = "a silent profile sets none"},
	{.name = "the parent of a router that takes siplaunch's place is siplaunch's own",
	 .signal = PARENT_SIGNAL_TERM,
	 .wanted = "SIGTERM",
	 .status = STATUS_PLANNED,
	 .reason = "the process that starts siplaunch"},
	{.name = "the parent of a supervised router is siplaunch",
	 .signal = PARENT_SIGNAL_QUIT,
	 .supervised = true,
	 .wanted = "SIGQUIT",
	 .status = STATUS_PLANNED,
	 .reason = "its supervisor"},
	{.name = "SIGKILL leaves a router's children running",
	 .signal = PARENT_SIGNAL_KILL,
	 .wanted = "SIGKILL",
	 .status = STATUS_PLANNED,
	 .warning = "its children continue"},
	{.name = "of another program nothing is known",
	 .signal = PARENT_SIGNAL_KILL,
	 .generic = true,
	 .wanted = "SIGKILL",
	 .status = STATUS_PLANNED},
	{.name = "a program that gives privileges would lose it",
	 .signal = PARENT_SIGNAL_INT,
	 .gains = true,
	 .wanted = "SIGINT",
	 .status = STATUS_DENIED,
	 .message = "clears it when /sbin/kamailio is executed"},
	{.name = "with noNewPrivileges it gives none",
	 .signal = PARENT_SIGNAL_TERM,
	 .gains = true,
	 .no_new_privileges = true,
	 .wanted = "SIGTERM",
	 .status = STATUS_PLANNED},
	{.name = "nor with no_new_privs that is set already",
	 .signal = PARENT_SIGNAL_TERM,
	 .gains = true,
	 .inherited_no_new_privs = true,
	 .wanted = "SIGTERM",
	 .status = STATUS_PLANNED},
};

static void fill(struct world *world, const struct plan_case *c)
{
	world_make(world);
	if (c->signal)
		wants(world, c->signal);
	world->context.decision.handoff = c->supervised ? HANDOFF_SUPERVISE : HANDOFF_EXEC;
	world->context.program_gains = c->gains ? "/sbin/kamailio" : NULL;
	world->profile.no_new_privileges = c->no_new_privileges ? YES : UNSET;
	world->host.no_new_privs = c->inherited_no_new_privs;
	world->router.sizes_by_arguments = !c->generic;
}

static void the_signal_is_planned_where_the_kernel_keeps_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(plan_cases); i++) {
		const struct plan_case *c = &plan_cases[i];
		struct world world;
		print_message("  %s\n", c->name);
		fill(&world, c);
		assert_int_equal(mechanism_parent.plan(&world.context, &world.plan, &world.error), 0);
		const struct step *step = plan_find(&world.plan, SETTING_DEATH_SIGNAL);
		assert_true((step != NULL) == (c->wanted != NULL));
		if (step) {
			assert_string_equal(step->wanted.text, c->wanted);
			assert_int_equal(step->status, c->status);
			assert_true(!c->reason || contains(step->reason, c->reason));
			assert_true(!c->message || contains(step->why.message, c->message));
			assert_true(c->status != STATUS_DENIED || step->why.hint);
		}
		assert_int_equal(world.plan.warning_count, c->warning != NULL);
		assert_true(!c->warning || warned(&world.plan, c->warning));
		world_clear(&world);
	}
}

/* In a child, for what it sets stays. `parent` is what it takes for its parent. */
static int apply_as_child_of(pid_t parent, bool supervised, struct world *world)
{
	wants(world, PARENT_SIGNAL_TERM);
	struct target target = target_here(&world->context);
	target.parent = parent;
	target.supervised = supervised;
	target.plan = &world->plan;
	if (mechanism_parent.plan(&world->context, &world->plan, &world->error) < 0)
		return -1;
	int result = mechanism_parent.apply(&target, &world->plan.steps[0], &world->error);
	close(target.proc);
	return result;
}

static void passes_in_a_child(void (*check)(pid_t parent))
{
	pid_t parent = getpid(), child = fork();
	int status;
	if (child == 0) {
		check(parent);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void check_applied(pid_t parent)
{
	struct world world;
	int number = 0;
	world_make(&world);
	CHECK(apply_as_child_of(parent, true, &world) == 0);
	CHECK(world.plan.steps[0].status == STATUS_APPLIED);
	CHECK(strcmp(world.plan.steps[0].actual.text, "SIGTERM") == 0);
	CHECK(world.plan.warning_count == 0);
	CHECK(prctl(PR_GET_PDEATHSIG, &number, 0, 0, 0) == 0 && number == SIGTERM);
	world_clear(&world);
}

static void check_orphan(pid_t parent)
{
	struct world world;
	world_make(&world);
	CHECK(apply_as_child_of(parent + 1, true, &world) < 0);
	CHECK(contains(world.error.message, "has already ended"));
	CHECK(world.plan.steps[0].status != STATUS_APPLIED);
	error_clear(&world.error);
	world_clear(&world);
}

static void the_signal_is_set_and_read_back(void **state)
{
	(void)state;
	passes_in_a_child(check_applied);
}

static void a_parent_that_has_ended_is_a_failure(void **state)
{
	(void)state;
	passes_in_a_child(check_orphan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_signal_is_planned_where_the_kernel_keeps_it),
		cmocka_unit_test(the_signal_is_set_and_read_back),
		cmocka_unit_test(a_parent_that_has_ended_is_a_failure),
	};
	return cmocka_run_group_tests_name("mechanism_parent", tests, NULL, NULL);
}
