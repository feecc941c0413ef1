/* SPDX-License-Identifier: MIT */
#include "base/alloc.h"
#include "base/batch.h"
#include "base/error.h"
#include "base/json_value.h"
#include "commands.h"
#include "launch/launch.h"
#include "log/log.h"
#include "mechanism/mechanism.h"
#include "options.h"
#include "output/pieces.h"
#include "report/report.h"
#include "session/init_files.h"
#include "session/install.h"
#include "session/session.h"

/* ---- what it says ---- */

/* The plan with its results, for those who read JSON; `directory` NULL: nothing was written. */
static void print_json(const char *directory, const struct session *session)
{
	json_t *document = report_plan_json(session);
	json_put(document, "out", json_from_text(directory));
	output_json_print(stdout, document);
}

static void print_text(const struct options *options, const struct session *session)
{
	const struct style style = style_for(&options->output, stdout);
	if (session->context.decision.sized)
		report_budget(stdout, &session->context.decision.budget, &style);
	output_heading(stdout, "steps", &style);
	report_steps(stdout, &session->plan, &style, true);
	fflush(stdout);
}

/* A line on standard error, like the one before exec. */
static void say_prepared(const struct options *options, const char *message)
{
	const struct event event = {.level = EVENT_INFO, .name = "prepared", .message = message};
	log_event(&options->output, &event);
}

static void report(const struct options *options, const struct session *session)
{
	const char *directory = options->init.out;

	if (options->output.format == OUTPUT_JSON)
		print_json(directory, session);
	if (options->output.verbose && options->output.format == OUTPUT_TEXT)
		print_text(options, session);
	cleanup_free char *text = session_summary(session);
	cleanup_free char *message = xasprintf("%s has the plan for %s", directory, text);
	say_prepared(options, message);
}

/* The JSON for a failure; the reason is already on standard error. */
static void report_failure(const struct options *options, const struct session *session)
{
	if (options->output.format == OUTPUT_JSON)
		print_json(NULL, session);
}

/* The report of an --install without a plan. */
static void report_installed(const struct options *options)
{
	const char *directory = options->init.out;
	cleanup_free char *message =
		xasprintf("%s has siplaunch %s with its profiles: start %s/bin/siplaunch", directory,
			  SIPLAUNCH_VERSION, directory);
	say_prepared(options, message);
}

/* ---- what it does ---- */

static int write_files(const struct options *options, const struct session *session, struct error *error)
{
	cleanup_batch struct batch batch = BATCH_NONE;

	if (init_volume_open(&batch, options->init.out, &options->selection, error) < 0 ||
	    init_files_add(&batch, session, options->init.install, error) < 0)
		return -1;
	return batch_commit(&batch, error);
}

static int refuse(const struct options *options, struct session *session, struct error *error)
{
	log_error(&options->output, error);
	error_move(&session->error, error);
	return EXIT_SIPLAUNCH;
}

/* The sysctls first: the plan has their results. If it cannot be written, they are restored. */
static int prepare(const struct options *options, struct session *session)
{
	cleanup_error struct error error = {0};
	struct target target;

	if (target_open(&target, &session->context, &error) < 0)
		return refuse(options, session, &error);
	const struct launch_observer observer = log_launch(&options->output);
	struct launch launch = {.notify = -1, .observer = &observer, .session = session, .target = &target};
	int status = EXIT_OK;
	if (launch_apply(&launch, STAGE_BOTH, &error) < 0) {
		error_move(&session->error, &error);
		status = EXIT_SIPLAUNCH;
	} else if (write_files(options, session, &error) < 0) {
		launch_undo(&launch);
		status = refuse(options, session, &error);
	}
	target_close(&target);
	return status;
}

static bool has_command(const struct options *options)
{
	return options->argv && options->argv[0];
}

/* Neither a command nor a profile says which router it is for. */
static int refuse_unnamed_router(void)
{
	cleanup_error struct error error = {0};
	error_set(&error, 0, "init needs --profile, or the router's command; or --install and --out alone");
	error_hint(&error, "Try 'siplaunch init --help'.");
	log_usage(&error);
	return EXIT_USAGE;
}

static bool names_router(const struct options *options)
{
	return has_command(options) || options->selection.name;
}

/* True if the command line has neither a command nor an option that needs a plan. */
static bool installs_only(const struct options *options)
{
	const struct profile_selection *selection = &options->selection;
	return options->init.install && !options->init.memory_limit && !options->init.router_config &&
	       !selection->sets.count && !selection->policies.count && options->output.format == OUTPUT_TEXT;
}

static int install(const struct options *options)
{
	cleanup_error struct error error = {0};
	cleanup_batch struct batch batch = BATCH_NONE;

	if (init_volume_open(&batch, options->init.out, &options->selection, &error) < 0 ||
	    install_add(&batch, &options->selection, &error) < 0 || batch_commit(&batch, &error) < 0) {
		log_error(&options->output, &error);
		return EXIT_SIPLAUNCH;
	}
	report_installed(options);
	return EXIT_OK;
}

static int run(const struct options *options)
{
	cleanup_session struct session session = {0};

	struct purpose purpose = options_purpose(options);
	if (!has_command(options))
		purpose.argv = NULL;
	if (session_open(&purpose, &session) < 0) {
		log_session(&options->output, &session);
		if (session.state == SESSION_REFUSED)
			report_failure(options, &session);
		return EXIT_SIPLAUNCH;
	}
	int status = prepare(options, &session);
	if (status == EXIT_OK)
		report(options, &session);
	else
		report_failure(options, &session);
	return status;
}

int command_init(const struct options *options)
{
	if (names_router(options))
		return run(options);
	return installs_only(options) ? install(options) : refuse_unnamed_router();
}
