/* SPDX-License-Identifier: MIT */
#include <time.h>

#include "advise/objects.h"
#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"

/* "2026-11-26", in UTC. Caller frees; NULL: the time is not valid. */
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
