/* SPDX-License-Identifier: MIT */
#include "commands.h"
#include "options.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "mechanism/cgroup_systemd.h"
#include "report/doctor.h"
#include "report/log.h"
#include "report/progress.h"
#include "report/report.h"

/* Where a group would be for a profile that nobody named. */
#define EXAMPLE_PATH "sip.slice/router"

static void doctor_close(struct doctor *doctor)
{
	if (doctor->asked)
		session_close(&doctor->session);
	context_clear(&doctor->context);
	host_clear(&doctor->host);
	host_roots_close(&doctor->roots);
	prepared_clear(&doctor->prepared);
	profile_clear(&doctor->profile);
	error_clear(&doctor->no_command);
	argv_free(doctor->argv);
}

#define cleanup_doctor __attribute__((cleanup(doctor_close)))

static bool has_command(const struct options *options)
{
	return options->argv && options->argv[0];
}

static bool names_profile(const struct options *options)
{
	return options->selection.name || options->launch.plan;
}

/* 0, or the exit status. The command's own profile is the session's to find. */
static int load_profile(const struct options *options, struct doctor *doctor)
{
	struct problems problems = {0};

	if (!names_profile(options)) {
		doctor->profile.cgroup.path = xstrdup(EXAMPLE_PATH);
		return EXIT_OK;
	}
	struct purpose purpose = options_purpose(options);
	purpose.argv = NULL;
	int result = session_profile(&purpose, &doctor->prepared, &doctor->profile, &problems);
	if (result < 0)
		log_problems(&options->output, &problems);
	problems_clear(&problems);
	return result < 0 ? EXIT_USAGE : EXIT_OK;
}

/* Reads more than a launch: the next profile may request it. */
static int look(const struct options *options, struct doctor *doctor)
{
	cleanup_error struct error error = {0};
	const char *root = options->launch.host ? options->launch.host : "/";
	const struct host_questions questions = {.ask_systemd = true, .group = doctor->profile.cgroup.path};

	progress_say(&options->output, "look at this machine", NULL);
	bool seen = host_roots_open(root, &doctor->roots, &error) == 0 &&
		    host_read(&doctor->roots, &questions, &doctor->host, &error) == 0;
	progress_say(&options->output, NULL, NULL);
	if (seen)
		return EXIT_OK;
	log_error(&options->output, &error);
	return EXIT_SIPLAUNCH;
}

static void judge_place(struct doctor *doctor)
{
	struct context *context = &doctor->context;
	context->profile = &doctor->profile;
	context->host = &doctor->host;
	context->router = router_find("generic", NULL);
	context->command = &doctor->command;
	context->estimate = &doctor->estimate;
	context->identity = &doctor->identity;
	context->systemd_built = cgroup_systemd_available();
	context_place(context);
}

/* A launch asks only where it decides something. */
static void ask_router(const struct options *options, struct session *session)
{
	cleanup_free char *doing = xasprintf("ask %s how it was built", session->router->name);
	progress_say(&options->output, doing, NULL);
	router_build_ask(session->router, &session->program.build);
}

/* What would be launched; that it is not installed here says nothing of the place. */
static int plan_launch(const struct options *options, struct doctor *doctor)
{
	struct session *session = &doctor->session;
	struct purpose purpose = options_purpose(options);
	int status;

	const char *router = doctor->prepared.router ? doctor->prepared.router : doctor->profile.router;
	if (!has_command(options))
		purpose.argv = doctor->argv = router_words(router_find(router, NULL));
	doctor->asked = true;
	progress_say(&options->output, "plan a launch", NULL);
	bool opened = session_open(&purpose, session) == 0;
	progress_say(&options->output, NULL, NULL);
	if (!opened && session->state == SESSION_BAD_PROFILE) {
		log_session(&options->output, session);
		return EXIT_USAGE;
	}
	if (session->state == SESSION_READY && !options->launch.host)
		free(session_program_path(session, &status, &doctor->no_command));
	if (session->router)
		ask_router(options, session);
	progress_say(&options->output, NULL, NULL);
	return EXIT_OK;
}

static void print(const struct options *options, const struct doctor *doctor)
{
	if (options->output.format == OUTPUT_JSON) {
		report_json_print(stdout, report_doctor_json(doctor));
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

/* An override of nothing would be lost without a word. */
static int check_overrides(const struct options *options)
{
	cleanup_error struct error error = {0};
	if (names_profile(options) || has_command(options) ||
	    !(options->selection.sets.count || options->selection.policies.count ||
	      options->launch.supervise))
		return EXIT_OK;
	error_set(&error, 0, "--set, --policy and --supervise change a profile, and doctor was given none");
	error_hint(&error, "add --profile NAME, or the router's command");
	log_error(&options->output, &error);
	return EXIT_USAGE;
}

int command_doctor(const struct options *options)
{
	cleanup_doctor struct doctor doctor = {.roots = {.root = -1, .proc = -1, .sys = -1}};

	int status = check_overrides(options);
	if (status == EXIT_OK)
		status = load_profile(options, &doctor);
	if (status == EXIT_OK)
		status = look(options, &doctor);
	if (status != EXIT_OK)
		return status;
	judge_place(&doctor);
	if (names_profile(options) || has_command(options))
		status = plan_launch(options, &doctor);
	if (status != EXIT_OK)
		return status;
	print(options, &doctor);
	return verdict(options, &doctor);
}
