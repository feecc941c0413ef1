/* SPDX-License-Identifier: MIT */
#include "tune/tune.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/exit_status.h"
#include "session/session.h"
#include "stats/process.h"
#include "supervise/ending.h"
#include "text/format.h"

/* The timeout for the start of the first router; the first load has none. Later rounds are limited by the
 * longest time of a passed round: see later_limit(). */
#define START_FIRST_MS (120 * 1000)
#define LATER_TIMES    3
#define LATER_MORE_MS  (30 * 1000)

#define LOOK_MS    100
#define SAMPLE_MS  1000
#define LAST_LOOKS 3
#define READY_MS   500 /* between two checks whether it is ready */

/* ---- the router ---- */

static void progress(const struct tuning *tuning, const struct tune_round *round, const char *doing)
{
	tuning->observer->progress(tuning->observer->to, tuning, round, doing);
}

static void set_number(const char *name, uint64_t number)
{
	cleanup_free char *text = xasprintf("%" PRIu64, number);
	setenv(name, text, 1);
}

/* Environment variables with the sizes, for the load's own output. */
static void set_environment(const struct tune_round *round)
{
	set_number("SIPLAUNCH_ROUND", round->number);
	set_number("SIPLAUNCH_SHM_MB", round->result.candidate.shared_mib);
	set_number("SIPLAUNCH_PKG_MB", round->result.candidate.private_mib);
	unsetenv("SIPLAUNCH_ROUTER_PID");
	unsetenv("NOTIFY_SOCKET"); /* a round is not the start of siplaunch's own unit */
}

static int start_router(struct tuning *tuning, const struct tune_round *round, struct error *error)
{
	cleanup_close int log = tune_log_open(tuning, round, "router.log", error);
	if (log < 0)
		return -1;
	char **argv = tune_run_command(tuning, round);
	set_environment(round);
	tuning->router = 0;
	tuning->shell = (struct task){.ended = true};
	int result = tune_spawn(tuning, &tuning->supervisor, "/proc/self/exe", argv, log, error);
	argv_free(argv);
	return result;
}

/* True if siplaunch has executed the router. */
static bool has_executed(int proc, pid_t pid)
{
	char ours[PATH_MAX], its[PATH_MAX];
	cleanup_free char *link = xasprintf("%d/exe", (int)pid);
	ssize_t our_length = readlink("/proc/self/exe", ours, sizeof ours);
	ssize_t its_length = readlinkat(proc, link, its, sizeof its);
	return its_length > 0 && (our_length != its_length || memcmp(ours, its, (size_t)its_length) != 0);
}

/* The supervisor's oldest child, after it executed the router. Adopted orphans are children, too, but
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

/* The state that the round reached. */
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

/* The longest time in a round that passed; -1: no round passed. */
static int64_t longest(const struct tuning *tuning, bool load)
{
	int64_t max = -1;
	for (size_t i = 0; i < tuning->count; i++) {
		const struct tune_round *round = &tuning->rounds[i];
		int64_t ms = load ? round->load_ms : round->start_ms;
		if (round->result.end == ROUND_PASSED && ms > max)
			max = ms;
	}
	return max;
}

static bool look(struct course *course)
{
	course->sampled_ms = clock_monotonic_ms();
	return course->watch && tune_watch_look(course->watch, course->round);
}

/*
 * Runs a shell command until it ends, the router ends, or the time is over (0: no limit). The status as of
 * wait(2), or -1: stopped before its end.
 */
static int run_shell(struct course *course, const char *command, const char *name, int64_t limit_ms,
		     struct error *error)
{
	struct tuning *tuning = course->tuning;
	char *argv[] = {"sh", "-c", (char *)command, NULL};
	cleanup_free char *file = xasprintf("%s.log", name);
	cleanup_close int log = tune_log_open(tuning, course->round, file, error);
	int64_t begun_ms = clock_monotonic_ms();

	if (log < 0 || tune_spawn(tuning, &tuning->shell, "/bin/sh", argv, log, error) < 0)
		return -1;
	while (!tuning->shell.ended && !is_over(course) &&
	       (!limit_ms || clock_monotonic_ms() - begun_ms < limit_ms)) {
		progress(tuning, course->round, name);
		if (tuning->has_statistics && clock_monotonic_ms() - course->sampled_ms >= SAMPLE_MS)
			look(course);
		tune_attend(tuning, LOOK_MS);
	}
	return tuning->shell.ended ? tuning->shell.wait_status : -1;
}

static bool passed(int wait_status)
{
	return wait_status != -1 && WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0;
}

/* Whether the router answers; if it has no management interface, whether it runs. */
static bool answers(struct course *course, int64_t left_ms, struct error *error)
{
	struct tuning *tuning = course->tuning;
	const struct tune_request *request = tuning->request;

	if (!tuning->router)
		find_router(tuning);
	if (!tuning->router)
		return false;
	if (!course->watch)
		course->watch = tune_watch_open(tuning);
	if (request->ready) {
		bool well = passed(run_shell(course, request->ready, "ready", left_ms, error));
		if (!well && !is_over(course))
			tune_attend(tuning, READY_MS);
		return well;
	}
	bool asked = tuning->has_statistics || (!tuning->count && !tune_watch_is_vain(course->watch));
	return !asked || look(course);
}

/* The first round finds out, for all rounds, whether the router answers statistics queries. */
static void settle_statistics(struct course *course)
{
	struct tuning *tuning = course->tuning;
	if (tuning->count || !course->watch)
		return;
	tuning->has_statistics = !is_over(course) && look(course);
	if (tuning->has_statistics)
		return;
	const char *denied = tune_watch_denied(course->watch);
	free(tuning->no_statistics);
	tuning->no_statistics = xstrdup(denied ? denied : "it did not answer the statistics query");
}

static void wait_ready(struct course *course, struct error *error)
{
	struct tuning *tuning = course->tuning;
	int64_t known = longest(tuning, false), limit = known < 0 ? START_FIRST_MS : later_limit(known);
	int64_t end = course->begun_ms + limit;

	progress(tuning, course->round, "start");
	while (!is_over(course) && !course->ready && !error->message) {
		int64_t left = end - clock_monotonic_ms();
		if (left <= 0)
			break;
		course->ready = answers(course, left, error);
		if (!course->ready)
			tune_attend(tuning, LOOK_MS);
	}
	settle_statistics(course);
	/* without --ready, the first round continues at the timeout: the load shows whether the router
	 * serves */
	if (!course->ready && !is_over(course) && tuning->router && !tuning->count && !tuning->request->ready)
		course->ready = true;
	course->start_timed_out = !course->ready && !is_over(course);
	course->round->start_ms = clock_monotonic_ms() - course->begun_ms;
}

static void run_load(struct course *course, struct error *error)
{
	struct tuning *tuning = course->tuning;
	struct tune_round *round = course->round;
	int64_t known = longest(tuning, true), begun_ms = clock_monotonic_ms();

	round->load_status =
		run_shell(course, tuning->request->load, "load", known < 0 ? 0 : later_limit(known), error);
	round->load_ms = clock_monotonic_ms() - begun_ms;
	course->load_timed_out = round->load_status == -1 && !is_over(course);
	if (passed(round->load_status) && tuning->request->check && !is_over(course))
		round->check_status = run_shell(course, tuning->request->check, "check", 0, error);
	/* the last query has the maximum use; a signal can interrupt it, so it is repeated */
	for (unsigned tries = 0;
	     tuning->has_statistics && tries < LAST_LOOKS && !is_over(course) && !look(course); tries++)
		tune_attend(tuning, LOOK_MS);
}

/* ---- the result ---- */

/* The supervisor's report. */
struct ending {
	const char *outcome, *message, *hint; /* outcome "": no report */
	json_int_t kills, oom, limit, peak;   /* limit and peak 0: not known */
};

static json_t *read_report(const struct tuning *tuning, const struct tune_round *round, struct ending *ending)
{
	json_t *report = tune_report_read(tuning, round);
	*ending = (struct ending){.outcome = "", .message = "its supervisor wrote no report"};
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
		return xasprintf("the %s exited with status %d", what, WEXITSTATUS(wait_status));
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
		cleanup_free char *time = format_duration(round->start_ms);
		round->message = xasprintf("the router did not answer within %s", time);
	} else if (course->load_timed_out) {
		result->end = ROUND_LOAD_TIMED_OUT;
		cleanup_free char *time = format_duration(round->load_ms);
		round->message = xasprintf("the load timed out after %s", time);
	} else if (!passed(round->load_status)) {
		result->end = ROUND_LOAD_FAILED;
		round->message = status_text("load", round->load_status);
	} else if (course->tuning->request->check && !passed(round->check_status)) {
		result->end = ROUND_CHECK_FAILED;
		round->message = status_text("check", round->check_status);
	} else if (result->starved) {
		result->end = ROUND_STARVED;
		round->message =
			xasprintf("the load passed, but %" PRIu64 " allocations of the router failed",
				  round->failures.number[0]);
	} else {
		result->end = ROUND_PASSED;
		round->message = xstrdup("passed");
	}
}

/* With status 126 and 127 the shell reports that it cannot run the command: no size fixes that. */
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
	return error_hint(
		error, "%s",
		*said ? said
		      : "give an absolute path, or check PATH: the shell did not find the command or could "
			"not execute it");
}

/* The supervisor reports how its router ended; if the supervisor was killed, that is not known. */
static int refuse_unreported(const struct course *course, struct error *error)
{
	const struct task *supervisor = &course->tuning->supervisor;
	cleanup_free char *end = status_text("supervisor", supervisor->wait_status);
	error_set(error, 0, "round %u has no result: %s and wrote no report", course->round->number, end);
	return error_hint(error, "do not kill tune's supervisors; look for an OOM kill in "
				 "the kernel's log: dmesg");
}

/* Failures that no other size fixes. */
static int check_impossible(const struct course *course, const struct ending *ending, struct error *error)
{
	const struct tune_round *round = course->round;
	const struct tune_request *request = course->tuning->request;

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
		return refuse_command(course, "load", request->load, error);
	if (never_ran(round->check_status))
		return refuse_command(course, "check", request->check, error);
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

/* Ends all processes of the round, whatever its result: load, supervisor, router. */
static void end_processes(struct course *course, struct error *error)
{
	struct tuning *tuning = course->tuning;

	progress(tuning, course->round, "stop");
	tune_end_shells(tuning);
	bool stopped = tune_stop_router(tuning), gone = tune_end_orphans(tuning);
	if (gone)
		tune_watch_remove_group(course->watch);
	tune_watch_close(course->watch);
	members_clear(&tuning->members);
	if (error->message)
		return;
	if (!gone) {
		error_set(error, 0, "siplaunch could not end the router of round %u", course->round->number);
		error_hint(error, "find what still runs: siplaunch inspect");
	} else if (!stopped) {
		error_set(error, 0,
			  "the supervisor of round %u did not end: siplaunch killed it and its router",
			  course->round->number);
	}
}

enum tune_outcome tune_round_run(struct tuning *tuning, struct tune_round *round, struct error *error)
{
	struct course course = {.tuning = tuning, .round = round, .begun_ms = clock_monotonic_ms()};

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
	round->took_ms = clock_monotonic_ms() - course.begun_ms;
	progress(tuning, round, NULL);
	return finish(&course, broken_off && !by_itself, by_itself, error);
}
