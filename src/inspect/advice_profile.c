/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "advise/objects.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/event.h"
#include "base/json.h"
#include "base/json_value.h"
#include "base/new_file.h"
#include "inspect/review.h"
#include "session/profile_file.h"
#include "session/session.h"

static bool is_advised(const struct recommendation *row)
{
	return row->setting && row->change != CHANGE_KEEP && row->change != CHANGE_UNKNOWN;
}

/* The object `key`, which is added if it is missing. */
static json_t *below(json_t *object, const char *key)
{
	if (!json_object_get(object, key))
		json_put(object, key, json_checked(json_object()));
	return json_object_get(object, key);
}

/* "shared" of "sizing.shared" */
static const char *member_of(const char *key)
{
	return strchr(key, '.') + 1;
}

static void put_row(json_t *sizing, const struct recommendation *row)
{
	const struct value *value = &row->recommended;
	if (!row->setting || value->kind == VALUE_NONE || value->number[0] == UNLIMITED)
		return;
	if (value->kind == VALUE_COUNT)
		json_put(sizing, member_of(row->key), json_from_value(value));
	else
		json_put(sizing, member_of(row->key),
			 json_from_mib(value->kind == VALUE_BYTES ? value->number[0] / MIB
								  : value->number[0]));
}

/*
 * Pools, processes and limit are one sum: if one of them changes, the profile gets all of them, because an
 * "auto" would be recomputed from the others.
 */
static void put_sizing(const struct advice *advice, json_t *profile)
{
	static const enum advice_row rows[] = {ADVICE_MEMORY_MAX, ADVICE_SHARED, ADVICE_PRIVATE,
					       ADVICE_PROCESSES};
	bool changes = advice->correction_count > 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		changes |= is_advised(&advice->rows[rows[i]]);
	if (!changes)
		return;
	json_t *sizing = below(profile, "sizing");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		put_row(sizing, &advice->rows[rows[i]]);
	for (size_t i = 0; i < advice->correction_count; i++) {
		const struct correction *correction = &advice->corrections[i];
		uint64_t count;
		json_put(sizing, member_of(correction->key),
			 parse_u64(correction->value, &count) ? json_from_number(count)
							      : json_from_text(correction->value));
	}
}

/* The profile's value may differ from the measured one by this many percent before it is written again. */
#define MEASURED_AGREES_PERCENT 2

static bool agrees(const struct count_field *field, uint64_t bytes)
{
	uint64_t more = field->number > bytes ? field->number : bytes;
	uint64_t less = field->number > bytes ? bytes : field->number;
	return field->kind == COUNT_NUMBER && more - less <= mul_div_u64(more, MEASURED_AGREES_PERCENT, 100);
}

/* A measured value is not in the profile, or differs from it. */
static bool has_learned(const struct review *review)
{
	const struct count_field *const fields[COUNTED_KINDS] = {
		[COUNTED_REGISTRATIONS] = &review->profile.sizing.measured.registration,
		[COUNTED_DIALOGS] = &review->profile.sizing.measured.dialog,
		[COUNTED_TRANSACTIONS] = &review->profile.sizing.measured.transaction,
	};
	for (enum counted counted = 0; counted < COUNTED_KINDS; counted++) {
		const struct object_seen *object = &review->advice.objects.of[counted];
		if (object_is_learned(object) && !agrees(fields[counted], object->bytes))
			return true;
	}
	return false;
}

static void put_measured(const struct review *review, json_t *profile)
{
	if (has_learned(review))
		json_put(below(profile, "sizing"), "measured",
			 objects_profile_json(&review->advice.objects, &review->seen));
}

/* Both limits, because a soft limit above the hard one is refused. The profile's hard limit stays if it is
 * larger. */
static void put_files(const struct review *review, json_t *profile)
{
	const struct recommendation *row = &review->advice.rows[ADVICE_NOFILE];
	uint64_t soft = row->recommended.number[0], hard = soft;

	if (!is_advised(row))
		return;
	for (size_t i = 0; i < review->profile.rlimit_count; i++) {
		const struct rlimit_request *requested = &review->profile.rlimits[i];
		if (requested->setting->id == SETTING_RLIMIT_NOFILE && requested->has_hard &&
		    requested->hard > hard && row->change == CHANGE_RAISE)
			hard = requested->hard;
	}
	json_t *limit = json_checked(json_object());
	json_put(limit, "type", json_from_text(row->setting));
	json_put(limit, "soft", json_from_number(soft));
	json_put(limit, "hard", json_from_number(hard));
	json_t *limits = json_checked(json_array());
	json_append(limits, limit);
	json_put(profile, "rlimits", limits);
}

/* Sets the profile's memory.max and memory.high to "auto" if they are numbers, because a number would bound
 * the budget. */
static void free_limits(const struct review *review, json_t *profile)
{
	const struct value *memory = &review->advice.rows[ADVICE_MEMORY_MAX].recommended;

	if (!json_object_get(profile, "sizing") || memory->kind == VALUE_NONE)
		return;
	for (size_t i = 0; i < review->profile.unified_count; i++) {
		const struct requested *requested = &review->profile.unified[i];
		const char *name = requested->setting->name;
		bool bounds = requested->setting->id == SETTING_MEMORY_MAX ||
			      requested->setting->id == SETTING_MEMORY_HIGH;
		if (bounds && !requested->automatic &&
		    size_bytes(&requested->size, UNLIMITED, UNLIMITED) != UNLIMITED)
			json_put(below(below(profile, "resources"), "unified"), name, json_from_text("auto"));
	}
}

static json_t *advised_profile(const struct profile_selection *selection, const struct review *review)
{
	json_t *profile = json_checked(json_object());
	const char *base = review->has_profile ? review->profile.name : review->router->name;
	cleanup_free char *description = xasprintf("%s, with what siplaunch advise found", base);

	json_put(profile, "description", json_from_text(description));
	json_put(profile, "extends",
		 review->has_profile ? profile_file_parent(selection, &review->profile)
				     : json_from_text(base));
	put_sizing(&review->advice, profile);
	free_limits(review, profile);
	put_files(review, profile);
	put_measured(review, profile);
	return profile;
}

json_t *advice_profile_json(const struct profile_selection *selection, const struct review *review)
{
	return advice_changes(&review->advice) || has_learned(review) ? advised_profile(selection, review)
								      : NULL;
}

/* ---- checking it ---- */

static int check_loads(const struct profile_selection *selection, const char *path, struct error *error)
{
	const struct profile_search search = selection_search(selection);
	const struct profile_request request = selection_request(selection, path, &search);
	struct profile profile = {0};
	struct problems problems = {0};

	int result = profile_load(&request, &profile, &problems);
	if (result < 0)
		profile_file_refused(&problems, "a profile cannot express the advice", error);
	profile_clear(&profile);
	problems_clear(&problems);
	return result;
}

/* Plans a launch with this profile. A refusal, for example because the limit of a parent group must be raised
 * first, is only a warning: the profile is still correct. */
static void check_plans(const struct profile_selection *selection, const struct review *review,
			const char *path, const struct new_file *file, const struct events *events)
{
	cleanup_session struct session session = {0};
	const struct inspection *inspection = &review->inspection;

	if (profile_file_plan(selection, file, inspection->asked, inspection->pid, &session) == 0)
		return;
	cleanup_free char *message =
		xasprintf("a launch with %s would be refused here as it is now: %s", path,
			  session.error.message ? session.error.message : "no plan can be made");
	const struct event event = {
		.level = EVENT_WARNING, .name = "refused", .message = message, .hint = session.error.hint};
	event_emit(events, &event);
}

int advice_profile_write(const struct profile_selection *selection, const char *path,
			 const struct review *review, const struct events *events, struct error *error)
{
	if (!advice_changes(&review->advice) && !has_learned(review)) {
		cleanup_free char *message = xasprintf("no change is advised: %s is not written", path);
		const struct event event = {.level = EVENT_INFO, .name = "unchanged", .message = message};
		event_emit(events, &event);
		return 0;
	}
	cleanup_new_file struct new_file file = NEW_FILE_NONE;
	if (profile_file_open(selection, path, &file, error) < 0)
		return -1;
	json_t *profile = advised_profile(selection, review);
	int result = profile_file_write(&file, profile, error);
	json_decref(profile);
	if (result < 0)
		return -1;
	cleanup_free char *prepared = new_file_prepared_path(&file);
	if (check_loads(selection, prepared, error) < 0)
		return -1;
	if (review->live)
		check_plans(selection, review, path, &file, events);
	return new_file_place(&file, error);
}
