/* SPDX-License-Identifier: MIT */
#include "context.h"
#include "plan/limit.h"

/* A Kamailio in 512 MiB below /sip.slice on a host of 4 GiB. */
static int make(void **state)
{
	struct world *world = xcalloc(1, sizeof *world);
	world_make(world);
	world->router.shm_min_mib = 4;
	world->router.shm_max_mib = 16 * 1024 * 1024;
	world->router.pkg_min_mib = 1;
	world->router.pkg_max_mib = 1024;
	world->router.shm_avoid_mib = 64;
	world->estimate = (struct estimate){.processes = 10, .exact = true, .from_config = true};
	world->command.config = "/etc/kamailio/kamailio.cfg";
	world->profile.cgroup.path = xstrdup("sip.slice/kamailio");
	world->profile.sizing.memory = (struct size_field){{.kind = SIZE_AUTO}, SOURCE_DEFAULT};
	world->host.cgroup.mode = HOST_CGROUP_V2;
	world->host.cgroup.base = xstrdup("/");
	world->host.cgroup.base_reason = xstrdup("there is no systemd");
	world->host.cgroup.writable = true;
	world->host.cgroup.base_controllers = CONTROLLER_MEMORY | CONTROLLER_PIDS;
	world->host.memory.placed_limit = UNLIMITED;
	world->host.memory.total_bytes = 4 * GIB;
	world->host.memory.available_bytes = 3 * GIB;
	*state = world;
	return 0;
}

static int clear(void **state)
{
	struct world *world = *state;
	context_clear(&world->context);
	free(world->profile.cgroup.path);
	free(world->host.cgroup.base);
	free(world->host.cgroup.base_reason);
	world_clear(world);
	free(world);
	return 0;
}

static void ask_memory(struct world *world, uint64_t bytes)
{
	world->profile.sizing.memory =
		(struct size_field){{.kind = SIZE_BYTES, .bytes = bytes}, SOURCE_PROFILE};
}

static void size(struct world *world)
{
	if (context_size(&world->context, &world->plan, &world->error) < 0)
		fail_msg("%s", world->error.message);
}

/* For the next row of a table. */
static void context_clear_budget(struct world *world)
{
	context_place_clear(&world->context);
	plan_clear(&world->plan);
}

static void the_profiles_memory_is_the_limit_where_the_place_allows_it(void **state)
{
	struct world *world = *state;
	ask_memory(world, 512 * MIB);
	size(world);
	assert_int_equal(world->context.decision.budget.limit_bytes, 512 * MIB);
	assert_string_equal(world->context.decision.budget.limit_source, "sizing.memory");
	assert_string_equal(world->context.decision.group_path, "/sip.slice/kamailio");
	assert_true(world->context.decision.budget.shared_mib > 256);
	assert_int_equal(world->plan.warning_count, 0);
}

static void a_smaller_limit_of_the_place_wins_with_a_warning(void **state)
{
	struct world *world = *state;
	ask_memory(world, 512 * MIB);
	world->host.memory.placed_limit = 300 * MIB;
	world->host.memory.placed_limit_source = (char *)"/sip.slice memory.max";
	size(world);
	assert_int_equal(world->context.decision.budget.limit_bytes, 300 * MIB);
	assert_string_equal(world->context.decision.budget.limit_source, "/sip.slice memory.max");
	assert_true(warned(&world->plan, "/sip.slice memory.max allows 300 MiB"));
}

static void without_a_group_of_its_own_our_groups_limit_holds(void **state)
{
	struct world *world = *state;
	world->host.cgroup.base_controllers = 0;
	world->host.memory.visible_limit = 256 * MIB;
	world->host.memory.visible_limit_source = (char *)"/ memory.max";
	size(world);
	assert_null(world->context.decision.group_path);
	assert_int_equal(world->context.decision.budget.limit_bytes, 256 * MIB);
}

static void in_a_group_of_its_own_our_groups_limit_does_not(void **state)
{
	struct world *world = *state;
	ask_memory(world, 512 * MIB);
	world->host.memory.visible_limit = 64 * MIB;
	world->host.memory.visible_limit_source = (char *)"/user.slice memory.max";
	size(world);
	assert_int_equal(world->context.decision.budget.limit_bytes, 512 * MIB);
}

static void with_no_limit_visible_three_quarters_of_the_machine_are_taken_and_said(void **state)
{
	struct world *world = *state;
	size(world);
	assert_int_equal(world->context.decision.budget.limit_bytes, 3 * GIB);
	assert_true(warned(&world->plan, "75 % of MemTotal"));
}

/* What is asked of a machine of 4 GiB without any cgroup limit, and what the router is sized for. */
static void of_a_whole_machine_a_router_gets_three_quarters(void **state)
{
	static const struct {
		struct size asked;
		uint64_t limit;
		const char *source, *warning;
	} rows[] = {
		{{.kind = SIZE_BYTES, .bytes = 4 * GIB}, 3 * GIB, "75 % of MemTotal", "75 % of MemTotal"},
		{{.kind = SIZE_BYTES, .bytes = 64 * GIB}, 3 * GIB, "75 % of MemTotal", "75 % of MemTotal"},
		{{.kind = SIZE_PERCENT, .hundredths = 10000}, 3 * GIB, "75 % of MemTotal", "the rest is for"},
		{{.kind = SIZE_BYTES, .bytes = 3584 * MIB}, 3584 * MIB, "sizing.memory", "512 MiB are left"},
		{{.kind = SIZE_PERCENT, .hundredths = 9000}, 3686 * MIB, "sizing.memory", "MiB are left"},
		{{.kind = SIZE_BYTES, .bytes = 3 * GIB}, 3 * GIB, "sizing.memory", NULL},
		{{.kind = SIZE_PERCENT, .hundredths = 5000}, 2 * GIB, "sizing.memory", NULL},
	};
	struct world *world = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		world->profile.sizing.memory = (struct size_field){rows[i].asked, SOURCE_PROFILE};
		world->host.memory.available_bytes = 4 * GIB;
		size(world);
		assert_int_equal(world->context.decision.budget.limit_bytes, rows[i].limit);
		assert_string_equal(world->context.decision.budget.limit_source, rows[i].source);
		assert_int_equal(world->plan.warning_count, rows[i].warning != NULL);
		if (rows[i].warning)
			assert_true(warned(&world->plan, rows[i].warning));
		context_clear_budget(world);
	}
}

static void a_cgroup_limit_is_the_routers_as_a_whole(void **state)
{
	struct world *world = *state;
	ask_memory(world, 8 * GIB);
	world->host.memory.placed_limit = GIB;
	world->host.memory.placed_limit_source = (char *)"/sip.slice memory.max";
	size(world);
	assert_int_equal(world->context.decision.budget.limit_bytes, GIB);
}

static void a_cgroup_limit_above_the_machines_memory_is_not_counted_on(void **state)
{
	struct world *world = *state;
	ask_memory(world, 8 * GIB);
	world->host.memory.placed_limit = 6 * GIB;
	world->host.memory.placed_limit_source = (char *)"/sip.slice memory.max";
	size(world);
	assert_int_equal(world->context.decision.budget.limit_bytes, 3 * GIB);
}

static void a_percentage_is_of_what_the_place_allows(void **state)
{
	struct world *world = *state;
	world->host.memory.placed_limit = GIB;
	world->host.memory.placed_limit_source = (char *)"/sip.slice memory.max";
	world->profile.sizing.memory =
		(struct size_field){{.kind = SIZE_PERCENT, .hundredths = 5000}, SOURCE_PROFILE};
	size(world);
	assert_int_equal(world->context.decision.budget.limit_bytes, 512 * MIB);
}

static void a_memory_max_that_is_set_by_number_bounds_the_budget(void **state)
{
	struct world *world = *state;
	struct requested requested = {.setting = setting_find(MECHANISM_CGROUP, "memory.max"),
				      .size = {.kind = SIZE_BYTES, .bytes = 256 * MIB},
				      .source = SOURCE_PROFILE};
	ask_memory(world, 512 * MIB);
	world->profile.unified = &requested;
	world->profile.unified_count = 1;
	size(world);
	assert_int_equal(world->context.decision.budget.limit_bytes, 256 * MIB);
	assert_string_equal(world->context.decision.budget.limit_source, "memory.max");
}

static void a_memory_high_that_is_set_by_number_bounds_it_too(void **state)
{
	struct world *world = *state;
	struct requested requested = {.setting = setting_find(MECHANISM_CGROUP, "memory.high"),
				      .size = {.kind = SIZE_BYTES, .bytes = 200 * MIB},
				      .source = SOURCE_PROFILE};
	ask_memory(world, 512 * MIB);
	world->profile.unified = &requested;
	world->profile.unified_count = 1;
	size(world);
	assert_int_equal(world->context.decision.budget.limit_bytes, 200 * MIB);
	assert_string_equal(world->context.decision.budget.limit_source, "memory.high");
}

/* In a service that is not delegated the router stays in the unit's own group. */
static void the_own_units_limits_bind_unless_an_earlier_start_has_set_them(void **state)
{
	struct world *world = *state;
	struct ancestor rows[] = {
		{.path = (char *)"/system.slice/sip.service",
		 .memory_max = 900 * MIB,
		 .memory_high = 300 * MIB},
		{.path = (char *)"/system.slice", .memory_max = 800 * MIB, .memory_high = 700 * MIB},
	};
	struct limit limit;
	world->context.decision.own_unit = true;
	world->host.ancestors = rows;
	world->host.ancestor_count = ARRAY_SIZE(rows);
	assert_int_equal(limit_resolve(&world->context, &world->plan, &limit, &world->error), 0);
	assert_int_equal(limit.bytes, 300 * MIB);
	assert_string_equal(limit.source, "/system.slice/sip.service memory.high");

	world->host.cgroup.run_time_limits = true;
	assert_int_equal(limit_resolve(&world->context, &world->plan, &limit, &world->error), 0);
	assert_int_equal(limit.bytes, 700 * MIB);
	assert_string_equal(limit.source, "/system.slice memory.high");
}

static void a_second_pool_counts_where_it_lies_in_memory(void **state)
{
	struct world *world = *state;
	ask_memory(world, 512 * MIB);
	world->estimate.second = (struct second_pool){.used = true};
	size(world);
	uint64_t shared = world->context.decision.budget.shared_mib;
	assert_int_equal(world->context.decision.budget.terms[TERM_SECOND].bytes, shared * MIB);
	world->estimate.second.on_disk = true;
	size(world);
	assert_int_equal(world->context.decision.budget.terms[TERM_SECOND].bytes, 0);
	assert_true(world->context.decision.budget.shared_mib >= 2 * shared);
}

static void huge_pages_are_counted_on_where_the_kernel_gives_some(void **state)
{
	struct world *world = *state;
	ask_memory(world, 512 * MIB);
	world->profile.sizing.huge_pages = HUGE_PAGES_EXPECTED;
	world->host.memory.shmem_thp = (char *)"always";
	size(world);
	assert_true(world->context.decision.request.huge_pages);
	world->host.memory.page_bytes = 64 * KIB; /* theirs are of 512 MiB there */
	size(world);
	assert_false(world->context.decision.request.huge_pages);
	assert_true(warned(&world->plan, "shared memory gets none here"));
}

static void oversubscribed_siblings_and_a_small_machine_are_warned_of(void **state)
{
	struct world *world = *state;
	struct ancestor root = {.path = (char *)"/sip.slice",
				.memory_max = GIB,
				.memory_high = UNLIMITED,
				.children_max_bytes = 700 * MIB,
				.children_limited = 2};
	ask_memory(world, 512 * MIB);
	world->host.placed = &root;
	world->host.placed_count = 1;
	world->host.memory.available_bytes = 400 * MIB;
	size(world);
	assert_true(warned(&world->plan, "add up to 1212 MiB"));
	assert_true(warned(&world->plan, "available now (400 MiB)"));
}

static void the_commands_own_pools_win_and_are_checked_against_the_budget(void **state)
{
	struct world *world = *state;
	ask_memory(world, 512 * MIB);
	world->command.shm_mib = 200;
	world->command.pkg_mib = 6;
	world->profile.sizing.shared =
		(struct size_field){{.kind = SIZE_BYTES, .bytes = 100 * MIB}, SOURCE_PROFILE};
	size(world);
	assert_int_equal(world->context.decision.budget.shared_mib, 200);
	assert_int_equal(world->context.decision.budget.private_mib, 6);
	assert_int_equal(world->context.decision.budget.terms[TERM_SHARED].source, SOURCE_COMMAND_LINE);
	assert_true(warned(&world->plan, "-m 200 wins over sizing.shared (100 MiB)"));

	world->command.shm_mib = 512;
	assert_int_equal(context_size(&world->context, &world->plan, &world->error), -1);
	assert_non_null(world->error.message);
	assert_non_null(world->error.hint);
}

static void kamailios_configuration_holds_where_the_commands_pool_is_its_default(void **state)
{
	struct world *world = *state;
	ask_memory(world, 512 * MIB);
	world->command.shm_mib = 64;
	world->estimate.cfg_shm_mib = 128;
	size(world);
	assert_int_equal(world->context.decision.budget.shared_mib, 128);
	assert_true(warned(&world->plan, "128"));
}

static void a_number_of_processes_wins_over_the_estimate(void **state)
{
	struct world *world = *state;
	ask_memory(world, 512 * MIB);
	world->profile.sizing.processes.kind = COUNT_NUMBER;
	world->profile.sizing.processes.number = 4;
	world->profile.sizing.processes.source = SOURCE_COMMAND_LINE;
	size(world);
	assert_int_equal(world->context.decision.budget.processes, 4);
	assert_int_equal(world->context.decision.budget.processes_source, SOURCE_COMMAND_LINE);
	assert_true(warned(&world->plan, "starts 10"));
}

/* 40 bytes x 262144 is 10 MiB, which must stay below 80 % of the pool. */
static void open_many_files(struct world *world, struct rlimit_request *nofile)
{
	*nofile = (struct rlimit_request){.setting = setting_find(MECHANISM_RLIMIT, "RLIMIT_NOFILE"),
					  .has_soft = true,
					  .soft = 1 << 18};
	world->router.reactor_bytes_per_file = 40;
	world->profile.rlimits = nofile;
	world->profile.rlimit_count = 1;
}

static void a_reactor_with_room_for_all_connections_is_not_warned_of(void **state)
{
	struct world *world = *state;
	struct rlimit_request nofile;
	ask_memory(world, 128 * MIB);
	open_many_files(world, &nofile);
	world->estimate.tcp_connections = 2048;
	size(world);
	assert_true(world->context.decision.budget.private_mib < 13);
	assert_false(warned(&world->plan, "reactor"));
}

static void a_reactor_that_is_too_small_for_the_connections_is_warned_of(void **state)
{
	struct world *world = *state;
	struct rlimit_request nofile;
	ask_memory(world, 2 * GIB);
	open_many_files(world, &nofile);
	world->estimate.tcp_connections = 100000;
	size(world);
	assert_true(warned(&world->plan, "need 100326: set open_files_limit=100326 in the configuration"));
}

static void a_reactor_is_not_warned_of_beyond_the_descriptors_that_it_may_open(void **state)
{
	struct world *world = *state;
	struct rlimit_request nofile;
	ask_memory(world, 2 * GIB);
	open_many_files(world, &nofile);
	nofile.soft = 1024;
	world->estimate.tcp_connections = 100000;
	size(world);
	assert_false(warned(&world->plan, "reactor"));
}

static void a_number_of_open_files_in_its_configuration_raises_opensips_private_pool(void **state)
{
	struct world *world = *state;
	struct rlimit_request nofile;
	ask_memory(world, 2 * GIB);
	open_many_files(world, &nofile);
	world->estimate.open_files_limit = 1 << 18;
	world->estimate.tcp_connections = 100000;
	size(world);
	assert_true(world->context.decision.budget.private_mib >= 13);
	assert_false(warned(&world->plan, "reactor")); /* it is not shrunk then */
}

static void a_generic_command_is_limited_and_not_sized(void **state)
{
	struct world *world = *state;
	ask_memory(world, 512 * MIB);
	world->router.sizes_by_arguments = false;
	size(world);
	assert_false(world->context.decision.sized);
	assert_int_equal(world->context.decision.budget.limit_bytes, 512 * MIB);
	assert_int_equal(world->context.decision.budget.shared_mib, 0);
}

static void of_a_router_without_pools_processes_and_threads_are_counted_all_the_same(void **state)
{
	struct world *world = *state;
	ask_memory(world, 512 * MIB);
	world->router.sizes_by_arguments = false;
	world->estimate = (struct estimate){.processes = 1, .extra_threads = 19, .exact = true};
	size(world);
	assert_int_equal(world->context.decision.budget.processes, 0); /* any program */
	world->router.counted = true;
	size(world);
	assert_false(world->context.decision.sized);
	assert_int_equal(context_tasks(&world->context), 20);
	world->command.only_checks = true;
	size(world);
	assert_int_equal(world->context.decision.budget.processes, 0);
}

static void a_limit_below_a_mebibyte_is_refused_and_not_rounded_to_nothing(void **state)
{
	struct world *world = *state;
	world->router.sizes_by_arguments = false;
	ask_memory(world, MIB - 1);
	assert_int_equal(context_size(&world->context, &world->plan, &world->error), -1);
	assert_true(contains(world->error.message, "sizing.memory"));
}

static void a_command_without_any_computed_limit_is_not_warned_of_one(void **state)
{
	struct world *world = *state;
	world->router.sizes_by_arguments = false;
	size(world);
	assert_int_equal(world->plan.warning_count, 0);
}

static void a_budget_that_does_not_fit_is_refused_with_its_arithmetic(void **state)
{
	struct world *world = *state;
	ask_memory(world, 32 * MIB);
	world->profile.sizing.processes.kind = COUNT_NUMBER;
	world->profile.sizing.processes.number = 200;
	assert_int_equal(context_size(&world->context, &world->plan, &world->error), -1);
	assert_true(contains(world->error.message, "200"));
	assert_true(contains(world->error.hint, "MiB"));
}

static void nothing_known_of_the_memory_is_refused_and_not_guessed(void **state)
{
	struct world *world = *state;
	world->host.memory.total_bytes = 0;
	assert_int_equal(context_size(&world->context, &world->plan, &world->error), -1);
	assert_true(contains(world->error.hint, "sizing.memory"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_profiles_memory_is_the_limit_where_the_place_allows_it),
		TEST(a_smaller_limit_of_the_place_wins_with_a_warning),
		TEST(without_a_group_of_its_own_our_groups_limit_holds),
		TEST(in_a_group_of_its_own_our_groups_limit_does_not),
		TEST(with_no_limit_visible_three_quarters_of_the_machine_are_taken_and_said),
		TEST(of_a_whole_machine_a_router_gets_three_quarters),
		TEST(a_cgroup_limit_is_the_routers_as_a_whole),
		TEST(a_cgroup_limit_above_the_machines_memory_is_not_counted_on),
		TEST(a_percentage_is_of_what_the_place_allows),
		TEST(a_memory_max_that_is_set_by_number_bounds_the_budget),
		TEST(a_memory_high_that_is_set_by_number_bounds_it_too),
		TEST(the_own_units_limits_bind_unless_an_earlier_start_has_set_them),
		TEST(a_second_pool_counts_where_it_lies_in_memory),
		TEST(huge_pages_are_counted_on_where_the_kernel_gives_some),
		TEST(oversubscribed_siblings_and_a_small_machine_are_warned_of),
		TEST(the_commands_own_pools_win_and_are_checked_against_the_budget),
		TEST(kamailios_configuration_holds_where_the_commands_pool_is_its_default),
		TEST(a_number_of_processes_wins_over_the_estimate),
		TEST(a_reactor_with_room_for_all_connections_is_not_warned_of),
		TEST(a_reactor_that_is_too_small_for_the_connections_is_warned_of),
		TEST(a_reactor_is_not_warned_of_beyond_the_descriptors_that_it_may_open),
		TEST(a_number_of_open_files_in_its_configuration_raises_opensips_private_pool),
		TEST(a_generic_command_is_limited_and_not_sized),
		TEST(of_a_router_without_pools_processes_and_threads_are_counted_all_the_same),
		TEST(a_limit_below_a_mebibyte_is_refused_and_not_rounded_to_nothing),
		TEST(a_command_without_any_computed_limit_is_not_warned_of_one),
		TEST(a_budget_that_does_not_fit_is_refused_with_its_arithmetic),
		TEST(nothing_known_of_the_memory_is_refused_and_not_guessed),
	};
	return cmocka_run_group_tests_name("context", tests, NULL, NULL);
}
