/* SPDX-License-Identifier: MIT */
/* In what order a plan is applied and undone, and what is done when a step fails in the middle of it. */
#include <errno.h>

#include "base/fs.h"
#include "context.h"
#include "named.h"

/* ---- the table ---- */

static size_t place_of(const char *name)
{
	size_t i = 0;
	while (mechanism_at(i) && strcmp(mechanism_name(mechanism_at(i)->id), name) != 0)
		i++;
	assert_non_null(mechanism_at(i));
	return i;
}

static void each_mechanism_comes_before_what_would_be_in_its_way(void **state)
{
	static const struct {
		const char *first, *then, *why;
	} pairs[] = {
		{"cgroup", "oom", "memory stays charged to the group that touched it first"},
		{"cgroup", "ipc", "what a namespace costs is the router's"},
		{"oom", "identity", "lowering the score needs CAP_SYS_RESOURCE"},
		{"rlimit", "identity", "and so does raising a hard limit"},
		{"ipc", "sysctl", "else the machine's own values would be written"},
		{"ipc", "identity", "a namespace needs CAP_SYS_ADMIN"},
		{"sysctl", "identity", "its files are those of root"},
		{"directories", "identity", "their owner is another user"},
		{"identity", "seccomp", "the filter need not permit setresuid(2)"},
		{"arguments", "seccomp", "nothing is done under the filter but exec"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		if (place_of(pairs[i].first) >= place_of(pairs[i].then))
			fail_msg("%s comes before %s: %s", pairs[i].first, pairs[i].then, pairs[i].why);
}

static void each_step_is_done_by_who_can_undo_it(void **state)
{
	static const struct {
		const char *mechanism, *name;
		enum manager manager;
		enum stage stage;
	} cases[] = {
		{"cgroup", "group", MANAGER_CGROUPFS, STAGE_OUTSIDE},
		{"cgroup", "memory.max", MANAGER_CGROUPFS, STAGE_OUTSIDE},
		{"cgroup", "cgroup.procs", MANAGER_CGROUPFS, STAGE_SELF},
		{"cgroup", "group", MANAGER_SYSTEMD, STAGE_SELF}, /* a scope wants its process at once */
		{"directories", "runtime", MANAGER_CGROUPFS, STAGE_OUTSIDE},
		{"oom", "oom_score_adj", MANAGER_CGROUPFS, STAGE_SELF},
		{"identity", "user", MANAGER_CGROUPFS, STAGE_SELF},
		{"seccomp", "filter", MANAGER_CGROUPFS, STAGE_LAST},
		{"seccomp", "filter", MANAGER_SYSTEMD, STAGE_LAST},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct context context = {.decision.manager = cases[i].manager};
		const struct step step = {.setting = setting_named(cases[i].mechanism, cases[i].name)};
		print_message("  %s/%s\n", cases[i].mechanism, cases[i].name);
		assert_int_equal(step_stage(&context, &step), cases[i].stage);
	}
}

/* ---- plans of sysctls, in a folder that stands for /proc ---- */

struct tree {
	struct world world;
	struct target target;
	char folder[40];
};

static const char *const files[] = {"msgmax", "msgmni", "shmmni"};

static void put(const struct tree *tree, const char *file, const char *text)
{
	cleanup_free char *path = xasprintf("sys/kernel/%s", file);
	int fd = openat(tree->target.proc, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0 && write_whole(fd, text, strlen(text)) == 0);
	close(fd);
}

static void expect(const struct tree *tree, const char *file, const char *text)
{
	cleanup_free char *path = xasprintf("sys/kernel/%s", file), *found = NULL;
	assert_true(pseudo_read_record(tree->target.proc, path, &found) > 0);
	assert_string_equal(found, text);
}

static int make(void **state)
{
	struct tree *tree = xcalloc(1, sizeof *tree);
	world_make(&tree->world);
	strcpy(tree->folder, "/tmp/siplaunch-order-XXXXXX");
	assert_non_null(mkdtemp(tree->folder));
	tree->target = (struct target){.proc = open(tree->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
				       .cgroup = -1,
				       .origin_procs = -1,
				       .context = &tree->world.context};
	assert_int_equal(mkdirat(tree->target.proc, "sys", 0755), 0);
	assert_int_equal(mkdirat(tree->target.proc, "sys/kernel", 0755), 0);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		put(tree, files[i], "100\n");
	*state = tree;
	return 0;
}

static int clear(void **state)
{
	struct tree *tree = *state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		cleanup_free char *path = xasprintf("sys/kernel/%s", files[i]);
		unlinkat(tree->target.proc, path, 0);
	}
	unlinkat(tree->target.proc, "sys/kernel", AT_REMOVEDIR);
	unlinkat(tree->target.proc, "sys", AT_REMOVEDIR);
	close(tree->target.proc);
	rmdir(tree->folder);
	world_clear(&tree->world);
	free(tree);
	return 0;
}

/* A step that writes a number of three digits: no rest of the old one is left in a file that is no sysctl. */
static struct step *add(struct tree *tree, const char *file, uint64_t number, enum policy policy)
{
	cleanup_free char *name = xasprintf("kernel.%s", file);
	const struct setting *setting = setting_find(MECHANISM_SYSCTL, name);
	assert_non_null(setting);
	struct step *step = plan_add(&tree->world.plan, &tree->world.context, setting,
				     xasprintf("/proc/sys/kernel/%s", file),
				     value_number(setting->kind, number), SOURCE_PROFILE);
	step->policy = policy;
	return step;
}

static void remove_file(const struct tree *tree, const char *file)
{
	cleanup_free char *path = xasprintf("sys/kernel/%s", file);
	assert_int_equal(unlinkat(tree->target.proc, path, 0), 0);
}

static int apply(struct tree *tree)
{
	return plan_apply(&tree->world.plan, &tree->target, STAGE_BOTH, &tree->world.error);
}

static void all_steps_are_applied_in_their_order(void **state)
{
	struct tree *tree = *state;
	add(tree, "msgmax", 200, POLICY_REQUIRE);
	add(tree, "msgmax", 300, POLICY_REQUIRE);
	assert_int_equal(apply(tree), 0);
	expect(tree, "msgmax", "300");
}

static void what_was_done_last_is_undone_first(void **state)
{
	struct tree *tree = *state;
	add(tree, "msgmax", 200, POLICY_REQUIRE);
	add(tree, "msgmax", 300, POLICY_REQUIRE);
	assert_int_equal(apply(tree), 0);
	plan_undo(&tree->world.plan, &tree->target);
	expect(tree, "msgmax", "100");
}

static void a_required_step_that_fails_undoes_what_was_done_and_does_no_more(void **state)
{
	struct tree *tree = *state;
	add(tree, "msgmax", 200, POLICY_REQUIRE);
	add(tree, "shmmni", 200, POLICY_REQUIRE);
	add(tree, "msgmni", 200, POLICY_REQUIRE);
	remove_file(tree, "shmmni");
	assert_int_equal(apply(tree), -1);
	assert_int_equal(tree->world.error.errnum, ENOENT);
	assert_true(contains(tree->world.error.message, "sysctl/kernel.shmmni"));
	expect(tree, "msgmax", "100");
	expect(tree, "msgmni", "100");
}

static void a_preferred_step_that_fails_is_warned_of_and_the_others_are_done(void **state)
{
	struct tree *tree = *state;
	add(tree, "msgmax", 200, POLICY_REQUIRE);
	add(tree, "shmmni", 200, POLICY_PREFER);
	add(tree, "msgmni", 200, POLICY_REQUIRE);
	remove_file(tree, "shmmni");
	assert_int_equal(apply(tree), 0);
	assert_int_equal(tree->world.plan.steps[1].status, STATUS_FAILED);
	assert_true(warned(&tree->world.plan, "kernel.shmmni is not applied"));
	expect(tree, "msgmax", "200");
	expect(tree, "msgmni", "200");
}

static void a_required_step_that_is_denied_keeps_all_others_from_being_tried(void **state)
{
	struct tree *tree = *state;
	add(tree, "msgmax", 200, POLICY_REQUIRE);
	struct step *denied = add(tree, "msgmni", 200, POLICY_REQUIRE);
	step_deny(denied, &tree->world.context, EROFS, "write %s", denied->path);
	assert_int_equal(apply(tree), -1);
	assert_int_equal(tree->world.error.errnum, EROFS);
	expect(tree, "msgmax", "100");
	expect(tree, "msgmni", "100");
}

static void a_step_of_another_stage_is_left_to_it(void **state)
{
	struct tree *tree = *state;
	add(tree, "msgmax", 200, POLICY_REQUIRE);
	assert_int_equal(plan_apply(&tree->world.plan, &tree->target, STAGE_OUTSIDE, &tree->world.error), 0);
	expect(tree, "msgmax", "100");
	assert_int_equal(plan_apply(&tree->world.plan, &tree->target, STAGE_SELF, &tree->world.error), 0);
	expect(tree, "msgmax", "200");
}

static void what_the_policy_leaves_alone_is_not_done(void **state)
{
	struct tree *tree = *state;
	struct world *world = &tree->world;
	struct requested requested = {.setting = setting_find(MECHANISM_SYSCTL, "kernel.msgmax"),
				      .value = value_number(VALUE_BYTES, 200),
				      .size = {.kind = SIZE_BYTES, .bytes = 200}};
	struct policy_entry skip_all = {.key = (char *)(uintptr_t) "sysctl", .policy = POLICY_SKIP};
	world->profile.sysctls = &requested;
	world->profile.sysctl_count = 1;
	world->profile.policies = &skip_all;
	world->profile.policy_count = 1;
	world->host.proc_sys_writable = true;
	assert_int_equal(plan_build_one(&mechanism_sysctl, &world->context, &world->plan, &world->error), 0);
	assert_int_equal(world->plan.count, 1);
	assert_int_equal(apply(tree), 0);
	expect(tree, "msgmax", "100");
}

/* As an ordinary file it takes whatever is written: what comes back is another number. */
static void a_value_that_reads_back_as_another_is_put_back_as_it_was(void **state)
{
	struct tree *tree = *state;
	put(tree, "msgmax", "1234");
	add(tree, "msgmax", 200, POLICY_REQUIRE);
	assert_int_equal(apply(tree), -1);
	assert_true(contains(tree->world.error.message, "reads back as \"2004\" after \"200\""));
	expect(tree, "msgmax", "1234");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_mechanism_comes_before_what_would_be_in_its_way),
		cmocka_unit_test(each_step_is_done_by_who_can_undo_it),
		TEST(all_steps_are_applied_in_their_order),
		TEST(what_was_done_last_is_undone_first),
		TEST(a_required_step_that_fails_undoes_what_was_done_and_does_no_more),
		TEST(a_preferred_step_that_fails_is_warned_of_and_the_others_are_done),
		TEST(a_required_step_that_is_denied_keeps_all_others_from_being_tried),
		TEST(a_step_of_another_stage_is_left_to_it),
		TEST(what_the_policy_leaves_alone_is_not_done),
		TEST(a_value_that_reads_back_as_another_is_put_back_as_it_was),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
