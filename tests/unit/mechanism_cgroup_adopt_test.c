/* SPDX-License-Identifier: MIT */
/* Limits that are somebody else's word: what each of them means for a router that was to have its own. */
#include "context.h"
#include "settings/cgroup_file.h"

#define NONE   0 /* of a limit that is not there */
#define WANTED (512 * MIB)

struct adopt_case {
	const char *name;
	const char *setting;
	const char *text;  /* of our group's file; NULL: there is none */
	uint64_t number;   /* what the profile says; with `automatic` it is "auto" */
	const char *asked; /* the same, of a setting whose value is text */
	bool automatic;
	uint64_t visible;    /* the memory limit in force; NONE: none */
	uint64_t memory;     /* sizing.memory; 0: auto */
	uint64_t high;       /* memory.high of the profile; 0: none */
	uint64_t swap_total; /* of the machine */
	bool bare;           /* no container */
	enum status status;
	uint64_t actual;
	const char *says; /* part of the reason or of the refusal */
};

static const struct adopt_case cases[] = {
	{.name = "the container's limit is the slice",
	 .setting = "memory.max",
	 .automatic = true,
	 .visible = WANTED,
	 .status = STATUS_ADOPTED,
	 .actual = WANTED,
	 .says = "/ memory.max"},
	{.name = "the container may have more than the profile wants",
	 .setting = "memory.max",
	 .automatic = true,
	 .visible = GIB,
	 .memory = WANTED,
	 .status = STATUS_ADOPTED,
	 .actual = GIB,
	 .says = "sized for the request"},
	{.name = "the profile requests more than the container may have",
	 .setting = "memory.max",
	 .automatic = true,
	 .visible = WANTED,
	 .memory = 4 * GIB,
	 .status = STATUS_CLAMPED,
	 .actual = WANTED,
	 .says = "less than requested"},
	{.name = "a number that is more than the container may have",
	 .setting = "memory.max",
	 .number = GIB,
	 .visible = WANTED,
	 .status = STATUS_CLAMPED,
	 .actual = WANTED,
	 .says = "less than requested"},
	{.name = "a memory.high of the profile's own asks for less than its memory",
	 .setting = "memory.max",
	 .automatic = true,
	 .visible = 480 * MIB,
	 .memory = WANTED,
	 .high = 480 * MIB,
	 .status = STATUS_ADOPTED,
	 .actual = 480 * MIB,
	 .says = "/ memory.max"},
	{.name = "no limit is in force",
	 .setting = "memory.max",
	 .automatic = true,
	 .visible = NONE,
	 .status = STATUS_DENIED,
	 .says = "no memory limit is in force"},
	{.name = "no limit is in force, and none is wanted",
	 .setting = "memory.max",
	 .number = UNLIMITED,
	 .visible = NONE,
	 .status = STATUS_SATISFIED},
	{.name = "no swap, as wanted",
	 .setting = "memory.swap.max",
	 .text = "0",
	 .swap_total = GIB,
	 .status = STATUS_SATISFIED},
	{.name = "swap that is not wanted",
	 .setting = "memory.swap.max",
	 .text = "max",
	 .swap_total = GIB,
	 .status = STATUS_DENIED,
	 .says = "memory.swap.max is max here"},
	{.name = "swap on a machine that has none",
	 .setting = "memory.swap.max",
	 .text = "max",
	 .status = STATUS_SATISFIED,
	 .actual = UNLIMITED,
	 .says = "no swap"},
	{.name = "a kernel without swap",
	 .setting = "memory.swap.max",
	 .status = STATUS_SATISFIED,
	 .says = "no swap"},
	{.name = "oom.group as wanted",
	 .setting = "memory.oom.group",
	 .text = "1",
	 .number = 1,
	 .status = STATUS_SATISFIED},
	{.name = "a container ends with its first process",
	 .setting = "memory.oom.group",
	 .text = "0",
	 .number = 1,
	 .status = STATUS_ADOPTED,
	 .says = "first process"},
	{.name = "outside of a container the others would live on",
	 .setting = "memory.oom.group",
	 .text = "0",
	 .number = 1,
	 .bare = true,
	 .status = STATUS_DENIED,
	 .says = "memory.oom.group is 0"},
	{.name = "the runtime kills the whole group",
	 .setting = "memory.oom.group",
	 .text = "1",
	 .number = 0,
	 .status = STATUS_ADOPTED,
	 .actual = 1,
	 .says = "kills the whole group"},
	{.name = "pids enough",
	 .setting = "pids.max",
	 .text = "2048",
	 .automatic = true,
	 .status = STATUS_ADOPTED,
	 .actual = 2048},
	{.name = "pids without a limit, which nobody set by number",
	 .setting = "pids.max",
	 .text = "max",
	 .automatic = true,
	 .status = STATUS_ADOPTED,
	 .actual = UNLIMITED},
	{.name = "pids without a limit, where one was given",
	 .setting = "pids.max",
	 .text = "max",
	 .number = 100,
	 .status = STATUS_DENIED,
	 .says = "pids.max is max here"},
	{.name = "fewer pids than processes",
	 .setting = "pids.max",
	 .text = "13",
	 .automatic = true,
	 .status = STATUS_DENIED,
	 .says = "less than the 14 processes"},
	{.name = "pids that cannot be seen",
	 .setting = "pids.max",
	 .automatic = true,
	 .status = STATUS_DENIED,
	 .says = "cannot be read here"},
	{.name = "memory.high that is not there",
	 .setting = "memory.high",
	 .automatic = true,
	 .status = STATUS_SATISFIED},
	{.name = "memory.high below what is wanted",
	 .setting = "memory.high",
	 .text = "268435456",
	 .automatic = true,
	 .status = STATUS_ADOPTED,
	 .actual = 256 * MIB,
	 .says = "sized below"},
	{.name = "memory.high above what is wanted",
	 .setting = "memory.high",
	 .text = "max",
	 .number = 256 * MIB,
	 .status = STATUS_DENIED,
	 .says = "memory.high is max"},
	{.name = "protection enough",
	 .setting = "memory.min",
	 .text = "536870912",
	 .number = 256 * MIB,
	 .status = STATUS_ADOPTED,
	 .actual = WANTED},
	{.name = "no protection",
	 .setting = "memory.min",
	 .text = "0",
	 .number = 256 * MIB,
	 .status = STATUS_DENIED},
	{.name = "another weight",
	 .setting = "cpu.weight",
	 .text = "100",
	 .number = 200,
	 .status = STATUS_DENIED},
	{.name = "the same weight",
	 .setting = "cpu.weight",
	 .text = "200",
	 .number = 200,
	 .status = STATUS_SATISFIED},
	{.name = "less swap before the group is slowed down",
	 .setting = "memory.swap.high",
	 .text = "67108864",
	 .number = 128 * MIB,
	 .status = STATUS_ADOPTED,
	 .actual = 64 * MIB,
	 .says = "tighter than requested"},
	{.name = "more swap before the group is slowed down",
	 .setting = "memory.swap.high",
	 .text = "max",
	 .number = 128 * MIB,
	 .status = STATUS_DENIED,
	 .says = "memory.swap.high is max here"},
	{.name = "less compressed swap",
	 .setting = "memory.zswap.max",
	 .text = "0",
	 .number = 128 * MIB,
	 .status = STATUS_ADOPTED,
	 .says = "tighter than requested"},
	{.name = "no compressed swap file, and no limit is asked for",
	 .setting = "memory.zswap.max",
	 .number = UNLIMITED,
	 .status = STATUS_SATISFIED},
	{.name = "no compressed swap file, and a limit is asked for",
	 .setting = "memory.zswap.max",
	 .status = STATUS_DENIED,
	 .says = "cannot be read here"},
	{.name = "less protection than asked, where others have some to give",
	 .setting = "memory.low",
	 .text = "4096",
	 .number = 256 * MIB,
	 .status = STATUS_DENIED},
	{.name = "less CPU time",
	 .setting = "cpu.max",
	 .text = "50000 100000",
	 .asked = "200000 100000",
	 .status = STATUS_ADOPTED,
	 .says = "tighter than requested"},
	{.name = "less CPU time, in another period",
	 .setting = "cpu.max",
	 .text = "10000 10000",
	 .asked = "200000 100000",
	 .status = STATUS_ADOPTED},
	{.name = "more CPU time, in a shorter period",
	 .setting = "cpu.max",
	 .text = "90000 10000",
	 .asked = "200000 100000",
	 .status = STATUS_DENIED,
	 .says = "cpu.max is 90000 10000 here"},
	{.name = "CPU time without a limit",
	 .setting = "cpu.max",
	 .text = "max 100000",
	 .asked = "200000",
	 .status = STATUS_DENIED},
	{.name = "a limit of CPU time where none was asked for",
	 .setting = "cpu.max",
	 .text = "50000 100000",
	 .asked = "max",
	 .status = STATUS_ADOPTED},
	{.name = "less burst",
	 .setting = "cpu.max.burst",
	 .text = "0",
	 .number = 1000,
	 .status = STATUS_ADOPTED},
	{.name = "some of the CPUs",
	 .setting = "cpuset.cpus",
	 .text = "1-2",
	 .asked = "0-3",
	 .status = STATUS_ADOPTED},
	{.name = "other CPUs",
	 .setting = "cpuset.cpus",
	 .text = "3-4",
	 .asked = "0-3",
	 .status = STATUS_DENIED},
	{.name = "the CPUs of a group above, which this file does not name",
	 .setting = "cpuset.cpus",
	 .text = "",
	 .asked = "0-3",
	 .status = STATUS_DENIED},
	{.name = "one of the memory nodes",
	 .setting = "cpuset.mems",
	 .text = "0",
	 .asked = "0-1",
	 .status = STATUS_ADOPTED},
	{.name = "a slower device",
	 .setting = "io.max",
	 .text = "8:0 rbps=1048576 wbps=max riops=max wiops=max",
	 .asked = "8:0 rbps=2097152",
	 .status = STATUS_ADOPTED},
	{.name = "a faster device",
	 .setting = "io.max",
	 .text = "8:0 rbps=1048576 wbps=max riops=max wiops=max",
	 .asked = "8:0 rbps=2097152 wbps=1000",
	 .status = STATUS_DENIED},
	{.name = "another device",
	 .setting = "io.max",
	 .text = "7:0 rbps=1048576 wbps=max riops=max wiops=max",
	 .asked = "8:0 rbps=2097152",
	 .status = STATUS_DENIED},
	{.name = "another weight of I/O",
	 .setting = "io.weight",
	 .text = "default 50",
	 .asked = "default 100",
	 .status = STATUS_DENIED},
	{.name = "idle, which nobody asked for",
	 .setting = "cpu.idle",
	 .text = "1",
	 .number = 0,
	 .status = STATUS_DENIED},
	{.name = "fewer huge pages",
	 .setting = "hugetlb.2MB.max",
	 .text = "2097152",
	 .asked = "4M",
	 .status = STATUS_ADOPTED},
	{.name = "more huge pages",
	 .setting = "hugetlb.2MB.max",
	 .text = "max",
	 .asked = "4M",
	 .status = STATUS_DENIED},
	{.name = "fewer of a resource",
	 .setting = "misc.max",
	 .text = "sev 10\nsev_es 4",
	 .asked = "sev_es 5",
	 .status = STATUS_ADOPTED},
	{.name = "more of a resource",
	 .setting = "misc.max",
	 .text = "sev 10\nsev_es max",
	 .asked = "sev_es 5",
	 .status = STATUS_DENIED},
	{.name = "more utilization than asked",
	 .setting = "cpu.uclamp.min",
	 .text = "50.00",
	 .asked = "12.5",
	 .status = STATUS_ADOPTED,
	 .says = "not less than"},
	{.name = "less utilization than asked",
	 .setting = "cpu.uclamp.min",
	 .text = "10.00",
	 .asked = "12.5",
	 .status = STATUS_DENIED},
	{.name = "a ceiling of utilization that is lower",
	 .setting = "cpu.uclamp.max",
	 .text = "50.00",
	 .asked = "max",
	 .status = STATUS_ADOPTED},
	{.name = "a device's memory below what is protected",
	 .setting = "dmem.min",
	 .text = "drm/0 1048576",
	 .asked = "drm/0 2097152",
	 .status = STATUS_DENIED},
	{.name = "fewer groups below",
	 .setting = "cgroup.max.depth",
	 .text = "0",
	 .asked = "1",
	 .status = STATUS_ADOPTED},
	{.name = "another priority of I/O",
	 .setting = "io.prio.class",
	 .text = "idle",
	 .asked = "none-to-rt",
	 .status = STATUS_DENIED},
	{.name = "nonsense in the file",
	 .setting = "cpu.weight",
	 .text = "many",
	 .number = 200,
	 .status = STATUS_DENIED,
	 .says = "cannot be read here"},
};

static void set_up(struct world *world, const struct adopt_case *row, struct requested requested[2],
		   struct group_value *value)
{
	static struct setting *own;
	if (own)
		setting_free(own);
	own = setting_of_file(row->setting);
	world_make(world);
	*requested =
		(struct requested){.setting = setting_find(MECHANISM_CGROUP, row->setting) ?: own,
				   .automatic = row->automatic,
				   .size = {.kind = row->number == UNLIMITED ? SIZE_UNLIMITED : SIZE_BYTES,
					    .bytes = row->number},
				   .source = SOURCE_PROFILE};
	requested->value =
		row->asked ? value_text(row->asked) : value_number(requested->setting->kind, row->number);
	requested[1] = (struct requested){.setting = setting_find(MECHANISM_CGROUP, "memory.high"),
					  .size = {.kind = SIZE_BYTES, .bytes = row->high},
					  .source = SOURCE_PROFILE};
	world->profile.unified = requested;
	world->profile.unified_count = row->high ? 2 : 1;
	world->profile.sizing.memory.size =
		(struct size){.kind = row->memory ? SIZE_BYTES : SIZE_AUTO, .bytes = row->memory};
	*value = (struct group_value){row->setting, (char *)(uintptr_t)row->text};
	world->host.cgroup.directory = (char *)"";
	world->host.group_values = value;
	world->host.group_value_count = 1;
	world->host.runtime = row->bare ? RUNTIME_NONE : RUNTIME_DOCKER;
	world->host.cgroup.mode = HOST_CGROUP_V2;
	world->host.cgroup.path = (char *)"/";
	world->host.cgroup.base_reason = (char *)"the tree is mounted read-only";
	world->host.memory.visible_limit = row->visible ? row->visible : UNLIMITED;
	world->host.memory.visible_limit_source = (char *)"/ memory.max";
	world->host.memory.total_bytes = 8 * GIB;
	world->host.memory.swap_total_bytes = row->swap_total;
	world->context.decision.budget.limit_bytes = WANTED;
	context_place(&world->context);
}

static void each_limit_is_judged_by_what_holds(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct adopt_case *row = &cases[i];
		struct world world;
		struct requested requests[2];
		struct group_value value;
		set_up(&world, row, requests, &value);
		assert_int_equal(mechanism_cgroup.plan(&world.context, &world.plan, &world.error), 0);
		assert_int_equal(world.plan.count, row->high ? 2 : 1);
		const struct step *step = &world.plan.steps[0];
		const char *said = step->why.message ? step->why.message : step->reason ? step->reason : "";
		uint64_t actual = step->actual.count ? step->actual.number[0] : 0;
		if (step->status != row->status || !contains(said, row->says ? row->says : "") ||
		    actual != row->actual)
			fail_msg("%s: %s, actual %llu: %s", row->name, status_name(step->status),
				 (unsigned long long)actual, said);
		value_clear(&requests[0].value);
		context_place_clear(&world.context);
		world_clear(&world);
	}
}

/* Swap is limited by the tightest group on the way up, wherever that is. */
static void swap_is_as_little_as_the_tightest_group_has(void **state)
{
	static const struct {
		uint64_t own, above;
		enum status status;
	} rows[] = {
		{0, UNLIMITED, STATUS_SATISFIED},
		{UNLIMITED, 0, STATUS_SATISFIED},
		{GIB, UNLIMITED, STATUS_DENIED},
		{UNLIMITED, GIB, STATUS_DENIED},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct adopt_case row = {
			.setting = "memory.swap.max", .text = "max", .swap_total = GIB, .visible = GIB};
		struct ancestor ancestors[] = {{.path = (char *)"/a/b", .swap_max = rows[i].own},
					       {.path = (char *)"/a", .swap_max = rows[i].above}};
		struct world world;
		struct requested requests[2];
		struct group_value value;
		set_up(&world, &row, requests, &value);
		world.host.ancestors = ancestors;
		world.host.ancestor_count = ARRAY_SIZE(ancestors);
		assert_int_equal(mechanism_cgroup.plan(&world.context, &world.plan, &world.error), 0);
		if (world.plan.steps[0].status != rows[i].status)
			fail_msg("row %zu: %s", i, status_name(world.plan.steps[0].status));
		context_place_clear(&world.context);
		world_clear(&world);
	}
}

static void the_group_that_we_are_in_is_adopted_and_nothing_is_left_to_be_done(void **state)
{
	(void)state;
	struct world world;
	struct requested requests[2];
	struct group_value value;
	set_up(&world, &cases[0], requests, &value);
	world.profile.cgroup.path = (char *)"sip.slice/kamailio";
	context_place(&world.context);
	assert_int_equal(mechanism_cgroup.plan(&world.context, &world.plan, &world.error), 0);
	assert_int_equal(world.plan.count, 3);
	assert_int_equal(plan_find(&world.plan, SETTING_GROUP)->status, STATUS_ADOPTED);
	assert_string_equal(plan_find(&world.plan, SETTING_GROUP)->actual.text, "/");
	assert_true(contains(plan_find(&world.plan, SETTING_GROUP)->reason, "mounted read-only"));
	assert_int_equal(plan_find(&world.plan, SETTING_GROUP_PROCS)->status, STATUS_SATISFIED);
	assert_false(plan_refused(&world.plan));
	context_place_clear(&world.context);
	world_clear(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_limit_is_judged_by_what_holds),
		cmocka_unit_test(swap_is_as_little_as_the_tightest_group_has),
		cmocka_unit_test(the_group_that_we_are_in_is_adopted_and_nothing_is_left_to_be_done),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
