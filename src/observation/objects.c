/* SPDX-License-Identifier: MIT */
#include "observation/objects.h"

#include <inttypes.h>

#include "advise/objects.h"
#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"
#include "output/pieces.h"
#include "text/format.h"

#define OBJECT_COLUMN 32

void report_objects(FILE *out, const struct objects_seen *objects, const struct style *style)
{
	bool first = true;
	for (enum counted counted = 0; counted < COUNTED_KINDS; counted++) {
		const struct object_seen *object = &objects->of[counted];
		if (!object->count.known)
			continue;
		if (first)
			output_heading(out, "in the shared pool", style);
		first = false;
		cleanup_free char *count = format_count(object->count.is);
		cleanup_free char *text = object_text(objects, counted);
		fprintf(out, "  %-14s %12s   ", counted_plural(counted), count);
		output_column(out, text, OBJECT_COLUMN, style);
	}
	if (!objects->start.known)
		return;
	cleanup_free char *text = xasprintf("%" PRIu64 " bytes, %" PRIu64 " more or less", objects->start.is,
					    objects->start_uncertainty);
	fprintf(out, "  %-14s %12s   ", "without them", "");
	output_column(out, text, OBJECT_COLUMN, style);
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
				json_append(with, json_from_text(counted_plural(other)));
		json_put(one, "count", seen->count.known ? json_from_number(seen->count.is) : json_null());
		json_put(one, "bytes", bytes ? json_from_number(seen->bytes) : json_null());
		json_put(one, "doubt", bytes ? json_from_number(seen->uncertainty) : json_null());
		json_put(one, "sure", json_from_text(sureness_name(seen)));
		json_put(one, "atMost",
			 seen->kind == SEEN_NOTHING ? json_null() : json_from_number(seen->at_most));
		json_put(one, "with", with);
		json_put(object, counted_plural(counted), one);
	}
	json_put(object, "start", objects->start.known ? json_from_number(objects->start.is) : json_null());
	return object;
}
