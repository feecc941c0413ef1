/* SPDX-License-Identifier: MIT */
#include "report/seccomp.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"
#include "base/shell.h"
#include "output/pieces.h"
#include "text/format.h"

/* ---- text ---- */

static char *architectures_text(const struct seccomp_profile *profile)
{
	char *text = xstrdup("");
	for (size_t i = 0; i < profile->architecture_count; i++)
		text = shell_join(text, profile->architectures[i].name);
	cleanup_free char *list = text;
	return xasprintf("%s; a call of any other architecture kills the process", list);
}

static void print_facts(FILE *out, const struct seccomp_profile *profile, const struct seccomp_filter *filter,
			const struct style *style)
{
	cleanup_free char *where = profile->file && strcmp(profile->file, profile->name) != 0
					   ? xasprintf("%s (%s)", profile->name, profile->file)
					   : xstrdup(profile->name);
	cleanup_free char *action = seccomp_action_text(profile->default_action);
	cleanup_free char *rest = xasprintf("a call that is not named below %s", action);
	cleanup_free char *architectures = architectures_text(profile);
	cleanup_free char *flags = seccomp_flags_text(profile->flags);
	cleanup_free char *size = xasprintf("%u instructions%s", filter->count,
					    filter->shipped ? ", compiled when siplaunch was built" : "");

	output_fact(out, "filter", where, style);
	if (profile->description)
		output_fact(out, "says", profile->description, style);
	output_fact(out, "default", rest, style);
	if (seccomp_profile_answers_newer(profile)) {
		int newest = seccomp_profile_newest(profile, &profile->architectures[0]);
		cleanup_free char *newer =
			xasprintf("a call with a number above %d fails with ENOSYS", newest);
		output_fact(out, "newer", newer, style);
	}
	output_fact(out, "for", architectures, style);
	output_fact(out, "flags", flags, style);
	output_fact(out, "program", size, style);
}

static bool depends(const struct seccomp_call *call)
{
	return call->clauses[0].condition_count > 0;
}

/* The system calls with this action for all arguments: "is allowed (57)" and their names. */
static void print_group(FILE *out, const struct seccomp_profile *profile, uint32_t action,
			const struct style *style)
{
	cleanup_free char *text = seccomp_action_text(action);
	char *names = xstrdup("");
	size_t count = 0;

	for (size_t i = 0; i < profile->call_count; i++) {
		const struct seccomp_call *call = &profile->calls[i];
		if (depends(call) || call->clauses[0].rule->action != action)
			continue;
		names = shell_join(names, call->name);
		count++;
	}
	cleanup_free char *list = names;
	cleanup_free char *heading = xasprintf("%s (%zu)", text, count);
	output_heading(out, heading, style);
	output_sentence(out, list, style);
}

/* Each action once, in the order of its first call. */
static void print_groups(FILE *out, const struct seccomp_profile *profile, const struct style *style)
{
	for (size_t i = 0; i < profile->call_count; i++) {
		bool first = !depends(&profile->calls[i]);
		for (size_t j = 0; j < i && first; j++)
			first = depends(&profile->calls[j]) ||
				profile->calls[j].clauses[0].rule->action !=
					profile->calls[i].clauses[0].rule->action;
		if (first)
			print_group(out, profile, profile->calls[i].clauses[0].rule->action, style);
	}
}

/* "is allowed where argument 0 is 2 and argument 1 & 15 gives 1" */
static char *clause_text(const struct seccomp_clause *clause)
{
	char *text = seccomp_action_text(clause->rule->action);
	for (size_t i = 0; i < clause->condition_count; i++) {
		cleanup_free char *before = text;
		cleanup_free char *condition = seccomp_condition_text(&clause->conditions[i]);
		text = xasprintf("%s %s %s", before, i ? "and" : "where", condition);
	}
	return text;
}

static void print_conditional(FILE *out, const struct seccomp_profile *profile, const struct style *style)
{
	bool any = false;
	for (size_t i = 0; i < profile->call_count; i++) {
		const struct seccomp_call *call = &profile->calls[i];
		if (!depends(call))
			continue;
		if (!any)
			output_heading(out, "depends on the arguments", style);
		any = true;
		for (size_t j = 0; j < call->clause_count; j++) {
			cleanup_free char *text = clause_text(&call->clauses[j]);
			fprintf(out, "  %-16s ", j ? "" : call->name);
			output_wrapped(out, text, 19, style);
		}
	}
}

static char *names_text(const struct seccomp_rule *rule)
{
	char *text = xstrdup("");
	for (size_t i = 0; i < rule->name_count; i++)
		text = shell_join(text, rule->names[i]);
	return text;
}

static void print_left_out(FILE *out, const struct seccomp_profile *profile, const struct style *style)
{
	char **notes = NULL;
	size_t count = 0;

	for (size_t i = 0; i < profile->rule_count; i++) {
		const struct seccomp_rule *rule = &profile->rules[i];
		if (!rule->left_out)
			continue;
		cleanup_free char *names = names_text(rule);
		*ARRAY_ADD(notes, count) = xasprintf("%s, %s: %s", rule->pointer, rule->left_out, names);
	}
	output_notes(out, "rules that do not apply here", notes, count, PAINT_DIM, style);
	for (size_t i = 0; i < count; i++)
		free(notes[i]);
	free(notes);
}

void report_seccomp(FILE *out, const struct seccomp_profile *profile, const struct seccomp_filter *filter,
		    const struct style *style)
{
	print_facts(out, profile, filter, style);
	print_groups(out, profile, style);
	print_conditional(out, profile, style);
	print_left_out(out, profile, style);
	output_notes(out, "warnings", profile->warnings, profile->warning_count, PAINT_YELLOW, style);
}

/* ---- JSON ---- */

/* Integers above INT64_MAX are strings of digits, because few JSON readers support them. */
static json_t *number_json(uint64_t number)
{
	if (number <= INT64_MAX)
		return json_checked(json_integer((json_int_t)number));
	cleanup_free char *digits = xasprintf("%" PRIu64, number);
	return json_from_text(digits);
}

static json_t *condition_json(const struct seccomp_condition *condition)
{
	bool masked = condition->compare == SECCOMP_MASKED_EQ;
	return json_checked(json_pack("{s:i, s:s, s:o, s:o}", "argument", (int)condition->argument,
				      "operator", seccomp_operator_name(condition->compare), "value",
				      number_json(condition->value), "mask",
				      masked ? number_json(condition->mask) : json_null()));
}

static json_t *action_json(uint32_t action)
{
	cleanup_free char *name = seccomp_action_name(action);
	return json_from_text(name);
}

static json_t *clause_json(const struct seccomp_clause *clause)
{
	json_t *conditions = json_checked(json_array());
	for (size_t i = 0; i < clause->condition_count; i++)
		json_append(conditions, condition_json(&clause->conditions[i]));
	return json_checked(json_pack("{s:o, s:s, s:o}", "action", action_json(clause->rule->action), "rule",
				      clause->rule->pointer, "conditions", conditions));
}

static json_t *call_json(const struct seccomp_call *call)
{
	json_t *rules = json_checked(json_array());
	for (size_t i = 0; i < call->clause_count; i++)
		json_append(rules, clause_json(&call->clauses[i]));
	return json_checked(json_pack("{s:o, s:o, s:o}", "name", json_from_text(call->name), "number",
				      call->number < 0 ? json_null() : number_json((uint64_t)call->number),
				      "rules", rules));
}

static json_t *left_out_json(const struct seccomp_profile *profile)
{
	json_t *list = json_checked(json_array());
	for (size_t i = 0; i < profile->rule_count; i++) {
		const struct seccomp_rule *rule = &profile->rules[i];
		if (rule->left_out)
			json_append(list,
				    json_checked(json_pack("{s:s, s:o, s:o}", "rule", rule->pointer, "names",
							   json_from_texts(rule->names, rule->name_count),
							   "reason", json_from_text(rule->left_out))));
	}
	return list;
}

static json_t *architectures_json(const struct seccomp_profile *profile)
{
	json_t *list = json_checked(json_array());
	for (size_t i = 0; i < profile->architecture_count; i++)
		json_append(list, json_from_text(profile->architectures[i].name));
	return list;
}

json_t *report_seccomp_json(const struct seccomp_profile *profile, const struct seccomp_filter *filter)
{
	cleanup_free char *flags = seccomp_flags_text(profile->flags);
	json_t *calls = json_checked(json_array());
	int newest = seccomp_profile_newest(profile, &profile->architectures[0]);

	for (size_t i = 0; i < profile->call_count; i++)
		json_append(calls, call_json(&profile->calls[i]));
	json_t *document = json_document_begin(SCHEMA_SECCOMP);
	json_t *members = json_checked(json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:b, s:o, s:o, s:o, s:o}", "name",
		json_from_text(profile->name), "file", json_from_text(profile->file), "description",
		json_from_text(profile->description), "default", action_json(profile->default_action),
		"architectures", architectures_json(profile), "flags", json_from_text(flags), "newer",
		json_from_text(seccomp_profile_answers_newer(profile) ? "ERRNO(ENOSYS)" : NULL), "newest",
		newest < 0 ? json_null() : json_checked(json_integer(newest)), "instructions",
		(int)filter->count, "shipped", filter->shipped, "calls", calls, "leftOut",
		left_out_json(profile), "unknown", json_from_texts(profile->unknown, profile->unknown_count),
		"warnings", json_from_texts(profile->warnings, profile->warning_count)));
	json_object_update(document, members);
	json_decref(members);
	return document;
}
