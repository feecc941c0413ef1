/* SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "commands.h"
#include "log/log.h"
#include "options.h"
#include "output/pieces.h"
#include "report/doctor.h"
#include "session/doctor.h"

static void print(const struct options *options, const struct doctor *doctor)
{
	if (options->output.format == OUTPUT_JSON) {
		output_json_print(stdout, report_doctor_json(doctor));
		return;
	}
	const struct style style = style_for(&options->output, stdout);
	report_doctor(stdout, doctor, &style, options->output.verbose);
}

static int verdict(const struct options *options, const struct doctor *doctor)
{
	const struct session *session = &doctor->session;
	if (!doctor->asked)
		return EXIT_OK;
	log_session(&options->output, session);
	if (session->state == SESSION_NO_HOST)
		return EXIT_SIPLAUNCH;
	return session->state == SESSION_READY && !plan_refused(&session->plan) ? EXIT_OK : EXIT_REFUSED;
}

/* Without a profile, overrides would be ignored silently. */
static int check_overrides(const struct options *options)
{
	cleanup_error struct error error = {0};
	bool asked = options->selection.name || options->launch.plan || (options->argv && options->argv[0]);
	if (asked || !(options->selection.sets.count || options->selection.policies.count ||
		       options->launch.supervise))
		return EXIT_OK;
	error_set(&error, 0,
		  "--set, --policy and --supervise need a profile or a command, and this command line has "
		  "neither");
	error_hint(&error, "add --profile NAME, or the router's command");
	log_error(&options->output, &error);
	return EXIT_USAGE;
}

static int refuse(const struct options *options, const struct doctor *doctor, const struct error *error,
		  int status)
{
	log_problems(&options->output, &doctor->problems);
	if (error->message)
		log_error(&options->output, error);
	if (doctor->asked)
		log_session(&options->output, &doctor->session);
	return status;
}

int command_doctor(const struct options *options)
{
	cleanup_error struct error error = {0};
	cleanup_doctor struct doctor doctor = {.roots = {.root = -1, .proc = -1}};
	const struct events events = log_events(&options->output);
	const struct purpose launch = options_purpose(options);

	int status = check_overrides(options);
	if (status != EXIT_OK)
		return status;
	status = doctor_open(&launch, &events, &doctor, &error);
	if (status != EXIT_OK)
		return refuse(options, &doctor, &error, status);
	if (doctor.asked && doctor.session.router)
		options_warn_behind(options->argv, doctor.session.router, &doctor.session.plan);
	print(options, &doctor);
	return verdict(options, &doctor);
}
