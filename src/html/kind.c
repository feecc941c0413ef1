/* SPDX-License-Identifier: MIT */
#include "html/kind.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/json_value.h"

/* What a member may be. */
enum form { FORM_TEXT, FORM_NUMBER, FORM_TRUTH, FORM_OBJECT, FORM_ARRAY };

struct rule {
	const char *key;
	enum form form;
	bool required;            /* if false, it may be null or missing */
	const struct rule *below; /* for the object, or each object of the array; ends with a NULL key */
};

static const struct rule term_rules[] = {
	{"label", FORM_TEXT, true, NULL},
	{"bytes", FORM_NUMBER, true, NULL},
	{"source", FORM_TEXT, true, NULL},
	{"formula", FORM_TEXT, true, NULL},
	{NULL, 0, false, NULL},
};
static const struct rule budget_rules[] = {
	{"limit", FORM_NUMBER, true, NULL},       {"limitSource", FORM_TEXT, true, NULL},
	{"processes", FORM_NUMBER, true, NULL},   {"shared", FORM_NUMBER, true, NULL},
	{"private", FORM_NUMBER, true, NULL},     {"unassigned", FORM_NUMBER, true, NULL},
	{"terms", FORM_ARRAY, false, term_rules}, {NULL, 0, false, NULL},
};
static const struct rule need_rules[] = {
	{"shared", FORM_NUMBER, false, NULL},
	{"objects", FORM_ARRAY, true, NULL},
	{NULL, 0, false, NULL},
};
static const struct rule capacity_rules[] = {
	{"most", FORM_OBJECT, true, NULL},
	{"need", FORM_OBJECT, false, need_rules},
	{"limits", FORM_OBJECT, false, NULL},
	{NULL, 0, false, NULL},
};
static const struct rule step_rules[] = {
	{"name", FORM_TEXT, true, NULL},
	{"status", FORM_TEXT, true, NULL},
	{"reason", FORM_TEXT, false, NULL},
	{NULL, 0, false, NULL},
};
static const struct rule plan_rules[] = {
	{"router", FORM_TEXT, false, NULL},
	{"profile", FORM_TEXT, false, NULL},
	{"command", FORM_ARRAY, true, NULL},
	{"budget", FORM_OBJECT, false, budget_rules},
	{"steps", FORM_ARRAY, true, step_rules},
	{"warnings", FORM_ARRAY, false, NULL},
	{"capacity", FORM_OBJECT, false, capacity_rules},
	{"error", FORM_OBJECT, false, NULL},
	{NULL, 0, false, NULL},
};

static const struct rule found_rules[] = {
	{"shared", FORM_NUMBER, true, NULL},
	{"private", FORM_NUMBER, true, NULL},
	{"memory", FORM_NUMBER, true, NULL},
	{NULL, 0, false, NULL},
};
static const struct rule round_rules[] = {
	{"round", FORM_NUMBER, true, NULL},
	{"shared", FORM_NUMBER, true, NULL},
	{"private", FORM_NUMBER, true, NULL},
	{"result", FORM_TEXT, true, NULL},
	{"message", FORM_TEXT, false, NULL},
	{"memory", FORM_NUMBER, false, NULL},
	{"sharedUsed", FORM_NUMBER, false, NULL},
	{"milliseconds", FORM_NUMBER, false, NULL},
	{NULL, 0, false, NULL},
};
static const struct rule tuning_rules[] = {
	{"result", FORM_TEXT, true, NULL},
	{"router", FORM_TEXT, false, NULL},
	{"profile", FORM_TEXT, false, NULL},
	{"margin", FORM_NUMBER, false, NULL},
	{"found", FORM_OBJECT, false, found_rules},
	{"needed", FORM_OBJECT, true, NULL},
	{"rounds", FORM_ARRAY, true, round_rules},
	{"notes", FORM_ARRAY, false, NULL},
	{NULL, 0, false, NULL},
};

static const struct rule record_rules[] = {
	{"outcome", FORM_TEXT, true, NULL},   {"status", FORM_NUMBER, true, NULL},
	{"message", FORM_TEXT, true, NULL},   {"hint", FORM_TEXT, false, NULL},
	{"router", FORM_TEXT, false, NULL},   {"group", FORM_TEXT, false, NULL},
	{"launched", FORM_TEXT, false, NULL}, {"ended", FORM_TEXT, false, NULL},
	{"memory", FORM_OBJECT, false, NULL}, {"processes", FORM_OBJECT, false, NULL},
	{"forced", FORM_TRUTH, false, NULL},  {NULL, 0, false, NULL},
};

static const struct {
	const char *key, *other; /* two members that no other kind has */
	const struct rule *rules;
	enum json_schema schema;
} kinds[] = {
	[KIND_SAMPLES] = {"at", "processes", NULL, SCHEMA_SAMPLE},
	[KIND_PLAN] = {"steps", "budget", plan_rules, SCHEMA_PLAN},
	[KIND_TUNING] = {"rounds", "needed", tuning_rules, SCHEMA_TUNING},
	[KIND_RECORD] = {"outcome", "status", record_rules, SCHEMA_LAST_RECORD},
};

enum kind kind_of(const json_t *document)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (json_object_get(document, kinds[i].key) && json_object_get(document, kinds[i].other))
			return (enum kind)i;
	return KIND_NONE;
}

/* ---- checking ---- */

static bool has_form(const json_t *value, enum form form)
{
	uint64_t number;
	switch (form) {
	case FORM_TEXT:
		return json_is_string(value) && strlen(json_string_value(value)) == json_string_length(value);
	case FORM_NUMBER:
		return json_is_real(value) ? json_real_value(value) >= 0 : json_to_number(value, &number);
	case FORM_TRUTH:
		return json_is_boolean(value);
	case FORM_OBJECT:
		return json_is_object(value);
	case FORM_ARRAY:
		return json_is_array(value);
	}
	return false;
}

static const char *form_name(enum form form)
{
	static const char *const names[] = {"a string", "a number, not below 0", "true or false", "an object",
					    "an array"};
	return names[form];
}

static int check_all(const json_t *object, const struct rule *rules, struct error *error);

static int check_elements(const json_t *array, const struct rule *rules, struct error *error)
{
	size_t i;
	const json_t *element;

	json_array_foreach(array, i, element)
	{
		if (!json_is_object(element))
			return error_set(error, 0, "element %zu must be an object", i);
		if (check_all(element, rules, error) < 0)
			return error_context(error, "element %zu", i);
	}
	return 0;
}

static int check_below(const json_t *value, const struct rule *rule, struct error *error)
{
	int result = 0;
	if (rule->below)
		result = rule->form == FORM_ARRAY ? check_elements(value, rule->below, error)
						  : check_all(value, rule->below, error);
	return result < 0 ? error_context(error, "%s", rule->key) : 0;
}

static int check_all(const json_t *object, const struct rule *rules, struct error *error)
{
	for (const struct rule *rule = rules; rule->key; rule++) {
		const json_t *value = json_object_get(object, rule->key);
		if ((!value || json_is_null(value)) && !rule->required)
			continue;
		if (!value || !has_form(value, rule->form))
			return error_set(error, 0, "%s must be %s", rule->key, form_name(rule->form));
		if (check_below(value, rule, error) < 0)
			return -1;
	}
	return 0;
}

int kind_check(enum kind kind, const json_t *document, struct error *error)
{
	if (json_document_check(document, kinds[kind].schema, error) < 0)
		return -1;
	return check_all(document, kinds[kind].rules, error);
}
