/* SPDX-License-Identifier: MIT */
#include "report/init.h"

#include "base/alloc.h"
#include "base/event.h"
#include "base/json_value.h"
#include "report/log.h"
#include "report/output.h"
#include "report/report.h"
#include "session/session.h"

static void print_json(const char *directory, const struct session *session)
{
	json_t *document = report_plan_json(session);
	json_object_set_new(document, "out", json_from_text(directory));
	report_json_print(stdout, document);
}

void report_init_failure(const struct output *output, const struct session *session)
{
	if (output->format == OUTPUT_JSON)
		print_json(NULL, session);
}

static void print_text(const struct output *output, const struct session *session)
{
	const struct style style = style_for(output, stdout);
	if (session->context.decision.sized)
		report_budget(stdout, &session->context.decision.budget, &style);
	report_heading(stdout, "steps", &style);
	report_steps(stdout, &session->plan, &style, true);
	fflush(stdout);
}

static void report_prepared(const struct output *output, const char *message)
{
	const struct event event = {.level = EVENT_INFO, .name = "prepared", .message = message};
	log_event(output, &event);
}

void report_init(const struct output *output, const char *directory, const struct session *session)
{
	if (output->format == OUTPUT_JSON)
		print_json(directory, session);
	if (output->verbose && output->format == OUTPUT_TEXT)
		print_text(output, session);
	cleanup_free char *text = session_summary(session);
	cleanup_free char *message = xasprintf("%s has the plan for %s", directory, text);
	report_prepared(output, message);
}

void report_installed(const struct output *output, const char *directory)
{
	cleanup_free char *message =
		xasprintf("%s has siplaunch %s with its profiles: start %s/bin/siplaunch", directory,
			  SIPLAUNCH_VERSION, directory);
	report_prepared(output, message);
}
