/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/json.h"
#include "base/json_value.h"
#include "plan/plan.h"
#include "report/capacity.h"

static json_t *number_json(bool known, uint64_t number)
{
	return known ? json_from_number(number) : json_null();
}

/* The assumed length of each text of a registration; null if its size was not computed from texts. */
static json_t *texts_json(const struct need *need, const struct need_term *term)
{
	if (term->basis != EACH_TEXTS)
		return json_null();
	json_t *object = json_checked(json_object());
	for (enum registration_text text = 0; text < TEXT_COUNT; text++)
		json_put(object, text_key_name(text), number_json(true, text_bytes(&need->texts, text)));
	json_put(object, "bytes", number_json(true, term->texts_bytes));
	return object;
}

/* The version and date of a measurement on this router. */
static json_t *learned_json(const struct need *need, const struct need_term *term)
{
	if (term->basis != EACH_LEARNED)
		return json_null();
	json_t *object = json_checked(json_object());
	json_put(object, "on", json_from_text(need->learned.on));
	json_put(object, "version", json_from_text(need->learned.version));
	return object;
}

static json_t *object_json(const struct need *need, enum object which)
{
	const struct need_term *term = &need->terms[which];
	/* the table's row is not the source of a number that was measured here */
	const struct footprint *row = term->basis == EACH_LEARNED ? NULL : term->footprint;
	const struct footprints *with = need->with;
	bool known = term->basis != EACH_UNKNOWN;
	json_t *object = json_checked(json_object());

	json_put(object, "object", json_from_text(term->id));
	json_put(object, "count", number_json(true, term->count));
	json_put(object, "source", json_from_text(source_name(term->source)));
	json_put(object, "each", number_json(known, term->each));
	json_put(object, "bytes", number_json(known, term->bytes));
	json_put(object, "error",
		 row ? json_checked(json_real(row->error_hundredths / 10000.0)) : json_null());
	json_put(object, "version", json_from_text(row ? with->version : NULL));
	json_put(object, "allocator", json_from_text(row ? with->allocator : NULL));
	json_put(object, "modules", json_from_text(row ? with->modules[which] : NULL));
	json_put(object, "how", json_from_text(row ? with->how[which] : NULL));
	json_put(object, "texts", texts_json(need, term));
	json_put(object, "measuredHere", learned_json(need, term));
	return object;
}

static json_t *need_json(const struct capacity *capacity)
{
	const struct need *need = &capacity->need;
	json_t *object = json_checked(json_object()), *objects = json_checked(json_array());

	for (size_t i = 0; i < OBJECT_COUNT; i++)
		json_append(objects, object_json(need, (enum object)i));
	json_put(object, "shared", number_json(need->measured, need->shared_bytes));
	json_put(object, "margin", number_json(need->measured, need->margin_bytes));
	json_put(object, "private", number_json(need->private_bytes, need->private_bytes));
	json_put(object, "objects", objects);
	return object;
}

/* The version and allocator of the table's row, and of this router. */
static json_t *with_json(const struct need *need)
{
	if (!need->with)
		return json_null();
	json_t *object = json_checked(json_object());
	json_put(object, "version", json_from_text(need->with->version));
	json_put(object, "allocator", json_from_text(need->with->allocator));
	json_put(object, "versionHere", json_from_text(need->version));
	json_put(object, "allocatorHere", json_from_text(need->allocator));
	return object;
}

static json_t *most_json(const struct capacity *capacity)
{
	json_t *object = json_checked(json_object());
	for (enum workload_key key = 0; key < WORKLOAD_KEYS; key++)
		if (key != WORKLOAD_SECONDS)
			json_put(object, workload_key_name(key),
				 number_json(capacity->max[key].measured, capacity->max[key].number));
	return object;
}

/* For each key, pairs of a number and the limit that it needs: [[0, 134217728], …]. */
static json_t *limits_json(const struct capacity_limits *limits)
{
	json_t *object = json_checked(json_object());
	for (enum workload_key key = 0; key < WORKLOAD_KEYS; key++) {
		if (!limits->known[key])
			continue;
		json_t *points = json_checked(json_array());
		for (size_t i = 0; i < LIMIT_POINTS; i++) {
			uint64_t bytes = limits->of[key][i].limit_bytes;
			json_append(points, json_checked(json_pack(
						    "[o, o]", number_json(true, limits->of[key][i].number),
						    number_json(bytes, bytes))));
		}
		json_put(object, workload_key_name(key), points);
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
	json_put(object, "need", capacity->given ? need_json(capacity) : json_null());
	json_put(object, "fits", judged ? json_boolean(capacity->fits) : json_null());
	json_put(object, "smallestLimit",
		 number_json(judged && capacity->smallest_limit_bytes, capacity->smallest_limit_bytes));
	json_put(object, "times",
		 judged ? json_checked(json_real((double)capacity->thousandths / 1000)) : json_null());
	json_put(object, "most", most_json(capacity));
	json_put(object, "mostPrivate", number_json(true, capacity->private_mib * MIB));
	json_put(object, "measuredWith", with_json(&capacity->need));
	json_put(object, "limits", limits_json(&context->decision.limits));
	return object;
}
