/* SPDX-License-Identifier: MIT */
#include "context.h"

static struct requested wish_auto(const char *name)
{
	return (struct requested){
		.setting = setting_find(MECHANISM_CGROUP, name), .automatic = true, .source = SOURCE_PROFILE};
}

static struct requested wish_size(const char *name, uint64_t bytes)
{
	return (struct requested){.setting = setting_find(MECHANISM_CGROUP, name),
				  .size = {.kind = SIZE_BYTES, .bytes = bytes},
				  .source = SOURCE_PROFILE};
}

struct group_world {
	struct world world;
	struct requested requests[6];
};

/* The shipped profiles' requested values, in an order that is not the kernel's. */
static int make(void **state)
{
	struct group_world *group = xcalloc(1, sizeof *group);
	struct world *world = &group->world;
	world_make(world);
	group->requests[0] = wish_auto("memory.max");
	group->requests[1] = wish_size("memory.swap.max", 0);
	group->requests[2] = wish_auto("pids.max");
	group->requests[3] = wish_auto("memory.low");
	group->requests[4] = wish_auto("memory.high");
	world->profile.unified = group->requests;
	world->profile.unified_count = 5;
	world->profile.cgroup.path = (char *)"sip.slice/kamailio";
	world->host.cgroup.mode = HOST_CGROUP_V2;
	world->host.cgroup.mount = (char *)"/sys/fs/cgroup";
	world->host.cgroup.path = (char *)"/";
	world->host.cgroup.base = (char *)"/";
	world->host.cgroup.base_reason = (char *)"there is no systemd";
	world->host.cgroup.base_controllers = CONTROLLER_MEMORY | CONTROLLER_PIDS;
	world->host.cgroup.writable = true;
	world->context.decision.budget.terms[TERM_SHARED].bytes = 256 * MIB;
	world->context.decision.budget.terms[TERM_PRIVATE].bytes = 112 * MIB;
	*state = group;
	return 0;
}

static int clear(void **state)
{
	struct group_world *group = *state;
	context_place_clear(&group->world.context);
	world_clear(&group->world);
	free(group);
	return 0;
}

static void plan(struct world *world)
{
	context_place(&world->context);
	assert_int_equal(mechanism_cgroup.plan(&world->context, &world->plan, &world->error), 0);
}

static uint64_t wanted(struct world *world, const char *name)
{
	struct step *step = plan_step(&world->plan, setting_find(MECHANISM_CGROUP, name));
	assert_non_null(step);
	assert_int_equal(step->status, STATUS_PLANNED);
	return step->wanted.number[0];
}

static void automatic_values_come_from_the_budget(void **state)
{
	struct world *world = *state;
	plan(world);
	assert_int_equal(wanted(world, "memory.max"), 512 * MIB);
	assert_int_equal(wanted(world, "memory.low"), 368 * MIB);
	assert_int_equal(wanted(world, "memory.high"), UNLIMITED);
	assert_int_equal(wanted(world, "pids.max"), 2 * 14 + 64);
	assert_int_equal(wanted(world, "memory.swap.max"), 0);
}

static void the_group_comes_first_swap_before_memory_and_joining_last(void **state)
{
	struct world *world = *state;
	static const char *const order[] = {"group",      "memory.swap.max", "memory.max",  "memory.high",
					    "memory.low", "pids.max",        "cgroup.procs"};
	plan(world);
	assert_int_equal(world->plan.count, ARRAY_SIZE(order));
	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		assert_string_equal(world->plan.steps[i].setting->name, order[i]);
	assert_string_equal(world->plan.steps[2].path, "/sys/fs/cgroup/sip.slice/kamailio/memory.max");
}

static void a_limit_is_rounded_down_to_pages_as_the_kernel_does(void **state)
{
	struct group_world *group = *state;
	group->requests[0] = wish_size("memory.max", 300 * MIB + 4097);
	plan(&group->world);
	assert_int_equal(wanted(&group->world, "memory.max"), 300 * MIB + 4096);
}

static void fewer_pids_than_processes_are_refused(void **state)
{
	struct group_world *group = *state;
	group->requests[2] = (struct requested){.setting = setting_find(MECHANISM_CGROUP, "pids.max"),
						.value = value_number(VALUE_COUNT, 13),
						.source = SOURCE_PROFILE};
	plan(&group->world);
	struct step *step = plan_find(&group->world.plan, SETTING_PIDS_MAX);
	assert_int_equal(step->status, STATUS_DENIED);
	assert_true(contains(step->why.message, "13 is less than the 14 processes"));
}

static void threads_are_counted_in_pids_max_as_the_kernel_does(void **state)
{
	struct world *world = *state;
	world->estimate.extra_threads = 128;
	plan(world);
	assert_int_equal(wanted(world, "pids.max"), 2 * 14 + 128 + 64);
	assert_true(contains(plan_find(&world->plan, SETTING_PIDS_MAX)->reason, "128 threads"));
}

static void threads_of_which_there_is_one_a_cpu_are_counted_too(void **state)
{
	struct world *world = *state;
	world->estimate.threads_per_cpu = 1;
	world->host.cpus = 2; /* the router's number is that of all which are online */
	world->host.cpus_online = 96;
	plan(world);
	assert_int_equal(wanted(world, "pids.max"), 2 * 14 + 96 + 64);
}

static void fewer_pids_than_processes_and_threads_are_refused(void **state)
{
	struct group_world *group = *state;
	group->world.estimate.extra_threads = 128;
	group->requests[2] = (struct requested){.setting = setting_find(MECHANISM_CGROUP, "pids.max"),
						.value = value_number(VALUE_COUNT, 141),
						.source = SOURCE_PROFILE};
	plan(&group->world);
	struct step *step = plan_find(&group->world.plan, SETTING_PIDS_MAX);
	assert_int_equal(step->status, STATUS_DENIED);
	assert_true(contains(step->why.message, "141 is less than the 14 processes and 128 threads"));
}

static void a_missing_controller_denies_its_files_only(void **state)
{
	struct world *world = *state;
	world->host.cgroup.base_controllers = CONTROLLER_MEMORY;
	plan(world);
	assert_int_equal(plan_find(&world->plan, SETTING_PIDS_MAX)->status, STATUS_DENIED);
	assert_true(contains(plan_find(&world->plan, SETTING_PIDS_MAX)->why.message, "pids controller"));
	assert_int_equal(wanted(world, "memory.max"), 512 * MIB);
}

/* Every place without a group of ours: each step is denied, says why, and says what to do. */
static void places_without_a_group_deny_every_step_with_a_remedy(void **state)
{
	struct world *world = *state;
	const struct {
		enum cgroup_mode mode;
		unsigned controllers;
		const char *base;
		bool writable;
		enum runtime runtime;
		const char *message, *hint;
	} cases[] = {
		{HOST_CGROUP_NONE, 0, NULL, false, RUNTIME_NONE, "no cgroup v2 file system",
		 "mount -t cgroup2"},
		{HOST_CGROUP_V1, 0, NULL, false, RUNTIME_NONE, "cgroup v1 only", "cgroup_no_v1=all"},
		{HOST_CGROUP_HYBRID, 0, "/", true, RUNTIME_NONE, "bound to cgroup v1",
		 "--policy cgroup=prefer"},
		{HOST_CGROUP_V2, CONTROLLER_MEMORY, NULL, true, RUNTIME_NONE, "systemd owns /user.slice",
		 "Delegate=yes"},
		{HOST_CGROUP_V2, CONTROLLER_MEMORY, "/", false, RUNTIME_NONE,
		 "the cgroup tree at /sys/fs/cgroup is not writable here", "start siplaunch as root"},
		{HOST_CGROUP_V2, CONTROLLER_PIDS, "/", true, RUNTIME_NONE,
		 "the memory controller is not available in /", "cgroup_disable=memory"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		world->host.cgroup.mode = cases[i].mode;
		world->host.cgroup.base_controllers = cases[i].controllers;
		world->host.cgroup.base = (char *)(uintptr_t)cases[i].base;
		world->host.cgroup.base_reason = (char *)"systemd owns /user.slice";
		world->host.cgroup.writable = cases[i].writable;
		world->host.runtime = cases[i].runtime;
		plan(world);
		for (size_t j = 0; j < world->plan.count; j++)
			assert_int_equal(world->plan.steps[j].status, STATUS_DENIED);
		const struct step *step = plan_find(&world->plan, SETTING_MEMORY_MAX);
		if (!contains(step->why.message, cases[i].message) ||
		    (cases[i].hint ? !contains(step->why.hint, cases[i].hint) : step->why.hint != NULL))
			fail_msg("case %zu: %s / %s", i, step->why.message,
				 step->why.hint ? step->why.hint : "no hint");
		assert_true(plan_refused(&world->plan));
		plan_clear(&world->plan);
	}
}

static void a_limit_without_a_group_and_without_one_in_force_is_refused(void **state)
{
	struct world *world = *state;
	world->profile.cgroup.path = NULL;
	plan(world);
	assert_int_equal(world->plan.count, 5);
	const struct step *step = plan_find(&world->plan, SETTING_MEMORY_MAX);
	assert_int_equal(step->status, STATUS_DENIED);
	assert_true(contains(step->why.message, "names no cgroup.path"));
}

static void a_profile_that_asks_for_nothing_has_no_step(void **state)
{
	struct world *world = *state;
	world->profile.cgroup.path = NULL;
	world->profile.unified_count = 0;
	plan(world);
	assert_int_equal(world->plan.count, 0);
}

/* The kernel protects no more of a group than every group above has. Those between the base and the router's
 * group are ours to raise; the base, and what is above it, are not. */
static void protection_that_a_group_above_takes_away_is_refused(void **state)
{
	struct group_world *group = *state;
	struct world *world = &group->world;
	struct ancestor rows[] = {{.path = (char *)"/pod/sip.slice"}, {.path = (char *)"/pod"}};
	world->host.cgroup.base = (char *)"/pod";
	world->host.placed = rows;
	world->host.placed_count = ARRAY_SIZE(rows);
	rows[1].memory_low = 368 * MIB - 1;
	plan(world);
	const struct step *step = plan_find(&world->plan, SETTING_MEMORY_LOW);
	assert_int_equal(step->status, STATUS_DENIED);
	assert_true(contains(step->why.message, "/pod has 385875967"));
	assert_true(contains(step->why.hint, "raise memory.low of the group /pod to 385875968"));

	plan_clear(&world->plan);
	context_place_clear(&world->context);
	rows[1].memory_low = 368 * MIB;
	plan(world);
	assert_int_equal(wanted(world, "memory.low"), 368 * MIB);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(automatic_values_come_from_the_budget),
		TEST(the_group_comes_first_swap_before_memory_and_joining_last),
		TEST(a_limit_is_rounded_down_to_pages_as_the_kernel_does),
		TEST(fewer_pids_than_processes_are_refused),
		TEST(threads_are_counted_in_pids_max_as_the_kernel_does),
		TEST(threads_of_which_there_is_one_a_cpu_are_counted_too),
		TEST(fewer_pids_than_processes_and_threads_are_refused),
		TEST(a_missing_controller_denies_its_files_only),
		TEST(places_without_a_group_deny_every_step_with_a_remedy),
		TEST(a_limit_without_a_group_and_without_one_in_force_is_refused),
		TEST(protection_that_a_group_above_takes_away_is_refused),
		TEST(a_profile_that_asks_for_nothing_has_no_step),
	};
	return cmocka_run_group_tests_name("mechanism_cgroup", tests, NULL, NULL);
}
