/* SPDX-License-Identifier: MIT */
/*
 * plan.json: what is taken and what is refused, by fixtures: valid/NAME.json, and invalid/NAME.json with what
 * is said of it in NAME.problems. A new case is a new file.
 */
#include <dirent.h>

#include "base/fs.h"
#include "base/problem.h"
#include "context.h"
#include "plan/prepared.h"
#include "session/plan_file.h"
#include "session/session.h"

#define PLANS FIXTURES "/plans/"

static char *problems_text(const struct problems *problems)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	assert_non_null(out);
	for (size_t i = 0; i < problems->count; i++) {
		const struct problem *problem = &problems->items[i];
		fprintf(out, "%u:%u: %s: %s\n", problem->line, problem->column, problem->pointer,
			problem->message);
		if (problem->hint)
			fprintf(out, "    %s\n", problem->hint);
	}
	fclose(out);
	return text;
}

static int read_fixture(const char *folder, const char *name, struct prepared *prepared,
			struct problems *problems)
{
	cleanup_free char *path = xasprintf(PLANS "%s/%s", folder, name);
	*problems = (struct problems){0};
	return plan_file_read(path, prepared, problems);
}

static int check_valid(const char *name)
{
	struct prepared prepared;
	struct problems problems;
	int result = read_fixture("valid", name, &prepared, &problems);
	if (result < 0)
		print_error("%s: %s: %s\n", name, problems.items[0].pointer, problems.items[0].message);
	prepared_clear(&prepared);
	problems_clear(&problems);
	return result ? 1 : 0;
}

static int check_invalid(const char *name)
{
	struct prepared prepared;
	struct problems problems;
	char *text = NULL;
	size_t length;
	int result = read_fixture("invalid", name, &prepared, &problems);
	cleanup_free char *file =
		xasprintf(PLANS "invalid/%.*s.problems", (int)(strlen(name) - strlen(".json")), name);
	int missing = file_read(AT_FDCWD, file, 1 << 16, &text, &length, NULL);
	cleanup_free char *expected = text, *found = problems_text(&problems);
	bool same = result < 0 && missing == 0 && strcmp(expected, found) == 0;
	if (!same)
		print_error("%s:\n%s", name, found);
	prepared_clear(&prepared);
	problems_clear(&problems);
	return same ? 0 : 1;
}

static void each(const char *kind, int (*check)(const char *name), size_t at_least)
{
	cleanup_free char *path = xasprintf(PLANS "%s", kind);
	cleanup_closedir DIR *folder = opendir(path);
	const struct dirent *entry;
	size_t count = 0;
	int failures = 0;
	assert_non_null(folder);
	while ((entry = readdir(folder))) {
		const char *dot = strrchr(entry->d_name, '.');
		if (!dot || strcmp(dot, ".json") != 0)
			continue;
		failures += check(entry->d_name);
		count++;
	}
	assert_in_range(count, at_least, 1000);
	if (failures)
		fail_msg("%d of %zu differ", failures, count);
}

static void every_valid_plan_is_taken(void **state)
{
	(void)state;
	each("valid", check_valid, 2);
}

static void every_invalid_plan_has_exactly_the_recorded_problems(void **state)
{
	(void)state;
	each("invalid", check_invalid, 20);
}

static void what_is_read_is_what_stands_there(void **state)
{
	struct prepared prepared;
	struct problems problems;
	(void)state;
	assert_int_equal(read_fixture("valid", "kamailio.json", &prepared, &problems), 0);
	assert_string_equal(prepared.profile, PLANS "valid/profiles/kamailio-512m.json");
	assert_string_equal(prepared.router, "kamailio");
	assert_true(prepared.sized);
	assert_int_equal(prepared.limit_bytes, 512 * MIB);
	assert_int_equal(prepared.processes, 6);
	assert_int_equal(prepared.connections, 0);
	assert_int_equal(prepared.shared_mib, 404);
	assert_int_equal(prepared.private_mib, 8);
	prepared_clear(&prepared);
	assert_int_equal(read_fixture("valid", "generic-has-no-budget.json", &prepared, &problems), 0);
	assert_false(prepared.sized);
	prepared_clear(&prepared);
}

static void refuse(const char *path, const char *why)
{
	struct prepared prepared;
	struct problems problems = {0};
	assert_int_equal(plan_file_read(path, &prepared, &problems), -1);
	assert_int_equal(problems.count, 1);
	if (!contains(problems.items[0].message, why))
		fail_msg("%s: %s", path, problems.items[0].message);
	prepared_clear(&prepared);
	problems_clear(&problems);
}

static void what_is_no_file_of_its_size_is_refused_without_waiting(void **state)
{
	char folder[] = "/tmp/siplaunch-plan-XXXXXX";
	(void)state;
	assert_non_null(mkdtemp(folder));
	cleanup_free char *fifo = path_join(folder, "fifo"), *large = path_join(folder, "large");
	assert_int_equal(mkfifo(fifo, 0600), 0);
	int fd = open(large, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_int_equal(ftruncate(fd, PLAN_FILE_BYTES_MAX + 1), 0);
	close(fd);
	refuse(fifo, "not a regular file");
	refuse(large, "larger than 65536 bytes");
	refuse(folder, "not a regular file");
	refuse("/nowhere/plan.json", "No such file or directory");
	unlink(fifo);
	unlink(large);
	rmdir(folder);
}

/* ---- whether it holds ---- */

struct pod {
	struct world world;
	struct prepared prepared;
	struct policy_entry policy;
};

/* The plan fits: a Kamailio of 6 processes in a container of 512 MiB. */
static int make(void **state)
{
	struct pod *pod = xcalloc(1, sizeof *pod);
	struct world *world = &pod->world;
	world_make(world);
	world->router = (struct router){.name = "kamailio",
					.costs = router_find("kamailio", NULL)->costs,
					.sizes_by_arguments = true,
					.shm_min_mib = 4,
					.shm_max_mib = 16 * 1024 * 1024,
					.pkg_min_mib = 1,
					.pkg_max_mib = 1024,
					.processes_default = 14};
	world->estimate = (struct estimate){.processes = 6, .exact = true, .from_config = true};
	world->command.config = "/etc/kamailio/kamailio.cfg";
	world->host.runtime = RUNTIME_KUBERNETES;
	world->host.cgroup.mode = HOST_CGROUP_V2;
	world->host.cgroup.base_reason = xstrdup("/sys/fs/cgroup is mounted read-only");
	world->host.memory.total_bytes = 8 * GIB;
	world->host.memory.visible_limit = 512 * MIB;
	world->host.memory.visible_limit_source = xstrdup("/ memory.max");
	pod->prepared = (struct prepared){.file = xstrdup("/run/pod/plan.json"),
					  .router = xstrdup("kamailio"),
					  .sized = true,
					  .limit_bytes = 512 * MIB,
					  .processes = 6,
					  .shared_mib = 300,
					  .private_mib = 4};
	world->context.prepared = &pod->prepared;
	*state = pod;
	return 0;
}

static int clear(void **state)
{
	struct pod *pod = *state;
	context_clear(&pod->world.context);
	prepared_clear(&pod->prepared);
	free(pod->world.host.cgroup.base_reason);
	free(pod->world.host.memory.visible_limit_source);
	world_clear(&pod->world);
	free(pod);
	return 0;
}

static void set_policy(struct pod *pod, const char *key, enum policy policy)
{
	pod->policy = (struct policy_entry){(char *)(uintptr_t)key, policy, SOURCE_PROFILE};
	pod->world.profile.policies = &pod->policy;
	pod->world.profile.policy_count = 1;
}

static void size(struct pod *pod)
{
	struct world *world = &pod->world;
	if (context_size(&world->context, &world->plan, &world->error) < 0)
		fail_msg("%s", world->error.message);
}

static void a_plan_that_fits_is_taken_as_it_is(void **state)
{
	struct pod *pod = *state;
	size(pod);
	const struct budget *budget = &pod->world.context.decision.budget;
	assert_true(pod->world.context.decision.as_prepared);
	assert_int_equal(budget->shared_mib, 300); /* there would be room for more */
	assert_int_equal(budget->private_mib, 4);
	assert_string_equal(source_name(budget->terms[TERM_SHARED].source), "plan");
	assert_int_equal(pod->world.plan.warning_count, 0);
}

static void another_limit_is_sized_for_with_both_numbers_in_the_warning(void **state)
{
	struct pod *pod = *state;
	pod->world.host.memory.visible_limit = GIB;
	size(pod);
	assert_false(pod->world.context.decision.as_prepared);
	assert_in_range(pod->world.context.decision.budget.shared_mib, 700, 1024);
	assert_true(warned(&pod->world.plan,
			   "the plan /run/pod/plan.json does not fit: it is for 512 MiB, but the "
			   "limit here is 1024 MiB (/ memory.max)"));
}

static void the_policy_plan_alone_makes_another_limit_a_refusal(void **state)
{
	struct pod *pod = *state;
	struct world *world = &pod->world;
	world->host.memory.visible_limit = 256 * MIB;
	set_policy(pod, "plan", POLICY_REQUIRE);
	assert_int_equal(context_size(&world->context, &world->plan, &world->error), -1);
	assert_true(contains(world->error.message,
			     "it is for 512 MiB, but the limit here is 256 MiB (/ memory.max)"));
	assert_true(contains(world->error.hint, "--policy plan=prefer"));
	set_policy(pod, "default", POLICY_REQUIRE);
	size(pod);
	assert_false(world->context.decision.as_prepared);
	plan_clear(&world->plan);
	set_policy(pod, "plan", POLICY_SKIP);
	size(pod);
	assert_false(warned(&world->plan, "does not fit"));
}

static void another_configuration_makes_another_plan(void **state)
{
	struct pod *pod = *state;
	pod->world.estimate.processes = 12;
	size(pod);
	assert_int_equal(pod->world.context.decision.budget.processes, 12);
	assert_true(
		warned(&pod->world.plan, "it is for 6 processes, but /etc/kamailio/kamailio.cfg starts 12"));
}

static void where_the_configuration_cannot_be_read_the_plans_numbers_count(void **state)
{
	struct pod *pod = *state;
	char *warnings[] = {(char *)(uintptr_t) "cannot be read"};
	pod->world.estimate = (struct estimate){
		.processes = 14, .tcp_connections = 2048, .warnings = warnings, .warning_count = 1};
	size(pod);
	assert_true(pod->world.context.decision.as_prepared);
	assert_int_equal(pod->world.context.decision.budget.processes, 6);
	assert_string_equal(source_name(pod->world.context.decision.budget.processes_source), "plan");
	assert_int_equal(pod->world.context.decision.budget.connections, 0);
	assert_false(warned(&pod->world.plan, "cannot be read"));
}

static void where_no_limit_can_be_seen_the_plans_is_taken(void **state)
{
	struct pod *pod = *state;
	pod->world.host.memory.visible_limit = UNLIMITED;
	size(pod);
	assert_true(pod->world.context.decision.as_prepared);
	assert_int_equal(pod->world.context.decision.budget.limit_bytes, 512 * MIB);
	assert_true(warned(&pod->world.plan,
			   "no memory limit is visible here: siplaunch uses the plan's 512 MiB"));
	/* but not what may have been the whole node's */
	plan_clear(&pod->world.plan);
	pod->prepared.limit_bytes = 7900 * MIB;
	size(pod);
	assert_int_equal(pod->world.context.decision.budget.limit_bytes, 6 * GIB);
	assert_false(pod->world.context.decision.as_prepared);
}

static void a_plan_for_another_router_gives_nothing(void **state)
{
	struct pod *pod = *state;
	free(pod->prepared.router);
	pod->prepared.router = xstrdup("opensips");
	pod->world.estimate = (struct estimate){.processes = 14};
	size(pod);
	assert_int_equal(pod->world.context.decision.budget.processes, 14);
	assert_true(warned(&pod->world.plan, "it is for opensips, but the command starts kamailio"));
}

static void sizes_that_do_not_fit_any_more_are_no_reason_to_fail(void **state)
{
	struct pod *pod = *state;
	pod->prepared.shared_mib = 500;
	size(pod);
	assert_false(pod->world.context.decision.as_prepared);
	assert_true(warned(&pod->world.plan, "does not fit"));
	assert_in_range(pod->world.context.decision.budget.shared_mib, 300, 480);
}

static void the_commands_own_options_win_over_the_plan(void **state)
{
	struct pod *pod = *state;
	pod->world.command.shm_mib = 200;
	size(pod);
	assert_int_equal(pod->world.context.decision.budget.shared_mib, 200);
	assert_int_equal(pod->world.context.decision.budget.private_mib, 4);
	assert_int_equal(pod->world.context.decision.budget.terms[TERM_SHARED].source, SOURCE_COMMAND_LINE);
}

#define world_test(f) cmocka_unit_test_setup_teardown(f, make, clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_valid_plan_is_taken),
		cmocka_unit_test(every_invalid_plan_has_exactly_the_recorded_problems),
		cmocka_unit_test(what_is_read_is_what_stands_there),
		cmocka_unit_test(what_is_no_file_of_its_size_is_refused_without_waiting),
		world_test(a_plan_that_fits_is_taken_as_it_is),
		world_test(another_limit_is_sized_for_with_both_numbers_in_the_warning),
		world_test(the_policy_plan_alone_makes_another_limit_a_refusal),
		world_test(another_configuration_makes_another_plan),
		world_test(where_the_configuration_cannot_be_read_the_plans_numbers_count),
		world_test(where_no_limit_can_be_seen_the_plans_is_taken),
		world_test(a_plan_for_another_router_gives_nothing),
		world_test(sizes_that_do_not_fit_any_more_are_no_reason_to_fail),
		world_test(the_commands_own_options_win_over_the_plan),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
