/* SPDX-License-Identifier: MIT */
/*
 * usage: fault [--sample N] [--seed N] [--shard I/N] [--from N] [--launch NAME] [--list] [--one N] PROGRAM
 * CHECKER FOLDER
 *
 * Runs the fault matrix on PROGRAM (siplaunch), with CHECKER as the router and the profile and the expected
 * facts in FOLDER, and prints TAP, a test a case. Needs root and cgroup v2: tests/vm/run.
 */
#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define OUT_FILE "/tmp/fault.out"
#define ERR_FILE "/tmp/fault.err"

#define UNREACHED_SHARE 50 /* of so many cases one may go unreached */

void die(const char *what)
{
	printf("Bail out! fault: %s: %s\n", what, strerror(errno));
	exit(2);
}

struct options {
	unsigned long sample, seed, shard, shards, from, one;
	const char *launch;
	bool list;
	const char *program, *checker, *folder;
};

struct test {
	const struct launch *launch;
	struct fault fault;
};

static struct test *tests;
static size_t test_count;
static char *before;                 /* the machine, before any launch */
static int out, err;                 /* the launch's output */
static const char *folder_of_output; /* where the expected facts are */

/* ---- launches ---- */

static char ipc_variable[64] = "FAULT_IPC=";
static char *environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
			      "LC_ALL=C",
			      "HOME=/root",
			      "ROUTER=of the test",
			      ipc_variable,
			      NULL};
static char profile[PATH_MAX];
static char *run_argv[] = {NULL, "--profile", profile, "--", NULL, "a word", NULL};
static char set_user[] = "user=root", set_group[] = "group=root";
static char *root_argv[] = {NULL,      "--profile", profile, "--set",  set_user, "--set",
			    set_group, "--",        NULL,    "a word", NULL};
static char *supervise_argv[] = {NULL, "--supervise", "--profile", profile, "--", NULL, "a word", NULL};
static char *stop_argv[] = {NULL, "--supervise", "--profile", profile, "--", NULL, "wait", NULL};

/* As root a launch that fails late can still undo all, which as nobody it cannot. */
static struct launch launches[] = {
	{"run", run_argv, environment, .facts = "facts.txt"},
	{"root", root_argv, environment, .late = true, .facts = "facts-root.txt"},
	{"supervise", supervise_argv, environment, .facts = "facts.txt"},
	{"stop", stop_argv, environment, .stop = true, .facts = "facts.txt"},
};
#define LAUNCHES (sizeof launches / sizeof *launches)

static void prepare_launches(const struct options *options)
{
	const char *label = "FAULT_IPC=";
	size_t length = strlen(label);
	if (readlink("/proc/self/ns/ipc", ipc_variable + length, sizeof ipc_variable - length - 1) < 0)
		die("readlink /proc/self/ns/ipc");
	snprintf(profile, sizeof profile, "%.3000s/profile.json", options->folder);
	folder_of_output = options->folder;
	run_argv[0] = root_argv[0] = supervise_argv[0] = stop_argv[0] = (char *)(uintptr_t)options->program;
	run_argv[4] = root_argv[8] = supervise_argv[5] = stop_argv[5] = (char *)(uintptr_t)options->checker;
}

static char *text_of(int fd)
{
	struct stat info;
	if (fstat(fd, &info) < 0)
		die("stat the output");
	char *text = calloc(1, (size_t)info.st_size + 1);
	if (!text || pread(fd, text, (size_t)info.st_size, 0) != info.st_size)
		die("read the output");
	return text;
}

static void run_launch(const struct launch *launch, const struct fault *fault, struct calls *calls,
		       struct outcome *outcome)
{
	if (ftruncate(out, 0) < 0 || ftruncate(err, 0) < 0)
		die("empty the output");
	trace(launch, fault, out, err, calls, outcome);
}

/* The facts that are right for a launch; fresh. They name the argument that the router was given. */
static char *expected_of(const struct launch *launch)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%.3000s/%s", folder_of_output, launch->facts);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die(path);
	char *facts = text_of(fd), *text = NULL, *at = strstr(facts, "argument 0\n");
	close(fd);
	if (!at || asprintf(&text, "%.*sargument 0\nargument %s\n%s", (int)(at - facts), facts,
			    launch->stop ? "wait" : "a word", at + strlen("argument 0\n")) < 0)
		die("read the facts");
	free(facts);
	return text;
}

/* ---- the cases ---- */

static void *grow(void *old, size_t size)
{
	void *grown = realloc(old, size);
	if (!grown)
		die("allocate");
	return grown;
}

static void add_test(const struct launch *launch, const struct call *call, enum action action, int errnum)
{
	if (test_count % 1024 == 0)
		tests = grow(tests, (test_count + 1024) * sizeof *tests);
	tests[test_count++] = (struct test){launch, {call, action, errnum}};
}

/* What can be done to one call. */
static void add_faults(const struct launch *launch, const struct call *call)
{
	const struct call_rule *rule = rule_of(call->number);
	if (!rule) {
		printf("Bail out! fault: system call %ld (%s) is not in tests/fault/table.c\n", call->number,
		       launch->name);
		exit(2);
	}
	for (size_t i = 0; i < ERRNOS_MAX && rule->errnos[i]; i++)
		if (is_plausible(call, rule->errnos[i]))
			add_test(launch, call, ACTION_ERROR, rule->errnos[i]);
	if (call->can_be_short)
		add_test(launch, call, ACTION_SHORT, 0);
	add_test(launch, call, ACTION_KILL, 0);
}

/*
 * The supervisor looks at the oom_score of every process of the machine. Kernel threads are all alike, and
 * which there are changes: the first (kthreadd, pid 2) stands for them.
 */
static bool is_repetition(const struct call *call)
{
	char path[64], link[8];
	unsigned pid;
	if (sscanf(call->file, "/proc/%u/", &pid) != 1 && sscanf(call->file, "%u/", &pid) != 1)
		return false;
	snprintf(path, sizeof path, "/proc/%u/exe", pid);
	return pid > 2 && kill((pid_t)pid, 0) == 0 && readlink(path, link, sizeof link) < 0;
}

/* A launch that is like another one up to some call counts from there on. */
static bool is_selected_of(const struct launch *launch, const struct call *call, bool *late)
{
	*late |= call->ours && call->number == SYS_umask;
	return call->ours && (!launch->stop || call->stopping) && (!launch->late || *late) &&
	       !is_repetition(call);
}

static void add_launch(const struct launch *launch, bool list)
{
	struct calls calls = {0};
	struct outcome outcome;
	bool late = false;
	run_launch(launch, NULL, &calls, &outcome);
	char *facts = text_of(out), *errors = text_of(err), *expected = expected_of(launch);
	if (outcome.hung || outcome.left || outcome.wait_status || strcmp(facts, expected) != 0) {
		printf("# %s\n# %s\nBail out! fault: %s is not right without a fault (wait status %d)\n",
		       facts, errors, launch->name, outcome.wait_status);
		exit(2);
	}
	free(facts), free(errors), free(expected);
	for (size_t i = 0; i < calls.count; i++) {
		const struct call *call = &calls.items[i];
		if (list)
			printf("%s %u %ld #%u %s%s%s %s\n", launch->name, call->process, call->number,
			       call->occurrence, call->ours ? "" : "not ours ",
			       call->stopping ? "stopping " : "",
			       rule_of(call->number) ? rule_of(call->number)->name : "?", call->file);
		if (is_selected_of(launch, call, &late))
			add_faults(launch, call);
	}
	state_clean();
}

/* xorshift64: the same seed, the same sample */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static int by_position(const void *a, const void *b)
{
	const struct test *one = a, *other = b;
	if (one->launch != other->launch)
		return one->launch < other->launch ? -1 : 1;
	if (one->fault.call != other->fault.call)
		return one->fault.call < other->fault.call ? -1 : 1;
	return 0;
}

static void take_sample(const struct options *options)
{
	uint64_t state = options->seed * 2654435769U + 1;
	printf("# %zu cases in all\n", test_count);
	if (!options->sample || options->sample >= test_count)
		return;
	for (size_t i = 0; i < options->sample; i++) {
		size_t other = i + (size_t)(next_random(&state) % (test_count - i));
		struct test swap = tests[i];
		tests[i] = tests[other];
		tests[other] = swap;
	}
	test_count = options->sample;
	printf("# a sample of %zu, seed %lu\n", test_count, options->seed);
	qsort(tests, test_count, sizeof *tests, by_position);
}

/* ---- one case ---- */

static void name_test(const struct test *test, const char *file, char *text, size_t size)
{
	const struct call *call = test->fault.call;
	const char *what = test->fault.action == ACTION_SHORT  ? "short"
			   : test->fault.action == ACTION_KILL ? "SIGKILL"
							       : strerrorname_np(test->fault.errnum);
	snprintf(text, size, "%s%s, process %u: %s no. %u%s%.200s: %s", test->launch->name,
		 call->stopping ? " (stopping)" : "", call->process, rule_of(call->number)->name,
		 call->occurrence, *file ? " of " : "", file, what);
	for (char *at = text; *at; at++)
		if (*at == '#' || *at == '\n')
			*at = '_';
}

/* Diagnostics of TAP stand behind their result. */
static void add_block(FILE *details, const char *label, const char *text)
{
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
		fprintf(details, "#   %s: %.*s\n", label, (int)strcspn(text, "\n"), text);
}

/* What a killed launch leaves must not be in the way of the next one, which leaves no more than it always
 * does. */
static enum verdict recover(const struct test *test, const char *usual, const char **why, FILE *details)
{
	struct outcome outcome;
	char *expected = expected_of(test->launch), *left = NULL;
	enum verdict verdict = VERDICT_RECOVERED;

	run_launch(test->launch, NULL, NULL, &outcome);
	char *facts = text_of(out), *after = state_now();
	left = state_difference(usual, after);
	if (outcome.wait_status || outcome.hung || outcome.left)
		*why = "the next launch did not run";
	else if (strcmp(facts, expected) != 0)
		*why = "the next launch ran with other facts";
	else if (*left)
		*why = "after the next launch something is left of the first";
	if (*why)
		verdict = VERDICT_FAILED;
	add_block(details, "left", left);
	free(facts), free(after), free(left), free(expected);
	return verdict;
}

/* What is outside after the launch when nothing fails: run leaves its group, since nobody is there to remove
 * it. */
static char *usual_state(const struct launch *launch)
{
	static char *states[LAUNCHES];
	size_t index = (size_t)(launch - launches);
	if (!states[index]) {
		struct outcome outcome;
		run_launch(launch, NULL, NULL, &outcome);
		states[index] = state_now();
		state_clean();
	}
	return states[index];
}

static void explain(const struct evidence *evidence, FILE *details)
{
	char *wrong = state_difference(evidence->expected, evidence->facts);
	char *lacking = state_difference(evidence->facts, evidence->expected);
	fprintf(details, "#   wait status 0x%x\n", evidence->outcome->wait_status);
	add_block(details, "stderr", evidence->errors);
	add_block(details, "left", evidence->left);
	add_block(details, "missing", evidence->missing);
	if (*evidence->facts) {
		add_block(details, "fact", wrong);
		add_block(details, "expected", lacking);
	}
	free(wrong), free(lacking);
}

static enum verdict run_test(const struct test *test, const char **why, char *name, size_t size,
			     FILE *details)
{
	struct outcome outcome;
	char *usual = usual_state(test->launch), *expected = expected_of(test->launch);

	/* a process that competes for the processor can come before or after another */
	for (int tries = 0; tries < 3; tries++) {
		run_launch(test->launch, &test->fault, NULL, &outcome);
		if (outcome.hit)
			break;
		state_clean();
	}
	char *facts = text_of(out), *errors = text_of(err), *after = state_now();
	const char *right = *facts ? usual : before;
	char *left = state_difference(right, after), *missing = state_difference(after, before);
	const struct evidence evidence = {.fault = &test->fault,
					  .outcome = &outcome,
					  .facts = facts,
					  .expected = expected,
					  .errors = errors,
					  .left = left,
					  .missing = missing};
	enum verdict verdict = judge(&evidence, why);
	if (verdict == VERDICT_RECOVERED)
		verdict = recover(test, usual, why, details);
	name_test(test, outcome.file, name, size);
	if (verdict == VERDICT_FAILED)
		explain(&evidence, details);
	free(expected), free(facts), free(errors), free(after), free(left), free(missing);
	state_clean();
	return verdict;
}

/* The machine is as it was, or every later case would be judged by what this one left. */
static void check_clean(void)
{
	char *now = state_now(), *left = state_difference(before, now);
	if (*left) {
		add_block(stdout, "left", left);
		printf("Bail out! fault: the machine cannot be cleaned\n");
		exit(2);
	}
	free(now), free(left);
}

static bool selected(const struct options *options, size_t index)
{
	const struct test *test = &tests[index];
	if (options->one)
		return index + 1 == options->one;
	return index + 1 >= options->from && index % options->shards == options->shard - 1 &&
	       (!options->launch || strcmp(options->launch, test->launch->name) == 0);
}

static int run_tests(const struct options *options)
{
	size_t totals[VERDICTS] = {0}, planned = 0, failed = 0;
	time_t started = time(NULL);
	for (size_t i = 0; i < test_count; i++)
		planned += selected(options, i);
	printf("1..%zu\n", planned + 1);
	for (size_t i = 0; i < test_count; i++) {
		const char *why = NULL;
		char name[512];
		if (!selected(options, i))
			continue;
		char *text = NULL;
		size_t size;
		FILE *details = open_memstream(&text, &size);
		if (!details)
			die("allocate");
		enum verdict verdict = run_test(&tests[i], &why, name, sizeof name, details);
		fclose(details);
		totals[verdict]++;
		printf("%s %zu - %s: %s%s%s\n%s", verdict == VERDICT_FAILED ? "not ok" : "ok", i + 1, name,
		       verdict_name(verdict), why ? ": " : "", why ? why : "", text);
		free(text);
		fflush(stdout);
		check_clean();
	}
	for (size_t i = 0; i < VERDICTS; i++)
		printf("# %6zu %s\n", totals[i], verdict_name((enum verdict)i));
	failed = totals[VERDICT_FAILED];
	bool reached = totals[VERDICT_UNREACHED] <= planned / UNREACHED_SHARE;
	printf("%s %zu - all calls but a few were reached\n", reached ? "ok" : "not ok", test_count + 1);
	failed += !reached;
	printf("# fault matrix: %zu cases, %zu clean, %zu not, in %ld s\n", planned, planned - failed, failed,
	       (long)(time(NULL) - started));
	return failed ? 1 : 0;
}

/* ---- the command line ---- */

static unsigned long number_of(const char *text)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);
	if (!*text || *end) {
		errno = EINVAL;
		die(text);
	}
	return number;
}

static void read_shard(const char *text, struct options *options)
{
	if (sscanf(text, "%lu/%lu", &options->shard, &options->shards) != 2 || options->shard < 1 ||
	    options->shard > options->shards) {
		errno = EINVAL;
		die(text);
	}
}

static void read_options(int argc, char **argv, struct options *options)
{
	static const struct option known[] = {
		{"sample", required_argument, NULL, 'n'}, {"seed", required_argument, NULL, 's'},
		{"shard", required_argument, NULL, 'h'},  {"from", required_argument, NULL, 'f'},
		{"launch", required_argument, NULL, 'l'}, {"one", required_argument, NULL, 'o'},
		{"list", no_argument, NULL, 'i'},         {0},
	};
	*options = (struct options){.seed = 1, .shard = 1, .shards = 1};
	for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;)
		switch (option) {
		case 'n':
			options->sample = number_of(optarg);
			break;
		case 's':
			options->seed = number_of(optarg);
			break;
		case 'h':
			read_shard(optarg, options);
			break;
		case 'f':
			options->from = number_of(optarg);
			break;
		case 'l':
			options->launch = optarg;
			break;
		case 'o':
			options->one = number_of(optarg);
			break;
		case 'i':
			options->list = true;
			break;
		default:
			exit(2);
		}
	if (argc - optind != 3) {
		fprintf(stderr, "usage: fault [OPTION]... PROGRAM CHECKER FOLDER\n");
		exit(2);
	}
	options->program = argv[optind];
	options->checker = argv[optind + 1];
	options->folder = argv[optind + 2];
}

static int open_output(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		die(path);
	return fd;
}

int main(int argc, char **argv)
{
	struct options options;
	read_options(argc, argv, &options);
	prepare_launches(&options);
	out = open_output(OUT_FILE);
	err = open_output(ERR_FILE);
	umask(022);
	if (chdir("/") < 0)
		die("chdir /");
	usual_state(&launches[0]); /* makes what siplaunch keeps for good: /run/siplaunch.lock */
	before = state_now();
	for (size_t i = 0; i < LAUNCHES; i++)
		add_launch(&launches[i], options.list);
	if (options.list)
		return 0;
	take_sample(&options);
	return run_tests(&options);
}
