/* SPDX-License-Identifier: MIT */
/* What counts as drift, and how a running command line becomes the one that was asked for. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "inspection.h"
#include "running_command.h"

/* ---- drift ---- */

static struct value value_of(const char *mechanism, const char *name, const char *text)
{
	struct value value = {0};
	if (text)
		assert_true(setting_value_parse(setting_find(mechanism, name), text, &value));
	return value;
}

static struct step *add_step(struct inspection *inspection, const char *mechanism, const char *name,
			     const char *wanted, const char *actual, enum source source)
{
	struct plan *plan = &inspection->session.plan;
	struct step *step = ARRAY_ADD(plan->steps, plan->count);
	step->setting = setting_find(mechanism, name);
	assert_non_null(step->setting);
	step->wanted = value_of(mechanism, name, wanted);
	step->actual = value_of(mechanism, name, actual);
	step->source = source;
	return step;
}

/* An inspection that was not opened: closing it must not close descriptors 0 to 2. */
static struct inspection empty(void)
{
	return (struct inspection){
		.session = {.roots = {.root = -1, .proc = -1, .sys = -1}},
		.place = {.proc = -1, .cgroup = -1, .origin_procs = -1},
		.pid = 100,
		.compared = true,
	};
}

struct drift_case {
	const char *mechanism, *name, *wanted, *actual;
	enum source source;
	bool drifts;
};

static const struct drift_case drift_cases[] = {
	{"cgroup", "memory.max", "536870912", "536870912", SOURCE_COMPUTED, false},
	{"cgroup", "memory.max", "536870912", "536866816", SOURCE_COMPUTED, true},
	{"cgroup", "memory.max", "536870912", "max", SOURCE_COMPUTED, true},
	{"cgroup", "memory.swap.max", "0", "0", SOURCE_PROFILE, false},
	{"cgroup", "cpu.max", "max", "max 100000", SOURCE_PROFILE, false},
	{"cgroup", "cpu.max", "50000", "50000 100000", SOURCE_PROFILE, false},
	{"cgroup", "cpu.max", "50000 100000", "500000 100000", SOURCE_PROFILE, true},
	{"cgroup", "cpu.max", "5000", "50000 100000", SOURCE_PROFILE, true},
	{"cgroup", "io.max", "8:0 rbps=1048576", "8:0 rbps=1048576 wbps=max riops=max wiops=max",
	 SOURCE_PROFILE, false},
	{"cgroup", "io.max", "8:0 rbps=1048576", "8:0 rbps=104857 wbps=max riops=max wiops=max",
	 SOURCE_PROFILE, true},
	{"cgroup", "cpuset.cpus", "0,1,2,5", "0-2,5", SOURCE_PROFILE, false},
	{"cgroup", "cpuset.cpus", "0-3", "0-2", SOURCE_PROFILE, true},
	{"cgroup", "cpuset.cpus", "0-3", "", SOURCE_PROFILE, true},
	{"cgroup", "cpuset.cpus", "0-3", "all", SOURCE_PROFILE, true},
	{"cgroup", "group", "/sip.slice/kamailio", "/sip.slice/kamailio", SOURCE_PROFILE, false},
	{"cgroup", "group", "/base/sip.slice/kamailio", "/other/sip.slice/kamailio", SOURCE_PROFILE, false},
	{"cgroup", "group", "/sip.slice/kamailio", "/gossip.slice/kamailio", SOURCE_PROFILE, true},
	{"cgroup", "group", "/sip.slice/kamailio", "/x-sip.slice/kamailio", SOURCE_PROFILE, true},
	{"cgroup", "group", "/sip.slice/kamailio", "/", SOURCE_PROFILE, true},
	{"oom", "oom_score_adj", "-900", "-900", SOURCE_PROFILE, false},
	{"oom", "oom_score_adj", "-900", "900", SOURCE_PROFILE, true},
	{"rlimit", "RLIMIT_NOFILE", "1024 65536", "1024 65536", SOURCE_PROFILE, false},
	{"rlimit", "RLIMIT_NOFILE", "1024 65536", "1024 unlimited", SOURCE_PROFILE, true},
	{"sysctl", "kernel.sem", "250 32000 100 128", "32000 1024000000 500 32000", SOURCE_COMPUTED, false},
	{"sysctl", "kernel.sem", "250 32000 100 128", "32000 1024000000 500 127", SOURCE_COMPUTED, true},
	{"sysctl", "kernel.sem", "250 32000 100 128", "32000 1024000000 500 32000", SOURCE_PROFILE, true},
	{"sysctl", "kernel.shmmax", "423624704", "423624703", SOURCE_COMPUTED, true},
	{"ipc", "namespace", "private", "the machine's", SOURCE_PROFILE, true},
	{"identity", "user", "102", "102", SOURCE_PROFILE, false},
	{"identity", "user", "102", "0", SOURCE_PROFILE, true},
	{"identity", "capabilities", "none", "CAP_NET_ADMIN", SOURCE_PROFILE, true},
	{"arguments", "-m", "404", "403", SOURCE_COMPUTED, true},
};

static void drift_is_what_the_kernel_s_way_of_writing_does_not_explain(void **state)
{
	size_t wrong = 0;
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(drift_cases); i++) {
		const struct drift_case *c = &drift_cases[i];
		struct inspection inspection = empty();
		inspection.session.profile.cgroup.path = xstrdup("sip.slice/kamailio");
		add_step(&inspection, c->mechanism, c->name, c->wanted, c->actual, c->source);
		inspection_compare(&inspection);
		assert_int_equal(inspection.unknown_count, 0);
		if (inspection.drift_count != c->drifts) {
			print_error("%s wanted \"%s\", actual \"%s\"\n", c->name, c->wanted, c->actual);
			wrong++;
		}
		inspection_close(&inspection);
	}
	assert_int_equal(wrong, 0);
}

static void a_drift_is_explained_in_one_line_with_both_values(void **state)
{
	struct inspection inspection = empty();
	(void)state;
	add_step(&inspection, "cgroup", "memory.max", "536870912", "1073741824", SOURCE_COMPUTED);
	add_step(&inspection, "sysctl", "kernel.sem", "250 32000 100 128", "250 32000 100 5",
		 SOURCE_COMPUTED);
	inspection_compare(&inspection);
	assert_int_equal(inspection.drift_count, 2);
	assert_string_equal(inspection.drifts[0].text,
			    "memory.max is 1 GiB (1073741824), the profile wants 512 MiB "
			    "(536870912) (computed)");
	assert_int_equal(inspection.drifts[0].pid, 0);
	assert_string_equal(inspection.drifts[1].text,
			    "kernel.sem of process 100 is 250 32000 100 5, the profile wants "
			    "at least 250 32000 100 128 (computed)");
	assert_int_equal(inspection.drifts[1].pid, 100);
	inspection_close(&inspection);
}

static void what_could_not_be_read_is_no_drift_and_no_agreement(void **state)
{
	struct inspection inspection = empty();
	(void)state;
	struct step *step = add_step(&inspection, "sysctl", "kernel.shmmax", "1", NULL, SOURCE_COMPUTED);
	error_set(&step->why, EPERM, "join the namespace");
	inspection_compare(&inspection);
	assert_int_equal(inspection.drift_count, 0);
	assert_int_equal(inspection.unknown_count, 1);
	assert_non_null(strstr(inspection.unknown[0].text, "EPERM"));
	inspection_close(&inspection);
}

static void no_swap_at_all_is_the_swap_limit_0(void **state)
{
	static const struct {
		const char *wanted;
		uint64_t swap_bytes;
		int errnum;
		size_t unknown;
	} cases[] = {{"0", 0, ENOENT, 0}, {"0", MIB, ENOENT, 1}, {"4096", 0, ENOENT, 1}, {"0", 0, EACCES, 1}};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct inspection inspection = empty();
		inspection.session.host.memory.swap_total_bytes = cases[i].swap_bytes;
		struct step *step = add_step(&inspection, "cgroup", "memory.swap.max", cases[i].wanted, NULL,
					     SOURCE_PROFILE);
		error_set(&step->why, cases[i].errnum, "read it");
		inspection_compare(&inspection);
		assert_int_equal(inspection.unknown_count, cases[i].unknown);
		assert_int_equal(inspection.drift_count, 0);
		inspection_close(&inspection);
	}
}

static void what_the_policy_skips_or_nobody_wants_is_not_compared(void **state)
{
	struct inspection inspection = empty();
	(void)state;
	add_step(&inspection, "oom", "oom_score_adj", "-900", "0", SOURCE_PROFILE)->policy = POLICY_SKIP;
	add_step(&inspection, "cgroup", "memory.low", NULL, "4096", SOURCE_KERNEL);
	inspection_compare(&inspection);
	assert_int_equal(inspection.drift_count, 0);
	assert_int_equal(inspection.unknown_count, 0);
	inspection_close(&inspection);
}

static void add_process(struct inspection *inspection, pid_t pid, char process_state, struct value score)
{
	struct process_stats *process = ARRAY_ADD(inspection->processes.items, inspection->processes.count);
	*process = (struct process_stats){
		.pid = pid, .state = process_state, .comm = xstrdup("kamailio"), .oom_score_adj = score};
}

static void the_oom_score_adj_of_every_process_counts(void **state)
{
	(void)state;
	for (size_t strangers = 0; strangers < 2; strangers++) {
		struct inspection inspection = empty();
		add_process(&inspection, 100, 'S', value_score(-900));
		add_process(&inspection, 101, 'S', value_score(-900));
		add_process(&inspection, 102, 'S', value_score(0));
		add_process(&inspection, 103, 'Z', value_score(0));
		add_process(&inspection, 104, 'S', (struct value){0});
		inspection.strangers = strangers; /* of whom it is not known what they should have */
		add_step(&inspection, "oom", "oom_score_adj", "-900", "-900", SOURCE_PROFILE);
		inspection_compare(&inspection);
		assert_int_equal(inspection.drift_count, strangers ? 0 : 1);
		if (!strangers) {
			assert_int_equal(inspection.drifts[0].pid, 102);
			assert_string_equal(
				inspection.drifts[0].text,
				"oom_score_adj of process 102 is 0, the profile wants -900 (profile)");
		}
		inspection_close(&inspection);
	}
}

static void unused_system_v_limits_are_said_to_limit_nothing(void **state)
{
	struct inspection inspection = empty();
	(void)state;
	cleanup_free char *unused = inspection_sysv_text(&inspection);
	assert_non_null(strstr(unused, "kernel.sem"));
	assert_non_null(strstr(unused, "do not limit this router: it uses none"));
	inspection.sysv.arrays = 2;
	inspection.sysv.semaphores = 10;
	cleanup_free char *used = inspection_sysv_text(&inspection);
	assert_null(strstr(used, "do not limit"));
	assert_non_null(strstr(used, "2 semaphore arrays (10 semaphores)"));
	inspection.session.host.initial_ipc_namespace = true;
	cleanup_free char *shared = inspection_sysv_text(&inspection);
	assert_non_null(strstr(shared, "may be other programs'"));
	error_set(&inspection.no_sysv, EPERM, "join it");
	cleanup_free char *unknown = inspection_sysv_text(&inspection);
	assert_non_null(strstr(unknown, "not known"));
	assert_null(strstr(unknown, "do not limit"));
	inspection_close(&inspection);
}

/* ---- commands ---- */

#define WORDS 12

static void the_pools_that_siplaunch_put_first_are_taken_out_again(void **state)
{
	static const struct {
		const char *running[WORDS], *asked[WORDS];
	} cases[] = {
		{{"kamailio", "-m", "404", "-M", "8", "-DD", "-f", "/k.cfg"},
		 {"kamailio", "-DD", "-f", "/k.cfg"}},
		{{"kamailio", "-M", "8", "-m", "404", "-DD", "-f", "/k.cfg"},
		 {"kamailio", "-DD", "-f", "/k.cfg"}},
		{{"kamailio", "-m", "404", "-DD", "-M", "8", "-f", "/k.cfg"},
		 {"kamailio", "-DD", "-M", "8", "-f", "/k.cfg"}},
		{{"kamailio", "-DD", "-m", "404", "-f", "/k.cfg"},
		 {"kamailio", "-DD", "-m", "404", "-f", "/k.cfg"}},
		{{"kamailio", "-m404", "-f", "/k.cfg"}, {"kamailio", "-m404", "-f", "/k.cfg"}},
		{{"kamailio", "-m", "x", "-f", "/k.cfg"}, {"kamailio", "-m", "x", "-f", "/k.cfg"}},
		{{"kamailio", "-m"}, {"kamailio", "-m"}},
		{{"kamailio"}, {"kamailio"}},
		{{NULL}, {NULL}},
	};
	cleanup_close int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char **asked = running_command(proc, getpid(), (char *const *)cases[i].running);
		size_t n = 0;
		for (; asked[n] && cases[i].asked[n]; n++)
			assert_string_equal(asked[n], cases[i].asked[n]);
		assert_null(asked[n]);
		assert_null(cases[i].asked[n]);
		argv_free(asked);
	}
}

static void a_relative_configuration_is_looked_for_where_the_process_works(void **state)
{
	static const struct {
		const char *running[WORDS];
		size_t word;
		const char *pattern; /* %d: the pid */
	} cases[] = {
		{{"kamailio", "-DD", "-f", "k.cfg"}, 3, "/proc/%d/cwd/k.cfg"},
		{{"kamailio", "-DD", "-fetc/k.cfg"}, 2, "-f/proc/%d/cwd/etc/k.cfg"},
		{{"kamailio", "-DD", "-f", "/etc/k.cfg"}, 3, "/etc/k.cfg"},
		{{"sleep", "-f", "k.cfg"}, 2, "k.cfg"},
	};
	cleanup_close int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_free char *pid = xasprintf("%d", (int)getpid());
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char **asked = running_command(proc, getpid(), (char *const *)cases[i].running);
		const char *mark = strstr(cases[i].pattern, "%d");
		size_t before = mark ? (size_t)(mark - cases[i].pattern) : 0;
		cleanup_free char *expected =
			mark ? xasprintf("%.*s%s%s", (int)before, cases[i].pattern, pid, mark + 2)
			     : xstrdup(cases[i].pattern);
		assert_string_equal(asked[cases[i].word], expected);
		argv_free(asked);
	}
}

/* Lives below another root until it is killed. */
static pid_t start_elsewhere(void)
{
	int ends[2];
	char ready = 'n';
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid_t child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody behind */
		ready = chroot("/usr") == 0 ? 'y' : 'n';
		if (write(ends[1], &ready, 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(ends[0], &ready, 1), 1);
	close(ends[0]);
	close(ends[1]);
	if (ready == 'y')
		return child;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return 0;
}

static void a_configuration_below_another_root_is_looked_for_there(void **state)
{
	static const char *const given[] = {"kamailio", "-f", "/etc/k.cfg", NULL};
	static const char *const usual[] = {"kamailio", "-DD", NULL};
	cleanup_close int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)state;
	pid_t child = start_elsewhere();
	if (!child)
		skip(); /* not root */
	assert_false(running_has_our_root(proc, child));
	assert_true(running_has_our_root(proc, getpid()));
	char **asked = running_command(proc, child, (char *const *)given);
	cleanup_free char *expected = xasprintf("/proc/%d/root/etc/k.cfg", (int)child);
	assert_string_equal(asked[2], expected);
	argv_free(asked);

	asked = running_command(proc, child, (char *const *)usual);
	cleanup_free char *expected_usual = xasprintf("/proc/%d/root/etc/kamailio/kamailio.cfg", (int)child);
	assert_string_equal(asked[1], "-f");
	assert_string_equal(asked[2], expected_usual);
	assert_string_equal(asked[3], "-DD");
	assert_null(asked[4]);
	argv_free(asked);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drift_is_what_the_kernel_s_way_of_writing_does_not_explain),
		cmocka_unit_test(a_drift_is_explained_in_one_line_with_both_values),
		cmocka_unit_test(what_could_not_be_read_is_no_drift_and_no_agreement),
		cmocka_unit_test(no_swap_at_all_is_the_swap_limit_0),
		cmocka_unit_test(what_the_policy_skips_or_nobody_wants_is_not_compared),
		cmocka_unit_test(the_oom_score_adj_of_every_process_counts),
		cmocka_unit_test(unused_system_v_limits_are_said_to_limit_nothing),
		cmocka_unit_test(the_pools_that_siplaunch_put_first_are_taken_out_again),
		cmocka_unit_test(a_relative_configuration_is_looked_for_where_the_process_works),
		cmocka_unit_test(a_configuration_below_another_root_is_looked_for_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
