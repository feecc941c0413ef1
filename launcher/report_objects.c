/* SPDX-License-Identifier: MIT */
#include "report_objects.h"

#include <inttypes.h>
#include <time.h>

#include "advise/objects.h"
#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"
#include "format.h"
#include "report.h"

#define OBJECT_COLUMN 32

void report_objects(FILE *out, const struct objects_seen *objects, const struct style *style)
{
	bool first = true;
	for (enum counted counted = 0; counted < COUNTED_KINDS; counted++) {
		const struct object_seen *object = &objects->of[counted];
		if (!object->count.known)
			continue;
		if (first)
			report_heading(out, "in the shared pool", style);
		first = false;
		cleanup_free char *count = format_count(object->count.is);
		cleanup_free char *text = object_text(objects, counted);
		fprintf(out, "  %-14s %12s   ", counted_plural(counted), count);
		report_beside(out, text, OBJECT_COLUMN, style);
	}
	if (!objects->start.known)
		return;
	cleanup_free char *text = xasprintf("%" PRIu64 " bytes, %" PRIu64 " more or less", objects->start.is,
					    objects->start_doubt);
	fprintf(out, "  %-14s %12s   ", "without them", "");
	report_beside(out, text, OBJECT_COLUMN, style);
}

json_t *report_objects_json(const struct objects_seen *objects)
{
	json_t *object = json_checked(json_object());
	for (enum counted counted = 0; counted < COUNTED_KINDS; counted++) {
		const struct object_seen *seen = &objects->of[counted];
		bool bytes = seen->kind == SEEN_BYTES;
		json_t *one = json_checked(json_object()), *with = json_checked(json_array());
		for (enum counted other = 0; other < COUNTED_KINDS; other++)
			if (seen->with & 1u << other)
				json_array_append_new(with, json_from_text(counted_plural(other)));
		json_put(one, "count", seen->count.known ? json_from_number(seen->count.is) : json_null());
		json_put(one, "bytes", bytes ? json_from_number(seen->bytes) : json_null());
		json_put(one, "doubt", bytes ? json_from_number(seen->doubt) : json_null());
		json_put(one, "sure", json_from_text(sureness_name(seen)));
		json_put(one, "atMost",
			 seen->kind == SEEN_NOTHING ? json_null() : json_from_number(seen->at_most));
		json_put(one, "with", with);
		json_put(object, counted_plural(counted), one);
	}
	json_put(object, "start", objects->start.known ? json_from_number(objects->start.is) : json_null());
	return object;
}

/* "2026-11-26", as UTC has it. Fresh; NULL: it is no date. */
static char *date_text(int64_t at_ms)
{
	time_t seconds = (time_t)(at_ms / 1000);
	struct tm then;
	char text[16];

	if (!gmtime_r(&seconds, &then) || then.tm_year + 1900 > 9999)
		return NULL;
	return strftime(text, sizeof text, "%F", &then) ? xstrdup(text) : NULL;
}

json_t *objects_profile_json(const struct objects_seen *objects, const struct observation *seen)
{
	json_t *measured = json_checked(json_object());

	for (enum counted counted = 0; counted < COUNTED_KINDS; counted++)
		if (object_is_learned(&objects->of[counted]))
			json_put(measured, counted_name(counted),
				 json_from_number(objects->of[counted].bytes));
	if (!json_object_size(measured)) {
		json_decref(measured);
		return NULL;
	}
	if (objects->start.known)
		json_put(measured, "start", json_from_number(objects->start.is));
	cleanup_free char *date = date_text(seen->now.at_ms);
	if (date)
		json_put(measured, "on", json_from_text(date));
	if (seen->version)
		json_put(measured, "version", json_from_text(seen->version));
	return measured;
}
