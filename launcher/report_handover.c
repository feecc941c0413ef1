/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "format.h"
#include "log.h"
#include "session.h"

struct tally {
	unsigned applied, satisfied, refused;
};

static struct tally tally_of(const struct plan *plan)
{
	struct tally tally = {0};
	for (size_t i = 0; i < plan->count; i++) {
		enum status status = plan->steps[i].status;
		tally.applied += status == STATUS_APPLIED || status == STATUS_CLAMPED;
		tally.satisfied += status == STATUS_SATISFIED || status == STATUS_ADOPTED;
		tally.refused += status == STATUS_DENIED || status == STATUS_FAILED;
	}
	return tally;
}

/* "512 MiB = shared 384 + 14 x 4 private + 72 for processes, page tables and reserve"; "" where nothing was
 * computed. In whole MiB: the bytes are in the plan. */
static char *budget_text(const struct context *context)
{
	const struct budget *budget = &context->budget;
	if (!context->sized)
		return xstrdup("");
	uint64_t pools_mib = budget->shared_mib + budget->processes * budget->private_mib;
	return xasprintf(" %" PRIu64 " MiB = shared %" PRIu64 " + %" PRIu64 " x %" PRIu64
			 " private + %" PRIu64 " for page tables, processes and reserve;",
			 budget->limit_bytes / MIB, budget->shared_mib, budget->processes,
			 budget->private_mib, budget->limit_bytes / MIB - pools_mib);
}

char *report_handover_text(const struct session *session)
{
	const struct tally tally = tally_of(&session->plan);
	const struct context *context = &session->context;
	/* of init's own place nothing is the router's */
	const char *group = context->prepares ? NULL : context->group_path;
	cleanup_free char *budget = budget_text(context);
	cleanup_free char *refused = tally.refused ? xasprintf(", %u refused", tally.refused) : xstrdup("");
	const char *word = session->argv[session->command.start], *name = strrchr(word, '/');
	bool stays = context->handoff == HANDOFF_SUPERVISE && !context->prepares;
	const char *supervised = stays ? "; supervised" : "";
	return xasprintf("%s%s%s:%s %u step%s applied, %u already so%s%s", name ? name + 1 : word,
			 group ? " in " : "", group ? group : "", budget, tally.applied,
			 tally.applied == 1 ? "" : "s", tally.satisfied, refused, supervised);
}

static json_t *handover_json(const struct session *session, const char *message)
{
	const struct context *context = &session->context;
	const struct tally tally = tally_of(&session->plan);
	const struct value limit = value_number(VALUE_BYTES, context->budget.limit_bytes);
	return json_checked(json_pack(
		"{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:{s:I, s:I, s:I}, s:b}", "level", "info",
		"event", "handover", "message", report_json_text(message), "router",
		report_json_text(session->router->name), "profile", report_json_text(session->profile.name),
		"group", report_json_text(context->group_path), "limit", report_value_json(&limit), "shared",
		(json_int_t)context->budget.shared_mib * (json_int_t)MIB, "private",
		(json_int_t)context->budget.private_mib * (json_int_t)MIB, "processes",
		(json_int_t)context->budget.processes, "steps", "applied", (json_int_t)tally.applied,
		"satisfied", (json_int_t)tally.satisfied, "refused", (json_int_t)tally.refused, "supervised",
		context->handoff == HANDOFF_SUPERVISE));
}

static void handover_as_json(const struct options *options, const struct session *session,
			     const char *message)
{
	for (size_t i = 0; options->verbose && i < session->plan.count; i++) {
		json_t *record = report_step_json(&session->plan.steps[i]);
		json_object_set_new(record, "level", json_checked(json_string("debug")));
		json_object_set_new(record, "event", json_checked(json_string("step")));
		log_json(record);
	}
	log_json(handover_json(session, message));
}

/* In one piece: the router's own first lines may follow at once. */
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

void report_handover(const struct options *options, const struct session *session)
{
	if (options->quiet)
		return;
	cleanup_free char *message = report_handover_text(session);
	if (options->log_format == OUTPUT_JSON) {
		handover_as_json(options, session, message);
		return;
	}
	if (options->verbose) {
		const struct style style = style_for(options, stderr);
		print_steps(session, &style);
	}
	cleanup_free char *safe = format_printable(message);
	cleanup_free char *text = xasprintf("siplaunch: %s\n", safe);
	log_text(LOG_NOTICE, text);
}
