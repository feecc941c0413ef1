/* SPDX-License-Identifier: MIT */
#include "report/report.h"

#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"
#include "report/build.h"
#include "report/capacity.h"
#include "report/fleet.h"
#include "report/remedies.h"
#include "session/session.h"

/* For a refused step the reason is the refusal, and not why the value is requested. */
static json_t *reason_json(const struct step *step)
{
	if (!step->why.message)
		return json_from_text(step->reason);
	cleanup_free char *text = error_text(&step->why);
	return json_from_text(text);
}

json_t *report_step_json(const struct step *step)
{
	json_t *object = json_checked(json_object());
	json_put(object, "mechanism", json_from_text(mechanism_name(step->setting->mechanism)));
	json_put(object, "name", json_from_text(step->setting->name));
	json_put(object, "path", json_from_text(step->path));
	json_put(object, "current", json_from_value(&step->current));
	json_put(object, "wanted", json_from_value(&step->wanted));
	json_put(object, "actual", json_from_value(&step->actual));
	json_put(object, "source", json_from_text(source_name(step->source)));
	json_put(object, "policy", json_from_text(policy_name(step->policy)));
	json_put(object, "status", json_from_text(status_name(step->status)));
	json_put(object, "reason", reason_json(step));
	json_put(object, "hint", json_from_text(step->why.hint));
	return object;
}

/* The terms as the text shows them: the total of each, and its formula. */
static json_t *formulas_json(const struct budget *budget)
{
	json_t *array = json_checked(json_array());
	for (enum term_id id = 0; id < TERM_COUNT; id++) {
		const struct term *term = &budget->terms[id];
		if (term_absent(budget, id))
			continue;
		json_t *object = json_checked(json_object());
		json_put(object, "term", json_from_text(term->id));
		json_put(object, "label", json_from_text(term->label));
		json_put(object, "bytes", json_from_number(term->bytes));
		json_put(object, "source", json_from_text(source_name(term->source)));
		json_put(object, "formula", json_from_text(term->formula));
		json_append(array, object);
	}
	return array;
}

static json_t *terms_json(const struct budget *budget)
{
	json_t *object = json_checked(json_object());
	json_put(object, "limit", json_from_number(budget->limit_bytes));
	json_put(object, "limitSource", json_from_text(budget->limit_source));
	json_put(object, "processes", json_from_number(budget->processes));
	json_put(object, "processesSource", json_from_text(source_name(budget->processes_source)));
	json_put(object, "shared", json_from_number(budget->terms[TERM_SHARED].bytes));
	json_put(object, "private", json_from_number(budget->private_mib * MIB)); /* of one process */
	for (enum term_id id = TERM_PAGE_TABLES; id < TERM_COUNT; id++)
		if (!term_absent(budget, id))
			json_put(object, budget->terms[id].id, json_from_number(budget->terms[id].bytes));
	json_put(object, "unassigned", json_from_number(budget->unassigned_bytes));
	json_put(object, "utilization", json_checked(json_real(budget->utilization)));
	return object;
}

/* The range of the number of processes; null if it is exact or given. */
static json_t *range_json(const struct context *context)
{
	if (!context_ranges_processes(context))
		return json_null();
	uint64_t to = estimate_to(context->estimate);
	return json_checked(json_pack("{s:o, s:o}", "from",
				      json_from_number(estimate_from(context->estimate)), "to",
				      to == UINT64_MAX ? json_null() : json_from_number(to)));
}

/* null if nothing was computed: the terms have no id before the pools are chosen. */
static json_t *budget_json(const struct session *session)
{
	const struct context *context = &session->context;
	if (!context->decision.sized || !context->decision.budget.terms[TERM_SHARED].id)
		return json_null();
	json_t *object = terms_json(&context->decision.budget);
	json_put(object, "processesRange", range_json(context));
	json_put(object, "terms", formulas_json(&context->decision.budget));
	return object;
}

static json_t *pool_json(const struct router_pool *pool)
{
	json_t *parts = json_checked(json_array());
	for (size_t i = 0; i < pool->part_count; i++) {
		const struct pool_part *part = &pool->parts[i];
		json_append(parts, json_checked(json_pack(
					   "{s:o, s:o, s:o, s:I}", "what", json_from_text(part->what),
					   "bytes", json_from_number(part->bytes), "file",
					   json_from_text(part->file), "line", (json_int_t)part->line)));
	}
	return json_checked(
		json_pack("{s:o, s:o}", "needed", json_from_number(pool->needed_bytes), "parts", parts));
}

static json_t *second_pool_json(const struct second_pool *second)
{
	if (!second->used)
		return json_null();
	return json_checked(
		json_pack("{s:o, s:b}", "path", json_from_text(second->path), "counted", !second->on_disk));
}

/* What the router's start allocates in its pools; null: not known. */
static json_t *start_json(const struct session *session)
{
	const struct estimate *estimate = &session->estimate;
	if (!session->context.decision.sized || !estimate->shared.part_count)
		return json_null();
	return json_checked(json_pack("{s:o, s:o, s:o}", "shared", pool_json(&estimate->shared), "private",
				      pool_json(&estimate->private_pool), "secondPool",
				      second_pool_json(&estimate->second)));
}

static json_t *huge_pages_json(const struct session *session)
{
	const struct context *context = &session->context;
	if (!context->decision.sized || !context->host)
		return json_null();
	return json_checked(json_pack("{s:o, s:b, s:o}", "setting",
				      json_from_text(context->host->memory.shmem_thp), "counted",
				      context->decision.request.huge_pages, "saves",
				      json_from_number(context->decision.huge_pages_bytes)));
}

static json_t *steps_json(const struct plan *plan)
{
	json_t *array = json_checked(json_array());
	for (size_t i = 0; i < plan->count; i++)
		json_append(array, report_step_json(&plan->steps[i]));
	return array;
}

static json_t *prepared_json(const struct session *session)
{
	if (!session->prepared.file)
		return json_null();
	const struct decision *decision = &session->context.decision;
	const struct term *terms = decision->budget.terms;
	bool used = decision->as_prepared &&
		    (terms[TERM_SHARED].source == SOURCE_PLAN || terms[TERM_PRIVATE].source == SOURCE_PLAN);
	return json_checked(
		json_pack("{s:o, s:b}", "file", json_from_text(session->prepared.file), "used", used));
}

json_t *report_plan_json(const struct session *session)
{
	const struct plan *plan = &session->plan;
	json_t *document = json_document_begin(SCHEMA_PLAN);
	json_put(document, "profile", json_from_text(session->profile.name));
	json_put(document, "router", json_from_text(session->router ? session->router->name : NULL));
	json_put(document, "command", session_command_json(session));
	json_put(document, "budget", budget_json(session));
	json_put(document, "steps", steps_json(plan));
	json_put(document, "warnings", json_from_texts(plan->warnings, plan->warning_count));
	json_put(document, "remedies", report_remedies_json(session));
	json_put(document, "prepared", prepared_json(session));
	json_put(document, "capacity", report_capacity_json(&session->context));
	json_put(document, "condition", json_from_text(plan->condition));
	json_put(document, "build", report_build_json(session));
	json_put(document, "cpus", cpus_look_json(&session->cpus));
	json_put(document, "start", start_json(session));
	json_put(document, "hugePages", huge_pages_json(session));
	json_put(document, "fleet", report_fleet_json(&session->fleet));
	if (session->error.message)
		json_put(document, "error", json_from_error(&session->error));
	return document;
}
