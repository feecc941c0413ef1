/* SPDX-License-Identifier: MIT */
#include "commands.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "log.h"
#include "mechanism/cgroup_systemd.h"
#include "report.h"
#include "report_doctor.h"

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
	return options->profile || options->plan;
}

/* 0, or the exit status. The command's own profile is the session's to find. */
static int load_profile(const struct options *options, struct doctor *doctor)
{
	struct problems problems = {0};

	if (!names_profile(options)) {
		doctor->profile.cgroup.path = xstrdup(EXAMPLE_PATH);
		return EXIT_OK;
	}
	int result = session_profile(options, NULL, &doctor->prepared, &doctor->profile, &problems);
	if (result < 0)
		log_problems(options, &problems);
	problems_clear(&problems);
	return result < 0 ? EXIT_USAGE : EXIT_OK;
}

/* More than a launch reads: what nobody has asked for may be what the next profile does. */
static int look(const struct options *options, struct doctor *doctor)
{
	cleanup_error struct error error = {0};
	const char *root = options->host ? options->host : "/";

	if (host_roots_open(root, &doctor->roots, &error) == 0) {
		doctor->roots.ask_systemd = true;
		doctor->roots.group = doctor->profile.cgroup.path;
		if (host_read(&doctor->roots, 0, &doctor->host, &error) == 0)
			return EXIT_OK;
	}
	log_error(options, &error);
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

/* What would be launched; that it is not installed here says nothing of the place. */
static int plan_launch(const struct options *options, struct doctor *doctor)
{
	struct session *session = &doctor->session;
	char *const *argv = options->argv;
	int status;

	const char *router = doctor->prepared.router ? doctor->prepared.router : doctor->profile.router;
	if (!has_command(options))
		argv = doctor->argv = router_words(router_find(router, NULL));
	doctor->asked = true;
	if (session_open(options, argv, 0, session) < 0 && session->state == SESSION_BAD_PROFILE) {
		session_explain(options, session);
		return EXIT_USAGE;
	}
	if (session->state == SESSION_READY && !options->host)
		free(session_program_path(session, &status, &doctor->no_command));
	/* a launch asks only where it decides something */
	if (session->router)
		router_build_ask(session->router, &session->program.build);
	return EXIT_OK;
}

static void print(const struct options *options, const struct doctor *doctor)
{
	if (options->format == OUTPUT_JSON) {
		report_json_print(stdout, report_doctor_json(options, doctor));
		return;
	}
	const struct style style = style_for(options, stdout);
	report_doctor(stdout, options, doctor, &style);
}

static int verdict(const struct options *options, const struct doctor *doctor)
{
	const struct session *session = &doctor->session;
	if (!doctor->asked)
		return EXIT_OK;
	session_explain(options, session);
	if (session->state == SESSION_NO_HOST)
		return EXIT_SIPLAUNCH;
	return session->state == SESSION_READY && !plan_refused(&session->plan) ? EXIT_OK : EXIT_REFUSED;
}

/* An override of nothing would be lost without a word. */
static int check_overrides(const struct options *options)
{
	cleanup_error struct error error = {0};
	if (names_profile(options) || has_command(options) ||
	    !(options->sets.count || options->policies.count || options->supervise))
		return EXIT_OK;
	error_set(&error, 0, "--set, --policy and --supervise change a profile, and doctor was given none");
	error_hint(&error, "add --profile NAME, or the router's command");
	log_error(options, &error);
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
