/* SPDX-License-Identifier: MIT */
#include "report_init.h"

#include "base/alloc.h"
#include "base/json.h"
#include "log.h"
#include "report.h"
#include "session.h"

static void print_json(const struct options *options, const struct session *session, bool written)
{
	json_t *document = report_plan_json(options, session);
	json_object_set_new(document, "out", written ? report_json_text(options->out) : json_null());
	report_json_print(stdout, document);
}

void report_init_failure(const struct options *options, const struct session *session)
{
	if (options->format == OUTPUT_JSON)
		print_json(options, session, false);
}

static void print_text(const struct options *options, const struct session *session)
{
	const struct style style = style_for(options, stdout);
	if (session->context.sized)
		report_budget(stdout, &session->context.budget, &style);
	report_heading(stdout, "steps", &style);
	report_steps(stdout, &session->plan, &style, true);
	fflush(stdout);
}

void report_init(const struct options *options, const struct session *session)
{
	if (options->format == OUTPUT_JSON)
		print_json(options, session, true);
	if (options->verbose && options->format == OUTPUT_TEXT)
		print_text(options, session);
	cleanup_free char *text = report_handover_text(session);
	cleanup_free char *message = xasprintf("%s has the plan for %s", options->out, text);
	const struct event event = {EVENT_INFO, "prepared", message, NULL, NULL};
	log_event(options, &event);
}
