/* SPDX-License-Identifier: MIT */
/* Who has the router's group made, by what the place is like; and what systemd calls a cgroup.path. */
#include "context.h"

#define USERS "/user.slice/user-1000.slice/user@1000.service"

struct place_case {
	const char *name;
	enum manager wanted;
	enum cgroup_mode mode;
	const char *base; /* NULL: nowhere */
	bool systemd;     /* it runs, and its bus is there */
	const char *unit; /* what we are in */
	enum runtime runtime;
	uid_t euid;
	bool in_users; /* in a unit of uid 1000's own systemd */
	bool no_bus, no_memory, not_built;
	bool unseen;       /* our group, in what is mounted */
	bool root_of_seen; /* our group is the root of the cgroup namespace */
	const char *leaf;  /* a limit that systemd has no property for */
	const char *frozen;
	/* what is expected */
	enum manager manager;
	const char *reason; /* part of it */
	const char *hint;   /* part of it; NULL: any */
	const char *group;  /* NULL: none */
	bool refused;
	const char *unit_expected;
};

static const struct place_case cases[] = {
	{.name = "a bare host",
	 .mode = HOST_CGROUP_V2,
	 .base = "/",
	 .manager = MANAGER_CGROUPFS,
	 .reason = "there is no systemd",
	 .group = "/sip.slice/kamailio"},
	{.name = "a systemd host",
	 .mode = HOST_CGROUP_V2,
	 .systemd = true,
	 .unit = "session-3.scope",
	 .manager = MANAGER_SYSTEMD,
	 .reason = "starts sip-kamailio.scope in sip.slice",
	 .group = "/sip.slice/sip-kamailio.scope",
	 .unit_expected = "sip-kamailio.scope"},
	{.name = "a systemd host, with a limit that has no property",
	 .mode = HOST_CGROUP_V2,
	 .systemd = true,
	 .leaf = "memory.swap.high",
	 .manager = MANAGER_SYSTEMD,
	 .reason = "systemd owns",
	 .group = "/sip.slice/sip-kamailio.scope/router",
	 .unit_expected = "sip-kamailio.scope"},
	{.name = "a service",
	 .mode = HOST_CGROUP_V2,
	 .systemd = true,
	 .unit = "kamailio.service",
	 .manager = MANAGER_SYSTEMD,
	 .reason = "inside kamailio.service, which is not delegated",
	 .group = "/here",
	 .unit_expected = "kamailio.service"},
	{.name = "a delegated service",
	 .mode = HOST_CGROUP_V2,
	 .systemd = true,
	 .unit = "kamailio.service",
	 .base = "/here",
	 .manager = MANAGER_CGROUPFS,
	 .reason = "there is no systemd",
	 .group = "/here/sip.slice/kamailio"},
	{.name = "a delegated service, and systemd is asked for",
	 .wanted = MANAGER_SYSTEMD,
	 .mode = HOST_CGROUP_V2,
	 .systemd = true,
	 .unit = "kamailio.service",
	 .base = "/here",
	 .manager = MANAGER_CGROUPFS,
	 .reason = "there is no systemd",
	 .group = "/here/sip.slice/kamailio"},
	{.name = "a user's shell on a systemd host",
	 .mode = HOST_CGROUP_V2,
	 .systemd = true,
	 .unit = "session-3.scope",
	 .euid = 1000,
	 .manager = MANAGER_SYSTEMD,
	 .reason = "the systemd of uid 1000 starts sip-kamailio.scope in sip.slice",
	 .group = USERS "/sip.slice/sip-kamailio.scope",
	 .unit_expected = "sip-kamailio.scope"},
	{.name = "a user's shell, with a limit that has no property",
	 .mode = HOST_CGROUP_V2,
	 .systemd = true,
	 .euid = 1000,
	 .leaf = "memory.swap.high",
	 .manager = MANAGER_SYSTEMD,
	 .reason = "the systemd of uid 1000",
	 .group = USERS "/sip.slice/sip-kamailio.scope/router",
	 .unit_expected = "sip-kamailio.scope"},
	{.name = "a user without a systemd of its own",
	 .mode = HOST_CGROUP_V2,
	 .systemd = true,
	 .euid = 1000,
	 .no_bus = true,
	 .manager = MANAGER_ADOPT,
	 .reason = "no systemd of uid 1000 runs",
	 .hint = "loginctl enable-linger 1000",
	 .refused = true},
	{.name = "a user whose systemd has no memory controller",
	 .mode = HOST_CGROUP_V2,
	 .systemd = true,
	 .euid = 1000,
	 .no_memory = true,
	 .manager = MANAGER_ADOPT,
	 .reason = "the memory controller is not delegated to " USERS,
	 .hint = "Delegate=memory",
	 .refused = true},
	{.name = "a service of a user's own systemd",
	 .mode = HOST_CGROUP_V2,
	 .systemd = true,
	 .unit = "router.service",
	 .euid = 1000,
	 .in_users = true,
	 .manager = MANAGER_SYSTEMD,
	 .reason = "inside router.service, which is not delegated",
	 .group = "/here",
	 .unit_expected = "router.service"},
	{.name = "a user's service of the machine's systemd",
	 .mode = HOST_CGROUP_V2,
	 .systemd = true,
	 .unit = "router.service",
	 .euid = 1000,
	 .manager = MANAGER_ADOPT,
	 .reason = "router.service belongs to the machine's systemd, which accepts requests only from root",
	 .hint = "in router.service, section [Service]: Delegate=yes",
	 .refused = true},
	{.name = "another user's service",
	 .mode = HOST_CGROUP_V2,
	 .systemd = true,
	 .unit = "router.service",
	 .euid = 1001,
	 .in_users = true,
	 .manager = MANAGER_ADOPT,
	 .reason = "belongs to the systemd of another user",
	 .refused = true},
	{.name = "root in a service of a user's own systemd",
	 .mode = HOST_CGROUP_V2,
	 .systemd = true,
	 .unit = "router.service",
	 .in_users = true,
	 .manager = MANAGER_ADOPT,
	 .reason = "belongs to a user's own systemd",
	 .refused = true},
	{.name = "root in a user's terminal",
	 .mode = HOST_CGROUP_V2,
	 .systemd = true,
	 .unit = "terminal.scope",
	 .in_users = true,
	 .manager = MANAGER_SYSTEMD,
	 .reason = "starts sip-kamailio.scope in sip.slice",
	 .group = "/sip.slice/sip-kamailio.scope",
	 .unit_expected = "sip-kamailio.scope"},
	{.name = "a build without libsystemd",
	 .mode = HOST_CGROUP_V2,
	 .systemd = true,
	 .not_built = true,
	 .manager = MANAGER_ADOPT,
	 .reason = "made without libsystemd",
	 .refused = true},
	{.name = "a build without libsystemd, and systemd is asked for",
	 .wanted = MANAGER_SYSTEMD,
	 .mode = HOST_CGROUP_V2,
	 .systemd = true,
	 .not_built = true,
	 .manager = MANAGER_SYSTEMD,
	 .reason = "made without libsystemd",
	 .refused = true},
	{.name = "systemd is asked for where there is none",
	 .wanted = MANAGER_SYSTEMD,
	 .mode = HOST_CGROUP_V2,
	 .base = "/",
	 .manager = MANAGER_SYSTEMD,
	 .reason = "there is no systemd here",
	 .refused = true},
	{.name = "a container with the machine's tree",
	 .mode = HOST_CGROUP_V2,
	 .runtime = RUNTIME_PODMAN,
	 .unseen = true,
	 .manager = MANAGER_ADOPT,
	 .reason = "cannot make a cgroup anywhere",
	 .hint = "so that it sees its own /sys/fs/cgroup",
	 .refused = true},
	{.name = "a container with a read-only tree",
	 .mode = HOST_CGROUP_V2,
	 .runtime = RUNTIME_DOCKER,
	 .manager = MANAGER_ADOPT,
	 .reason = "nowhere"},
	{.name = "a container that sees no cgroups",
	 .mode = HOST_CGROUP_NONE,
	 .runtime = RUNTIME_PODMAN,
	 .manager = MANAGER_ADOPT,
	 .reason = "no cgroup v2 file system is mounted here",
	 .refused = true},
	{.name = "systemd-nspawn that mounted its named hierarchy of v1 only",
	 .mode = HOST_CGROUP_NONE,
	 .runtime = RUNTIME_NSPAWN,
	 .manager = MANAGER_ADOPT,
	 .reason = "no cgroup v2 file system is mounted here",
	 .hint = "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1",
	 .refused = true},
	{.name = "a container with a read-only tree, and cgroupfs is asked for",
	 .wanted = MANAGER_CGROUPFS,
	 .mode = HOST_CGROUP_V2,
	 .runtime = RUNTIME_DOCKER,
	 .manager = MANAGER_CGROUPFS,
	 .reason = "nowhere",
	 .refused = true},
	{.name = "a privileged container",
	 .mode = HOST_CGROUP_V2,
	 .runtime = RUNTIME_DOCKER,
	 .base = "/",
	 .manager = MANAGER_CGROUPFS,
	 .reason = "there is no systemd",
	 .group = "/sip.slice/kamailio"},
	{.name = "adopt is asked for where a group could be made",
	 .wanted = MANAGER_ADOPT,
	 .mode = HOST_CGROUP_V2,
	 .base = "/",
	 .manager = MANAGER_ADOPT,
	 .reason = "the profile says so"},
	{.name = "a bare host with a frozen slice",
	 .mode = HOST_CGROUP_V2,
	 .base = "/",
	 .frozen = "/sip.slice",
	 .manager = MANAGER_CGROUPFS,
	 .reason = "/sip.slice is frozen",
	 .hint = "echo 0 >/sys/fs/cgroup/sip.slice/cgroup.freeze",
	 .refused = true},
	{.name = "a systemd host with a frozen slice",
	 .mode = HOST_CGROUP_V2,
	 .systemd = true,
	 .frozen = "/sip.slice",
	 .manager = MANAGER_SYSTEMD,
	 .reason = "/sip.slice is frozen",
	 .hint = "systemctl thaw sip.slice, or: echo 0 >",
	 .refused = true},
	{.name = "a user's shell, and a frozen slice of the user's own",
	 .mode = HOST_CGROUP_V2,
	 .systemd = true,
	 .euid = 1000,
	 .frozen = USERS "/sip.slice",
	 .manager = MANAGER_SYSTEMD,
	 .reason = "/sip.slice is frozen",
	 .hint = "systemctl --user thaw sip.slice",
	 .refused = true},
	{.name = "a service of a machine with a frozen slice, where no group is made",
	 .mode = HOST_CGROUP_V2,
	 .systemd = true,
	 .unit = "kamailio.service",
	 .frozen = "/sip.slice",
	 .manager = MANAGER_SYSTEMD,
	 .reason = "inside kamailio.service",
	 .group = "/here",
	 .unit_expected = "kamailio.service"},
	{.name = "adopt is asked for below a frozen slice",
	 .wanted = MANAGER_ADOPT,
	 .mode = HOST_CGROUP_V2,
	 .base = "/",
	 .frozen = "/sip.slice",
	 .manager = MANAGER_ADOPT,
	 .reason = "the profile says so"},
	{.name = "a service with ProtectControlGroups=private that is not delegated",
	 .mode = HOST_CGROUP_V2,
	 .systemd = true,
	 .root_of_seen = true,
	 .manager = MANAGER_ADOPT,
	 .reason = "no group above siplaunch's own is visible",
	 .hint = "Delegate=yes and ProtectControlGroups=private",
	 .refused = true},
	{.name = "a service with ProtectControlGroups=private and Delegate=yes",
	 .mode = HOST_CGROUP_V2,
	 .systemd = true,
	 .base = "/",
	 .root_of_seen = true,
	 .manager = MANAGER_CGROUPFS,
	 .reason = "there is no systemd",
	 .group = "/sip.slice/kamailio"},
	{.name = "a hybrid host",
	 .mode = HOST_CGROUP_HYBRID,
	 .base = "/",
	 .manager = MANAGER_ADOPT,
	 .reason = "bound to cgroup v1",
	 .refused = true},
	{.name = "a container on a hybrid host",
	 .mode = HOST_CGROUP_HYBRID,
	 .base = "/",
	 .runtime = RUNTIME_PODMAN,
	 .manager = MANAGER_ADOPT,
	 .reason = "bound to cgroup v1"},
};

static void set_up(struct world *world, const struct place_case *row, struct requested *requested)
{
	world_make(world);
	world->profile.cgroup.path = (char *)"sip.slice/kamailio";
	world->profile.cgroup.manager = row->wanted;
	if (row->leaf) {
		*requested = (struct requested){.setting = setting_find(MECHANISM_CGROUP, row->leaf)};
		world->profile.unified = requested;
		world->profile.unified_count = 1;
	}
	world->context.systemd_built = !row->not_built;
	world->host.euid = row->euid;
	world->host.runtime = row->runtime;
	world->host.cgroup.mode = row->mode;
	world->host.cgroup.path = (char *)"/here";
	world->host.cgroup.mount = (char *)"/sys/fs/cgroup";
	world->host.cgroup.frozen = (char *)(uintptr_t)row->frozen;
	world->host.cgroup.directory = row->unseen ? NULL : (char *)"here";
	world->host.cgroup.base = (char *)(uintptr_t)row->base;
	world->host.cgroup.base_reason = (char *)(uintptr_t)(row->base ? "there is no systemd" : "nowhere");
	world->host.cgroup.writable = row->base != NULL;
	world->host.cgroup.systemd = row->systemd;
	world->host.cgroup.namespace_root = row->root_of_seen;
	world->host.cgroup.user_group = row->in_users ? (char *)USERS : NULL;
	world->host.cgroup.user_manager = row->euid != 0;
	world->host.cgroup.user = row->euid;
	world->host.cgroup.manager_group = (char *)(uintptr_t)(row->euid == 1000 ? USERS
							       : row->euid == 0  ? "/"
										 : "/elsewhere");
	world->host.cgroup.unit = (char *)(uintptr_t)row->unit;
	world->host.cgroup.bus = row->systemd && !row->no_bus ? (char *)"/run/the/bus" : NULL;
	if (row->mode == HOST_CGROUP_V2)
		world->host.cgroup.controllers = world->host.cgroup.manager_controllers =
			world->host.cgroup.base_controllers = CONTROLLER_MEMORY | CONTROLLER_PIDS;
	if (row->no_memory)
		world->host.cgroup.manager_controllers = CONTROLLER_PIDS;
}

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static void every_place_has_its_manager(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct place_case *row = &cases[i];
		struct world world;
		struct requested requested;
		set_up(&world, row, &requested);
		context_place(&world.context);
		const struct context *context = &world.context;
		if (context->decision.manager != row->manager ||
		    !contains(context->decision.manager_reason, row->reason) ||
		    (row->hint && !contains(context->decision.manager_hint, row->hint)) ||
		    !same(context->decision.group_path, row->group) ||
		    !same(context->decision.unit, row->unit_expected) ||
		    (context->decision.manager_refused != NULL) != row->refused)
			fail_msg("%s: %s, %s, group %s, unit %s, %s", row->name,
				 manager_name(context->decision.manager), context->decision.manager_reason,
				 context->decision.group_path ? context->decision.group_path : "none",
				 context->decision.unit ? context->decision.unit : "none",
				 context->decision.manager_refused ? "refused" : "not refused");
		assert_int_equal(context_shares_group(context),
				 !row->group || strcmp(row->group, "/here") == 0);
		context_place_clear(&world.context);
		world_clear(&world);
	}
}

static void no_path_and_a_skipped_group_stay_where_they_are(void **state)
{
	(void)state;
	struct world world;
	struct policy_entry skip = {.key = (char *)"cgroup/group", .policy = POLICY_SKIP};
	set_up(&world, &cases[0], NULL);
	world.profile.policies = &skip;
	world.profile.policy_count = 1;
	context_place(&world.context);
	assert_int_equal(world.context.decision.manager, MANAGER_ADOPT);
	world.profile.policy_count = 0;
	world.profile.cgroup.path = NULL;
	context_place(&world.context);
	assert_int_equal(world.context.decision.manager, MANAGER_ADOPT);
	assert_null(world.context.decision.group_path);
	assert_null(world.context.decision.manager_refused);
	context_place_clear(&world.context);
	world_clear(&world);
}

static void a_path_is_a_scope_in_its_slice(void **state)
{
	static const struct {
		const char *path, *slice, *scope, *group;
	} names[] = {
		{"sip.slice/kamailio", "sip.slice", "sip-kamailio.scope", "sip.slice/sip-kamailio.scope"},
		{"telco/edge/kamailio", "telco-edge.slice", "telco-edge-kamailio.scope",
		 "telco.slice/telco-edge.slice/telco-edge-kamailio.scope"},
		/* as systemd itself writes nested slices */
		{"sip.slice/sip-edge.slice/kamailio", "sip-edge.slice", "sip-edge-kamailio.scope",
		 "sip.slice/sip-edge.slice/sip-edge-kamailio.scope"},
		{"kamailio", "-.slice", "kamailio.scope", "kamailio.scope"},
		/* the root slice has no group of its own */
		{"-.slice/kamailio", "-.slice", "kamailio.scope", "kamailio.scope"},
		{"-.slice/sip.slice/kamailio", "sip.slice", "sip-kamailio.scope",
		 "sip.slice/sip-kamailio.scope"},
		{"-.slice", "-.slice", "-.scope", "-.scope"},
		{"sip.slice/kamailio.scope", "sip.slice", "sip-kamailio.scope",
		 "sip.slice/sip-kamailio.scope"},
		{"sip.slice/a b@c", "sip.slice", "sip-a\\x20b\\x40c.scope",
		 "sip.slice/sip-a\\x20b\\x40c.scope"},
		/* no level of a slice is empty */
		{"-x/a--b/c-/kamailio-1", "\\x2dx-a\\x2d\\x2db-c\\x2d.slice",
		 "\\x2dx-a\\x2d\\x2db-c\\x2d-kamailio-1.scope",
		 "\\x2dx.slice/\\x2dx-a\\x2d\\x2db.slice/\\x2dx-a\\x2d\\x2db-c\\x2d.slice/"
		 "\\x2dx-a\\x2d\\x2db-c\\x2d-kamailio-1.scope"},
		{"sip.slice/.hidden", "sip.slice", "sip-\\x2ehidden.scope",
		 "sip.slice/sip-\\x2ehidden.scope"},
		{"sip.slice/caf\xc3\xa9", "sip.slice", "sip-caf\\xc3\\xa9.scope",
		 "sip.slice/sip-caf\\xc3\\xa9.scope"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_free char *slice = NULL, *scope = NULL, *group = NULL;
		scope_names(names[i].path, &slice, &scope, &group);
		assert_string_equal(slice, names[i].slice);
		assert_string_equal(scope, names[i].scope);
		assert_string_equal(group, names[i].group);
	}
}

static void only_pid_1_with_a_router_that_dies_of_orphans_supervises_by_itself(void **state)
{
	static const struct {
		enum handoff wanted;
		bool pid1, dies, checks;
		enum handoff expected;
		bool said;
	} rows[] = {
		{HANDOFF_AUTO, true, true, false, HANDOFF_SUPERVISE, true},
		{HANDOFF_AUTO, false, true, false, HANDOFF_EXEC, false},
		{HANDOFF_AUTO, true, false, false, HANDOFF_EXEC, false},
		{HANDOFF_AUTO, true, true, true, HANDOFF_EXEC, false},
		{HANDOFF_EXEC, true, true, false, HANDOFF_EXEC, false},
		{HANDOFF_SUPERVISE, false, false, false, HANDOFF_SUPERVISE, false},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct world world;
		set_up(&world, &cases[0], NULL);
		world.profile.handoff = rows[i].wanted;
		world.host.is_pid1 = rows[i].pid1;
		world.router.dies_of_orphans = rows[i].dies;
		world.command.only_checks = rows[i].checks;
		context_place(&world.context);
		assert_int_equal(world.context.decision.handoff, rows[i].expected);
		assert_int_equal(world.context.decision.handoff_reason != NULL, rows[i].said);
		context_place_clear(&world.context);
		world_clear(&world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_place_has_its_manager),
		cmocka_unit_test(no_path_and_a_skipped_group_stay_where_they_are),
		cmocka_unit_test(a_path_is_a_scope_in_its_slice),
		cmocka_unit_test(only_pid_1_with_a_router_that_dies_of_orphans_supervises_by_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
