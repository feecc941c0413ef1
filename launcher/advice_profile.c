/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/json_value.h"
#include "base/new_file.h"
#include "consultation.h"
#include "log.h"
#include "profile_file.h"
#include "report_objects.h"
#include "session.h"

static bool is_advised(const struct recommendation *row)
{
	return row->setting && row->change != CHANGE_KEEP && row->change != CHANGE_UNKNOWN;
}

/* The object under `key`, made where there is none. */
static json_t *below(json_t *object, const char *key)
{
	if (!json_object_get(object, key))
		json_put(object, key, json_checked(json_object()));
	return json_object_get(object, key);
}

static void put_mib(json_t *sizing, const char *key, uint64_t mib)
{
	cleanup_free char *text = xasprintf("%" PRIu64 "MiB", mib);
	json_put(sizing, key, json_from_text(text));
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
		put_mib(sizing, member_of(row->key),
			value->kind == VALUE_BYTES ? value->number[0] / MIB : value->number[0]);
}

/*
 * Pools, processes and limit are one sum: where one of them changes all are said, since what stayed "auto"
 * would be computed anew from the others.
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

/* By so much, in percent, what the profile says may differ from what was seen: it is written no more. */
#define MEASURED_AGREES_PERCENT 2

static bool agrees(const struct count_field *field, uint64_t bytes)
{
	uint64_t more = field->number > bytes ? field->number : bytes;
	uint64_t less = field->number > bytes ? bytes : field->number;
	return field->kind == COUNT_NUMBER && more - less <= mul_div_u64(more, MEASURED_AGREES_PERCENT, 100);
}

/* Something was measured that the profile does not say, or says otherwise. */
static bool has_learned(const struct consultation *consultation)
{
	const struct count_field *const fields[COUNTED_KINDS] = {
		[COUNTED_REGISTRATIONS] = &consultation->profile.sizing.measured.registration,
		[COUNTED_DIALOGS] = &consultation->profile.sizing.measured.dialog,
		[COUNTED_TRANSACTIONS] = &consultation->profile.sizing.measured.transaction,
	};
	for (enum counted counted = 0; counted < COUNTED_KINDS; counted++) {
		const struct object_seen *object = &consultation->advice.objects.of[counted];
		if (object_is_learned(object) && !agrees(fields[counted], object->bytes))
			return true;
	}
	return false;
}

static void put_measured(const struct consultation *consultation, json_t *profile)
{
	if (has_learned(consultation))
		json_put(below(profile, "sizing"), "measured",
			 objects_profile_json(&consultation->advice.objects, &consultation->seen));
}

/* Both limits: a soft one above the hard one is refused. A hard one that the profile has and that is larger
 * stays. */
static void put_files(const struct consultation *consultation, json_t *profile)
{
	const struct recommendation *row = &consultation->advice.rows[ADVICE_NOFILE];
	uint64_t soft = row->recommended.number[0], hard = soft;

	if (!is_advised(row))
		return;
	for (size_t i = 0; i < consultation->profile.rlimit_count; i++) {
		const struct rlimit_wish *wish = &consultation->profile.rlimits[i];
		if (strcmp(wish->setting->name, row->setting) == 0 && wish->has_hard && wish->hard > hard &&
		    row->change == CHANGE_RAISE)
			hard = wish->hard;
	}
	json_t *limit = json_checked(json_object());
	json_put(limit, "type", json_from_text(row->setting));
	json_put(limit, "soft", json_from_number(soft));
	json_put(limit, "hard", json_from_number(hard));
	json_t *limits = json_checked(json_array());
	if (json_array_append_new(limits, limit) < 0)
		alloc_failed();
	json_put(profile, "rlimits", limits);
}

/* A number that the profile gives memory.max or memory.high itself would bound the budget below it. */
static void free_limits(const struct consultation *consultation, json_t *profile)
{
	const struct value *memory = &consultation->advice.rows[ADVICE_MEMORY_MAX].recommended;

	if (!json_object_get(profile, "sizing") || memory->kind == VALUE_NONE)
		return;
	for (size_t i = 0; i < consultation->profile.unified_count; i++) {
		const struct wish *wish = &consultation->profile.unified[i];
		const char *name = wish->setting->name;
		bool bounds = strcmp(name, "memory.max") == 0 || strcmp(name, "memory.high") == 0;
		if (bounds && !wish->automatic && size_bytes(&wish->size, UNLIMITED, UNLIMITED) != UNLIMITED)
			json_put(below(below(profile, "resources"), "unified"), name, json_from_text("auto"));
	}
}

static json_t *advised_profile(const struct options *options, const struct consultation *consultation)
{
	json_t *profile = json_checked(json_object());
	cleanup_free char *description =
		xasprintf("%s, with what siplaunch advise found", consultation->profile.name);

	json_put(profile, "description", json_from_text(description));
	json_put(profile, "extends", profile_file_parent(options, &consultation->profile));
	put_sizing(&consultation->advice, profile);
	free_limits(consultation, profile);
	put_files(consultation, profile);
	put_measured(consultation, profile);
	return profile;
}

/* ---- checking it ---- */

static int refuse(const struct problems *problems, struct error *error)
{
	const struct problem *first = problems->count ? &problems->items[0] : NULL;
	return error_set(error, 0, "what is advised cannot be said in a profile: %s: %s",
			 first ? first->pointer : "", first ? first->message : "it is not accepted");
}

static int check_loads(const struct options *options, const char *path, struct error *error)
{
	const struct profile_search search = options_search(options);
	const struct profile_request request = options_request(options, path, &search);
	struct profile profile = {0};
	struct problems problems = {0};

	int result = profile_load(&request, &profile, &problems);
	if (result < 0)
		refuse(&problems, error);
	profile_clear(&profile);
	problems_clear(&problems);
	return result;
}

/* A launch beside the running one, with this profile. It may be refused here and now, where a limit above is
 * the one to be raised: that is said, and the profile is right all the same. */
static void check_plans(const struct options *options, const struct consultation *consultation,
			const char *path)
{
	cleanup_session struct session session = {0};
	struct options plain = *options;

	plain.profile = path;
	if (session_open(&plain, consultation->inspection.asked, consultation->inspection.pid, &session) == 0)
		return;
	cleanup_free char *message =
		xasprintf("a launch with %s would be refused here as it is now: %s", options->write,
			  session.error.message ? session.error.message : "no plan can be made");
	const struct event event = {
		.level = EVENT_WARNING, .name = "refused", .message = message, .hint = session.error.hint};
	log_event(options, &event);
}

int advice_profile_write(const struct options *options, const struct consultation *consultation,
			 struct error *error)
{
	const char *path = options->write;
	if (!advice_changes(&consultation->advice) && !has_learned(consultation)) {
		cleanup_free char *message = xasprintf("nothing is to be changed: %s is not written", path);
		const struct event event = {.level = EVENT_INFO, .name = "unchanged", .message = message};
		log_event(options, &event);
		return 0;
	}
	cleanup_new_file struct new_file file = NEW_FILE_NONE;
	if (profile_file_open(options, path, &file, error) < 0)
		return -1;
	json_t *profile = advised_profile(options, consultation);
	int result = profile_file_write(&file, profile, error);
	json_decref(profile);
	if (result < 0)
		return -1;
	cleanup_free char *prepared = new_file_prepared_path(&file);
	if (check_loads(options, prepared, error) < 0)
		return -1;
	if (consultation->live)
		check_plans(options, consultation, prepared);
	return new_file_place(&file, error);
}
