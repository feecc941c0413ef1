/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "commands.h"
#include "handover.h"
#include "log.h"
#include "mechanism/mechanism.h"
#include "report.h"
#include "session.h"

/* After a failure: what could not be put back, by name, so that a person can. */
static void log_left_behind(const struct options *options, const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];
		if (step->status == STATUS_APPLIED && step->why.message)
			log_error(options, &step->why);
	}
}

static int fail(const struct options *options, const struct session *session, const struct error *error,
		int status)
{
	log_error(options, error);
	log_left_behind(options, &session->plan);
	return status;
}

/* Everything that can fail before the first write has not failed: from here on there is something to put
 * back. */
static int launch(const struct options *options, struct session *session, const char *path,
		  struct place *place)
{
	cleanup_error struct error error = {0};
	size_t told = session->plan.warning_count;

	log_warnings(options, &session->plan, 0);
	if (plan_apply(&session->plan, place, &error) < 0)
		return fail(options, session, &error, EXIT_SIPLAUNCH);
	log_warnings(options, &session->plan, told);
	report_handover(options, session);
	handover_exec(path, place->argv, &error);
	plan_undo(&session->plan, place);
	return fail(options, session, &error, EXIT_NOT_EXECUTABLE);
}

int command_run(const struct options *options)
{
	cleanup_error struct error error = {0};
	cleanup_session struct session session;
	struct place place;
	int status;

	if (session_open(options, options->argv, 0, &session) < 0) {
		session_explain(options, &session);
		return EXIT_SIPLAUNCH;
	}
	cleanup_free char *path = handover_find(options->argv[0], &session.context, &status, &error);
	if (!path) {
		log_error(options, &error);
		return status;
	}
	if (place_open(&place, &session.context, &error) < 0) {
		log_error(options, &error);
		return EXIT_SIPLAUNCH;
	}
	place.argv =
		router_arguments(session.router, &session.command, session.argv, 0, 0); /* a copy to add to */
	status = launch(options, &session, path, &place);
	place_close(&place);
	return status;
}
