/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sched.h>

#include "base/fs.h"
#include "context.h"
#include "plan/remedy.h"

#define FRESH_SHMMAX (UINT64_MAX - (UINT64_C(1) << 24))

static const struct ipc_limits fresh = {
	.known = true,
	.shmmax_bytes = FRESH_SHMMAX,
	.shmall_pages = FRESH_SHMMAX,
	.sem = {32000, 1024000000, 500, 32000},
};
static const struct ipc_limits small = {
	.known = true,
	.shmmax_bytes = 32 * MIB,
	.shmall_pages = 1000,
	.sem = {10, 100, 5, 4},
};

struct ipc_world {
	struct world world;
	struct requested requests[3];
};

/* A private namespace on a machine of today, and every IPC limit "auto". */
static int make(void **state)
{
	static const char *const names[] = {"kernel.shmmax", "kernel.shmall", "kernel.sem"};
	struct ipc_world *ipc = xcalloc(1, sizeof *ipc);
	struct world *world = &ipc->world;
	world_make(world);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		ipc->requests[i] = (struct requested){.setting = setting_find(MECHANISM_SYSCTL, names[i]),
						      .automatic = true};
	world->profile.sysctls = ipc->requests;
	world->profile.sysctl_count = ARRAY_SIZE(names);
	world->profile.ipc.namespace = IPC_PRIVATE;
	world->profile.ipc.sem_sets = 128;
	world->profile.ipc.sem_per_set = 250;
	world->profile.ipc.sem_ops_per_call = 100;
	world->host.ipc_namespace = 4026531839;
	world->host.initial_ipc_namespace = true;
	world->host.ipc = small;
	world->host.fresh_ipc = fresh;
	world->host.can_write_fresh_ipc = true;
	world->context.decision.budget.terms[TERM_SHARED].bytes = 256 * MIB;
	*state = ipc;
	return 0;
}

static int clear(void **state)
{
	struct ipc_world *ipc = *state;
	world_clear(&ipc->world);
	free(ipc);
	return 0;
}

static void plan(struct world *world)
{
	assert_int_equal(mechanism_ipc.plan(&world->context, &world->plan, &world->error), 0);
	assert_int_equal(mechanism_sysctl.plan(&world->context, &world->plan, &world->error), 0);
}

static const struct step *step_of(struct world *world, const char *name)
{
	const struct step *step = plan_step(&world->plan, setting_find(MECHANISM_SYSCTL, name));
	assert_non_null(step);
	return step;
}

static void a_fresh_namespace_already_has_what_is_needed(void **state)
{
	struct world *world = *state;
	plan(world);
	assert_int_equal(plan_find(&world->plan, SETTING_IPC_NAMESPACE)->status, STATUS_PLANNED);
	for (size_t i = 1; i < world->plan.count; i++)
		assert_int_equal(world->plan.steps[i].status, STATUS_SATISFIED);
}

static void smaller_limits_are_raised_to_what_the_router_needs_and_no_further(void **state)
{
	struct world *world = *state;
	world->host.fresh_ipc = small;
	plan(world);
	assert_int_equal(step_of(world, "kernel.shmmax")->wanted.number[0], 256 * MIB);
	assert_int_equal(step_of(world, "kernel.shmall")->wanted.number[0], 65536); /* pages */
	const uint64_t *sem = step_of(world, "kernel.sem")->wanted.number;
	const uint64_t needed[] = {250, 32000, 100, 128};
	assert_memory_equal(sem, needed, sizeof needed);
	assert_int_equal(step_of(world, "kernel.sem")->status, STATUS_PLANNED);
}

static void automatic_never_lowers_any_of_the_four(void **state)
{
	struct world *world = *state;
	const struct ipc_limits mixed = {
		.known = true, .sem = {500, 100, 200, 4}, .shmmax_bytes = GIB, .shmall_pages = 1};
	world->host.fresh_ipc = mixed;
	plan(world);
	const uint64_t wanted[] = {500, 32000, 200, 128};
	assert_memory_equal(step_of(world, "kernel.sem")->wanted.number, wanted, sizeof wanted);
	assert_int_equal(step_of(world, "kernel.shmmax")->wanted.number[0], GIB);
}

static void an_explicit_value_is_exact_even_when_it_is_smaller(void **state)
{
	struct ipc_world *ipc = *state;
	const uint64_t sem[] = {100, 200, 10, 20};
	ipc->requests[2] = (struct requested){.setting = setting_find(MECHANISM_SYSCTL, "kernel.sem"),
					      .value = value_numbers(VALUE_COUNT, 4, sem),
					      .source = SOURCE_PROFILE};
	plan(&ipc->world);
	assert_memory_equal(step_of(&ipc->world, "kernel.sem")->wanted.number, sem, sizeof sem);
	assert_int_equal(step_of(&ipc->world, "kernel.sem")->status, STATUS_PLANNED);
}

static void the_machines_own_namespace_is_not_changed(void **state)
{
	struct world *world = *state;
	world->profile.ipc.namespace = IPC_INHERIT;
	plan(world);
	assert_null(plan_find(&world->plan, SETTING_IPC_NAMESPACE));
	const struct step *step = step_of(world, "kernel.sem");
	assert_int_equal(step->status, STATUS_DENIED);
	assert_true(contains(step->why.message, "the machine's"));
	assert_true(contains(step->why.hint, "private"));
}

/* With --ipc private it has the defaults: only a value that the profile names needs an option. */
static void in_the_machines_namespace_a_container_gets_the_option_of_a_named_value(void **state)
{
	struct ipc_world *ipc = *state;
	const uint64_t sem[] = {100, 200, 10, 20};
	ipc->requests[2] = (struct requested){.setting = setting_find(MECHANISM_SYSCTL, "kernel.sem"),
					      .value = value_numbers(VALUE_COUNT, 4, sem),
					      .source = SOURCE_PROFILE};
	ipc->world.host.runtime = RUNTIME_DOCKER;
	ipc->world.host.can_write_fresh_ipc = false;
	ipc->world.host.unshare_ipc_errno = EPERM;
	plan(&ipc->world);
	assert_int_equal(plan_find(&ipc->world.plan, SETTING_IPC_NAMESPACE)->status, STATUS_DENIED);
	assert_string_equal(step_of(&ipc->world, "kernel.sem")->why.hint,
			    "docker run --sysctl 'kernel.sem=100 200 10 20'");
	assert_true(contains(step_of(&ipc->world, "kernel.shmmax")->why.hint, "see ipc/namespace"));
}

static void a_containers_namespace_is_ours_where_proc_sys_can_be_written(void **state)
{
	struct world *world = *state;
	world->host.initial_ipc_namespace = false;
	world->host.proc_sys_writable = true;
	plan(world);
	assert_int_equal(plan_find(&world->plan, SETTING_IPC_NAMESPACE)->status, STATUS_SATISFIED);
	assert_int_equal(step_of(world, "kernel.sem")->status, STATUS_PLANNED);
	assert_int_equal(step_of(world, "kernel.sem")->current.number[0], 10);
}

static void a_read_only_proc_sys_is_answered_with_the_containers_flag(void **state)
{
	struct world *world = *state;
	const struct {
		enum runtime runtime;
		const char *hint;
	} cases[] = {
		{RUNTIME_DOCKER, "docker run --sysctl 'kernel.sem=250 32000 100 128'"},
		{RUNTIME_PODMAN, "podman run --sysctl 'kernel.sem=250 32000 100 128'"},
		{RUNTIME_KUBERNETES, "--allowed-unsafe-sysctls 'kernel.sem'"},
	};
	world->host.initial_ipc_namespace = false;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		world->host.runtime = cases[i].runtime;
		plan(world);
		const struct step *step = step_of(world, "kernel.sem");
		assert_int_equal(step->status, STATUS_DENIED);
		if (!contains(step->why.hint, cases[i].hint))
			fail_msg("%s", step->why.hint);
		plan_clear(&world->plan);
	}
}

static void a_refused_unshare_denies_the_namespace_with_the_kernels_word(void **state)
{
	struct world *world = *state;
	world->host.unshare_ipc_errno = EPERM;
	plan(world);
	const struct step *step = plan_find(&world->plan, SETTING_IPC_NAMESPACE);
	assert_int_equal(step->status, STATUS_DENIED);
	assert_int_equal(step->why.errnum, EPERM);
	assert_true(contains(step->why.hint, "CAP_SYS_ADMIN"));
	/* what was to be written there is not written into the machine's */
	assert_int_equal(step_of(world, "kernel.sem")->status, STATUS_DENIED);
	assert_true(contains(step_of(world, "kernel.sem")->why.message, "the machine's"));
}

static void unknown_limits_are_written_and_not_taken_for_zero(void **state)
{
	struct world *world = *state;
	world->host.fresh_ipc.known = false;
	plan(world);
	assert_int_equal(step_of(world, "kernel.sem")->current.kind, VALUE_NONE);
	assert_int_equal(step_of(world, "kernel.sem")->status, STATUS_PLANNED);
}

static void put(int dir, const char *path, const char *text)
{
	int fd = openat(dir, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0444);
	assert_true(fd >= 0);
	assert_int_equal(write_whole(fd, text, strlen(text)), 0);
	close(fd);
}

/* A /proc whose kernel/sem cannot be opened for writing, and what its attr/current says. */
static void the_apparmor_profile_in_force_is_named_where_a_write_is_denied(void **state)
{
	static const struct {
		const char *current, *hint;
	} cases[] = {
		{"cri-containerd.apparmor.d (enforce)\n",
		 "AppArmor profile cri-containerd.apparmor.d (enforce)"},
		{"unconfined\n", NULL},
		{"docker-default (complain)\n", NULL},
		{"system_u:system_r:container_t:s0:c1,c2", NULL},
	};
	struct world *world = *state;
	plan(world);
	struct step *step = (struct step *)step_of(world, "kernel.sem");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char folder[] = "/tmp/siplaunch-proc.XXXXXX";
		assert_non_null(mkdtemp(folder));
		assert_int_equal(chmod(folder, 0755), 0);
		struct target target = {.proc = open(folder, O_DIRECTORY | O_CLOEXEC)};
		assert_int_equal(mkdirat(target.proc, "self", 0755), 0);
		assert_int_equal(mkdirat(target.proc, "self/attr", 0755), 0);
		assert_int_equal(mkdirat(target.proc, "sys", 0755), 0);
		assert_int_equal(mkdirat(target.proc, "sys/kernel", 0755), 0);
		put(target.proc, "self/attr/current", cases[i].current);
		put(target.proc, "sys/kernel/sem", "10 100 5 4\n");

		struct error error = {0};
		bool root = geteuid() == 0;
		if (root)
			assert_int_equal(seteuid(65534), 0);
		int result = mechanism_sysctl.apply(&target, step, &error);
		if (root)
			assert_int_equal(seteuid(0), 0);
		assert_int_equal(result, -1);
		assert_int_equal(error.errnum, EACCES);
		if (cases[i].hint)
			assert_non_null(strstr(error.hint, cases[i].hint));
		else
			assert_null(error.hint);

		error_clear(&error);
		unlinkat(target.proc, "self/attr/current", 0);
		unlinkat(target.proc, "sys/kernel/sem", 0);
		unlinkat(target.proc, "sys/kernel", AT_REMOVEDIR);
		unlinkat(target.proc, "sys", AT_REMOVEDIR);
		unlinkat(target.proc, "self/attr", AT_REMOVEDIR);
		unlinkat(target.proc, "self", AT_REMOVEDIR);
		close(target.proc);
		rmdir(folder);
	}
}

/* ---- a namespace of the test's own ---- */

static struct step sem_step(const uint64_t wanted[4])
{
	return (struct step){.setting = setting_find(MECHANISM_SYSCTL, "kernel.sem"),
			     .path = (char *)(uintptr_t) "/proc/sys/kernel/sem",
			     .wanted = value_numbers(VALUE_COUNT, 4, wanted)};
}

static bool sem_is(int proc, const char *wanted)
{
	cleanup_free char *text = NULL;
	return pseudo_read_record(proc, "sys/kernel/sem", &text) > 0 && strcmp(text, wanted) == 0;
}

#define FRESH_SEM "32000\t1024000000\t500\t32000"

/* ERANGE for the last number, when the kernel has taken the three before it (ipc/ipc_sysctl.c). */
static void refuse_the_last_of_four(void)
{
	struct world world;
	world_make(&world);
	struct target target = target_here(&world.context);
	struct error error = {0};
	struct step step = sem_step((const uint64_t[]){300, 40000, 40, 99999});

	CHECK(sem_is(target.proc, FRESH_SEM));
	CHECK(pseudo_write(target.proc, "sys/kernel/sem", "300 40000 40 99999") < 0 && errno == ERANGE);
	CHECK(sem_is(target.proc, "300\t40000\t40\t32000"));
	CHECK(pseudo_write(target.proc, "sys/kernel/sem", FRESH_SEM) == 0);

	CHECK(mechanism_sysctl.apply(&target, &step, &error) == -1 && error.errnum == ERANGE);
	CHECK(contains(error.message, "write \"300 40000 40 99999\" to /proc/sys/kernel/sem"));
	CHECK(step.status != STATUS_APPLIED && sem_is(target.proc, FRESH_SEM));
}

/* The kernel takes four, and says how many bytes that were. */
static void write_five_numbers(void)
{
	struct world world;
	world_make(&world);
	struct target target = target_here(&world.context);
	CHECK(pseudo_write(target.proc, "sys/kernel/sem", "300 40000 40 4000 5") < 0 && errno == EIO);
}

/* Where the namespace is not of our own making, what was there comes back. */
static void undo_in_a_namespace_that_was_there(void)
{
	struct world world;
	world_make(&world);
	struct target target = target_here(&world.context);
	struct error error = {0};
	struct step step = sem_step((const uint64_t[]){300, 40000, 40, 4000});

	CHECK(mechanism_sysctl.apply(&target, &step, &error) == 0 && step.status == STATUS_APPLIED);
	CHECK(sem_is(target.proc, "300\t40000\t40\t4000"));
	target.fresh_ipc = true; /* goes with us */
	mechanism_sysctl.undo(&target, &step);
	CHECK(sem_is(target.proc, "300\t40000\t40\t4000"));
	target.fresh_ipc = false;
	mechanism_sysctl.undo(&target, &step);
	CHECK(sem_is(target.proc, FRESH_SEM) && !step.why.message);
}

static void (*fresh_body)(void);

static void in_fresh_namespace(void)
{
	CHECK(unshare(CLONE_NEWIPC) == 0);
	fresh_body();
}

static void can_unshare(void)
{
	if (unshare(CLONE_NEWIPC) < 0 || access("/proc/sys/kernel/sem", W_OK) < 0)
		_exit(77);
}

/* Not without CAP_SYS_ADMIN, and not where /proc/sys is read-only. */
static void live(void (*body)(void))
{
	int status = 0;
	pid_t child = fork();
	if (child == 0) {
		can_unshare();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	fresh_body = body;
	in_child(in_fresh_namespace);
}

static void a_kernel_sem_that_is_taken_in_part_is_put_back(void **state)
{
	(void)state;
	live(refuse_the_last_of_four);
}

static void a_write_of_which_a_part_was_taken_is_an_error(void **state)
{
	(void)state;
	live(write_five_numbers);
}

static void what_was_written_is_put_back_where_it_outlives_us(void **state)
{
	(void)state;
	live(undo_in_a_namespace_that_was_there);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clear)

/* ---- init: for a router in another container of the pod ---- */

static void init_in(struct world *world, enum runtime runtime)
{
	world->context.purpose = PURPOSE_PREPARE_POD;
	world->profile.ipc.namespace = IPC_INHERIT; /* as init takes every profile */
	world->host.runtime = runtime;
	world->host.proc_sys_writable = true;
	world->host.initial_ipc_namespace = false;
	world->host.ipc_namespace = 4026532456;
}

static void init_raises_what_the_pods_namespace_has_too_little_of(void **state)
{
	struct world *world = *state;
	init_in(world, RUNTIME_KUBERNETES);
	plan(world);
	assert_null(plan_find(&world->plan, SETTING_IPC_NAMESPACE));
	assert_int_equal(step_of(world, "kernel.sem")->status, STATUS_PLANNED);
}

static void init_leaves_the_nodes_namespace_alone_and_says_why(void **state)
{
	struct world *world = *state;
	init_in(world, RUNTIME_KUBERNETES);
	world->host.initial_ipc_namespace = true;
	plan(world);
	assert_int_equal(step_of(world, "kernel.sem")->status, STATUS_DENIED);
	assert_true(contains(step_of(world, "kernel.sem")->why.hint, "no hostIPC: true"));
	plan_clear(&world->plan);
	world->host.runtime = RUNTIME_NONE;
	plan(world);
	assert_true(contains(step_of(world, "kernel.sem")->why.hint, "init is for a container"));
}

static void init_takes_a_namespace_that_it_cannot_see_for_the_machines(void **state)
{
	struct world *world = *state;
	init_in(world, RUNTIME_KUBERNETES);
	world->host.ipc_namespace = 0;
	plan(world);
	assert_int_equal(step_of(world, "kernel.sem")->status, STATUS_DENIED);
}

static void a_pod_is_told_of_every_way_to_have_its_sysctls(void **state)
{
	struct world *world = *state;
	cleanup_remedies struct remedies remedies = {0};
	init_in(world, RUNTIME_KUBERNETES);
	world->host.proc_sys_writable = false;
	plan(world);
	remedies_collect(&world->context, &world->plan, &remedies);
	assert_true(contains(remedies.items[0].fragment, "spec.securityContext.sysctls"));
	assert_true(contains(remedies.items[0].note, "--allowed-unsafe-sysctls"));
	assert_true(contains(remedies.also, "give this init container securityContext.privileged: true"));
	assert_true(contains(remedies.also, "procMount: Unmasked in a pod with hostUsers: false"));
	remedies_clear(&remedies);
	world->context.purpose = PURPOSE_LAUNCH;
	remedies_collect(&world->context, &world->plan, &remedies);
	assert_true(contains(remedies.also, "siplaunch init"));
	/* neither helps where the namespace is the node's */
	remedies_clear(&remedies);
	world->host.initial_ipc_namespace = true;
	remedies_collect(&world->context, &world->plan, &remedies);
	assert_null(remedies.also);
}

static void a_hidden_proc_sys_is_not_answered_with_an_option_that_sets_what_cannot_be_read(void **state)
{
	struct world *world = *state;
	cleanup_remedies struct remedies remedies = {0};
	world->host.initial_ipc_namespace = false;
	world->host.runtime = RUNTIME_PODMAN;
	world->host.ipc = (struct ipc_limits){.failed = "sys/kernel/shmmax", .errnum = ENOENT};
	world->host.proc_sys_errno = EROFS;
	plan(world);
	const struct step *step = step_of(world, "kernel.sem");
	assert_int_equal(step->status, STATUS_DENIED);
	assert_int_equal(step->why.errnum, ENOENT);
	assert_true(contains(step->why.message, "read /proc/sys/kernel/shmmax"));
	assert_true(contains(step->why.hint, "so that it sees its own /proc/sys"));
	remedies_collect(&world->context, &world->plan, &remedies);
	for (size_t i = 0; i < remedies.count; i++)
		assert_null(remedies.items[i].fragment);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kernel_sem_that_is_taken_in_part_is_put_back),
		cmocka_unit_test(a_write_of_which_a_part_was_taken_is_an_error),
		cmocka_unit_test(what_was_written_is_put_back_where_it_outlives_us),
		TEST(a_fresh_namespace_already_has_what_is_needed),
		TEST(smaller_limits_are_raised_to_what_the_router_needs_and_no_further),
		TEST(automatic_never_lowers_any_of_the_four),
		TEST(an_explicit_value_is_exact_even_when_it_is_smaller),
		TEST(the_machines_own_namespace_is_not_changed),
		TEST(in_the_machines_namespace_a_container_gets_the_option_of_a_named_value),
		TEST(a_containers_namespace_is_ours_where_proc_sys_can_be_written),
		TEST(a_read_only_proc_sys_is_answered_with_the_containers_flag),
		TEST(a_refused_unshare_denies_the_namespace_with_the_kernels_word),
		TEST(unknown_limits_are_written_and_not_taken_for_zero),
		TEST(init_raises_what_the_pods_namespace_has_too_little_of),
		TEST(init_leaves_the_nodes_namespace_alone_and_says_why),
		TEST(init_takes_a_namespace_that_it_cannot_see_for_the_machines),
		TEST(the_apparmor_profile_in_force_is_named_where_a_write_is_denied),
		TEST(a_pod_is_told_of_every_way_to_have_its_sysctls),
		TEST(a_hidden_proc_sys_is_not_answered_with_an_option_that_sets_what_cannot_be_read),
	};
	return cmocka_run_group_tests_name("mechanism_sysctl", tests, NULL, NULL);
}
