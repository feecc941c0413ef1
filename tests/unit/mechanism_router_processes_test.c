/* SPDX-License-Identifier: MIT */
/* pids.max of the groups that the router will be in, against the processes that it starts: 14 in this world.
 */
#include <errno.h>

#include "context.h"
#include "mechanism/router.h"

#define NONE UNLIMITED

static const struct processes_case {
	const char *name;
	uint64_t own_max, own_current;       /* of our group, /system.slice/x.service */
	uint64_t parent_max, parent_current; /* of /system.slice */
	bool placed;                         /* the router gets a group of its own below /system.slice */
	bool own_unit;                       /* the service's own limits are set */
	bool supervised, assumed, unsized, systemd;
	uint64_t asked; /* pids.max of the profile; 0: none */
	enum runtime runtime;
	/* what is to come of it */
	uint64_t wanted; /* 0: nothing is said */
	const char *message, *hint, *warning;
} cases[] = {
	{.name = "no limit", .own_max = NONE, .parent_max = NONE},
	{.name = "just enough, since the router takes our place",
	 .own_max = 14,
	 .own_current = 1,
	 .parent_max = NONE},
	{.name = "one too few",
	 .own_max = 13,
	 .own_current = 1,
	 .parent_max = NONE,
	 .runtime = RUNTIME_DOCKER,
	 .wanted = 92,
	 .message = "kamailio starts 14 processes, but pids.max of /system.slice/x.service is 13",
	 .hint = "docker run --pids-limit 92"},
	{.name = "podman has the same option",
	 .own_max = 5,
	 .own_current = 1,
	 .parent_max = NONE,
	 .runtime = RUNTIME_PODMAN,
	 .wanted = 92,
	 .message = "is 5",
	 .hint = "podman run --pids-limit 92"},
	{.name = "a pod has no field for it",
	 .own_max = 5,
	 .own_current = 1,
	 .parent_max = NONE,
	 .runtime = RUNTIME_KUBERNETES,
	 .wanted = 92,
	 .message = "is 5",
	 .hint = "podPidsLimit"},
	{.name = "a supervisor stays, and is one more",
	 .own_max = 14,
	 .own_current = 1,
	 .parent_max = NONE,
	 .supervised = true,
	 .runtime = RUNTIME_DOCKER,
	 .wanted = 92,
	 .message = "is 14, 1 of which other processes use"},
	{.name = "others in the group count",
	 .own_max = 20,
	 .own_current = 8,
	 .parent_max = NONE,
	 .wanted = 92,
	 .message = "is 20, 7 of which other processes use",
	 .hint = "echo 92 >/sys/fs/cgroup/system.slice/x.service/pids.max"},
	{.name = "many others in the group raise what is enough",
	 .own_max = 200,
	 .own_current = 191,
	 .parent_max = NONE,
	 .wanted = 268,
	 .message = "190 of which other processes use"},
	{.name = "the tightest of the groups is named",
	 .own_max = 15,
	 .own_current = 1,
	 .parent_max = 30,
	 .parent_current = 21,
	 .systemd = true,
	 .wanted = 92,
	 .message = "pids.max of /system.slice is 30, 20 of which",
	 .hint = "systemctl set-property system.slice TasksMax=92"},
	{.name = "a group of the router's own leaves the limit of ours behind",
	 .own_max = 5,
	 .own_current = 1,
	 .parent_max = NONE,
	 .placed = true},
	{.name = "and not that of the groups above both",
	 .own_max = NONE,
	 .parent_max = 10,
	 .parent_current = 1,
	 .placed = true,
	 .systemd = true,
	 .wanted = 92,
	 .message = "pids.max of /system.slice is 10",
	 .hint = "systemctl set-property system.slice TasksMax=92"},
	{.name = "a service's own limit is set by the plan",
	 .own_max = 5,
	 .own_current = 1,
	 .parent_max = NONE,
	 .own_unit = true,
	 .asked = 92},
	{.name = "unless the profile asks for none",
	 .own_max = 5,
	 .own_current = 1,
	 .parent_max = NONE,
	 .own_unit = true,
	 .systemd = true,
	 .wanted = 92,
	 .message = "is 5",
	 .hint = "systemctl set-property x.service TasksMax=92"},
	{.name = "what the profile asks for is what is hinted at, where it is enough",
	 .own_max = 5,
	 .own_current = 1,
	 .parent_max = NONE,
	 .asked = 50,
	 .runtime = RUNTIME_DOCKER,
	 .wanted = 50,
	 .message = "is 5",
	 .hint = "docker run --pids-limit 50"},
	{.name = "a number that is only assumed is only warned of",
	 .own_max = 5,
	 .own_current = 1,
	 .parent_max = NONE,
	 .assumed = true,
	 .warning = "the number of processes is an assumption"},
	{.name = "nobody knows how many processes any other command starts",
	 .own_max = 1,
	 .own_current = 1,
	 .parent_max = NONE,
	 .unsized = true},
};

static void make_host(const struct processes_case *c, struct world *world, struct ancestor rows[2])
{
	static char own[] = "/system.slice/x.service", parent[] = "/system.slice", mount[] = "/sys/fs/cgroup",
		    root[] = "/";
	rows[0] = (struct ancestor){.path = own, .pids_max = c->own_max, .pids_current = c->own_current};
	rows[1] = (struct ancestor){
		.path = parent, .pids_max = c->parent_max, .pids_current = c->parent_current};
	world->host.ancestors = rows;
	world->host.ancestor_count = 2;
	world->host.placed = rows + 1;
	world->host.placed_count = 1;
	world->host.runtime = c->runtime;
	world->host.cgroup.systemd = c->systemd;
	world->host.cgroup.mount = mount;
	world->host.cgroup.mount_root = root;
}

static void make_world(const struct processes_case *c, struct world *world, struct ancestor rows[2])
{
	static char group[] = "/system.slice/sip";
	world_make(world);
	make_host(c, world, rows);
	world->context.decision.group_path = c->placed || c->own_unit ? group : NULL;
	world->context.decision.own_unit = c->own_unit;
	world->context.decision.sized = !c->unsized;
	world->context.decision.handoff = c->supervised ? HANDOFF_SUPERVISE : HANDOFF_EXEC;
	world->context.decision.budget.processes_source = c->assumed ? SOURCE_DEFAULT : SOURCE_COMPUTED;
	if (c->asked)
		plan_add(&world->plan, &world->context, setting_find(MECHANISM_CGROUP, "pids.max"),
			 xstrdup("pids.max"), value_number(VALUE_COUNT, c->asked), SOURCE_PROFILE);
}

static void every_room_for_processes_is_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct processes_case *c = &cases[i];
		struct ancestor rows[2];
		struct world world;
		print_message("  %s\n", c->name);
		make_world(c, &world, rows);
		router_plan_processes(&world.context, &world.plan);
		const struct step *step = plan_find(&world.plan, SETTING_NEED_PROCESSES);
		assert_int_equal(step != NULL, c->wanted != 0);
		assert_int_equal(world.plan.warning_count, c->warning != NULL);
		assert_true(!c->warning || contains(world.plan.warnings[0], c->warning));
		if (step) {
			assert_int_equal(step->status, STATUS_DENIED);
			assert_int_equal(step->why.errnum, EAGAIN);
			assert_int_equal(step->wanted.number[0], c->wanted);
			assert_true(contains(step->why.message, c->message));
			assert_true(!c->hint || contains(step->why.hint, c->hint));
		}
		world_clear(&world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_room_for_processes_is_judged)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
