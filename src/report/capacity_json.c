/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"
#include "output/style.h"
#include "plan/plan.h"
#include "report/capacity.h"

static void set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) < 0)
		alloc_failed();
}

static json_t *number_json(bool known, uint64_t number)
{
	const struct value value = value_number(VALUE_COUNT, number);
	return known ? json_from_value(&value) : json_null();
}

/* How long each text of a registration is counted; null where its bytes do not come from its texts. */
static json_t *texts_json(const struct need *need, const struct need_term *term)
{
	if (term->basis != EACH_TEXTS)
		return json_null();
	json_t *object = json_checked(json_object());
	for (enum registration_text text = 0; text < TEXT_COUNT; text++)
		set(object, text_key_name(text), number_json(true, text_bytes(&need->texts, text)));
	set(object, "bytes", number_json(true, term->texts_bytes));
	return object;
}

/* By whom and when, where it was measured on this router. */
static json_t *learned_json(const struct need *need, const struct need_term *term)
{
	if (term->basis != EACH_LEARNED)
		return json_null();
	json_t *object = json_checked(json_object());
	set(object, "on", json_from_text(need->learned.on));
	set(object, "version", json_from_text(need->learned.version));
	return object;
}

static json_t *object_json(const struct need *need, enum object which)
{
	const struct need_term *term = &need->terms[which];
	/* a row of the table that does not count says nothing of this number */
	const struct footprint *row = term->basis == EACH_LEARNED ? NULL : term->footprint;
	const struct footprints *with = need->with;
	bool known = term->basis != EACH_UNKNOWN;
	json_t *object = json_checked(json_object());

	set(object, "object", json_from_text(term->id));
	set(object, "count", number_json(true, term->count));
	set(object, "source", json_from_text(source_name(term->source)));
	set(object, "each", number_json(known, term->each));
	set(object, "bytes", number_json(known, term->bytes));
	set(object, "error", row ? json_checked(json_real(row->error_hundredths / 10000.0)) : json_null());
	set(object, "version", json_from_text(row ? with->version : NULL));
	set(object, "allocator", json_from_text(row ? with->allocator : NULL));
	set(object, "modules", json_from_text(row ? with->modules[which] : NULL));
	set(object, "how", json_from_text(row ? with->how[which] : NULL));
	set(object, "texts", texts_json(need, term));
	set(object, "measuredHere", learned_json(need, term));
	return object;
}

static json_t *need_json(const struct capacity *capacity)
{
	const struct need *need = &capacity->need;
	json_t *object = json_checked(json_object()), *objects = json_checked(json_array());

	for (size_t i = 0; i < OBJECT_COUNT; i++)
		json_array_append_new(objects, object_json(need, (enum object)i));
	set(object, "shared", number_json(need->measured, need->shared_bytes));
	set(object, "margin", number_json(need->measured, need->margin_bytes));
	set(object, "private", number_json(need->private_bytes, need->private_bytes));
	set(object, "objects", objects);
	return object;
}

/* Which row of the table, and which router this is: equal where it was measured itself. */
static json_t *with_json(const struct need *need)
{
	if (!need->with)
		return json_null();
	json_t *object = json_checked(json_object());
	set(object, "version", json_from_text(need->with->version));
	set(object, "allocator", json_from_text(need->with->allocator));
	set(object, "versionHere", json_from_text(need->version));
	set(object, "allocatorHere", json_from_text(need->allocator));
	return object;
}

static json_t *most_json(const struct capacity *capacity)
{
	json_t *object = json_checked(json_object());
	for (enum workload_key key = 0; key < WORKLOAD_KEYS; key++)
		if (key != WORKLOAD_SECONDS)
			set(object, workload_key_name(key),
			    number_json(capacity->most[key].measured, capacity->most[key].number));
	return object;
}

/* For each key the pairs of a number and the limit that it needs: [[0, 134217728], …]. */
static json_t *limits_json(const struct capacity_limits *limits)
{
	json_t *object = json_checked(json_object());
	for (enum workload_key key = 0; key < WORKLOAD_KEYS; key++) {
		if (!limits->known[key])
			continue;
		json_t *points = json_checked(json_array());
		for (size_t i = 0; i < LIMIT_POINTS; i++) {
			uint64_t bytes = limits->of[key][i].limit_bytes;
			json_array_append_new(
				points,
				json_checked(json_pack("[o, o]", number_json(true, limits->of[key][i].number),
						       number_json(bytes, bytes))));
		}
		set(object, workload_key_name(key), points);
	}
	return object;
}

json_t *report_capacity_json(const struct context *context)
{
	const struct capacity *capacity = &context->decision.capacity;
	bool judged = capacity->given && capacity->need.measured;

	if (!context->decision.sized || !capacity->need.terms[OBJECT_START].id)
		return json_null();
	json_t *object = json_checked(json_object());
	set(object, "need", capacity->given ? need_json(capacity) : json_null());
	set(object, "fits", judged ? json_boolean(capacity->fits) : json_null());
	set(object, "smallestLimit",
	    number_json(judged && capacity->smallest_limit_bytes, capacity->smallest_limit_bytes));
	set(object, "times",
	    judged ? json_checked(json_real((double)capacity->thousandths / 1000)) : json_null());
	set(object, "most", most_json(capacity));
	set(object, "mostPrivate", number_json(true, capacity->private_mib * MIB));
	set(object, "measuredWith", with_json(&capacity->need));
	set(object, "limits", limits_json(&context->decision.limits));
	return object;
}
