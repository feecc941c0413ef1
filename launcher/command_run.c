/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "commands.h"
#include "handover.h"
#include "last_record.h"
#include "launch.h"
#include "log.h"
#include "mechanism/mechanism.h"
#include "session.h"
#include "supervise.h"

/* Why there is no router, for the report; it has been said. */
static void record_refusal(const struct options *options, const struct last_file *report, const char *message,
			   const struct error *error, int status)
{
	cleanup_error struct error failure = {0};
	struct last_record record = {
		.outcome = OUTCOME_REFUSED,
		.status = status,
		.message = message,
		.hint = error->hint,
		.detail = error->errnum ? strerror(error->errnum) : NULL,
		.errno_name = error->errnum ? strerrorname_np(error->errnum) : NULL,
		.profile = options->profile,
		.command = options->argv[0],
		.exit_code = -1,
	};
	clock_gettime(CLOCK_REALTIME, &record.ended);
	if (last_file_write(report, &record, &failure) < 0)
		log_error(options, &failure);
}

/* Ends a launch that has been explained on standard error. */
static int refused(const struct options *options, const struct last_file *report, const struct error *error,
		   int status)
{
	record_refusal(options, report, error->message ? error->message : "the launch was refused", error,
		       status);
	return status;
}

static int refuse(const struct options *options, const struct last_file *report, const struct error *error,
		  int status)
{
	log_error(options, error);
	return refused(options, report, error, status);
}

static int refuse_session(const struct options *options, const struct last_file *report,
			  const struct session *session)
{
	session_explain(options, session);
	if (session->state != SESSION_BAD_PROFILE || !session->problems.count)
		return refused(options, report, &session->error, EXIT_SIPLAUNCH);
	const struct problem *first = &session->problems.items[0];
	const struct error none = {.hint = first->hint};
	cleanup_free char *message = xasprintf("%s:%u:%u: %s: %s", first->file, first->line, first->column,
					       first->pointer, first->message);
	record_refusal(options, report, message, &none, EXIT_SIPLAUNCH);
	return EXIT_SIPLAUNCH;
}

/* A typing error in a command of ours, and no program has that name. */
static bool is_mistyped(const struct options *options, struct error *error)
{
	const char *word = options->argv[0];
	const char *meant = options->implied && !options->entrypoint ? command_meant(word) : NULL;

	if (!meant || handover_exists(word))
		return false;
	error_set(error, 0, "\"%s\" is neither a command of siplaunch nor a program in PATH", word);
	error_hint(error, "did you mean \"siplaunch %s\"?", meant);
	return true;
}

/* After exec nobody would be left to heed them. */
static int check_supervision(const struct options *options, const struct session *session,
			     struct error *error)
{
	const char *option = options->report ? "--report" : "--stop-timeout";
	if (session->context.handoff == HANDOFF_SUPERVISE || (!options->report && !options->stop_timeout))
		return 0;
	error_set(error, 0, "%s is for a supervised router, and here the router takes siplaunch's place",
		  option);
	return error_hint(error, "add --supervise");
}

/* The router takes our place: returns only on failure. */
static int execute(struct launch *launch)
{
	cleanup_error struct error error = {0};
	if (launch_apply(launch, STAGE_BOTH, &error) < 0)
		return EXIT_SIPLAUNCH;
	launch_execute(launch, &error);
	return EXIT_NOT_EXECUTABLE;
}

/* 0 with supervisor->child running. */
static int start_supervised(struct launch *launch, struct supervisor *supervisor,
			    const struct last_file *report)
{
	cleanup_error struct error error = {0};
	if (supervisor_open(supervisor, launch, &error) < 0)
		return refuse(launch->options, report, &error, EXIT_SIPLAUNCH);
	int status = supervisor_launch(supervisor, launch, &error);
	return status ? refused(launch->options, report, &error, status) : 0;
}

/* The session lives no longer than this: a supervisor is to be small. */
static int start(const struct options *options, struct supervisor *supervisor, const struct last_file *report)
{
	cleanup_error struct error error = {0};
	cleanup_session struct session session;
	struct place place;
	int status;

	if (session_open(options, options->argv, 0, &session) < 0)
		return refuse_session(options, report, &session);
	if (check_supervision(options, &session, &error) < 0)
		return refuse(options, report, &error, EXIT_SIPLAUNCH);
	cleanup_free char *path = handover_find(options->argv[0], &session.context, &status, &error);
	if (!path)
		return refuse(options, report, &error, status);
	if (place_open(&place, &session.context, &error) < 0)
		return refuse(options, report, &error, EXIT_SIPLAUNCH);
	place.argv =
		router_arguments(session.router, &session.command, session.argv, 0, 0); /* a copy to add to */
	struct launch launch = {.options = options, .session = &session, .place = &place, .path = path};
	bool supervised = session.context.handoff == HANDOFF_SUPERVISE;
	status = supervised ? start_supervised(&launch, supervisor, report) : execute(&launch);
	place_close(&place);
	return status;
}

int command_run(const struct options *options)
{
	cleanup_error struct error error = {0};
	cleanup_last_file struct last_file report;
	cleanup_supervisor struct supervisor supervisor = SUPERVISOR_NONE;

	if (last_file_open(options->report, &report, &error) < 0) {
		log_error(options, &error);
		return EXIT_SIPLAUNCH;
	}
	if (is_mistyped(options, &error))
		return refuse(options, &report, &error, EXIT_NOT_FOUND);
	int status = start(options, &supervisor, &report);
	return status ? status : supervisor_run(&supervisor, &report);
}
