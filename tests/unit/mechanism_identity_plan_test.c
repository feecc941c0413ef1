/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <linux/capability.h>

#include "context.h"
#include "mechanism/identity.h"

#define CAP(name) (UINT64_C(1) << CAP_##name)

/* What a case changes of a world in which the profile asks for nothing. */
static void without_rights(struct world *world)
{
	world->host.euid = 1000;
	world->host.egid = 1000;
	world->host.cap_effective = world->host.cap_permitted = 0;
}

static void already_that_user(struct world *world)
{
	static gid_t groups[] = {7, 980};
	world_user(world);
	without_rights(world);
	world->host.euid = 990;
	world->host.egid = 980;
	world->host.groups = groups;
	world->host.group_count = 2;
}

static void user_without_rights(struct world *world)
{
	world_user(world);
	without_rights(world);
}

static void user_without_rights_in_docker(struct world *world)
{
	user_without_rights(world);
	world->host.runtime = RUNTIME_DOCKER;
}

static void user_unmapped(struct world *world)
{
	static struct id_map map[] = {{0, 100000, 500}, {2000, 102000, 10}};
	world_user(world);
	world->host.initial_user_namespace = false;
	world->host.uid_map = world->host.gid_map = map;
	world->host.uid_map_count = world->host.gid_map_count = 2;
}

static void user_mapped(struct world *world)
{
	static struct id_map map[] = {{0, 100000, 500}, {980, 102000, 11}};
	world_user(world);
	world->host.uid_map = world->host.gid_map = map;
	world->host.uid_map_count = world->host.gid_map_count = 2;
}

static void setgroups_denied(struct world *world)
{
	static gid_t groups[] = {0, 27};
	world_user(world);
	world->host.groups = groups;
	world->host.group_count = 2;
	world->host.setgroups_denied = true;
}

static void own_user_differs(struct world *world)
{
	world_user(world);
	world->command.user = "kamailio";
}

static void own_user_by_name(struct world *world)
{
	world_user(world);
	world->command.user = "sip";
}

static void own_user_by_number(struct world *world)
{
	world_user(world);
	world->command.user = "990";
	world->command.group = "980";
}

static void own_group_differs(struct world *world)
{
	world_user(world);
	world->command.group = "981";
}

static void user_not_found(struct world *world)
{
	world->profile.user = (char *)(uintptr_t) "nosuch";
}

static void group_not_found(struct world *world)
{
	world->profile.group = (char *)(uintptr_t) "nosuch";
}

static void user_id_without_entry(struct world *world)
{
	world->profile.user = (char *)(uintptr_t) "4242";
}

static void user_skipped(struct world *world)
{
	static char key[] = "identity/user";
	static struct policy_entry skip = {key, POLICY_SKIP, SOURCE_PROFILE};
	world_user(world);
	world->profile.policies = &skip;
	world->profile.policy_count = 1;
}

static void more_groups(struct world *world)
{
	static gid_t gids[] = {27, 5, 27}, groups[] = {0};
	world->profile.has_additional_gids = true;
	world->profile.additional_gids = gids;
	world->profile.additional_gid_count = 3;
	world->host.groups = groups;
	world->host.group_count = 1;
}

static void more_groups_without_rights_in_docker(struct world *world)
{
	more_groups(world);
	without_rights(world);
	world->host.runtime = RUNTIME_DOCKER;
}

static void same_groups(struct world *world)
{
	static gid_t groups[] = {5, 0, 27};
	more_groups(world);
	world->host.cap_effective = 0;
	world->host.groups = groups; /* 0 is our own gid, as container engines put it there */
	world->host.group_count = 3;
}

static void keep_bind(struct world *world)
{
	world_user(world);
	world->profile.has_capabilities = true;
	world->profile.capabilities = CAP(NET_BIND_SERVICE);
}

static void keep_none(struct world *world)
{
	keep_bind(world);
	world->profile.capabilities = 0;
}

static void bounding_lacks_it(struct world *world)
{
	keep_bind(world);
	world->profile.capabilities |= CAP(NET_RAW);
	world->host.cap_bounding &= ~(CAP(NET_RAW) | CAP(NET_BIND_SERVICE));
}

static void bounding_lacks_it_in_docker(struct world *world)
{
	bounding_lacks_it(world);
	world->host.runtime = RUNTIME_DOCKER;
}

static void docker_lacks_it_and_the_right_to_drop_others(struct world *world)
{
	bounding_lacks_it_in_docker(world);
	world->host.cap_permitted &= ~CAP(SETPCAP);
}

static void bounding_lacks_it_in_a_pod(struct world *world)
{
	bounding_lacks_it(world);
	world->host.runtime = RUNTIME_KUBERNETES;
}

static void bounding_lacks_it_in_a_unit(struct world *world)
{
	bounding_lacks_it(world);
	world->host.cgroup.unit = (char *)(uintptr_t) "sip.service";
}

static void not_permitted(struct world *world)
{
	keep_bind(world);
	world->host.cap_permitted &= ~CAP(NET_BIND_SERVICE);
}

static void cannot_drop(struct world *world)
{
	keep_bind(world);
	world->host.cap_permitted &= ~CAP(SETPCAP);
}

static void kept_already(struct world *world)
{
	keep_bind(world);
	world->profile.user = NULL;
	world->identity = (struct identity){0};
	world->host.cap_effective = world->host.cap_permitted = world->host.cap_inheritable =
		world->host.cap_bounding = world->host.cap_ambient = CAP(NET_BIND_SERVICE);
}

static void router_changes_user_itself(struct world *world)
{
	keep_bind(world);
	world->profile.user = NULL;
	world->identity = (struct identity){0};
	world->command.user = "sip";
}

static void no_new_privileges(struct world *world)
{
	world->profile.no_new_privileges = YES;
}

static void no_new_privileges_already(struct world *world)
{
	world->profile.no_new_privileges = YES;
	world->host.no_new_privs = true;
}

static void new_privileges_wanted(struct world *world)
{
	world->profile.no_new_privileges = NO;
}

static void new_privileges_gone(struct world *world)
{
	world->profile.no_new_privileges = NO;
	world->host.no_new_privs = true;
	world->host.runtime = RUNTIME_DOCKER;
}

static void with_umask(struct world *world)
{
	world->profile.has_umask = true;
	world->profile.umask = 027;
}

static const struct plan_case {
	const char *name;
	void (*change)(struct world *world);
	const char *step; /* the one that is looked at */
	bool absent;
	const char *wanted;
	enum status status;
	int errnum;
	const char *message, *hint, *warning;
} plan_cases[] = {
	{"root becomes the user", world_user, "user", false, "990", STATUS_PLANNED, 0, NULL, NULL, NULL},
	{"and takes its primary group", world_user, "group", false, "980", STATUS_PLANNED, 0, NULL, NULL,
	 NULL},
	{"and has no supplementary groups to lose", world_user, "additionalGids", false, "none",
	 STATUS_SATISFIED, 0, NULL, NULL, NULL},
	{"a user that we are is satisfied", already_that_user, "user", false, "990", STATUS_SATISFIED, 0,
	 NULL, NULL, NULL},
	{"and keeps the groups that came with it", already_that_user, "additionalGids", true, NULL, 0, 0,
	 NULL, NULL, NULL},
	{"another user needs CAP_SETUID", user_without_rights, "user", false, "990", STATUS_DENIED, EPERM,
	 "from 1000 needs CAP_SETUID", "CAP_SETUID", NULL},
	{"another group needs CAP_SETGID", user_without_rights, "group", false, "980", STATUS_DENIED, EPERM,
	 "from 1000 needs CAP_SETGID", NULL, NULL},
	{"in docker the user is docker's to set", user_without_rights_in_docker, "user", false, "990",
	 STATUS_DENIED, EPERM, "CAP_SETUID", "docker run --user 990", NULL},
	{"a user that is not mapped is refused", user_unmapped, "user", false, "990", STATUS_DENIED, EINVAL,
	 "user id 990 (\"sip\") is not mapped", NULL, NULL},
	{"a group that is not mapped is refused", user_unmapped, "group", false, "980", STATUS_DENIED, EINVAL,
	 "group id 980", NULL, NULL},
	{"a user that is mapped is not", user_mapped, "user", false, "990", STATUS_PLANNED, 0, NULL, NULL,
	 NULL},
	{"where setgroups is denied the groups cannot be dropped", setgroups_denied, "additionalGids", false,
	 "none", STATUS_DENIED, EPERM, "/proc/self/setgroups", NULL, NULL},
	{"the router's own user has to be the same", own_user_differs, "user", false, "990", STATUS_DENIED, 0,
	 "\"sip\", but the command has -u kamailio", "leave -u out", NULL},
	{"the same by name", own_user_by_name, "user", false, "990", STATUS_PLANNED, 0, NULL, NULL, NULL},
	{"the same by number", own_user_by_number, "user", false, "990", STATUS_PLANNED, 0, NULL, NULL, NULL},
	{"the router's own group, too", own_group_differs, "group", false, "980", STATUS_DENIED, 0, "-g 981",
	 "leave -g out", NULL},
	{"a user that does not exist is denied", user_not_found, "user", false, "nosuch", STATUS_DENIED, 0,
	 "there is no user \"nosuch\"", "useradd --system", NULL},
	{"a group that does not exist is denied", group_not_found, "group", false, "nosuch", STATUS_DENIED, 0,
	 "there is no group \"nosuch\"", "groupadd --system nosuch", NULL},
	{"a user id without an entry needs a group", user_id_without_entry, "user", false, "4242",
	 STATUS_DENIED, 0, "user id 4242 has no entry", "--set group=NUMBER", NULL},
	{"with the user skipped its primary group is not taken", user_skipped, "group", true, NULL, 0, 0,
	 NULL, NULL, NULL},
	{"and no groups are dropped", user_skipped, "additionalGids", true, NULL, 0, 0, NULL, NULL, NULL},
	{"groups are sorted, without doubles", more_groups, "additionalGids", false, "5 27", STATUS_PLANNED,
	 0, NULL, NULL, NULL},
	{"groups need CAP_SETGID, and docker has a flag for each", more_groups_without_rights_in_docker,
	 "additionalGids", false, "5 27", STATUS_DENIED, EPERM, "to 5 27 needs CAP_SETGID",
	 "docker run --group-add 5 --group-add 27", NULL},
	{"our own group among them makes no difference", same_groups, "additionalGids", false, "5 27",
	 STATUS_SATISFIED, 0, NULL, NULL, NULL},
	{"a capability is kept", keep_bind, "capabilities", false, "CAP_NET_BIND_SERVICE", STATUS_PLANNED, 0,
	 NULL, NULL, NULL},
	{"none is kept", keep_none, "capabilities", false, "none", STATUS_PLANNED, 0, NULL, NULL, NULL},
	{"a capability outside the bounding set is refused", bounding_lacks_it, "capabilities", false,
	 "CAP_NET_BIND_SERVICE CAP_NET_RAW", STATUS_DENIED, EPERM,
	 "CAP_NET_BIND_SERVICE CAP_NET_RAW is not in siplaunch's bounding set",
	 "start siplaunch as root with", NULL},
	{"with docker's flags", bounding_lacks_it_in_docker, "capabilities", false, NULL, STATUS_DENIED,
	 EPERM, NULL, "docker run --cap-add NET_BIND_SERVICE --cap-add NET_RAW", NULL},
	{"and with that for the one that drops the others", docker_lacks_it_and_the_right_to_drop_others,
	 "capabilities", false, NULL, STATUS_DENIED, EPERM,
	 "CAP_NET_BIND_SERVICE CAP_NET_RAW is not in siplaunch's bounding set",
	 "docker run --cap-add SETPCAP --cap-add NET_BIND_SERVICE --cap-add NET_RAW", NULL},
	{"with a pod's lines", bounding_lacks_it_in_a_pod, "capabilities", false, NULL, STATUS_DENIED, EPERM,
	 NULL, "capabilities.add: [\"NET_BIND_SERVICE\", \"NET_RAW\"]", NULL},
	{"with a unit's directives", bounding_lacks_it_in_a_unit, "capabilities", false, NULL, STATUS_DENIED,
	 EPERM, NULL, "CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_NET_RAW", NULL},
	{"a capability that is not permitted is refused", not_permitted, "capabilities", false, NULL,
	 STATUS_DENIED, EPERM, "CAP_NET_BIND_SERVICE is not in siplaunch's permitted set", NULL, NULL},
	{"dropping the others needs CAP_SETPCAP", cannot_drop, "capabilities", false, NULL, STATUS_DENIED,
	 EPERM, "CAP_SETPCAP is needed to drop", "CAP_SETPCAP", NULL},
	{"the same five sets are satisfied", kept_already, "capabilities", false, "CAP_NET_BIND_SERVICE",
	 STATUS_SATISFIED, 0, NULL, NULL, NULL},
	{"a router that changes its user itself loses them", router_changes_user_itself, "capabilities",
	 false, NULL, STATUS_PLANNED, 0, NULL, NULL, "loses the capabilities"},
	{"no_new_privs is planned", no_new_privileges, "noNewPrivileges", false, "1", STATUS_PLANNED, 0, NULL,
	 NULL, NULL},
	{"no_new_privs that is there is satisfied", no_new_privileges_already, "noNewPrivileges", false, "1",
	 STATUS_SATISFIED, 0, NULL, NULL, NULL},
	{"new privileges that are there are satisfied", new_privileges_wanted, "noNewPrivileges", false, "0",
	 STATUS_SATISFIED, 0, NULL, NULL, NULL},
	{"new privileges never come back", new_privileges_gone, "noNewPrivileges", false, "0", STATUS_DENIED,
	 0, "nothing can clear it", "without --security-opt no-new-privileges", NULL},
	{"a umask is planned", with_umask, "umask", false, "0027", STATUS_PLANNED, 0, NULL, NULL, NULL},
	{"a silent profile changes no umask", world_user, "umask", true, NULL, 0, 0, NULL, NULL, NULL},
	{"a silent profile changes no capabilities", world_user, "capabilities", true, NULL, 0, 0, NULL, NULL,
	 NULL},
};

static void every_identity_is_planned_as_the_kernel_would_take_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(plan_cases); i++) {
		const struct plan_case *c = &plan_cases[i];
		struct world world;
		print_message("  %s\n", c->name);
		world_make(&world);
		c->change(&world);
		assert_int_equal(mechanism_identity.plan(&world.context, &world.plan, &world.error), 0);
		const struct step *step = plan_step(&world.plan, setting_find(MECHANISM_IDENTITY, c->step));
		assert_true((step == NULL) == c->absent);
		if (step) {
			cleanup_free char *wanted = value_kernel_text(&step->wanted, NULL);
			if (c->wanted)
				assert_string_equal(wanted, c->wanted);
			assert_int_equal(step->status, c->status);
			assert_int_equal(step->why.errnum, c->errnum);
			assert_true(!c->message || contains(step->why.message, c->message));
			assert_true(!c->hint || contains(step->why.hint, c->hint));
		}
		assert_int_equal(world.plan.warning_count, c->warning != NULL);
		assert_true(!c->warning || warned(&world.plan, c->warning));
		world_clear(&world);
	}
}

static void a_silent_profile_changes_nothing(void **state)
{
	(void)state;
	struct world world;
	world_make(&world);
	assert_int_equal(mechanism_identity.plan(&world.context, &world.plan, &world.error), 0);
	assert_int_equal(world.plan.count, 0);
	world_clear(&world);
}

static void steps_come_in_the_order_in_which_privileges_go(void **state)
{
	(void)state;
	static const char *const order[] = {"umask", "additionalGids", "group",
					    "user",  "capabilities",   "noNewPrivileges"};
	struct world world;
	world_make(&world);
	keep_bind(&world);
	with_umask(&world);
	no_new_privileges(&world);
	assert_int_equal(mechanism_identity.plan(&world.context, &world.plan, &world.error), 0);
	assert_int_equal(world.plan.count, ARRAY_SIZE(order));
	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		assert_string_equal(world.plan.steps[i].setting->name, order[i]);
	world_clear(&world);
}

/* 1000 to 1009 and 65534 alone, as newuidmap makes it. */
static void an_id_is_mapped_from_the_first_to_the_last_of_a_range(void **state)
{
	static const struct id_map map[] = {{1000, 100000, 10}, {65534, 165534, 1}};
	static const uint64_t inside[] = {1000, 1009, 65534}, outside[] = {0, 999, 1010, 65533, 65535};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(inside); i++)
		assert_true(identity_mapped(map, ARRAY_SIZE(map), inside[i]));
	for (size_t i = 0; i < ARRAY_SIZE(outside); i++)
		assert_false(identity_mapped(map, ARRAY_SIZE(map), outside[i]));
	assert_true(identity_mapped(NULL, 0, 1234)); /* not known */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_identity_is_planned_as_the_kernel_would_take_it),
		cmocka_unit_test(a_silent_profile_changes_nothing),
		cmocka_unit_test(an_id_is_mapped_from_the_first_to_the_last_of_a_range),
		cmocka_unit_test(steps_come_in_the_order_in_which_privileges_go),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
