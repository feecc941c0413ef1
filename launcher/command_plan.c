/* SPDX-License-Identifier: MIT */
#include "commands.h"
#include "options.h"

#include "base/alloc.h"
#include "log/log.h"
#include "log/progress.h"
#include "output/pieces.h"
#include "report/fleet.h"
#include "report/remedies.h"
#include "report/report.h"
#include "session/session.h"

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

	if (options->launch.host)
		return true;
	cleanup_free char *path = session_program_path(session, &status, error);
	return path != NULL;
}

static void print_plan(const struct options *options, const struct session *session, bool there)
{
	if (options->output.format == OUTPUT_JSON) {
		output_json_print(stdout, report_plan_json(session));
		return;
	}
	const struct style style = style_for(&options->output, stdout);
	report_plan(stdout, session, &style, options->output.verbose);
	report_remedies(stdout, session, &style);
	if (there)
		report_verdict(stdout, &session->plan, &style);
}

/* This only warns: the right number of workers depends on the load, which is not known here. */
static int look_at_cpus(struct session *session)
{
	if (cpus_look(session, NULL, &session->cpus, &session->error) < 0)
		return -1;
	cleanup_free char *text = cpus_text(&session->cpus.request);
	if (text)
		plan_warn(&session->plan, "%s", text);
	return 0;
}

static int finish_unplanned(const struct options *options, const struct session *session)
{
	/* a program that reads the JSON gets it also for a refused plan, as far as it was computed */
	if (session->state == SESSION_REFUSED && options->output.format == OUTPUT_JSON)
		output_json_print(stdout, report_plan_json(session));
	log_session(&options->output, session);
	return status_of_failure(session->state);
}

static void print_fleet(const struct options *options, const struct session *session)
{
	if (options->output.format == OUTPUT_JSON) {
		output_json_print(stdout, report_plan_json(session));
		return;
	}
	const struct style style = style_for(&options->output, stdout);
	report_fleet(stdout, session, &style, options->output.verbose);
}

/* The plan of pods that share the workload: it uses no facts of this machine. */
static int plan_fleet(const struct options *options)
{
	cleanup_session struct session session = {0};
	struct purpose purpose = options_purpose(options);

	purpose.what = PURPOSE_DESCRIBE;
	purpose.tool = TOOL_POD;
	if (session_open_fleet(&purpose, &options->fleet.asked, &session) < 0)
		return finish_unplanned(options, &session);
	print_fleet(options, &session);
	return EXIT_OK;
}

int command_plan(const struct options *options)
{
	if (options->fleet.asked.pods || options->fleet.asked.memory_bytes)
		return plan_fleet(options);
	cleanup_session struct session session = {0};

	const struct purpose purpose = options_purpose(options);
	progress_say(&options->output, "make the plan", NULL);
	int opened = session_open(&purpose, &session);
	progress_say(&options->output, NULL, NULL);
	if (opened < 0)
		return finish_unplanned(options, &session);
	options_warn_behind(options->argv, session.router, &session.plan);
	if (look_at_cpus(&session) < 0) {
		log_error(&options->output, &session.error);
		return EXIT_SIPLAUNCH;
	}
	bool there = command_is_there(options, &session, &session.error);
	print_plan(options, &session, there);
	if (!there)
		log_error(&options->output, &session.error);
	return there && !plan_refused(&session.plan) ? EXIT_OK : EXIT_REFUSED;
}
