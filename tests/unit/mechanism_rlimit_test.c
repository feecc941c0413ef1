/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <linux/capability.h>
#include <sys/resource.h>

#include "base/capability.h"
#include "context.h"

#define NOT_GIVEN (UNLIMITED - 1)

static const struct plan_case {
	const char *name;
	const char *limit;
	uint64_t soft, hard;                 /* of the profile; NOT_GIVEN */
	uint64_t current_soft, current_hard; /* of the host; both 0: not known */
	bool unprivileged, user_namespace, unsized, prefer;
	uint64_t partial_soft, partial_hard; /* CLAMPED: what is written instead */
	uint64_t wanted_soft, wanted_hard;
	enum status status;
	int errnum;
	const char *message, *hint, *reason, *warning;
} plan_cases[] = {
	{.name = "both halves are taken as they are",
	 .limit = "RLIMIT_NOFILE",
	 .soft = 65536,
	 .hard = 65536,
	 .current_soft = 1024,
	 .current_hard = 524288,
	 .unprivileged = true,
	 .wanted_soft = 65536,
	 .wanted_hard = 65536,
	 .status = STATUS_PLANNED},
	{.name = "the same limits are satisfied",
	 .limit = "RLIMIT_CORE",
	 .soft = 0,
	 .hard = UNLIMITED,
	 .current_soft = 0,
	 .current_hard = UNLIMITED,
	 .unprivileged = true,
	 .wanted_soft = 0,
	 .wanted_hard = UNLIMITED,
	 .status = STATUS_SATISFIED},
	{.name = "with the soft limit alone the hard one is kept",
	 .limit = "RLIMIT_STACK",
	 .soft = 1 * MIB,
	 .hard = NOT_GIVEN,
	 .current_soft = 8 * MIB,
	 .current_hard = UNLIMITED,
	 .wanted_soft = 1 * MIB,
	 .wanted_hard = UNLIMITED,
	 .status = STATUS_PLANNED,
	 .reason = "hard limit is kept"},
	{.name = "with the hard limit alone the soft one is kept",
	 .limit = "RLIMIT_NOFILE",
	 .soft = NOT_GIVEN,
	 .hard = 4096,
	 .current_soft = 1024,
	 .current_hard = 524288,
	 .wanted_soft = 1024,
	 .wanted_hard = 4096,
	 .status = STATUS_PLANNED,
	 .reason = "soft limit is kept"},
	{.name = "a kept soft limit comes down to a lower hard one",
	 .limit = "RLIMIT_NOFILE",
	 .soft = NOT_GIVEN,
	 .hard = 512,
	 .current_soft = 1024,
	 .current_hard = 524288,
	 .wanted_soft = 512,
	 .wanted_hard = 512,
	 .status = STATUS_PLANNED,
	 .reason = "1024 is lowered"},
	{.name = "a soft limit above the hard one in force is refused",
	 .limit = "RLIMIT_NOFILE",
	 .soft = 65536,
	 .hard = NOT_GIVEN,
	 .current_soft = 1024,
	 .current_hard = 4096,
	 .wanted_soft = 65536,
	 .wanted_hard = 4096,
	 .status = STATUS_DENIED,
	 .errnum = EINVAL,
	 .message = "65536 is above the hard limit 4096",
	 .hint = "\"hard\": 65536"},
	{.name = "where the hard limit cannot be raised, no hint says that the profile should",
	 .limit = "RLIMIT_NOFILE",
	 .soft = 65536,
	 .hard = NOT_GIVEN,
	 .current_soft = 1024,
	 .current_hard = 4096,
	 .unprivileged = true,
	 .wanted_soft = 65536,
	 .wanted_hard = 4096,
	 .status = STATUS_DENIED,
	 .errnum = EPERM,
	 .message = "from 4096 to 65536 needs CAP_SYS_RESOURCE",
	 .hint = "with CAP_SYS_RESOURCE"},
	{.name = "what is there is taken where all of it is only preferred",
	 .limit = "RLIMIT_NOFILE",
	 .soft = 65536,
	 .hard = NOT_GIVEN,
	 .current_soft = 1024,
	 .current_hard = 4096,
	 .unprivileged = true,
	 .prefer = true,
	 .wanted_soft = 65536,
	 .wanted_hard = 4096,
	 .partial_soft = 4096,
	 .partial_hard = 4096,
	 .status = STATUS_CLAMPED,
	 .errnum = EPERM},
	{.name = "the hard half is kept and the soft one taken",
	 .limit = "RLIMIT_NOFILE",
	 .soft = 2048,
	 .hard = 65536,
	 .current_soft = 1024,
	 .current_hard = 4096,
	 .unprivileged = true,
	 .prefer = true,
	 .wanted_soft = 2048,
	 .wanted_hard = 65536,
	 .partial_soft = 2048,
	 .partial_hard = 4096,
	 .status = STATUS_CLAMPED,
	 .errnum = EPERM},
	{.name = "where all that is there is in force nothing is taken",
	 .limit = "RLIMIT_NOFILE",
	 .soft = 65536,
	 .hard = 65536,
	 .current_soft = 4096,
	 .current_hard = 4096,
	 .unprivileged = true,
	 .prefer = true,
	 .wanted_soft = 65536,
	 .wanted_hard = 65536,
	 .status = STATUS_DENIED,
	 .errnum = EPERM},
	{.name = "fs.nr_open is what is there above it",
	 .limit = "RLIMIT_NOFILE",
	 .soft = 2000000,
	 .hard = 2000000,
	 .current_soft = 1024,
	 .current_hard = 4096,
	 .prefer = true,
	 .wanted_soft = 2000000,
	 .wanted_hard = 2000000,
	 .partial_soft = 1048576,
	 .partial_hard = 1048576,
	 .status = STATUS_CLAMPED,
	 .errnum = EPERM},
	{.name = "half a limit needs to know the other half",
	 .limit = "RLIMIT_NOFILE",
	 .soft = 1024,
	 .hard = NOT_GIVEN,
	 .wanted_soft = 1024,
	 .wanted_hard = NOT_GIVEN,
	 .status = STATUS_DENIED,
	 .message = "only the soft limit is given"},
	{.name = "a whole limit is tried even where none is known",
	 .limit = "RLIMIT_NOFILE",
	 .soft = 1024,
	 .hard = 2048,
	 .wanted_soft = 1024,
	 .wanted_hard = 2048,
	 .status = STATUS_PLANNED},
	{.name = "raising a hard limit needs CAP_SYS_RESOURCE",
	 .limit = "RLIMIT_MEMLOCK",
	 .soft = 1 * GIB,
	 .hard = UNLIMITED,
	 .current_soft = 8 * MIB,
	 .current_hard = 8 * MIB,
	 .unprivileged = true,
	 .wanted_soft = 1 * GIB,
	 .wanted_hard = UNLIMITED,
	 .status = STATUS_DENIED,
	 .errnum = EPERM,
	 .message = "RLIMIT_MEMLOCK from 8388608 to unlimited",
	 .hint = "CAP_SYS_RESOURCE"},
	{.name = "the capability of another user namespace does not raise it",
	 .limit = "RLIMIT_NOFILE",
	 .soft = 8192,
	 .hard = 8192,
	 .current_soft = 1024,
	 .current_hard = 4096,
	 .user_namespace = true,
	 .wanted_soft = 8192,
	 .wanted_hard = 8192,
	 .status = STATUS_DENIED,
	 .errnum = EPERM,
	 .message = "initial user namespace"},
	{.name = "root raises it",
	 .limit = "RLIMIT_NOFILE",
	 .soft = 8192,
	 .hard = 8192,
	 .current_soft = 1024,
	 .current_hard = 4096,
	 .wanted_soft = 8192,
	 .wanted_hard = 8192,
	 .status = STATUS_PLANNED},
	{.name = "nobody goes above fs.nr_open",
	 .limit = "RLIMIT_NOFILE",
	 .soft = 65536,
	 .hard = 1048577,
	 .current_soft = 1024,
	 .current_hard = 4096,
	 .wanted_soft = 65536,
	 .wanted_hard = 1048577,
	 .status = STATUS_DENIED,
	 .errnum = EPERM,
	 .message = "1048577 is above fs.nr_open, which is 1048576",
	 .hint = "sysctl -w fs.nr_open=1048577"},
	{.name = "unlimited descriptors are above every fs.nr_open",
	 .limit = "RLIMIT_NOFILE",
	 .soft = 65536,
	 .hard = UNLIMITED,
	 .current_soft = 1024,
	 .current_hard = 4096,
	 .wanted_soft = 65536,
	 .wanted_hard = UNLIMITED,
	 .status = STATUS_DENIED,
	 .errnum = EPERM,
	 .message = "unlimited is above fs.nr_open",
	 .hint = "at most 1048576"},
	{.name = "an address space below the pools is refused",
	 .limit = "RLIMIT_AS",
	 .soft = 264 * MIB - 1,
	 .hard = UNLIMITED,
	 .current_soft = UNLIMITED,
	 .current_hard = UNLIMITED,
	 .wanted_soft = 264 * MIB - 1,
	 .wanted_hard = UNLIMITED,
	 .status = STATUS_DENIED,
	 .message = "264 MiB of the router's pools"},
	{.name = "an address space below the pools is refused also when it is in force",
	 .limit = "RLIMIT_AS",
	 .soft = 100 * MIB,
	 .hard = 100 * MIB,
	 .current_soft = 100 * MIB,
	 .current_hard = 100 * MIB,
	 .wanted_soft = 100 * MIB,
	 .wanted_hard = 100 * MIB,
	 .status = STATUS_DENIED,
	 .message = "could not start",
	 .warning = "RLIMIT_AS in force"},
	{.name = "an address space above the pools is planned with what it leaves",
	 .limit = "RLIMIT_AS",
	 .soft = 300 * MIB,
	 .hard = UNLIMITED,
	 .current_soft = UNLIMITED,
	 .current_hard = UNLIMITED,
	 .wanted_soft = 300 * MIB,
	 .wanted_hard = UNLIMITED,
	 .status = STATUS_PLANNED,
	 .warning = "RLIMIT_AS leaves 36 MiB"},
	{.name = "where nothing is sized an address space is nobody's business",
	 .limit = "RLIMIT_AS",
	 .soft = 1 * MIB,
	 .hard = UNLIMITED,
	 .current_soft = UNLIMITED,
	 .current_hard = UNLIMITED,
	 .unsized = true,
	 .wanted_soft = 1 * MIB,
	 .wanted_hard = UNLIMITED,
	 .status = STATUS_PLANNED},
	{.name = "data below the private pool is refused",
	 .limit = "RLIMIT_DATA",
	 .soft = 8 * MIB - 1,
	 .hard = UNLIMITED,
	 .current_soft = UNLIMITED,
	 .current_hard = UNLIMITED,
	 .wanted_soft = 8 * MIB - 1,
	 .wanted_hard = UNLIMITED,
	 .status = STATUS_DENIED,
	 .message = "private pool"},
	{.name = "RLIMIT_RSS is accepted with a warning",
	 .limit = "RLIMIT_RSS",
	 .soft = 1 * GIB,
	 .hard = 1 * GIB,
	 .current_soft = UNLIMITED,
	 .current_hard = UNLIMITED,
	 .wanted_soft = 1 * GIB,
	 .wanted_hard = 1 * GIB,
	 .status = STATUS_PLANNED,
	 .warning = "no effect since Linux 2.4.30"},
};

static void case_world(const struct plan_case *c, struct rlimit_request *requested, struct world *world)
{
	static char key[] = "default";
	static struct policy_entry prefer = {.key = key, .policy = POLICY_PREFER};
	world_make(world);
	world->profile.policies = &prefer;
	world->profile.policy_count = c->prefer;
	*requested = (struct rlimit_request){.setting = setting_find(MECHANISM_RLIMIT, c->limit),
					     .has_soft = c->soft != NOT_GIVEN,
					     .has_hard = c->hard != NOT_GIVEN,
					     .soft = c->soft,
					     .hard = c->hard,
					     .source = SOURCE_PROFILE};
	assert_non_null(requested->setting);
	world->profile.rlimits = requested;
	world->profile.rlimit_count = 1;
	if (c->current_soft || c->current_hard) {
		world->host.rlimits[requested->setting->resource].known = true;
		world->host.rlimits[requested->setting->resource].soft = c->current_soft;
		world->host.rlimits[requested->setting->resource].hard = c->current_hard;
	}
	if (c->unprivileged)
		world->host.cap_effective = 0;
	world->host.initial_user_namespace = !c->user_namespace;
	world->context.decision.sized = !c->unsized;
}

static void every_limit_is_planned_as_the_kernel_would_take_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(plan_cases); i++) {
		const struct plan_case *c = &plan_cases[i];
		struct rlimit_request requested;
		struct world world;
		print_message("  %s\n", c->name);
		case_world(c, &requested, &world);
		assert_int_equal(mechanism_rlimit.plan(&world.context, &world.plan, &world.error), 0);
		assert_int_equal(world.plan.count, 1);
		const struct step *step = &world.plan.steps[0];
		assert_int_equal(step->status, c->status);
		assert_true(step->wanted.number[0] == c->wanted_soft);
		assert_true(step->wanted.number[1] == c->wanted_hard);
		assert_int_equal(step_to_apply(step), step->status == STATUS_PLANNED || c->partial_hard);
		if (c->partial_hard) {
			assert_true(step_target(step)->number[0] == c->partial_soft);
			assert_true(step_target(step)->number[1] == c->partial_hard);
		}
		assert_int_equal(step->why.errnum, c->errnum);
		assert_true(!c->message || contains(step->why.message, c->message));
		assert_true(!c->hint || contains(step->why.hint, c->hint));
		assert_true(!c->reason || contains(step->reason, c->reason));
		assert_true(c->warning ? warned(&world.plan, c->warning) : world.plan.warning_count == 0);
		world_clear(&world);
	}
}

static void descriptors_come_last(void **state)
{
	(void)state;
	struct world world;
	world_make(&world);
	struct rlimit_request requests[] = {
		{setting_find(MECHANISM_RLIMIT, "RLIMIT_NOFILE"), true, true, 100, 100, SOURCE_PROFILE},
		{setting_find(MECHANISM_RLIMIT, "RLIMIT_CORE"), true, true, 0, 0, SOURCE_PROFILE},
		{setting_find(MECHANISM_RLIMIT, "RLIMIT_CPU"), true, true, 9, 9, SOURCE_PROFILE},
	};
	world.profile.rlimits = requests;
	world.profile.rlimit_count = ARRAY_SIZE(requests);
	assert_int_equal(mechanism_rlimit.plan(&world.context, &world.plan, &world.error), 0);
	assert_int_equal(world.plan.count, 3);
	assert_int_equal(world.plan.steps[0].setting->resource, RLIMIT_CORE);
	assert_int_equal(world.plan.steps[1].setting->resource, RLIMIT_CPU);
	assert_int_equal(world.plan.steps[2].setting->resource, RLIMIT_NOFILE);
	world_clear(&world);
}

/* Limits that the profile does not mention, but that the router inherits. */
static const struct inherited_case {
	const char *name;
	int resource;
	uint64_t soft, hard; /* hard 0: unlimited */
	const char *router;
	uid_t uid;
	bool touched, forced, keeps_lock, user_namespace;
	const char *warning;
	const char *denied; /* a step of its own, with this text; NULL: none */
	const char *hint;
	enum runtime runtime;
	uint64_t open_files; /* the configuration's open_files_limit */
} inherited_cases[] = {
	{.name = "an inherited address space below the pools",
	 .resource = RLIMIT_AS,
	 .soft = 128 * MIB,
	 .warning = "RLIMIT_AS in force"},
	{.name = "an inherited data limit below the private pool",
	 .resource = RLIMIT_DATA,
	 .soft = 4 * MIB,
	 .warning = "RLIMIT_DATA in force"},
	{.name = "an endless number of descriptors under OpenSIPS",
	 .resource = RLIMIT_NOFILE,
	 .soft = UINT64_C(1) << 30,
	 .router = "opensips",
	 .warning = "closes every descriptor"},
	{.name = "as many under Kamailio are fine", .resource = RLIMIT_NOFILE, .soft = UINT64_C(1) << 30},
	{.name = "a million under OpenSIPS is fine",
	 .resource = RLIMIT_NOFILE,
	 .soft = UINT64_C(1) << 20,
	 .router = "opensips"},
	{.name = "too few processes for a user",
	 .resource = RLIMIT_NPROC,
	 .soft = 13,
	 .uid = 1000,
	 .denied = "RLIMIT_NPROC is 13, but the router starts 14 processes",
	 .hint = "--set rlimits.RLIMIT_NPROC=92"},
	{.name = "too few processes for a user in docker, without the right to raise them",
	 .resource = RLIMIT_NPROC,
	 .soft = 13,
	 .hard = 13,
	 .uid = 1000,
	 .runtime = RUNTIME_DOCKER,
	 .denied = "RLIMIT_NPROC is 13",
	 .hint = "docker run --ulimit nproc=92:92"},
	{.name = "just enough processes for a user", .resource = RLIMIT_NPROC, .soft = 14, .uid = 1000},
	{.name = "root is exempt from the number of processes", .resource = RLIMIT_NPROC, .soft = 1},
	{.name = "but root of another user namespace is somebody else to the machine",
	 .resource = RLIMIT_NPROC,
	 .soft = 13,
	 .hard = 13,
	 .user_namespace = true,
	 .denied = "RLIMIT_NPROC is 13"},
	{.name = "too little to lock for mlock_pages",
	 .resource = RLIMIT_MEMLOCK,
	 .soft = 8 * MIB,
	 .uid = 1000,
	 .touched = true,
	 .warning = "mlock_pages cannot lock"},
	{.name = "shm_force_alloc locks nothing",
	 .resource = RLIMIT_MEMLOCK,
	 .soft = 8 * MIB,
	 .uid = 1000,
	 .touched = true,
	 .forced = true},
	{.name = "CAP_IPC_LOCK needs no limit",
	 .resource = RLIMIT_MEMLOCK,
	 .soft = 8 * MIB,
	 .uid = 1000,
	 .touched = true,
	 .keeps_lock = true},
	{.name = "root has CAP_IPC_LOCK", .resource = RLIMIT_MEMLOCK, .soft = 8 * MIB, .touched = true},
	{.name = "more open files in the configuration than a user may have",
	 .resource = RLIMIT_NOFILE,
	 .soft = 65536,
	 .hard = 65536,
	 .uid = 1000,
	 .open_files = 100000,
	 .runtime = RUNTIME_DOCKER,
	 .denied = "sets open_files_limit=100000, and it cannot raise the hard limit, which is 65536",
	 .hint = "docker run --ulimit nofile=100000:100000"},
	{.name = "as many as the hard limit are set by the router itself",
	 .resource = RLIMIT_NOFILE,
	 .soft = 1024,
	 .hard = 65536,
	 .uid = 1000,
	 .open_files = 65536},
	{.name = "a soft limit below the hard one does not help Kamailio",
	 .resource = RLIMIT_NOFILE,
	 .soft = 1024,
	 .hard = 65536,
	 .uid = 1000,
	 .open_files = 100000,
	 .denied = "kamailio exits when it starts",
	 .hint = "start siplaunch as root"},
	{.name = "OpenSIPS takes the hard limit then",
	 .resource = RLIMIT_NOFILE,
	 .soft = 1024,
	 .hard = 65536,
	 .uid = 1000,
	 .open_files = 100000,
	 .router = "opensips"},
	{.name = "root raises the hard limit", .resource = RLIMIT_NOFILE, .soft = 1024, .open_files = 100000},
};

static void inherited_limits_that_would_hurt_the_router_are_warned_of(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(inherited_cases); i++) {
		const struct inherited_case *c = &inherited_cases[i];
		struct world world;
		print_message("  %s\n", c->name);
		world_make(&world);
		world.host.rlimits[c->resource].known = true;
		world.host.rlimits[c->resource].soft = c->soft;
		world.host.rlimits[c->resource].hard = c->hard ? c->hard : UNLIMITED;
		world.host.runtime = c->runtime;
		world.host.initial_user_namespace = !c->user_namespace;
		if (c->hard)
			world.host.cap_effective = 0;
		world.identity.has_user = c->uid != 0;
		world.identity.uid = c->uid;
		world.estimate.shared_touched = c->touched;
		world.estimate.shm_force_alloc = c->forced;
		world.profile.has_capabilities = c->keeps_lock;
		world.profile.capabilities = UINT64_C(1) << CAP_IPC_LOCK;
		world.estimate.open_files_limit = c->open_files;
		if (c->router) {
			world.router = *router_find(c->router, NULL);
		}
		assert_int_equal(mechanism_rlimit.plan(&world.context, &world.plan, &world.error), 0);
		assert_int_equal(world.plan.count, c->denied != NULL);
		if (c->denied) {
			assert_int_equal(world.plan.steps[0].status, STATUS_DENIED);
			assert_true(contains(world.plan.steps[0].why.message, c->denied));
			assert_true(!c->hint || contains(world.plan.steps[0].why.hint, c->hint));
		}
		assert_int_equal(world.plan.warning_count, c->warning != NULL);
		assert_true(!c->warning || warned(&world.plan, c->warning));
		world_clear(&world);
	}
}

static void lower_file_size(void)
{
	struct world world;
	world_make(&world);
	struct rlimit_request requested = {
		setting_find(MECHANISM_RLIMIT, "RLIMIT_FSIZE"), true, true, GIB, 2 * GIB, SOURCE_PROFILE};
	world.profile.rlimits = &requested;
	world.profile.rlimit_count = 1;
	CHECK(mechanism_rlimit.plan(&world.context, &world.plan, &world.error) == 0);
	struct step *step = &world.plan.steps[0];
	struct target target = target_here(&world.context);
	CHECK(mechanism_rlimit.apply(&target, step, &world.error) == 0);
	CHECK(step->status == STATUS_APPLIED && value_equal(&step->actual, &step->wanted));

	struct rlimit limit;
	CHECK(getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur == GIB && limit.rlim_max == 2 * GIB);
	close(target.proc);
	world_clear(&world);
}

static void lower_file_size_in_part(void)
{
	struct world world;
	world_make(&world);
	struct target target = target_here(&world.context);
	struct step step = {.setting = setting_find(MECHANISM_RLIMIT, "RLIMIT_FSIZE"),
			    .policy = POLICY_PREFER};
	step.wanted = value_numbers(step.setting->kind, 2, (const uint64_t[]){3 * GIB, 3 * GIB});
	step_clamp(&step, value_numbers(step.setting->kind, 2, (const uint64_t[]){GIB, 2 * GIB}));
	CHECK(mechanism_rlimit.apply(&target, &step, &world.error) == 0);
	CHECK(step.status == STATUS_CLAMPED && step.actual.number[1] == 2 * GIB);
	close(target.proc);
	world_clear(&world);
}

static void a_part_of_a_limit_is_set_and_stays_a_part(void **state)
{
	(void)state;
	in_child(lower_file_size_in_part);
}

static void a_limit_is_set_and_read_back(void **state)
{
	(void)state;
	in_child(lower_file_size);
}

static void raise_without_right(void)
{
	struct capability_triple sets;
	const struct rlimit low = {GIB, GIB};
	CHECK(capabilities_get(&sets) == 0);
	sets.effective &= ~CAPABILITY_BIT(CAP_SYS_RESOURCE);
	CHECK(capabilities_set(&sets) == 0);
	CHECK(setrlimit(RLIMIT_FSIZE, &low) == 0);

	struct world world;
	world_make(&world);
	struct target target = target_here(&world.context);
	struct step step = {.setting = setting_find(MECHANISM_RLIMIT, "RLIMIT_FSIZE"),
			    .wanted = value_numbers(VALUE_BYTES, 2, (uint64_t[]){5, UNLIMITED})};
	CHECK(mechanism_rlimit.apply(&target, &step, &world.error) == -1);
	CHECK(world.error.errnum == EPERM &&
	      contains(world.error.message, "RLIMIT_FSIZE (soft, hard) to 5 unlimited"));
	close(target.proc);
	world_clear(&world);
}

static void the_kernels_refusal_is_reported_with_its_errno(void **state)
{
	(void)state;
	in_child(raise_without_right);
}

/* valgrind keeps some descriptors, and answers prlimit64 for RLIMIT_NOFILE itself. */
static bool under_valgrind(void)
{
	char line[512];
	bool found = false;
	FILE *maps = fopen("/proc/self/maps", "re");
	assert_non_null(maps);
	while (!found && fgets(line, sizeof line, maps))
		found = strstr(line, "vgpreload") != NULL;
	fclose(maps);
	return found;
}

/* /proc/PID/limits of ourselves must say what prlimit says, for each of the 16. */
static void all_sixteen_are_read_alike_from_inside_and_outside(void **state)
{
	(void)state;
	if (under_valgrind())
		skip();
	struct target target = target_here(NULL);
	unsigned count = 0;
	for (size_t i = 0; i < settings_count; i++) {
		if (settings[i].mechanism != MECHANISM_RLIMIT)
			continue;
		struct step inside = {.setting = &settings[i]}, outside = {.setting = &settings[i]};
		target.role = ROLE_SELF;
		assert_int_equal(mechanism_rlimit.read(&target, &inside, NULL), 0);
		target.role = ROLE_OBSERVED;
		assert_int_equal(mechanism_rlimit.read(&target, &outside, NULL), 0);
		assert_int_equal(outside.actual.count, 2);
		assert_true(value_equal(&inside.actual, &outside.actual));
		count++;
	}
	assert_int_equal(count, 16);
	close(target.proc);
}

/* /proc is never trusted: a directory of our own stands in for it. */
static void a_malformed_limits_file_gives_an_error(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"",
		"Max open files",
		"Max open files            ",
		"Max open files            10\n",
		"Max open files            10                   many                 files\n",
		"Max open files            -1                   4096                 files\n",
		"Max open filesX           1                    4096                 files\n",
	};
	char directory[] = "/tmp/siplaunch-limits-XXXXXX";
	assert_non_null(mkdtemp(directory));
	struct target target = {
		.proc = open(directory, O_RDONLY | O_DIRECTORY), .role = ROLE_OBSERVED, .pid = 7};
	assert_int_equal(mkdirat(target.proc, "7", 0700), 0);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct step step = {.setting = setting_find(MECHANISM_RLIMIT, "RLIMIT_NOFILE")};
		struct error error = {0};
		int fd = openat(target.proc, "7/limits", O_WRONLY | O_CREAT | O_TRUNC, 0600);
		assert_int_equal(write(fd, texts[i], strlen(texts[i])), strlen(texts[i]));
		close(fd);
		assert_int_equal(mechanism_rlimit.read(&target, &step, &error), -1);
		assert_true(contains(error.message, "/proc/7/limits"));
		assert_int_equal(step.actual.kind, VALUE_NONE);
		error_clear(&error);
	}
	unlinkat(target.proc, "7/limits", 0);
	unlinkat(target.proc, "7", AT_REMOVEDIR);
	close(target.proc);
	rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_limit_is_planned_as_the_kernel_would_take_it),
		cmocka_unit_test(descriptors_come_last),
		cmocka_unit_test(inherited_limits_that_would_hurt_the_router_are_warned_of),
		cmocka_unit_test(a_limit_is_set_and_read_back),
		cmocka_unit_test(a_part_of_a_limit_is_set_and_stays_a_part),
		cmocka_unit_test(the_kernels_refusal_is_reported_with_its_errno),
		cmocka_unit_test(all_sixteen_are_read_alike_from_inside_and_outside),
		cmocka_unit_test(a_malformed_limits_file_gives_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
