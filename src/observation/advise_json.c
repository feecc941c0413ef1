/* SPDX-License-Identifier: MIT */
#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"
#include "inspect/review.h"
#include "observation/advise.h"
#include "observation/objects.h"

static json_t *row_json(const struct recommendation *row)
{
	json_t *object = json_checked(json_object());
	json_put(object, "setting", json_from_text(row->setting));
	json_put(object, "key", json_from_text(row->key));
	json_put(object, "change", json_from_text(change_name(row->change)));
	json_put(object, "current", json_from_value(&row->current));
	json_put(object, "recommended", json_from_value(&row->recommended));
	json_put(object, "enough", json_from_value(&row->enough));
	json_put(object, "confidence", json_from_text(confidence_name(row->confidence)));
	json_put(object, "reason", json_from_text(row->reason));
	return object;
}

static json_t *rows_json(const struct advice *advice)
{
	json_t *array = json_checked(json_array());
	for (size_t i = 0; i < ADVICE_ROWS; i++)
		if (advice->rows[i].setting && json_array_append_new(array, row_json(&advice->rows[i])) < 0)
			alloc_failed();
	return array;
}

static json_t *corrections_json(const struct advice *advice)
{
	json_t *object = json_checked(json_object());
	for (size_t i = 0; i < advice->correction_count; i++)
		json_put(object, advice->corrections[i].key, json_from_text(advice->corrections[i].value));
	return object;
}

static json_t *watched_json(const struct watched *watched)
{
	json_t *object = json_checked(json_object());
	json_put(object, "seconds", json_from_number(watched->seconds));
	json_put(object, "requests",
		 watched->requests_known ? json_from_number(watched->requests) : json_null());
	return object;
}

static json_t *seen_json(const struct review *review)
{
	const struct observation *seen = &review->seen;
	double rate = review->advice.requests_per_second;
	json_t *object = json_checked(json_object());

	json_put(object, "samples", json_from_number(seen->count));
	json_put(object, "from", json_checked(json_integer(seen->points[0].at_ms)));
	json_put(object, "to", json_checked(json_integer(seen->points[seen->count - 1].at_ms)));
	json_put(object, "starts", json_from_number(seen->run_count));
	json_put(object, "watched", watched_json(&seen->watch));
	json_put(object, "lived", watched_json(&seen->life));
	json_put(object, "requestsPerSecond", rate < 0 ? json_null() : json_checked(json_real(rate)));
	return object;
}

json_t *report_advise_json(const struct review *review)
{
	const struct observation *seen = &review->seen;
	const struct advice *advice = &review->advice;
	json_t *document = json_document_begin(SCHEMA_ADVICE);

	json_put(document, "profile", json_from_text(review->has_profile ? review->profile.name : NULL));
	json_put(document, "router", json_from_text(seen->router));
	json_put(document, "version", json_from_text(seen->version));
	json_put(document, "group", json_from_text(seen->group));
	json_put(document, "seen", seen_json(review));
	json_put(document, "margin", json_from_number(review->margin_percent));
	json_put(document, "confidence", json_from_text(confidence_name(advice->confidence)));
	json_put(document, "recommendations", rows_json(advice));
	json_put(document, "corrections", corrections_json(advice));
	json_put(document, "notes", json_from_texts(advice->notes, advice->note_count));
	json_put(document, "objects", report_objects_json(&advice->objects));
	json_put(document, "cpus", review->live ? cpus_look_json(&review->cpus) : json_null());
	return document;
}
