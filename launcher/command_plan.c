/* SPDX-License-Identifier: MIT */
#include "commands.h"

#include "base/alloc.h"
#include "log.h"
#include "report.h"
#include "report_remedies.h"
#include "session.h"

static int status_of_failure(enum session_state state)
{
	switch (state) {
	case SESSION_BAD_PROFILE:
		return EXIT_USAGE;
	case SESSION_NO_HOST:
		return EXIT_SIPLAUNCH;
	case SESSION_READY:
	case SESSION_REFUSED:
		break;
	}
	return EXIT_REFUSED;
}

/* Looks for the command as run would; not on a host that is only described. */
static bool command_is_there(const struct options *options, struct session *session, struct error *error)
{
	int status;

	if (options->host)
		return true;
	cleanup_free char *path = session_program_path(session, &status, error);
	return path != NULL;
}

static void print_plan(const struct options *options, const struct session *session, bool there)
{
	if (options->format == OUTPUT_JSON) {
		report_json_print(stdout, report_plan_json(options, session));
		return;
	}
	const struct style style = style_for(options, stdout);
	report_plan(stdout, session, &style, options->verbose);
	report_remedies(stdout, options, session, &style);
	if (there)
		report_verdict(stdout, &session->plan, &style);
}

/* Nothing is changed for it: how many workers are right only the load can tell. */
static void look_at_cpus(struct session *session)
{
	cpus_look(session, NULL, &session->cpus);
	cleanup_free char *text = cpus_text(&session->cpus.request);
	if (text)
		plan_warn(&session->plan, "%s", text);
}

static int finish_unplanned(const struct options *options, const struct session *session)
{
	/* what a program reads should always come, as far as it goes */
	if (session->state == SESSION_REFUSED && options->format == OUTPUT_JSON)
		report_json_print(stdout, report_plan_json(options, session));
	session_explain(options, session);
	return status_of_failure(session->state);
}

int command_plan(const struct options *options)
{
	cleanup_session struct session session = {0};

	if (session_open(options, options->argv, 0, &session) < 0)
		return finish_unplanned(options, &session);
	look_at_cpus(&session);
	bool there = command_is_there(options, &session, &session.error);
	print_plan(options, &session, there);
	if (!there)
		log_error(options, &session.error);
	return there && !plan_refused(&session.plan) ? EXIT_OK : EXIT_REFUSED;
}
