/* SPDX-License-Identifier: MIT */
#include "supervise/supervise.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/event.h"
#include "base/exit_status.h"
#include "base/fs.h"
#include "host/host.h"
#include "launch/handover.h"
#include "launch/launch.h"
#include "launch/notify.h"
#include "mechanism/cgroup_group.h"
#include "mechanism/directories.h"
#include "session/session.h"
#include "supervise/memory_events.h"
#include "supervise/process_events.h"
#include "supervise/requests.h"
#include "supervise/shrink.h"

/* Timeouts for the router's remaining processes when its main process has ended: to exit by themselves, then
 * after SIGTERM, then after SIGKILL. No process coordinates them any more, and a container's stop takes 10 s
 * at most. */
#define LEFT_ALONE_MS 500
#define LEFT_TERM_MS  2000
#define LEFT_KILL_MS  5000
#define LEFT_LOOK_MS  100

/* ---- events ---- */

static struct value group_number(const struct supervisor *supervisor, const char *file)
{
	cleanup_free char *text = NULL;
	uint64_t number;
	if (supervisor->directory < 0 || pseudo_read_record(supervisor->directory, file, &text) < 0)
		return (struct value){0};
	if (strcmp(text, "max") == 0)
		return value_number(VALUE_BYTES, UNLIMITED);
	return parse_u64(text, &number) ? value_number(VALUE_BYTES, number) : (struct value){0};
}

static void look_at_numbers(struct supervisor *supervisor)
{
	struct value limit = group_number(supervisor, "memory.max");
	struct value peak = group_number(supervisor, "memory.peak");
	if (limit.kind != VALUE_NONE)
		supervisor->limit = limit;
	if (peak.kind != VALUE_NONE)
		supervisor->peak = peak;
}

static void look_at_memory(struct supervisor *supervisor)
{
	struct memory_events events;
	look_at_numbers(supervisor);
	watch_router(&supervisor->watch, supervisor->members.proc, supervisor->child.pid);
	if (watch_look(&supervisor->watch, clock_monotonic_ms(), &events))
		memory_event_emit(supervisor, &events);
}

static void look_at_limits(struct supervisor *supervisor)
{
	look_at_numbers(supervisor);
	limit_events_look(supervisor);
}

/* Sleeps until an event and handles it; -1: no timeout. True if the child has sent a message. */
static bool attend(struct supervisor *supervisor, int timeout_ms)
{
	struct pollfd polled[] = {
		{.fd = supervisor->signals.fd, .events = POLLIN},
		{.fd = supervisor->watch.events, .events = POLLPRI},
		{.fd = supervisor->child.result, .events = POLLIN},
		{.fd = supervisor->limits.events, .events = POLLIN},
	};
	if (poll(polled, ARRAY_SIZE(polled), timeout_ms) <= 0)
		return false;
	/* first: after a child is reaped, /proc no longer shows whether it had executed (child_read) */
	if (polled[2].revents)
		return true;
	/* before reading signals, which may reap: ended processes can still be distinguished */
	if (polled[0].revents || polled[1].revents)
		look_at_memory(supervisor);
	if (polled[0].revents)
		supervisor_read_signals(supervisor);
	if (polled[3].revents)
		look_at_limits(supervisor);
	return false;
}

/* ---- the launch ---- */

int supervisor_open(struct supervisor *supervisor, const struct launch *launch, unsigned stop_timeout,
		    struct error *error)
{
	const struct session *session = launch->session;
	const char *word = session->argv[session->command.start], *slash = strrchr(word, '/');

	supervisor->events = launch->observer->events;
	supervisor->router = session->router;
	supervisor->name = xstrdup(slash ? slash + 1 : word);
	supervisor->profile = xstrdup(session->profile.name);
	supervisor->serves = session->router->sizes_by_arguments && !session->command.only_checks;
	supervisor->sized = session->context.decision.sized;
	supervisor->budget = session->context.decision.budget;
	supervisor->request = session->context.decision.request;
	supervisor->request.limit_source = supervisor->budget.limit_source;
	supervisor->stop_timeout = stop_timeout ? stop_timeout : STOP_TIMEOUT_DEFAULT;
	members_open(&supervisor->members, launch->target->proc);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return error_set(error, errno, "become the reaper of the router's orphans by prctl(2)");
	terminal_open(&supervisor->terminal);
	return signals_take(&supervisor->signals, error);
}

static void follow(struct supervisor *supervisor, int mount, const char *below, const char *group, bool own)
{
	int directory = group_directory_open(mount, below, NULL);
	if (directory < 0)
		return;
	watch_close(&supervisor->watch);
	if (supervisor->directory >= 0)
		close(supervisor->directory);
	free(supervisor->group);
	supervisor->directory = directory;
	supervisor->group = xstrdup(group);
	supervisor->own_group = own;
	supervisor->members.group = own ? directory : -1;
	watch_open(&supervisor->watch, directory, own);
	supervisor->watched = supervisor->watch.events >= 0;
}

/* Follows siplaunch's own group, which is also the router's unless the router has its own. */
static void follow_ours(struct supervisor *supervisor, const struct launch *launch)
{
	const struct host *host = launch->session->context.host;
	if (launch->target->cgroup >= 0 && host->cgroup.directory)
		follow(supervisor, launch->target->cgroup, host->cgroup.directory, host->cgroup.path, false);
}

static bool lives_in(int directory, pid_t pid)
{
	struct pids pids;
	bool found = false;
	if (group_processes(directory, &pids, NULL) < 0)
		return false;
	for (size_t i = 0; i < pids.count; i++)
		found |= pids.items[i] == pid;
	pids_clear(&pids);
	return found;
}

/*
 * With policy "prefer" the result may differ from the plan, so this reads the group itself. If the router has
 * ended by now, only a group that siplaunch made is certainly the router's: no other group is used.
 */
static void follow_its_own(struct supervisor *supervisor, const struct launch *launch)
{
	const struct context *context = &launch->session->context;
	int mount = launch->target->cgroup;

	if (mount < 0 || context_shares_group(context))
		return;
	/* a scope's leaf has no limit whose events could be followed */
	cleanup_free char *group = context_limits_group(context);
	const char *below = host_below_mount(context->host, group);
	cleanup_close int directory = group_directory_open(mount, below, NULL);
	if (directory < 0)
		return;
	bool own = lives_in(directory, supervisor->child.pid);
	if (!own)
		supervisor_reap(supervisor);
	if (own || (supervisor->ended && launch->target->made))
		follow(supervisor, mount, below, group, true);
}

/* The reason for an end without a stop request. */
static void report_reason(const struct supervisor *supervisor, const struct context *context)
{
	if (context->decision.handoff_reason)
		event_emit(&supervisor->events, &(struct event){.level = EVENT_INFO,
								.name = "supervise",
								.message = context->decision.handoff_reason});
}

/* After the launch has written its own limits, which are no events. */
static void watch_limits(struct supervisor *supervisor, const struct host *host)
{
	if (supervisor->group && supervisor->target.cgroup >= 0)
		limit_watch_open(&supervisor->limits, supervisor->target.cgroup,
				 host_below_mount(host, supervisor->group), supervisor->group);
}

/* Leaves the working directory, as both routers do: otherwise its file system could not be unmounted. */
static void leave_directory(const struct supervisor *supervisor)
{
	cleanup_error struct error error = {0};
	if (chdir("/") == 0)
		return;
	error_set(&error, errno, "change the supervisor's working directory to /");
	event_error(&supervisor->events, &error);
}

/* The router runs: frees what only the launch needed, and the group's lock, so that a second launcher reports
 * the group's processes. */
static void settle(struct supervisor *supervisor, struct launch *launch)
{
	supervisor->launched = clock_wall();
	follow_its_own(supervisor, launch);
	look_at_numbers(supervisor);
	memory_outlive(supervisor);
	memory_limits_read(supervisor);
	supervisor->target = *launch->target;
	*launch->target = (struct target){.proc = -1, .cgroup = -1, .origin_procs = -1};
	argv_free(supervisor->target.argv);
	supervisor->target.argv = NULL;
	supervisor->target.context = NULL;
	supervisor->target.plan = NULL;
	supervisor->target.group = NULL;
	directories_release(&supervisor->target); /* from here on, created directories stay */
	if (supervisor->target.made)
		group_unlock(supervisor->target.made);
	handover_close_inherited();
	leave_directory(supervisor);
	watch_limits(supervisor, launch->session->context.host);
}

/* A child that was killed before exec sent no message. Its group's events show whether the kernel OOM-killed
 * it. */
static void report_lost(struct supervisor *supervisor, struct launch *launch, struct error *error)
{
	follow_its_own(supervisor, launch);
	look_at_memory(supervisor);
	if (watch_total(&supervisor->watch).oom_kill > 0)
		error_hint(error, "raise memory.max (sizing.memory) of %s, which has had an OOM kill",
			   supervisor->group);
	event_error(&supervisor->events, error);
}

/* The stop request reached the child before exec: siplaunch's exit status is that of a router which the same
 * signal stops a moment later. */
static bool was_stopped(const struct supervisor *supervisor, struct error *error)
{
	int status = supervisor->wait_status;
	if (!supervisor->asked || !WIFSIGNALED(status) || WTERMSIG(status) != supervisor->asked)
		return false;
	cleanup_free char *signal = signal_name(supervisor->asked);
	error_set(error, 0, "%s was requested to stop, by %s, before it was executed", supervisor->name,
		  signal);
	event_error(&supervisor->events, error);
	return true;
}

/* Reports READY: the supervisor is the unit's main process, and knows from its child that exec succeeded. */
static void report_ready(const struct supervisor *supervisor, const struct session *session)
{
	cleanup_error struct error error = {0};
	cleanup_free char *status = session_summary(session);
	if (notify_ready(supervisor->notify, status, &error) < 0)
		notify_failed(&supervisor->events, &error);
}

int supervisor_launch(struct supervisor *supervisor, struct launch *launch, struct error *error)
{
	report_reason(supervisor, &launch->session->context);
	if (launch_apply(launch, STAGE_OUTSIDE, error) < 0)
		return EXIT_SIPLAUNCH;
	follow_ours(supervisor, launch);
	if (child_start(launch, &supervisor->signals, &supervisor->terminal, &supervisor->child, error) < 0) {
		event_error(&supervisor->events, error);
		launch_undo(launch);
		return EXIT_SIPLAUNCH;
	}
	supervisor->members.main = supervisor->child.pid;
	/* before the router can take memory; the child, forked by now, keeps its own score */
	if (context_shares_group(&launch->session->context))
		memory_outlive(supervisor);
	child_release(&supervisor->child);
	while (!attend(supervisor, -1))
		;
	int proc = supervisor->members.foreign_proc ? -1 : launch->target->proc;
	int status = child_read(&supervisor->child, proc, error);
	if (!status) {
		report_ready(supervisor, launch->session);
		settle(supervisor, launch);
		return 0;
	}
	while (!supervisor->ended) /* a group can be removed when it has no processes */
		attend(supervisor, -1);
	if (supervisor->child.lost && was_stopped(supervisor, error))
		status = 128 + supervisor->asked;
	else if (supervisor->child.lost)
		report_lost(supervisor, launch, error);
	terminal_restore(&supervisor->terminal);
	launch_undo(launch);
	return status;
}

/* ---- the end ---- */

static bool wait_until_none(struct supervisor *supervisor, int64_t deadline_left_ms)
{
	int64_t deadline = clock_monotonic_ms() + deadline_left_ms;
	while (members_live(&supervisor->members)) {
		if (clock_monotonic_ms() >= deadline || supervisor->hurry)
			return false;
		attend(supervisor, LEFT_LOOK_MS);
	}
	return true;
}

/* How many processes siplaunch ended. */
static size_t end_the_rest(struct supervisor *supervisor)
{
	const struct members *members = &supervisor->members;

	if (wait_until_none(supervisor, LEFT_ALONE_MS))
		return 0;
	size_t count = members_count(members);
	members_signal(members, SIGTERM);
	if (!wait_until_none(supervisor, LEFT_TERM_MS)) {
		supervisor->hurry = false;
		members_kill(members);
		wait_until_none(supervisor, LEFT_KILL_MS);
	}
	return count;
}

static struct verdict judge(const struct supervisor *supervisor, size_t left)
{
	const struct watch *watch = &supervisor->watch;
	bool gone = supervisor->watched && watch->events < 0, killed = false;
	const struct watched_limit *above = gone ? limit_watch_kills(&supervisor->limits, &killed) : NULL;
	const struct ended ended = {
		.name = supervisor->name,
		.wait_status = supervisor->wait_status,
		.asked = supervisor->asked,
		.forced = supervisor->forced,
		.serves = supervisor->serves,
		.oom_killed = watch_total(watch).oom_kill > 0,
		.ended_ms = supervisor->ended_ms,
		.oom_kill_ms = watch->kill_ms,
		.left = left,
		.stop_timeout = supervisor->stop_timeout,
		.foreground_hint = supervisor->router->foreground_hint,
		.group_gone = gone,
		.above = above ? above->group : NULL,
		.killed_above = killed,
	};
	return judge_ending(&ended);
}

static void report_end(const struct supervisor *supervisor, const struct verdict *verdict, size_t left)
{
	if (left > 0 && verdict->outcome != OUTCOME_BACKGROUND) {
		cleanup_free char *message =
			xasprintf("%zu process%s of %s outlived it: siplaunch ended %s", left,
				  left == 1 ? "" : "es", supervisor->name, left == 1 ? "it" : "them");
		event_emit(&supervisor->events,
			   &(struct event){.level = EVENT_WARNING, .name = "left-over", .message = message});
	}
	json_t *facts =
		json_pack("{s:s, s:i}", "outcome", outcome_name(verdict->outcome), "status", verdict->status);
	event_emit(&supervisor->events, &(struct event){.level = verdict->status ? EVENT_ERROR : EVENT_INFO,
							.name = "ended",
							.message = verdict->message,
							.hint = verdict->hint,
							.facts = facts});
}

static void record_end(const struct supervisor *supervisor, const struct verdict *verdict,
		       const struct new_file *file)
{
	cleanup_error struct error error = {0};
	int status = supervisor->wait_status;
	cleanup_free char *signal = WIFSIGNALED(status) ? signal_name(WTERMSIG(status)) : NULL;
	cleanup_free char *asked = supervisor->asked ? signal_name(supervisor->asked) : NULL;
	struct last_record record = {
		.outcome = verdict->outcome,
		.status = verdict->status,
		.message = verdict->message,
		.hint = verdict->hint,
		.router = supervisor->router->name,
		.profile = supervisor->profile,
		.command = supervisor->name,
		.group = supervisor->group,
		.pid = supervisor->child.pid,
		.exit_code = signal ? -1 : WEXITSTATUS(status),
		.signal = signal,
		.launched = supervisor->launched,
		.asked = asked,
		.forced = supervisor->forced,
		.has_memory = supervisor->watched,
		.events = watch_total(&supervisor->watch),
		.limit = supervisor->limit,
		.peak = supervisor->peak,
		.evidence = &supervisor->watch.fullest,
		.overflow = &supervisor->overflow,
		.processes = supervisor->processes.count,
		.processes_budgeted = supervisor->sized ? supervisor->budget.processes : 0,
	};
	record.ended = clock_wall();
	if (last_file_write(file, &record, &error) < 0)
		event_error(&supervisor->events, &error);
}

/* Removes the group, and the groups above that were made for it. */
static void clean_up(struct supervisor *supervisor)
{
	cleanup_error struct error error = {0};
	struct target *target = &supervisor->target;
	if (target->made && group_unmake(target->made, target->origin_procs, &error) < 0)
		event_error(&supervisor->events, &error);
	free(target->made);
	target->made = NULL;
}

int supervisor_run(struct supervisor *supervisor, const struct new_file *report)
{
	shrink();
	process_events_begin(supervisor, clock_monotonic_ms());
	while (!supervisor->ended) {
		alloc_reserve(); /* for clean_up() */
		attend(supervisor, process_events_timeout(&supervisor->processes, clock_monotonic_ms()));
		if (process_events_look(supervisor, clock_monotonic_ms()))
			shrink();
	}
	terminal_restore(&supervisor->terminal);
	/* a stop request may have arrived when the router ended */
	supervisor_read_signals(supervisor);
	look_at_memory(supervisor);
	size_t left = end_the_rest(supervisor);
	cleanup_verdict struct verdict verdict = judge(supervisor, left);
	report_end(supervisor, &verdict, left);
	notify_status(supervisor->notify, verdict.message, 0, NULL); /* already reported */
	record_end(supervisor, &verdict, report);
	clean_up(supervisor);
	return verdict.status;
}

void supervisor_close(struct supervisor *supervisor)
{
	watch_close(&supervisor->watch);
	limit_watch_close(&supervisor->limits);
	if (supervisor->directory >= 0)
		close(supervisor->directory);
	members_clear(&supervisor->members);
	terminal_close(&supervisor->terminal);
	signals_close(&supervisor->signals);
	target_close(&supervisor->target);
	free(supervisor->name);
	free(supervisor->profile);
	free(supervisor->group);
}
