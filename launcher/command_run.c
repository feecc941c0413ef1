/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/libc.h"
#include "base/new_file.h"
#include "commands.h"
#include "launch/launch.h"
#include "launch/notify.h"
#include "log/log.h"
#include "log/log_output.h"
#include "mechanism/mechanism.h"
#include "options.h"
#include "session/program_find.h"
#include "session/session.h"
#include "session/trust.h"
#include "supervise/last_record.h"
#include "supervise/supervise.h"

/* Where the outcome of a launch is reported, besides standard error. */
struct audience {
	const struct options *options;
	const struct supervisor *supervisor;
	struct launch_observer observer;
	struct new_file report;
	int notify; /* the service manager (notify.h); -1: none */
};

static void audience_close(struct audience *audience)
{
	new_file_close(&audience->report);
	cleanup_close_(&audience->notify);
}

/* /dev/null is in the place of a descriptor that was closed: the report would be lost without an error. */
static int check_report(const struct options *options, struct error *error)
{
	const char *report = options->launch.report;
	bool to_stdout = report && (strcmp(report, "-") == 0 || strcmp(report, "/dev/stdout") == 0);
	if (!to_stdout || !options->output.closed)
		return 0;
	error_set(error, EBADF, "--report: write to standard output");
	return error_hint(error, "open it, or give a file");
}

static int audience_open(const struct options *options, struct audience *audience, struct error *error)
{
	cleanup_error struct error failure = {0};
	struct trust_terms room;
	audience->options = options;
	audience->observer = log_launch(&options->output);
	audience->notify = -1;
	if (check_report(options, error) < 0)
		return -1;
	if (last_file_open(options->launch.report,
			   options->launch.report ? written_terms(&options->selection, &room) : NULL,
			   &audience->report, error) < 0)
		return -1;
	if (notify_open(getenv("NOTIFY_SOCKET"), &audience->notify, &failure) < 0)
		notify_failed(&audience->observer.events, &failure);
	return 0;
}

static void notify_refusal(const struct audience *audience, const char *message, int errnum)
{
	cleanup_free char *status = xasprintf("refused: %s", message);
	notify_status(audience->notify, status, errnum, NULL); /* the exit status reports it anyway */
}

/* Writes to the report why the router was not started; standard error has it already. */
static void record_refusal(const struct options *options, const struct audience *audience,
			   const char *message, const struct error *error, int status)
{
	cleanup_error struct error failure = {0};
	int stop = audience->supervisor->asked;
	cleanup_free char *asked = stop ? signal_name(stop) : NULL;
	struct last_record record = {
		.outcome = OUTCOME_REFUSED,
		.asked = asked,
		.status = status,
		.message = message,
		.hint = error->hint,
		.detail = error->errnum ? strerror(error->errnum) : NULL,
		.errno_name = error->errnum ? strerrorname_np(error->errnum) : NULL,
		.profile = options->selection.name,
		.command = options->argv[0],
		.exit_code = -1,
	};
	record.ended = clock_wall();
	notify_refusal(audience, message, error->errnum);
	if (last_file_write(&audience->report, &record, &failure) < 0)
		log_error(&options->output, &failure);
}

/* Ends a launch that has been explained on standard error. */
static int refused(const struct options *options, const struct audience *audience, const struct error *error,
		   int status)
{
	record_refusal(options, audience, error->message ? error->message : "the launch was refused", error,
		       status);
	return status;
}

static int refuse(const struct options *options, const struct audience *audience, const struct error *error,
		  int status)
{
	log_error(&options->output, error);
	return refused(options, audience, error, status);
}

static int refuse_session(const struct options *options, const struct audience *audience,
			  const struct session *session)
{
	log_session(&options->output, session);
	if (session->state != SESSION_BAD_PROFILE || !session->problems.count)
		return refused(options, audience, &session->error, EXIT_SIPLAUNCH);
	const struct problem *first = &session->problems.items[0];
	const struct error none = {.hint = first->hint};
	cleanup_free char *message = problem_text(first);
	record_refusal(options, audience, message, &none, EXIT_SIPLAUNCH);
	return EXIT_SIPLAUNCH;
}

/* The word misspells a command of siplaunch, and no program has that name. */
static bool is_mistyped(const struct options *options, struct error *error)
{
	const char *word = options->argv[0];
	const char *meant = options->implied && !options->launch.entrypoint ? command_meant(word) : NULL;

	if (!meant || program_exists(word))
		return false;
	error_set(error, 0, "\"%s\" is neither a command of siplaunch nor a program in PATH", word);
	error_hint(error, "did you mean \"siplaunch %s\"?", meant);
	return true;
}

/* --report and --stop-timeout need a supervisor: after exec no process of siplaunch is left to apply them. */
static int check_supervision(const struct options *options, const struct session *session,
			     struct error *error)
{
	const char *option = options->launch.report ? "--report" : "--stop-timeout";
	if (session->context.decision.handoff == HANDOFF_SUPERVISE ||
	    (!options->launch.report && !options->launch.stop_timeout))
		return 0;
	error_set(error, 0, "%s needs supervision, but here the router replaces siplaunch", option);
	return error_hint(error, "add --supervise");
}

/* The router replaces siplaunch: returns only on failure. */
static int execute(struct launch *launch, const struct audience *audience)
{
	cleanup_error struct error error = {0};
	launch->notify = audience->notify;
	if (launch_apply(launch, STAGE_BOTH, &error) < 0)
		return refused(audience->options, audience, &error, EXIT_SIPLAUNCH);
	launch_execute(launch, &error);
	return refused(audience->options, audience, &error, EXIT_NOT_EXECUTABLE);
}

/* 0 with supervisor->child running. */
static int start_supervised(struct launch *launch, struct supervisor *supervisor,
			    const struct audience *audience)
{
	cleanup_error struct error error = {0};
	log_output_hurry();
	if (supervisor_open(supervisor, launch, audience->options->launch.stop_timeout, &error) < 0)
		return refuse(audience->options, audience, &error, EXIT_SIPLAUNCH);
	int status = supervisor_launch(supervisor, launch, &error);
	return status ? refused(audience->options, audience, &error, status) : 0;
}

/* noinline: the session and its stack frame end with this function, so that the supervisor stays small.
 */
__attribute__((noinline)) static int start(const struct options *options, struct supervisor *supervisor,
					   const struct audience *audience)
{
	cleanup_error struct error error = {0};
	cleanup_session struct session session = {0};
	struct target target;
	pid_t parent = getppid();
	int status;

	const struct purpose purpose = options_purpose(options);
	if (session_open(&purpose, &session) < 0)
		return refuse_session(options, audience, &session);
	options_warn_behind(options->argv, session.router, &session.plan);
	if (check_supervision(options, &session, &error) < 0)
		return refuse(options, audience, &error, EXIT_SIPLAUNCH);
	cleanup_free char *path = session_program_path(&session, &status, &error);
	if (!path)
		return refuse(options, audience, &error, status);
	if (target_open(&target, &session.context, &error) < 0)
		return refuse(options, audience, &error, EXIT_SIPLAUNCH);
	target.parent = parent;
	target.argv =
		router_arguments(session.router, &session.command, session.argv, 0, 0); /* a copy to add to */
	struct launch launch = {.observer = &audience->observer,
				.session = &session,
				.target = &target,
				.path = path,
				.notify = -1};
	bool supervised = session.context.decision.handoff == HANDOFF_SUPERVISE;
	status = supervised ? start_supervised(&launch, supervisor, audience) : execute(&launch, audience);
	target_close(&target);
	return status;
}

int command_run(const struct options *options)
{
	cleanup_error struct error error = {0};
	__attribute__((cleanup(audience_close))) struct audience audience = {.report = NEW_FILE_NONE,
									     .notify = -1};
	cleanup_supervisor struct supervisor supervisor = SUPERVISOR_NONE;

	audience.supervisor = &supervisor;
	if (audience_open(options, &audience, &error) < 0) {
		log_error(&options->output, &error);
		return EXIT_SIPLAUNCH;
	}
	if (is_mistyped(options, &error))
		return refuse(options, &audience, &error, EXIT_NOT_FOUND);
	supervisor.notify = audience.notify;
	int status = start(options, &supervisor, &audience);
	return status ? status : supervisor_run(&supervisor, &audience.report);
}
