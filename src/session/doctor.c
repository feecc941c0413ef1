/* SPDX-License-Identifier: MIT */
#include "session/doctor.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/event.h"
#include "base/exit_status.h"
#include "mechanism/cgroup_systemd.h"
#include "router/build.h"

/* The group's path if no profile is given. */
#define EXAMPLE_PATH "sip.slice/router"

static bool has_command(const struct purpose *purpose)
{
	return purpose->argv && purpose->argv[0];
}

static bool names_profile(const struct purpose *purpose)
{
	return purpose->selection->name || purpose->plan;
}

/* EXIT_OK, or the exit status. If there is a command, the session finds its profile. */
static int load_profile(const struct purpose *launch, struct doctor *doctor)
{
	if (!names_profile(launch)) {
		doctor->profile.cgroup.path = xstrdup(EXAMPLE_PATH);
		return EXIT_OK;
	}
	struct purpose purpose = *launch;
	purpose.argv = NULL;
	return session_profile(&purpose, &doctor->prepared, &doctor->profile, &doctor->problems) < 0
		       ? EXIT_USAGE
		       : EXIT_OK;
}

/* Reads more than a launch: the next profile may request it. */
static int look(const struct purpose *launch, const struct events *events, struct doctor *doctor,
		struct error *error)
{
	const char *root = launch->host ? launch->host : "/";
	const struct host_questions questions = {.ask_systemd = true, .group = doctor->profile.cgroup.path};

	event_progress(events, "look at this machine", NULL);
	bool seen = host_roots_open(root, &doctor->roots, error) == 0 &&
		    host_read(&doctor->roots, &questions, &doctor->host, error) == 0;
	event_progress(events, NULL, NULL);
	return seen ? EXIT_OK : EXIT_SIPLAUNCH;
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

/* Queries the program's build: a launch does that only if it decides something. */
static void ask_router(const struct events *events, struct session *session)
{
	cleanup_free char *doing = xasprintf("ask %s how it was built", session->router->name);
	event_progress(events, doing, NULL);
	router_build_ask(session->router, &session->program.build);
}

/* Plans the launch. A router that is not installed here is not an error: it says nothing about the
 * machine. */
static int plan_launch(const struct purpose *launch, const struct events *events, struct doctor *doctor)
{
	struct session *session = &doctor->session;
	struct purpose purpose = *launch;
	int status;

	const char *router = doctor->prepared.router ? doctor->prepared.router : doctor->profile.router;
	if (!has_command(launch))
		purpose.argv = doctor->argv = router_words(router_find(router, NULL));
	doctor->asked = true;
	event_progress(events, "plan a launch", NULL);
	bool opened = session_open(&purpose, session) == 0;
	event_progress(events, NULL, NULL);
	if (!opened && session->state == SESSION_BAD_PROFILE)
		return EXIT_USAGE;
	if (session->state == SESSION_READY && !launch->host)
		free(session_program_path(session, &status, &doctor->no_command));
	if (session->router)
		ask_router(events, session);
	event_progress(events, NULL, NULL);
	return EXIT_OK;
}

int doctor_open(const struct purpose *launch, const struct events *events, struct doctor *doctor,
		struct error *error)
{
	*doctor = (struct doctor){.roots = {.root = -1, .proc = -1}};

	int status = load_profile(launch, doctor);
	if (status == EXIT_OK)
		status = look(launch, events, doctor, error);
	if (status != EXIT_OK)
		return status;
	judge_place(doctor);
	return names_profile(launch) || has_command(launch) ? plan_launch(launch, events, doctor) : EXIT_OK;
}

void doctor_close(struct doctor *doctor)
{
	if (doctor->asked)
		session_close(&doctor->session);
	context_clear(&doctor->context);
	host_clear(&doctor->host);
	host_roots_close(&doctor->roots);
	prepared_clear(&doctor->prepared);
	profile_clear(&doctor->profile);
	problems_clear(&doctor->problems);
	error_clear(&doctor->no_command);
	argv_free(doctor->argv);
}
