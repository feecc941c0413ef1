/* SPDX-License-Identifier: MIT */
/* What manager systemd says of limits before anything is asked for. What systemd does is
 * tests/vm/systemd.bats'. */
#include "context.h"

#include "mechanism/cgroup_manager.h"
#include "mechanism/cgroup_systemd.h"

#define CONTROLLERS (CONTROLLER_MEMORY | CONTROLLER_PIDS | CONTROLLER_CPU | CONTROLLER_CPUSET)

static char scope_path[] = "/sip.slice/sip-kamailio.scope",
	    leaf_path[] = "/sip.slice/sip-kamailio.scope/router",
	    service_path[] = "/system.slice/kamailio.service", scope[] = "sip-kamailio.scope",
	    service[] = "kamailio.service", mount[] = "/sys/fs/cgroup", root[] = "/";

static void world_scope(struct world *world, char *group_path)
{
	world_make(world);
	world->host.cgroup.mount = mount;
	world->host.cgroup.mount_root = root;
	world->host.cgroup.manager_controllers = CONTROLLERS;
	world->context.decision.manager = MANAGER_SYSTEMD;
	world->context.decision.group_path = group_path;
	world->context.decision.slice = (char *)"sip.slice";
	world->context.decision.unit = scope;
}

static void world_service(struct world *world, struct group_value *values, size_t count)
{
	world_scope(world, service_path);
	world->context.decision.own_unit = true;
	world->context.decision.unit = service;
	world->host.cgroup.unit = service;
	world->host.group_values = values;
	world->host.group_value_count = count;
}

/* A step for the limit, judged. */
static struct step *judged(struct world *world, const char *name, const char *text)
{
	const struct setting *setting = setting_find(MECHANISM_CGROUP, name);
	struct value wanted;
	assert_non_null(setting);
	assert_true(setting_value_parse(setting, text, &wanted));
	char *path = xasprintf("/sys/fs/cgroup%s/%s", world->context.decision.group_path, name);
	struct step *step = plan_add(&world->plan, &world->context, setting, path, wanted, SOURCE_PROFILE);
	group_manager_systemd.judge(&world->context, step);
	return step;
}

static void limits_with_a_property_are_set_for_the_scope_and_others_in_its_leaf(void **state)
{
	static const struct {
		char *group;
		const char *name, *value;
		enum status status;
		const char *where; /* the file, or why not */
	} cases[] = {
		{scope_path, "memory.max", "67108864", STATUS_PLANNED,
		 "/sys/fs/cgroup/sip.slice/sip-kamailio.scope/memory.max"},
		{leaf_path, "memory.max", "67108864", STATUS_PLANNED,
		 "/sys/fs/cgroup/sip.slice/sip-kamailio.scope/memory.max"},
		{leaf_path, "memory.swap.high", "4096", STATUS_PLANNED,
		 "/sys/fs/cgroup/sip.slice/sip-kamailio.scope/router/memory.swap.high"},
		{scope_path, "memory.swap.high", "4096", STATUS_DENIED,
		 "systemd has no property for memory.swap.high"},
		{scope_path, "cpu.max", "1000 1", STATUS_DENIED,
		 "systemd's CPUQuota cannot express cpu.max \"1000 1\""},
		{scope_path, "io.weight", "default 100", STATUS_DENIED,
		 "the io controller is not available to systemd here"},
		{scope_path, "memory.oom.group", "1", STATUS_PLANNED,
		 "/sys/fs/cgroup/sip.slice/sip-kamailio.scope/memory.oom.group"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct world world;
		world_scope(&world, cases[i].group);
		struct step *step = judged(&world, cases[i].name, cases[i].value);
		assert_int_equal(step->status, cases[i].status);
		assert_string_equal(step->status == STATUS_DENIED ? step->why.message : step->path,
				    cases[i].where);
		world_clear(&world);
	}
}

static void a_service_is_asked_only_for_what_is_not_so_already(void **state)
{
	static char max[] = "67108864", zero[] = "0", cpus[] = "0-1";
	struct group_value values[] = {
		{"memory.max", max}, {"memory.oom.group", zero}, {"cpuset.cpus", cpus}};
	static const struct {
		const char *name, *value;
		enum status status;
		const char *why, *hint;
	} cases[] = {
		{"memory.max", "67108864", STATUS_SATISFIED, NULL, NULL},
		{"memory.max", "4096", STATUS_PLANNED, NULL, NULL},
		{"pids.max", "20", STATUS_PLANNED, NULL, NULL},
		{"cpuset.cpus", "0-1", STATUS_SATISFIED, NULL, NULL},
		{"memory.oom.group", "0", STATUS_SATISFIED, NULL, NULL},
		{"memory.oom.group", "1", STATUS_DENIED,
		 "systemd takes the OOMPolicy of kamailio.service from its unit file only", "OOMPolicy=kill"},
		{"memory.swap.high", "4096", STATUS_DENIED, "no property for memory.swap.high",
		 "section [Service]: Delegate=yes"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct world world;
		world_service(&world, values, ARRAY_SIZE(values));
		struct step *step = judged(&world, cases[i].name, cases[i].value);
		assert_int_equal(step->status, cases[i].status);
		if (cases[i].why) {
			assert_true(contains(step->why.message, cases[i].why));
			assert_true(contains(step->why.hint, cases[i].hint));
		}
		world_clear(&world);
	}
}

static void a_build_without_libsystemd_says_what_to_do(void **state)
{
	struct world world;
	struct target target = {.cgroup = -1};
	(void)state;
	world_scope(&world, scope_path);
	struct step *step = judged(&world, "memory.max", "4096");
	assert_int_equal(step->status, STATUS_DENIED);
	assert_true(contains(step->why.hint, "libsystemd"));
	assert_int_equal(group_manager_systemd.apply(&target, step, &world.error), -1);
	assert_true(contains(world.error.hint, "libsystemd"));
	world_clear(&world);
}

static void other_processes_of_a_service_are_named_where_its_limits_are_set(void **state)
{
	static const struct {
		char *companions;
		bool users;
		const char *warning, *without; /* parts of it that are there, and are not; NULL: none */
	} cases[] = {
		{NULL, false, NULL, NULL},
		{(char *)"pids 7 8", false,
		 "kamailio.service has other processes (pids 7 8): the router's limits apply to all",
		 "--user"},
		{(char *)"pids 7", false, "set Delegate=yes in kamailio.service, or start siplaunch",
		 "--user"},
		{(char *)"pids 7", true, "systemd-run --user --scope", "Delegate"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct world world;
		world_service(&world, NULL, 0);
		world.profile.cgroup.path = (char *)"sip.slice/kamailio";
		world.host.cgroup.path = service_path;
		world.context.decision.manager_reason = (char *)"inside kamailio.service";
		world.host.cgroup.companions = cases[i].companions;
		world.host.cgroup.user_manager = cases[i].users;
		assert_int_equal(mechanism_cgroup.plan(&world.context, &world.plan, &world.error), 0);
		assert_int_equal(world.plan.warning_count, cases[i].warning ? 1 : 0);
		if (cases[i].warning) {
			assert_true(contains(world.plan.warnings[0], cases[i].warning));
			assert_false(contains(world.plan.warnings[0], cases[i].without));
		}
		world_clear(&world);
	}
}

int main(void)
{
	const struct CMUnitTest with[] = {
		cmocka_unit_test(limits_with_a_property_are_set_for_the_scope_and_others_in_its_leaf),
		cmocka_unit_test(a_service_is_asked_only_for_what_is_not_so_already),
		cmocka_unit_test(other_processes_of_a_service_are_named_where_its_limits_are_set),
	};
	const struct CMUnitTest without[] = {cmocka_unit_test(a_build_without_libsystemd_says_what_to_do)};
	return cgroup_systemd_available() ? cmocka_run_group_tests(with, NULL, NULL)
					  : cmocka_run_group_tests(without, NULL, NULL);
}
