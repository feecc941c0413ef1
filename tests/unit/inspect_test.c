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
#include "inspect/inspection.h"
#include "named.h"
#include "session/running_command.h"

/* ---- drift ---- */

static struct value value_of(const char *mechanism, const char *name, const char *text)
{
	struct value value = {0};
	if (text)
		assert_true(setting_value_parse(setting_named(mechanism, name), text, &value));
	return value;
}

static struct step *add_step(struct inspection *inspection, const char *mechanism, const char *name,
			     const char *wanted, const char *actual, enum source source)
{
	struct plan *plan = &inspection->session.plan;
	struct step *step = ARRAY_ADD(plan->steps, plan->count);
	step->setting = setting_named(mechanism, name);
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
		.session = {.roots = {.root = -1, .proc = -1}},
		.target = {.proc = -1, .cgroup = -1, .origin_procs = -1},
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
		assert_int_equal(inspection.unknown.count, 0);
		if (inspection.drifts.count != c->drifts) {
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
	assert_int_equal(inspection.drifts.count, 2);
	assert_string_equal(inspection.drifts.items[0].text,
			    "memory.max is 1 GiB (1073741824), the profile requests 512 MiB "
			    "(536870912) (computed)");
	assert_int_equal(inspection.drifts.items[0].pid, 0);
	assert_string_equal(
		inspection.drifts.items[1].text,
		"kernel.sem of process 100 is 250 32000 100 5, the profile requests at least 250 32000 100 128 (computed)");
	assert_int_equal(inspection.drifts.items[1].pid, 100);
	inspection_close(&inspection);
}

static void what_could_not_be_read_is_no_drift_and_no_agreement(void **state)
{
	struct inspection inspection = empty();
	(void)state;
	struct step *step = add_step(&inspection, "sysctl", "kernel.shmmax", "1", NULL, SOURCE_COMPUTED);
	error_set(&step->why, EPERM, "join the namespace");
	inspection_compare(&inspection);
	assert_int_equal(inspection.drifts.count, 0);
	assert_int_equal(inspection.unknown.count, 1);
	assert_non_null(strstr(inspection.unknown.items[0].text, "EPERM"));
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
		assert_int_equal(inspection.unknown.count, cases[i].unknown);
		assert_int_equal(inspection.drifts.count, 0);
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
	assert_int_equal(inspection.drifts.count, 0);
	assert_int_equal(inspection.unknown.count, 0);
	inspection_close(&inspection);
}

static void add_process(struct inspection *inspection, pid_t pid, char process_state, struct value score)
{
	struct process_stats *process = ARRAY_ADD(inspection->processes.items, inspection->processes.count);
	*process = (struct process_stats){
		.pid = pid, .state = process_state, .comm = xstrdup("kamailio"), .oom_score_adj = score};
}

/* What the router has executed, and strangers, need not have what the profile asks for. */
static void the_oom_score_adj_of_every_process_of_the_router_counts(void **state)
{
	bool own[] = {true, true, true, true, false};
	(void)state;
	struct inspection inspection = empty();
	add_process(&inspection, 100, 'S', value_score(-900));
	add_process(&inspection, 101, 'S', value_score(-900));
	add_process(&inspection, 102, 'S', value_score(0));
	add_process(&inspection, 104, 'S', (struct value){0});
	add_process(&inspection, 105, 'S', value_score(0));
	inspection.own = xcalloc(ARRAY_SIZE(own), sizeof *own);
	memcpy(inspection.own, own, sizeof own);
	add_step(&inspection, "oom", "oom_score_adj", "-900", "-900", SOURCE_PROFILE);
	inspection_compare(&inspection);
	assert_int_equal(inspection.drifts.count, 1);
	assert_int_equal(inspection.drifts.items[0].pid, 102);
	assert_string_equal(inspection.drifts.items[0].text,
			    "oom_score_adj of process 102 is 0, the profile requests -900 (profile)");
	inspection_close(&inspection);
}

/* ---- the place ---- */

static void a_group_is_the_profile_s_in_the_words_of_whoever_made_it(void **state)
{
	static const struct {
		const char *path, *actual;
		bool drifts;
	} cases[] = {
		{"sip.slice/kamailio", "/sip.slice/sip-kamailio.scope", false},
		{"sip.slice/kamailio", "/sip.slice/sip-kamailio.scope/router", false},
		{"sip.slice/kamailio", "/machine.slice/nspawn.scope/payload/sip.slice/sip-kamailio.scope",
		 false},
		{"sip.slice/kamailio", "/sip.slice/sip-opensips.scope", true},
		{"sip.slice/kamailio", "/sip.slice/sip-kamailio.scope/other", true},
		{"telco/edge/kamailio", "/telco.slice/telco-edge.slice/telco-edge-kamailio.scope", false},
		{"telco/edge/kamailio", "/telco.slice/telco-kamailio.scope", true},
		{"sip.slice/kamailio", "/system.slice/kamailio.service", false},
		{"sip.slice/kamailio", "/sip.slice/siplaunch-kamailio.service/router", false},
		{"router", "/sip.slice/siplaunch-kamailio.service/router", false},
		{"sip.slice/kamailio", "/system.slice/kamailio.service/siplaunch-origin", true},
		{"sip.slice/kamailio", "/user.slice/user-0.slice/session-1.scope", true},
		{"sip.slice/kamailio", "/", true},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct inspection inspection = empty();
		inspection.session.profile.cgroup.path = xstrdup(cases[i].path);
		add_step(&inspection, "cgroup", "group", cases[i].path, cases[i].actual, SOURCE_PROFILE);
		inspection_compare(&inspection);
		if (inspection.drifts.count != cases[i].drifts)
			fail_msg("%s as %s", cases[i].path, cases[i].actual);
		inspection_close(&inspection);
	}
}

static void a_limit_that_was_adopted_is_no_drift_and_one_that_could_not_be_is(void **state)
{
	static const struct {
		enum manager manager;
		enum status status;
		bool drifts;
	} cases[] = {
		{MANAGER_ADOPT, STATUS_ADOPTED, false},    {MANAGER_ADOPT, STATUS_CLAMPED, false},
		{MANAGER_ADOPT, STATUS_SATISFIED, false},  {MANAGER_ADOPT, STATUS_DENIED, true},
		{MANAGER_SYSTEMD, STATUS_SATISFIED, true}, {MANAGER_CGROUPFS, STATUS_PLANNED, true},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct inspection inspection = empty();
		inspection.session.context.decision.manager = cases[i].manager;
		add_step(&inspection, "cgroup", "memory.max", "536870912", "268435456", SOURCE_COMPUTED)
			->status = cases[i].status;
		inspection_compare(&inspection);
		assert_int_equal(inspection.drifts.count, cases[i].drifts);
		inspection_close(&inspection);
	}
}

static void what_is_only_preferred_and_not_permitted_is_no_drift_but_listed(void **state)
{
	static const struct {
		enum policy policy;
		enum status status;
		bool drifts;
	} cases[] = {
		{POLICY_PREFER, STATUS_DENIED, false},
		{POLICY_PREFER, STATUS_PLANNED, true},
		{POLICY_REQUIRE, STATUS_DENIED, true},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct inspection inspection = empty();
		struct step *step = add_step(&inspection, "rlimit", "RLIMIT_NOFILE", "65536 65536",
					     "1024 4096", SOURCE_PROFILE);
		step->policy = cases[i].policy;
		step->status = cases[i].status;
		error_set(&step->why, 0, "that needs CAP_SYS_RESOURCE");
		inspection_compare(&inspection);
		assert_int_equal(inspection.drifts.count, cases[i].drifts);
		assert_int_equal(inspection.not_permitted.count, !cases[i].drifts);
		if (!cases[i].drifts)
			assert_string_equal(inspection.not_permitted.items[0].text,
					    "RLIMIT_NOFILE is 1024:4096, the profile requests 65536:65536 "
					    "(profile), which its policy only prefers: that needs "
					    "CAP_SYS_RESOURCE");
		inspection_close(&inspection);
	}
}

static void sizes_cannot_be_compared_without_the_configuration_that_they_follow_from(void **state)
{
	(void)state;
	struct inspection inspection = empty();
	struct context *context = &inspection.session.context;
	context->decision.sized = true;
	context->decision.budget.processes_source = SOURCE_DEFAULT;
	context->decision.budget.processes = 33;
	inspection.own_count = 57;
	inspection.session.estimate.unread = xstrdup("open /k.cfg: No such file or directory (ENOENT)");
	add_step(&inspection, "arguments", "-m", "404", "403", SOURCE_COMPUTED);
	add_step(&inspection, "oom", "oom_score_adj", "-900", "0", SOURCE_PROFILE);
	inspection_compare(&inspection);
	assert_int_equal(inspection.drifts.count, 1);
	assert_string_equal(inspection.drifts.items[0].name, "oom_score_adj");
	assert_int_equal(inspection.unknown.count, 1);
	assert_string_equal(inspection.unknown.items[0].text,
			    "-m cannot be compared: open /k.cfg: No such file or directory (ENOENT)");
	inspection_close(&inspection);
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
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char **asked = running_command((char *const *)cases[i].running, NULL);
		size_t n = 0;
		for (; asked[n] && cases[i].asked[n]; n++)
			assert_string_equal(asked[n], cases[i].asked[n]);
		assert_null(asked[n]);
		assert_null(cases[i].asked[n]);
		argv_free(asked);
	}
}

static void a_title_over_argv_0_does_not_hide_which_router_runs(void **state)
{
	static const struct {
		const char *word, *executable, *program;
	} cases[] = {
		{"kamailio: timer", "kamailio", "kamailio"},
		{"/usr/sbin/kamailio", "kamailio", "/usr/sbin/kamailio"},
		{"kamailio", "kamailio-5.8", "kamailio"},
		{"kamailio", NULL, "kamailio"},
		{"entry.sh", "bash", "entry.sh"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *running[] = {cases[i].word, "-DD", NULL};
		char **asked = running_command((char *const *)running, cases[i].executable);
		assert_string_equal(asked[0], cases[i].program);
		assert_string_equal(asked[1], "-DD");
		argv_free(asked);
	}
}

/* ---- its files ---- */

/* Lives in the directory, below the root, until it is killed; 0: it may not have that root. */
static pid_t start_in(const char *root, const char *directory)
{
	int ends[2];
	char ready = 'n';
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid_t child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody behind */
		ready = (!root || chroot(root) == 0) && chdir(directory) == 0 ? 'y' : 'n';
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

/* The same, executed with that $PWD before it went there, as what goes into the background does. */
static pid_t start_from(const char *pwd, const char *directory)
{
	cleanup_free char *variable = xasprintf("PWD=%s", pwd), *comm = NULL;
	char name[16] = "";
	pid_t child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		char *const environment[] = {variable, NULL};
		char *const words[] = {"env", "-C", (char *)directory, "/bin/sleep", "600", NULL};
		execve("/usr/bin/env", words, environment);
		_exit(1);
	}
	comm = xasprintf("/proc/%d/comm", (int)child);
	for (int i = 0; i < 3000 && strcmp(name, "sleep\n") != 0; i++) {
		usleep(10000);
		FILE *file = fopen(comm, "r");
		if (!file || !fgets(name, sizeof name, file))
			*name = '\0';
		if (file)
			fclose(file);
	}
	assert_string_equal(name, "sleep\n");
	return child;
}

/* Two directories, below one of them an etc with a configuration. */
struct folders {
	char base[32];
	char *started, *left;
};

static void write_file(const char *directory, const char *name, const char *text)
{
	cleanup_free char *path = xasprintf("%s/%s", directory, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void make_folders(struct folders *folders)
{
	*folders = (struct folders){.base = "/tmp/inspect-test-XXXXXX"};
	assert_non_null(mkdtemp(folders->base));
	folders->started = xasprintf("%s/started", folders->base);
	folders->left = xasprintf("%s/left", folders->base);
	assert_int_equal(mkdir(folders->started, 0755), 0);
	assert_int_equal(mkdir(folders->left, 0755), 0);
	write_file(folders->started, "k.cfg",
		   "listen=udp:127.0.0.1:5060\nchildren=2\ninclude_file \"more.cfg\"\n");
	write_file(folders->started, "more.cfg", "listen=udp:127.0.0.1:5062\n");
}

static void remove_folders(struct folders *folders)
{
	cleanup_free char *command = xasprintf("rm -r %s", folders->base);
	assert_int_equal(system(command), 0);
	free(folders->started);
	free(folders->left);
}

/* Estimates what `words` starts as process `pid`. */
static void estimate_of(pid_t pid, const char *const *words, struct estimate *estimate)
{
	cleanup_close int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct router *router = router_find(NULL, words[0]);
	struct router_command command;
	struct running_paths paths;

	assert_int_equal(router->read_command(router, (char *const *)words, &command, NULL), 0);
	running_paths_read(proc, pid, &command, &paths);
	router->estimate(router, &command, NULL, estimate);
	router_command_clear(&command);
	running_paths_clear(&paths);
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void a_relative_configuration_is_read_where_the_router_works_or_was_started(void **state)
{
	static const char *const words[] = {"kamailio", "-DD", "-f", "k.cfg", NULL};
	struct folders folders;
	struct estimate estimate;
	(void)state;
	make_folders(&folders);
	const struct {
		const char *pwd, *directory;
	} cases[] = {{folders.left, folders.started}, {folders.started, folders.left}};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		pid_t child = start_from(cases[i].pwd, cases[i].directory);
		estimate_of(child, words, &estimate);
		assert_true(estimate.from_config);
		/* the included file, beside it, is found as well */
		assert_int_equal(estimate.warning_count, 0);
		estimate_clear(&estimate);
		stop(child);
	}
	remove_folders(&folders);
}

static void the_directory_of_w_is_tried_for_a_relative_configuration(void **state)
{
	struct folders folders;
	struct estimate estimate;
	(void)state;
	make_folders(&folders);
	const char *words[] = {"kamailio", "-w", folders.started, "-f", "k.cfg", NULL};
	pid_t child = start_in(NULL, folders.left);
	estimate_of(child, words, &estimate);
	assert_true(estimate.from_config);
	estimate_clear(&estimate);
	stop(child);
	remove_folders(&folders);
}

static void a_configuration_that_is_not_there_is_named_by_the_path_that_was_tried(void **state)
{
	static const char *const words[] = {"kamailio", "-f", "absent.cfg", NULL};
	struct folders folders;
	struct estimate estimate;
	(void)state;
	make_folders(&folders);
	pid_t child = start_in(NULL, folders.left);
	estimate_of(child, words, &estimate);
	cleanup_free char *tried = xasprintf("open %s/absent.cfg", folders.left);
	assert_false(estimate.from_config);
	assert_non_null(strstr(estimate.unread, tried));
	estimate_clear(&estimate);
	stop(child);
	remove_folders(&folders);
}

static void files_below_another_root_are_read_there_and_links_stay_in_it(void **state)
{
	static const char *const words[] = {"kamailio", "-DD", NULL};
	struct folders folders;
	struct estimate estimate;
	(void)state;
	make_folders(&folders);
	/* /etc/kamailio is a link with an absolute target, which is meant below that root */
	cleanup_free char *etc = xasprintf("%s/etc", folders.base), *link = xasprintf("%s/kamailio", etc);
	assert_int_equal(mkdir(etc, 0755), 0);
	assert_int_equal(symlink("/started", link), 0);
	write_file(folders.started, "kamailio.cfg",
		   "listen=udp:127.0.0.1:5060\ninclude_file \"/started/more.cfg\"\n");
	pid_t child = start_in(folders.base, "/");
	if (!child) {
		remove_folders(&folders);
		skip(); /* not root */
	}
	estimate_of(child, words, &estimate);
	assert_true(estimate.from_config);
	assert_int_equal(estimate.warning_count, 0);
	estimate_clear(&estimate);

	write_file(folders.left, "unused", "");
	assert_int_equal(unlink(link), 0);
	estimate_of(child, words, &estimate);
	cleanup_free char *tried = xasprintf("open /proc/%d/root/etc/kamailio/kamailio.cfg", (int)child);
	assert_non_null(strstr(estimate.unread, tried));
	estimate_clear(&estimate);
	stop(child);
	remove_folders(&folders);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drift_is_what_the_kernel_s_way_of_writing_does_not_explain),
		cmocka_unit_test(a_drift_is_explained_in_one_line_with_both_values),
		cmocka_unit_test(what_could_not_be_read_is_no_drift_and_no_agreement),
		cmocka_unit_test(no_swap_at_all_is_the_swap_limit_0),
		cmocka_unit_test(what_the_policy_skips_or_nobody_wants_is_not_compared),
		cmocka_unit_test(the_oom_score_adj_of_every_process_of_the_router_counts),
		cmocka_unit_test(a_group_is_the_profile_s_in_the_words_of_whoever_made_it),
		cmocka_unit_test(a_limit_that_was_adopted_is_no_drift_and_one_that_could_not_be_is),
		cmocka_unit_test(what_is_only_preferred_and_not_permitted_is_no_drift_but_listed),
		cmocka_unit_test(sizes_cannot_be_compared_without_the_configuration_that_they_follow_from),
		cmocka_unit_test(unused_system_v_limits_are_said_to_limit_nothing),
		cmocka_unit_test(the_pools_that_siplaunch_put_first_are_taken_out_again),
		cmocka_unit_test(a_title_over_argv_0_does_not_hide_which_router_runs),
		cmocka_unit_test(a_relative_configuration_is_read_where_the_router_works_or_was_started),
		cmocka_unit_test(the_directory_of_w_is_tried_for_a_relative_configuration),
		cmocka_unit_test(a_configuration_that_is_not_there_is_named_by_the_path_that_was_tried),
		cmocka_unit_test(files_below_another_root_are_read_there_and_links_stay_in_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
