/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"
#include "report_build.h"
#include "report_capacity.h"
#include "report_remedies.h"
#include "session.h"

json_t *report_json_text(const char *text)
{
	return json_from_text(text);
}

json_t *report_value_json(const struct value *value)
{
	return json_from_value(value);
}

static void set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) < 0)
		alloc_failed();
}

/* A refusal is the better reason: why the value was wanted no longer matters then. */
static json_t *reason_json(const struct step *step)
{
	if (!step->why.message)
		return report_json_text(step->reason);
	cleanup_free char *text = error_text(&step->why);
	return report_json_text(text);
}

json_t *report_step_json(const struct step *step)
{
	json_t *object = json_checked(json_object());
	set(object, "mechanism", report_json_text(step->setting->mechanism));
	set(object, "name", report_json_text(step->setting->name));
	set(object, "path", report_json_text(step->path));
	set(object, "current", report_value_json(&step->current));
	set(object, "wanted", report_value_json(&step->wanted));
	set(object, "actual", report_value_json(&step->actual));
	set(object, "source", report_json_text(source_name(step->source)));
	set(object, "policy", report_json_text(policy_name(step->policy)));
	set(object, "status", report_json_text(status_name(step->status)));
	set(object, "reason", reason_json(step));
	set(object, "hint", report_json_text(step->why.hint));
	return object;
}

static json_t *terms_json(const struct budget *budget)
{
	json_t *object = json_checked(json_object());
	set(object, "limit", json_from_number(budget->limit_bytes));
	set(object, "limitSource", report_json_text(budget->limit_source));
	set(object, "processes", json_from_number(budget->processes));
	set(object, "processesSource", report_json_text(source_name(budget->processes_source)));
	set(object, "shared", json_from_number(budget->terms[TERM_SHARED].bytes));
	set(object, "private", json_from_number(budget->private_mib * MIB)); /* of one process */
	for (enum term_id id = TERM_PAGE_TABLES; id < TERM_COUNT; id++)
		if (!term_absent(budget, id))
			set(object, budget->terms[id].id, json_from_number(budget->terms[id].bytes));
	set(object, "unassigned", json_from_number(budget->unassigned_bytes));
	set(object, "utilization", json_checked(json_real(budget->utilization)));
	return object;
}

/* Between which numbers of processes the router's may lie; null where it is one, or somebody has said it. */
static json_t *range_json(const struct context *context)
{
	if (!context_ranges_processes(context))
		return json_null();
	uint64_t to = estimate_to(context->estimate);
	return json_checked(json_pack("{s:o, s:o}", "from",
				      json_from_number(estimate_from(context->estimate)), "to",
				      to == UINT64_MAX ? json_null() : json_from_number(to)));
}

/* null where nothing was computed: before the pools were chosen the terms have no names. */
static json_t *budget_json(const struct session *session)
{
	const struct context *context = &session->context;
	if (!context->sized || !context->budget.terms[TERM_SHARED].id)
		return json_null();
	json_t *object = terms_json(&context->budget);
	set(object, "processesRange", range_json(context));
	return object;
}

static json_t *pool_json(const struct router_pool *pool)
{
	json_t *parts = json_checked(json_array());
	for (size_t i = 0; i < pool->part_count; i++) {
		const struct pool_part *part = &pool->parts[i];
		json_array_append_new(parts, json_checked(json_pack("{s:o, s:o, s:o, s:I}", "what",
								    report_json_text(part->what), "bytes",
								    json_from_number(part->bytes), "file",
								    report_json_text(part->file), "line",
								    (json_int_t)part->line)));
	}
	return json_checked(
		json_pack("{s:o, s:o}", "needed", json_from_number(pool->needed_bytes), "parts", parts));
}

static json_t *second_pool_json(const struct second_pool *second)
{
	if (!second->used)
		return json_null();
	return json_checked(
		json_pack("{s:o, s:b}", "path", report_json_text(second->path), "counted", !second->on_disk));
}

/* What the router's start takes of its pools; null where nobody knows. */
static json_t *start_json(const struct session *session)
{
	const struct estimate *estimate = &session->estimate;
	if (!session->context.sized || !estimate->shared.part_count)
		return json_null();
	return json_checked(json_pack("{s:o, s:o, s:o}", "shared", pool_json(&estimate->shared), "private",
				      pool_json(&estimate->private_pool), "secondPool",
				      second_pool_json(&estimate->second)));
}

static json_t *huge_pages_json(const struct session *session)
{
	const struct context *context = &session->context;
	if (!context->sized || !context->host)
		return json_null();
	return json_checked(json_pack(
		"{s:o, s:b, s:o}", "setting", report_json_text(context->host->memory.shmem_thp), "counted",
		context->request.huge_pages, "saves", json_from_number(context->huge_pages_bytes)));
}

json_t *report_texts_json(char *const *texts, size_t count)
{
	json_t *array = json_checked(json_array());
	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, report_json_text(texts[i]));
	return array;
}

json_t *report_command_json(const struct session *session)
{
	char *const *argv = session->arguments ? session->arguments : session->argv;
	size_t count = 0;
	while (argv[count])
		count++;
	return report_texts_json(argv, count);
}

static json_t *steps_json(const struct plan *plan)
{
	json_t *array = json_checked(json_array());
	for (size_t i = 0; i < plan->count; i++)
		json_array_append_new(array, report_step_json(&plan->steps[i]));
	return array;
}

json_t *report_error_json(const struct error *error)
{
	cleanup_free char *text = error_text(error);
	json_t *object = json_checked(json_object());
	set(object, "message", report_json_text(text));
	set(object, "hint", report_json_text(error->hint));
	return object;
}

static json_t *prepared_json(const struct session *session)
{
	if (!session->prepared.file)
		return json_null();
	return json_checked(json_pack("{s:o, s:b}", "file", report_json_text(session->prepared.file), "used",
				      session->context.as_prepared));
}

json_t *report_plan_json(const struct options *options, const struct session *session)
{
	const struct plan *plan = &session->plan;
	json_t *document = json_checked(json_object());
	set(document, "siplaunch", report_json_text(SIPLAUNCH_VERSION));
	set(document, "profile", report_json_text(session->profile.name));
	set(document, "router", report_json_text(session->router ? session->router->name : NULL));
	set(document, "command", report_command_json(session));
	set(document, "budget", budget_json(session));
	set(document, "steps", steps_json(plan));
	set(document, "warnings", report_texts_json(plan->warnings, plan->warning_count));
	set(document, "remedies", report_remedies_json(options, session));
	set(document, "prepared", prepared_json(session));
	set(document, "capacity", report_capacity_json(&session->context));
	set(document, "condition", report_json_text(plan->condition));
	set(document, "build", report_build_json(session));
	set(document, "cpus", cpus_look_json(&session->cpus));
	set(document, "start", start_json(session));
	set(document, "hugePages", huge_pages_json(session));
	if (session->error.message)
		set(document, "error", report_error_json(&session->error));
	return document;
}

void report_json_print(FILE *out, json_t *document)
{
	cleanup_free char *text = json_dumps(document, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	json_decref(document);
	if (!text)
		alloc_failed();
	else
		fprintf(out, "%s\n", text);
}
