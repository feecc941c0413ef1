/* SPDX-License-Identifier: MIT */
#include "tune.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "ending.h"
#include "options.h"
#include "session.h"
#include "stats/process.h"

/* How long the first router has to answer, and the first load: what they take then is what later ones are
 * measured by. */
#define START_FIRST_MS (120 * 1000)
#define LATER_TIMES    3
#define LATER_MORE_MS  (30 * 1000)

#define LOOK_MS    100
#define SAMPLE_MS  1000
#define LAST_LOOKS 3
#define READY_MS   500 /* between two questions whether it is ready */

/* ---- the router ---- */

struct words {
	char **items;
	size_t count;
};

static void add(struct words *words, const char *word)
{
	char **place = ARRAY_ADD(words->items, words->count);
	*place = xstrdup(word);
}

static void add_pairs(struct words *words, const char *option, const struct texts *texts)
{
	for (size_t i = 0; i < texts->count; i++) {
		add(words, option);
		add(words, texts->items[i]);
	}
}

static void add_set(struct words *words, const char *key, char *value)
{
	cleanup_free char *own = value;
	cleanup_free char *pair = xasprintf("%s=%s", key, own);
	add(words, "--set");
	add(words, pair);
}

/* A group beside the one that the profile names: nobody's who may be running. */
static char *scratch_path(const struct tuning *tuning, const struct tune_round *round)
{
	return xasprintf("%s" TUNE_GROUP_MARK "%u", tuning->session->profile.cgroup.path, (int)getpid(),
			 round->number);
}

static char **run_command(const struct tuning *tuning, const struct tune_round *round)
{
	const struct options *options = tuning->options;
	const struct candidate *candidate = &round->result.candidate;
	struct words words = {0};

	add(&words, "siplaunch");
	add(&words, "run");
	add(&words, "--supervise");
	add(&words, "--stop-timeout");
	cleanup_free char *seconds = xasprintf("%d", TUNE_STOP_TIMEOUT);
	add(&words, seconds);
	add(&words, "--report");
	cleanup_free char *report = tune_report_path(tuning, round);
	add(&words, report);
	add(&words, "--profile");
	add(&words, tuning->profile);
	add_pairs(&words, "--profile-dir", &options->profile_dirs);
	add_pairs(&words, "--set", &options->sets);
	add_pairs(&words, "--policy", &options->policies);
	if (options->insecure_profile)
		add(&words, "--allow-insecure-profile");
	add_set(&words, "sizing.shared", xasprintf("%" PRIu64 "MiB", candidate->shared_mib));
	add_set(&words, "sizing.private", xasprintf("%" PRIu64 "MiB", candidate->private_mib));
	if (round->memory_bytes)
		add_set(&words, "sizing.memory", xasprintf("%" PRIu64 "MiB", round->memory_bytes / MIB));
	if (tuning->session->profile.cgroup.path)
		add_set(&words, "cgroup.path", scratch_path(tuning, round));
	add(&words, "--");
	for (char *const *word = options->argv; *word; word++)
		add(&words, *word);
	words.items = xrealloc(words.items, words.count + 1, sizeof *words.items);
	words.items[words.count] = NULL;
	return words.items;
}

static void set_number(const char *name, uint64_t number)
{
	cleanup_free char *text = xasprintf("%" PRIu64, number);
	setenv(name, text, 1);
}

/* For the load, which may want to say which size it met. */
static void set_environment(const struct tune_round *round)
{
	set_number("SIPLAUNCH_ROUND", round->number);
	set_number("SIPLAUNCH_SHM_MB", round->result.candidate.shared_mib);
	set_number("SIPLAUNCH_PKG_MB", round->result.candidate.private_mib);
	unsetenv("SIPLAUNCH_ROUTER_PID");
	unsetenv("NOTIFY_SOCKET"); /* a round is no start of our own unit */
}

static int start_router(struct tuning *tuning, const struct tune_round *round, struct error *error)
{
	cleanup_close int log = tune_log_open(tuning, round, "router.log", error);
	if (log < 0)
		return -1;
	char **argv = run_command(tuning, round);
	set_environment(round);
	tuning->router = 0;
	tuning->shell = (struct task){.ended = true};
	int result = tune_spawn(tuning, &tuning->supervisor, "/proc/self/exe", argv, log, error);
	argv_free(argv);
	return result;
}

/* True where it is no siplaunch any more. */
static bool has_executed(int proc, pid_t pid)
{
	char ours[PATH_MAX], its[PATH_MAX];
	cleanup_free char *link = xasprintf("%d/exe", (int)pid);
	ssize_t our_length = readlink("/proc/self/exe", ours, sizeof ours);
	ssize_t its_length = readlinkat(proc, link, its, sizeof its);
	return its_length > 0 && (our_length != its_length || memcmp(ours, its, (size_t)its_length) != 0);
}

/* The supervisor's first child, once it has become the router: orphans, which are its children too, are
 * younger. */
static void find_router(struct tuning *tuning)
{
	struct pids tree;
	struct processes processes;
	const struct process_stats *oldest = NULL;

	if (process_tree(tuning->proc, tuning->supervisor.pid, &tree, NULL) < 0)
		return;
	processes_read(tuning->proc, &tree, &processes);
	for (size_t i = 0; i < processes.count; i++) {
		const struct process_stats *process = &processes.items[i];
		if (process->parent == tuning->supervisor.pid && process->state != 'Z' &&
		    (!oldest || process->start_ticks < oldest->start_ticks))
			oldest = process;
	}
	if (oldest && has_executed(tuning->proc, oldest->pid)) {
		tuning->router = oldest->pid;
		set_number("SIPLAUNCH_ROUTER_PID", (uint64_t)oldest->pid);
	}
	processes_clear(&processes);
	pids_clear(&tree);
}

/* ---- one round ---- */

/* How far it came. */
struct course {
	struct tuning *tuning;
	struct tune_round *round;
	struct tune_watch *watch; /* once the router has been executed */
	int64_t begun_ms, sampled_ms;
	bool ready, start_timed_out, load_timed_out;
};

static bool is_over(const struct course *course)
{
	return course->tuning->supervisor.ended || tune_interrupted(course->tuning);
}

static int64_t later_limit(int64_t longest_ms)
{
	return LATER_TIMES * longest_ms + LATER_MORE_MS;
}

/* The longest that it took in a round that passed; -1: none did. */
static int64_t longest(const struct tuning *tuning, bool load)
{
	int64_t most = -1;
	for (size_t i = 0; i < tuning->count; i++) {
		const struct tune_round *round = &tuning->rounds[i];
		int64_t ms = load ? round->load_ms : round->start_ms;
		if (round->result.end == ROUND_PASSED && ms > most)
			most = ms;
	}
	return most;
}

static bool look(struct course *course)
{
	course->sampled_ms = tune_now_ms();
	return course->watch && tune_watch_look(course->watch, course->round);
}

/*
 * Runs a shell command until it ends, for so long at the most (0: as long as it takes), or the router does.
 * The status as of wait(2), or -1: cut off.
 */
static int run_shell(struct course *course, const char *command, const char *name, int64_t limit_ms,
		     struct error *error)
{
	struct tuning *tuning = course->tuning;
	char *argv[] = {"sh", "-c", (char *)command, NULL};
	cleanup_free char *file = xasprintf("%s.log", name);
	cleanup_close int log = tune_log_open(tuning, course->round, file, error);
	int64_t begun_ms = tune_now_ms();

	if (log < 0 || tune_spawn(tuning, &tuning->shell, "/bin/sh", argv, log, error) < 0)
		return -1;
	while (!tuning->shell.ended && !is_over(course) &&
	       (!limit_ms || tune_now_ms() - begun_ms < limit_ms)) {
		tune_progress(tuning, course->round, name);
		if (tuning->told && tune_now_ms() - course->sampled_ms >= SAMPLE_MS)
			look(course);
		tune_attend(tuning, LOOK_MS);
	}
	return tuning->shell.ended ? tuning->shell.wait_status : -1;
}

static bool passed(int wait_status)
{
	return wait_status != -1 && WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0;
}

/* Whether it answers now; where nothing can be asked, whether it runs. */
static bool answers(struct course *course, int64_t left_ms, struct error *error)
{
	struct tuning *tuning = course->tuning;
	const struct options *options = tuning->options;

	if (!tuning->router)
		find_router(tuning);
	if (!tuning->router)
		return false;
	if (!course->watch)
		course->watch = tune_watch_open(tuning);
	if (options->ready) {
		bool well = passed(run_shell(course, options->ready, "ready", left_ms, error));
		if (!well && !is_over(course))
			tune_attend(tuning, READY_MS);
		return well;
	}
	bool asked = tuning->told || (!tuning->count && !tune_watch_is_vain(course->watch));
	return !asked || look(course);
}

/* Whether it can be asked for statistics is found out in the first round, for all of them. */
static void settle_statistics(struct course *course)
{
	struct tuning *tuning = course->tuning;
	if (tuning->count || !course->watch)
		return;
	tuning->told = !is_over(course) && look(course);
	if (tuning->told)
		return;
	const char *denied = tune_watch_denied(course->watch);
	free(tuning->not_told);
	tuning->not_told =
		xstrdup(denied ? denied : "it did not answer when it was asked for its statistics");
}

static void wait_ready(struct course *course, struct error *error)
{
	struct tuning *tuning = course->tuning;
	int64_t known = longest(tuning, false), limit = known < 0 ? START_FIRST_MS : later_limit(known);
	int64_t end = course->begun_ms + limit;

	tune_progress(tuning, course->round, "start");
	while (!is_over(course) && !course->ready && !error->message) {
		int64_t left = end - tune_now_ms();
		if (left <= 0)
			break;
		course->ready = answers(course, left, error);
		if (!course->ready)
			tune_attend(tuning, LOOK_MS);
	}
	settle_statistics(course);
	/* its load may know better whether it serves than its management interface */
	if (!course->ready && !is_over(course) && tuning->router && !tuning->count && !tuning->options->ready)
		course->ready = true;
	course->start_timed_out = !course->ready && !is_over(course);
	course->round->start_ms = tune_now_ms() - course->begun_ms;
}

static void run_load(struct course *course, struct error *error)
{
	struct tuning *tuning = course->tuning;
	struct tune_round *round = course->round;
	int64_t known = longest(tuning, true), begun_ms = tune_now_ms();

	round->load_status =
		run_shell(course, tuning->options->load, "load", known < 0 ? 0 : later_limit(known), error);
	round->load_ms = tune_now_ms() - begun_ms;
	course->load_timed_out = round->load_status == -1 && !is_over(course);
	if (passed(round->load_status) && tuning->options->check && !is_over(course))
		round->check_status = run_shell(course, tuning->options->check, "check", 0, error);
	/* the most that was ever used is told last of all; a signal that comes meanwhile cuts an answer off
	 */
	for (unsigned tries = 0; tuning->told && tries < LAST_LOOKS && !is_over(course) && !look(course);
	     tries++)
		tune_attend(tuning, LOOK_MS);
}

/* ---- what came of it ---- */

/* Of the supervisor's report. */
struct ending {
	const char *outcome, *message, *hint; /* outcome "": there is none */
	json_int_t kills, oom, limit, peak;   /* limit and peak 0: not known */
};

static json_t *read_report(const struct tuning *tuning, const struct tune_round *round, struct ending *ending)
{
	json_t *report = tune_report_read(tuning, round);
	*ending = (struct ending){.outcome = "", .message = "its supervisor left no report"};
	json_unpack(report, "{s:s, s:s, s?s}", "outcome", &ending->outcome, "message", &ending->message,
		    "hint", &ending->hint);
	const json_t *memory = json_object_get(report, "memory"), *events = json_object_get(memory, "events");
	ending->kills = json_integer_value(json_object_get(events, "oom_kill"));
	ending->oom = json_integer_value(json_object_get(events, "oom"));
	ending->limit = json_integer_value(json_object_get(memory, "limit"));
	ending->peak = json_integer_value(json_object_get(memory, "peak"));
	return report;
}

static char *status_text(const char *what, int wait_status)
{
	if (!WIFSIGNALED(wait_status))
		return xasprintf("the %s ended with status %d", what, WEXITSTATUS(wait_status));
	cleanup_free char *name = signal_name(WTERMSIG(wait_status));
	return xasprintf("the %s was killed by %s", what, name);
}

static void judge(const struct course *course, const struct ending *ending, bool ended_by_itself)
{
	struct tune_round *round = course->round;
	struct round *result = &round->result;

	if (ending->kills > 0) {
		result->end = ROUND_OUT_OF_MEMORY;
		round->message = xstrdup(ending->message);
	} else if (ended_by_itself) {
		result->end = course->ready ? ROUND_ROUTER_ENDED : ROUND_NOT_STARTED;
		round->message = xstrdup(ending->message);
	} else if (course->start_timed_out) {
		result->end = ROUND_NOT_STARTED;
		cleanup_free char *time = tune_duration(round->start_ms);
		round->message = xasprintf("the router did not answer within %s", time);
	} else if (course->load_timed_out) {
		result->end = ROUND_LOAD_TIMED_OUT;
		cleanup_free char *time = tune_duration(round->load_ms);
		round->message = xasprintf("the load had not ended after %s", time);
	} else if (!passed(round->load_status)) {
		result->end = ROUND_LOAD_FAILED;
		round->message = status_text("load", round->load_status);
	} else if (course->tuning->options->check && !passed(round->check_status)) {
		result->end = ROUND_CHECK_FAILED;
		round->message = status_text("check", round->check_status);
	} else if (result->starved) {
		result->end = ROUND_STARVED;
		round->message =
			xasprintf("the load passed, but the router could not allocate %" PRIu64 " times",
				  round->failures.number[0]);
	} else {
		result->end = ROUND_PASSED;
		round->message = xstrdup("passed");
	}
}

/* Status 126 and 127 are the shell's own word that there is no such command: no size mends that. */
static bool never_ran(int wait_status)
{
	return wait_status != -1 && WIFEXITED(wait_status) &&
	       (WEXITSTATUS(wait_status) == EXIT_NOT_FOUND ||
		WEXITSTATUS(wait_status) == EXIT_NOT_EXECUTABLE);
}

static int refuse_command(const struct course *course, const char *name, const char *command,
			  struct error *error)
{
	cleanup_free char *log = xasprintf("%s.log", name);
	cleanup_free char *said = tune_last_lines(course->tuning, course->round, log);
	error_set(error, 0, "the %s cannot be run: %s", name, command);
	return error_hint(error, "%s",
			  *said ? said : "it ended with the status of a command that is not there");
}

/* It reports how its router ended, whatever that was: of one that was killed nothing is known. */
static int refuse_unreported(const struct course *course, struct error *error)
{
	const struct task *supervisor = &course->tuning->supervisor;
	cleanup_free char *end = status_text("supervisor", supervisor->wait_status);
	error_set(error, 0, "round %u has no result: %s and left no report", course->round->number, end);
	return error_hint(error,
			  "tune needs its supervisors: let nobody kill them, and look for an OOM kill in "
			  "the kernel's log: dmesg");
}

/* What no other size would mend. */
static int check_impossible(const struct course *course, const struct ending *ending, struct error *error)
{
	const struct tune_round *round = course->round;
	const struct options *options = course->tuning->options;

	if (error->message)
		return -1;
	if (!*ending->outcome)
		return refuse_unreported(course, error);
	if (strcmp(ending->outcome, outcome_name(OUTCOME_REFUSED)) == 0) {
		error_set(error, 0, "round %u could not be launched: %s", round->number, ending->message);
		return ending->hint ? error_hint(error, "%s", ending->hint) : -1;
	}
	if (strcmp(ending->outcome, outcome_name(OUTCOME_BACKGROUND)) == 0) {
		error_set(error, 0, "%s", ending->message);
		return error_hint(error, "%s", ending->hint ? ending->hint : "keep it in the foreground");
	}
	if (never_ran(round->load_status))
		return refuse_command(course, "load", options->load, error);
	if (never_ran(round->check_status))
		return refuse_command(course, "check", options->check, error);
	return 0;
}

static enum tune_outcome finish(const struct course *course, bool broken_off, bool ended_by_itself,
				struct error *error)
{
	struct tune_round *round = course->round;
	struct ending ending;
	json_t *report = read_report(course->tuning, round, &ending);
	enum tune_outcome outcome = TUNE_ROUND_DONE;

	round->limit_held = round->memory_bytes && (uint64_t)ending.limit == round->memory_bytes;
	round->peak_bytes = ending.peak > 0 ? (uint64_t)ending.peak : 0;
	if (broken_off)
		outcome = TUNE_ROUND_BROKEN_OFF;
	else if (check_impossible(course, &ending, error) < 0)
		outcome = TUNE_ROUND_IMPOSSIBLE;
	else
		judge(course, &ending, ended_by_itself);
	json_decref(report);
	return outcome;
}

/* All that the round started, however it ended: load, supervisor, router. */
static void end_processes(struct course *course, struct error *error)
{
	struct tuning *tuning = course->tuning;

	tune_progress(tuning, course->round, "stop");
	tune_end_shells(tuning);
	bool stopped = tune_stop_router(tuning), gone = tune_end_orphans(tuning);
	if (gone)
		tune_watch_remove_group(course->watch);
	tune_watch_close(course->watch);
	members_clear(&tuning->members);
	if (error->message)
		return;
	if (!gone) {
		error_set(error, 0, "the router of round %u could not be ended", course->round->number);
		error_hint(error, "siplaunch inspect shows what still runs");
	} else if (!stopped) {
		error_set(error, 0,
			  "the supervisor of round %u did not end: siplaunch killed it and its router",
			  course->round->number);
	}
}

enum tune_outcome tune_round_run(struct tuning *tuning, struct tune_round *round, struct error *error)
{
	struct course course = {.tuning = tuning, .round = round, .begun_ms = tune_now_ms()};

	round->begun_ms = course.begun_ms;
	round->load_status = round->check_status = -1;
	round->pressure = -1;
	members_open(&tuning->members, tuning->proc);
	if (start_router(tuning, round, error) < 0) {
		members_clear(&tuning->members);
		return TUNE_ROUND_IMPOSSIBLE;
	}
	members_except(&tuning->members, tuning->supervisor.pid);
	wait_ready(&course, error);
	if (course.ready && !error->message)
		run_load(&course, error);
	bool broken_off = tune_interrupted(tuning), by_itself = tuning->supervisor.ended;
	end_processes(&course, error);
	round->took_ms = tune_now_ms() - course.begun_ms;
	tune_progress(tuning, round, NULL);
	return finish(&course, broken_off && !by_itself, by_itself, error);
}
