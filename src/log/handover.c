/* SPDX-License-Identifier: MIT */
#include "log/log.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"
#include "output/output.h"
#include "report/report.h"
#include "session/session.h"
#include "text/format.h"

static json_t *handover_json(const struct session *session, const char *message)
{
	const struct context *context = &session->context;
	const struct session_tally tally = session_tally(&session->plan);
	const struct value limit = value_number(VALUE_BYTES, context->decision.budget.limit_bytes);
	json_t *limit_json = context->decision.budget.limit_bytes ? json_from_value(&limit) : json_null();
	return json_checked(json_pack(
		"{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:{s:I, s:I, s:I}, s:b}", "level", "info",
		"event", "handover", "message", json_from_text(message), "router",
		json_from_text(session->router->name), "profile", json_from_text(session->profile.name),
		"group", json_from_text(session_group(session)), "limit", limit_json, "shared",
		(json_int_t)context->decision.budget.shared_mib * (json_int_t)MIB, "private",
		(json_int_t)context->decision.budget.private_mib * (json_int_t)MIB, "processes",
		(json_int_t)context->decision.budget.processes, "steps", "applied", (json_int_t)tally.applied,
		"satisfied", (json_int_t)tally.satisfied, "refused", (json_int_t)tally.refused, "supervised",
		context->decision.handoff == HANDOFF_SUPERVISE));
}

static void handover_as_json(const struct output *output, const struct session *session, const char *message)
{
	for (size_t i = 0; output->verbose && i < session->plan.count; i++) {
		json_t *record = report_step_json(&session->plan.steps[i]);
		json_put(record, "level", json_checked(json_string("debug")));
		json_put(record, "event", json_checked(json_string("step")));
		log_json(record);
	}
	log_json(handover_json(session, message));
}

/* Printed in one write: the router's own first lines may follow at once. */
static void print_steps(const struct session *session, const struct style *style)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	if (!out)
		return;
	report_steps(out, &session->plan, style, true);
	fclose(out);
	log_text(LOG_NOTICE, text);
	cleanup_free_(&text);
}

void log_handover(const struct output *output, const struct session *session)
{
	if (output->quiet)
		return;
	cleanup_free char *message = session_summary(session);
	if (output->log_format == OUTPUT_JSON) {
		handover_as_json(output, session, message);
		return;
	}
	if (output->verbose) {
		const struct style style = style_for(output, stderr);
		print_steps(session, &style);
	}
	cleanup_free char *safe = format_printable(message);
	cleanup_free char *text = xasprintf("siplaunch: %s\n", safe);
	log_text(LOG_NOTICE, text);
}
