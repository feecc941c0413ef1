/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <linux/capability.h>

#include "base/capability.h"
#include "context.h"

static const struct plan_case {
	const char *name;
	/* the profile and the host */
	bool asked;
	int score, inherited, floor;
	bool unprivileged, user_namespace, unknown, group, prefer;
	int partial;            /* CLAMPED: what is written instead */
	uint64_t visible_limit; /* 0: none */
	enum runtime runtime;
	/* what is to come of it */
	bool none;
	int wanted;
	enum status status;
	int errnum;
	const char *message, *hint;
} plan_cases[] = {
	{.name = "a silent profile leaves the score alone", .none = true},
	{.name = "root lowers it", .asked = true, .score = -900, .wanted = -900, .status = STATUS_PLANNED},
	{.name = "anybody raises it",
	 .asked = true,
	 .score = 300,
	 .unprivileged = true,
	 .wanted = 300,
	 .status = STATUS_PLANNED},
	{.name = "what is so already is satisfied",
	 .asked = true,
	 .score = -500,
	 .inherited = -500,
	 .floor = -500,
	 .unprivileged = true,
	 .wanted = -500,
	 .status = STATUS_SATISFIED},
	{.name = "going back to the floor needs nothing",
	 .asked = true,
	 .score = -500,
	 .inherited = 100,
	 .floor = -500,
	 .unprivileged = true,
	 .wanted = -500,
	 .status = STATUS_PLANNED},
	{.name = "below the floor needs CAP_SYS_RESOURCE",
	 .asked = true,
	 .score = -900,
	 .unprivileged = true,
	 .wanted = -900,
	 .status = STATUS_DENIED,
	 .errnum = EACCES,
	 .message = "-900 is below the inherited 0",
	 .hint = "CAP_SYS_RESOURCE"},
	{.name = "the floor is taken where less is only preferred",
	 .asked = true,
	 .score = -900,
	 .inherited = 300,
	 .floor = -100,
	 .unprivileged = true,
	 .prefer = true,
	 .wanted = -900,
	 .partial = -100,
	 .status = STATUS_CLAMPED,
	 .errnum = EACCES,
	 .message = "-900 is below the inherited -100"},
	{.name = "at the floor already nothing is taken",
	 .asked = true,
	 .score = -900,
	 .inherited = 300,
	 .floor = 300,
	 .unprivileged = true,
	 .prefer = true,
	 .wanted = -900,
	 .status = STATUS_DENIED,
	 .errnum = EACCES},
	{.name = "below the floor in docker names docker's flag",
	 .asked = true,
	 .score = -900,
	 .unprivileged = true,
	 .runtime = RUNTIME_DOCKER,
	 .wanted = -900,
	 .status = STATUS_DENIED,
	 .errnum = EACCES,
	 .message = "CAP_SYS_RESOURCE",
	 .hint = "docker run --oom-score-adj -900"},
	{.name = "the capability of another user namespace does not count",
	 .asked = true,
	 .score = -1,
	 .user_namespace = true,
	 .wanted = -1,
	 .status = STATUS_DENIED,
	 .errnum = EACCES,
	 .message = "initial user namespace"},
	{.name = "never killed is fine without a memory limit",
	 .asked = true,
	 .score = -1000,
	 .wanted = -1000,
	 .status = STATUS_PLANNED},
	{.name = "never killed is refused in a group of its own",
	 .asked = true,
	 .score = -1000,
	 .group = true,
	 .wanted = -1000,
	 .status = STATUS_DENIED,
	 .message = "hang",
	 .hint = "-999"},
	{.name = "never killed is refused under a visible limit even if it is so already",
	 .asked = true,
	 .score = -1000,
	 .inherited = -1000,
	 .floor = -1000,
	 .visible_limit = 512 * MIB,
	 .wanted = -1000,
	 .status = STATUS_DENIED,
	 .message = "hang",
	 .hint = "-999"},
	{.name = "an inherited -1000 is raised to -999 under a limit",
	 .inherited = -1000,
	 .floor = -1000,
	 .group = true,
	 .unprivileged = true,
	 .wanted = -999,
	 .status = STATUS_PLANNED},
	{.name = "an inherited -1000 stays without a limit",
	 .inherited = -1000,
	 .floor = -1000,
	 .none = true},
	{.name = "an unreadable score is denied",
	 .asked = true,
	 .score = 5,
	 .unknown = true,
	 .wanted = 5,
	 .status = STATUS_DENIED,
	 .message = "read /proc/self/oom_score_adj"},
};

static void case_world(const struct plan_case *c, struct world *world)
{
	static char key[] = "default";
	static struct policy_entry prefer = {.key = key, .policy = POLICY_PREFER};
	world_make(world);
	world->profile.policies = &prefer;
	world->profile.policy_count = c->prefer;
	world->profile.has_oom_score_adj = c->asked;
	world->profile.oom_score_adj = c->score;
	world->host.has_oom_score_adj = !c->unknown;
	world->host.oom_score_adj = c->inherited;
	world->host.oom_score_adj_min = c->floor;
	world->host.initial_user_namespace = !c->user_namespace;
	world->host.runtime = c->runtime;
	if (c->unprivileged)
		world->host.cap_effective = 0;
	if (c->visible_limit)
		world->host.memory.visible_limit = c->visible_limit;
}

static void every_score_is_planned_as_the_kernel_would_take_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(plan_cases); i++) {
		const struct plan_case *c = &plan_cases[i];
		char group[] = "/sip.slice";
		struct world world;
		print_message("  %s\n", c->name);
		case_world(c, &world);
		if (c->group)
			world.context.decision.group_path = group;
		assert_int_equal(mechanism_oom.plan(&world.context, &world.plan, &world.error), 0);
		assert_int_equal(world.plan.count, c->none ? 0 : 1);
		if (!c->none) {
			const struct step *step = &world.plan.steps[0];
			assert_int_equal((int64_t)step->wanted.number[0], c->wanted);
			assert_int_equal(step->status, c->status);
			if (c->partial)
				assert_int_equal((int64_t)step_target(step)->number[0], c->partial);
			assert_int_equal(step->why.errnum, c->errnum);
			assert_true(!c->message || contains(step->why.message, c->message));
			assert_true(!c->hint || contains(step->why.hint, c->hint));
		}
		world_clear(&world);
	}
}

static void plan_score(struct world *world, int score)
{
	world_make(world);
	world->profile.has_oom_score_adj = true;
	world->profile.oom_score_adj = score;
	world->host.oom_score_adj = 1001; /* whatever it is, the step shall be done */
	world->host.oom_score_adj_min = -1000;
	CHECK(mechanism_oom.plan(&world->context, &world->plan, &world->error) == 0);
	CHECK(world->plan.count == 1 && world->plan.steps[0].status == STATUS_PLANNED);
}

static void raise_score(void)
{
	struct world world;
	plan_score(&world, 1000);
	struct step *step = &world.plan.steps[0];
	struct target target = target_here(&world.context);
	CHECK(mechanism_oom.apply(&target, step, &world.error) == 0);
	CHECK(step->status == STATUS_APPLIED && (int64_t)step->actual.number[0] == 1000);

	target.role = ROLE_OBSERVED;
	value_clear(&step->actual);
	CHECK(mechanism_oom.read(&target, step, &world.error) == 0);
	CHECK((int64_t)step->actual.number[0] == 1000);
	close(target.proc);
	world_clear(&world);
}

/* All that may be had of it, and no more is claimed. */
static void raise_score_in_part(void)
{
	struct world world;
	plan_score(&world, 999);
	struct step *step = &world.plan.steps[0];
	struct target target = target_here(&world.context);
	step->policy = POLICY_PREFER;
	step_clamp(step, value_score(1000));
	CHECK(mechanism_oom.apply(&target, step, &world.error) == 0);
	CHECK(step->status == STATUS_CLAMPED && (int64_t)step->actual.number[0] == 1000);
	close(target.proc);
	world_clear(&world);
}

static void a_part_of_a_score_is_written_and_stays_a_part(void **state)
{
	(void)state;
	in_child(raise_score_in_part);
}

static void a_score_is_written_and_read_back(void **state)
{
	(void)state;
	in_child(raise_score);
}

static void lower_without_right(void)
{
	struct capability_triple sets;
	CHECK(capabilities_get(&sets) == 0);
	sets.effective &= ~CAPABILITY_BIT(CAP_SYS_RESOURCE);
	CHECK(capabilities_set(&sets) == 0);

	struct world world;
	plan_score(&world, -1000);
	struct target target = target_here(&world.context);
	CHECK(mechanism_oom.apply(&target, &world.plan.steps[0], &world.error) == -1);
	CHECK(world.error.errnum == EACCES &&
	      contains(world.error.message, "write -1000 to /proc/self/oom_score_adj"));
	close(target.proc);
	world_clear(&world);
}

static void the_kernels_refusal_is_reported_with_its_errno(void **state)
{
	(void)state;
	in_child(lower_without_right);
}

static void a_process_that_is_gone_gives_an_error(void **state)
{
	(void)state;
	struct world world;
	world_make(&world);
	struct target target = target_here(NULL);
	target.role = ROLE_OBSERVED;
	target.pid = 0x7ffffff0; /* above any pid_max */
	struct step step = {.setting = setting_find(MECHANISM_OOM, "oom_score_adj")};
	assert_int_equal(mechanism_oom.read(&target, &step, &world.error), -1);
	assert_int_equal(world.error.errnum, ENOENT);
	close(target.proc);
	world_clear(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_score_is_planned_as_the_kernel_would_take_it),
		cmocka_unit_test(a_score_is_written_and_read_back),
		cmocka_unit_test(a_part_of_a_score_is_written_and_stays_a_part),
		cmocka_unit_test(the_kernels_refusal_is_reported_with_its_errno),
		cmocka_unit_test(a_process_that_is_gone_gives_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
