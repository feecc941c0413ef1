/* SPDX-License-Identifier: MIT */
#include "supervise.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "handover.h"
#include "host/host.h"
#include "launch.h"
#include "log.h"
#include "log_output.h"
#include "mechanism/cgroup_group.h"
#include "mechanism/cgroup_manager.h"
#include "mechanism/directories.h"
#include "memory_news.h"
#include "notify.h"
#include "options.h"
#include "process_news.h"
#include "report.h"
#include "session.h"
#include "shrink.h"
#include "supervise_signals.h"

/* How long what is left of a router has, when its main process has ended: to end by itself, then after
 * SIGTERM, then after SIGKILL. Nobody coordinates it any more, and a container's stop has 10 s in all. */
#define LEFT_ALONE_MS 500
#define LEFT_TERM_MS  2000
#define LEFT_KILL_MS  5000
#define LEFT_LOOK_MS  100

/* ---- what happens ---- */

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
	struct memory_events news;
	look_at_numbers(supervisor);
	watch_router(&supervisor->watch, supervisor->members.proc, supervisor->child.pid);
	if (watch_look(&supervisor->watch, supervisor_now_ms(), &news))
		memory_news_tell(supervisor, &news);
}

static void look_at_limits(struct supervisor *supervisor)
{
	look_at_numbers(supervisor);
	limit_news_look(supervisor);
}

/* Sleeps until something happens, and sees to it; -1: however long. True when the child has something to
 * tell. */
static bool attend(struct supervisor *supervisor, int timeout_ms)
{
	struct pollfd polled[] = {
		{.fd = supervisor->signals.fd, .events = POLLIN},
		{.fd = supervisor->watch.events, .events = POLLPRI},
		{.fd = supervisor->child.told, .events = POLLIN},
		{.fd = supervisor->limits.events, .events = POLLIN},
	};
	if (poll(polled, ARRAY_SIZE(polled), timeout_ms) <= 0)
		return false;
	/* first: once a child is reaped nobody can tell any more whether it had executed (child_read) */
	if (polled[2].revents)
		return true;
	/* before a signal is read, which may reap: while the dead can still be told apart */
	if (polled[0].revents || polled[1].revents)
		look_at_memory(supervisor);
	if (polled[0].revents)
		supervisor_read_signals(supervisor);
	if (polled[3].revents)
		look_at_limits(supervisor);
	return false;
}

/* ---- the launch ---- */

int supervisor_open(struct supervisor *supervisor, const struct launch *launch, struct error *error)
{
	const struct options *options = launch->options;
	const struct session *session = launch->session;
	const char *word = session->argv[session->command.start], *slash = strrchr(word, '/');

	supervisor->options = options;
	supervisor->router = session->router;
	supervisor->name = xstrdup(slash ? slash + 1 : word);
	supervisor->profile = xstrdup(session->profile.name);
	supervisor->serves = session->router->sizes_by_arguments && !session->command.only_checks;
	supervisor->sized = session->context.sized;
	supervisor->budget = session->context.budget;
	supervisor->request = session->context.request;
	supervisor->request.limit_source = supervisor->budget.limit_source;
	supervisor->stop_timeout = options->stop_timeout ? options->stop_timeout : STOP_TIMEOUT_DEFAULT;
	members_open(&supervisor->members, launch->place->proc);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return error_set(error, errno, "become the reaper of the router's orphans by prctl(2)");
	log_output_hurry();
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

/* The group that we are in, which is the router's too as long as it has none of its own. */
static void follow_ours(struct supervisor *supervisor, const struct launch *launch)
{
	const struct host *host = launch->session->context.host;
	if (launch->place->cgroup >= 0 && host->cgroup.directory)
		follow(supervisor, launch->place->cgroup, host->cgroup.directory, host->cgroup.path, false);
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
 * What was planned need not be what came of it, where the policy is to prefer: so the group itself is asked.
 * Of a router that has ended by now that cannot be told, unless we made the group: never is somebody else's
 * taken for its own.
 */
static void follow_its_own(struct supervisor *supervisor, const struct launch *launch)
{
	const struct context *context = &launch->session->context;
	int mount = launch->place->cgroup;

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
	if (own || (supervisor->ended && launch->place->made))
		follow(supervisor, mount, below, group, true);
}

/* Why, where nobody asked for it. */
static void tell_reason(const struct supervisor *supervisor, const struct context *context)
{
	if (context->handoff_reason)
		log_event(supervisor->options, &(struct event){.level = EVENT_INFO,
							       .name = "supervise",
							       .message = context->handoff_reason});
}

/* Once the launch has written its own limits, which are no news. */
static void watch_limits(struct supervisor *supervisor, const struct host *host)
{
	if (supervisor->group && supervisor->place.cgroup >= 0)
		limit_watch_open(&supervisor->limits, supervisor->place.cgroup,
				 host_below_mount(host, supervisor->group), supervisor->group);
}

/* Both routers leave it too: it would keep its file system from being unmounted. */
static void leave_directory(const struct supervisor *supervisor)
{
	cleanup_error struct error error = {0};
	if (chdir("/") == 0)
		return;
	error_set(&error, errno, "change the supervisor's working directory to /");
	log_error(supervisor->options, &error);
}

/* The router runs: what only the launch needed is let go of, and the group's lock, so that a second launcher
 * is told who lives there. */
static void settle(struct supervisor *supervisor, struct launch *launch)
{
	clock_gettime(CLOCK_REALTIME, &supervisor->launched);
	follow_its_own(supervisor, launch);
	look_at_numbers(supervisor);
	memory_news_limits(supervisor);
	supervisor->place = *launch->place;
	*launch->place = (struct place){.proc = -1, .cgroup = -1, .origin_procs = -1};
	argv_free(supervisor->place.argv);
	supervisor->place.argv = NULL;
	supervisor->place.context = NULL;
	supervisor->place.plan = NULL;
	supervisor->place.group = NULL;
	directories_release(&supervisor->place); /* from here on they stay */
	if (supervisor->place.made)
		group_unlock(supervisor->place.made);
	handover_close_inherited();
	leave_directory(supervisor);
	watch_limits(supervisor, launch->session->context.host);
}

/* A child that ended before exec has said nothing. That the kernel killed it for its group's limit, its group
 * says. */
static void tell_lost(struct supervisor *supervisor, struct launch *launch, struct error *error)
{
	follow_its_own(supervisor, launch);
	look_at_memory(supervisor);
	if (watch_total(&supervisor->watch).oom_kill > 0)
		error_hint(error, "%s has had an OOM kill: raise its memory.max (sizing.memory)",
			   supervisor->group);
	log_error(supervisor->options, error);
}

/* The supervisor is the unit's main process; that exec succeeded it knows from its child. */
static void report_ready(const struct supervisor *supervisor, const struct session *session)
{
	cleanup_error struct error error = {0};
	cleanup_free char *status = report_handover_text(session);
	if (notify_ready(supervisor->notify, status, &error) < 0)
		log_notify_failure(supervisor->options, &error);
}

int supervisor_launch(struct supervisor *supervisor, struct launch *launch, struct error *error)
{
	tell_reason(supervisor, &launch->session->context);
	if (launch_apply(launch, STAGE_OUTSIDE, error) < 0)
		return EXIT_SIPLAUNCH;
	follow_ours(supervisor, launch);
	if (child_start(launch, &supervisor->signals, &supervisor->terminal, &supervisor->child, error) < 0) {
		log_error(launch->options, error);
		launch_undo(launch);
		return EXIT_SIPLAUNCH;
	}
	supervisor->members.main = supervisor->child.pid;
	while (!attend(supervisor, -1))
		;
	int proc = supervisor->members.foreign_proc ? -1 : launch->place->proc;
	int status = child_read(&supervisor->child, proc, error);
	if (!status) {
		report_ready(supervisor, launch->session);
		settle(supervisor, launch);
		return 0;
	}
	while (!supervisor->ended) /* a group is removed when nobody is in it */
		attend(supervisor, -1);
	if (supervisor->child.lost)
		tell_lost(supervisor, launch, error);
	terminal_restore(&supervisor->terminal);
	launch_undo(launch);
	return status;
}

/* ---- the end ---- */

static bool wait_until_none(struct supervisor *supervisor, int64_t patience_ms)
{
	int64_t deadline = supervisor_now_ms() + patience_ms;
	while (members_count(&supervisor->members) > 0) {
		if (supervisor_now_ms() >= deadline || supervisor->hurry)
			return false;
		attend(supervisor, LEFT_LOOK_MS);
	}
	return true;
}

/* How many processes had to be ended. */
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
	};
	return judge_ending(&ended);
}

static void tell_end(const struct supervisor *supervisor, const struct verdict *verdict, size_t left)
{
	if (left > 0 && verdict->outcome != OUTCOME_BACKGROUND) {
		cleanup_free char *message = xasprintf("%zu process%s of %s outlived it and had to be ended",
						       left, left == 1 ? "" : "es", supervisor->name);
		log_event(supervisor->options,
			  &(struct event){.level = EVENT_WARNING, .name = "left-over", .message = message});
	}
	json_t *facts =
		json_pack("{s:s, s:i}", "outcome", outcome_name(verdict->outcome), "status", verdict->status);
	log_event(supervisor->options, &(struct event){.level = verdict->status ? EVENT_ERROR : EVENT_INFO,
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
	clock_gettime(CLOCK_REALTIME, &record.ended);
	if (last_file_write(file, &record, &error) < 0)
		log_error(supervisor->options, &error);
}

/* The group, and the groups above it that were made for it. */
static void put_away(struct supervisor *supervisor)
{
	cleanup_error struct error error = {0};
	struct place *place = &supervisor->place;
	if (place->made && group_unmake(place->made, place->origin_procs, &error) < 0)
		log_error(supervisor->options, &error);
	free(place->made);
	place->made = NULL;
}

int supervisor_run(struct supervisor *supervisor, const struct new_file *report)
{
	shrink();
	process_news_begin(supervisor, supervisor_now_ms());
	while (!supervisor->ended) {
		attend(supervisor, process_news_timeout(&supervisor->processes, supervisor_now_ms()));
		if (process_news_look(supervisor, supervisor_now_ms()))
			shrink();
	}
	terminal_restore(&supervisor->terminal);
	/* a request to stop may have come together with the end that it asked for */
	supervisor_read_signals(supervisor);
	look_at_memory(supervisor);
	size_t left = end_the_rest(supervisor);
	cleanup_verdict struct verdict verdict = judge(supervisor, left);
	tell_end(supervisor, &verdict, left);
	notify_status(supervisor->notify, verdict.message, 0, NULL); /* it has been said */
	record_end(supervisor, &verdict, report);
	put_away(supervisor);
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
	place_close(&supervisor->place);
	free(supervisor->name);
	free(supervisor->profile);
	free(supervisor->group);
}
