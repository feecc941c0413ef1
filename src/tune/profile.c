/* SPDX-License-Identifier: MIT */
#include "tune/tune.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"
#include "base/new_file.h"
#include "session/profile_file.h"
#include "session/session.h"

/* The sizes replace the profile's; a limit that cannot be set here is not part of them. */
static void put_sizes(const struct tuning *tuning, const struct tune_result *result, json_t *sizing)
{
	if (tuning->own_limit)
		json_put(sizing, "memory", json_from_mib(result->memory_bytes / MIB));
	json_put(sizing, "shared", json_from_mib(result->search.candidate.shared_mib));
	json_put(sizing, "private", json_from_mib(result->search.candidate.private_mib));
}

/* The rounds used the values of --set and --policy, so the new profile needs them: copies their whole
 * top-level members from the resolved profile. */
static void keep_overrides(const struct tuning *tuning, const struct texts *texts, json_t *profile)
{
	for (size_t i = 0; i < texts->count; i++) {
		const char *text = texts->items[i];
		cleanup_free char *member = xstrndup(text, strcspn(text, ".="));
		json_t *value = json_object_get(tuning->session->profile.resolved, member);
		json_put(profile, member, value ? json_checked(json_deep_copy(value)) : json_null());
	}
}

static json_t *tuned_profile(const struct tuning *tuning, const struct tune_result *result)
{
	json_t *profile = json_checked(json_object());
	cleanup_free char *description = xasprintf("%s, tuned", tuning->profile);

	json_put(profile, "description", json_from_text(description));
	json_put(profile, "extends",
		 profile_file_parent(tuning->request->selection, &tuning->session->profile));
	keep_overrides(tuning, &tuning->request->selection->sets, profile);
	if (tuning->request->selection->policies.count) {
		json_t *policy = json_object_get(tuning->session->profile.resolved, "policy");
		json_put(profile, "policy", json_checked(json_deep_copy(policy)));
	}
	json_t *sizing = json_object_get(profile, "sizing");
	if (!sizing) {
		sizing = json_checked(json_object());
		json_put(profile, "sizing", sizing);
	}
	put_sizes(tuning, result, sizing);
	return profile;
}

/* The new profile must resolve to the old profile with the new sizes, as the last round used it. */
static int compare(const struct tuning *tuning, const struct tune_result *result,
		   const struct profile *written, struct error *error)
{
	json_t *expected = json_checked(json_deep_copy(tuning->session->profile.resolved));
	json_t *got = json_checked(json_deep_copy(written->resolved));
	json_t *sizing = json_object_get(expected, "sizing");

	if (!sizing) {
		sizing = json_checked(json_object());
		json_put(expected, "sizing", sizing);
	}
	put_sizes(tuning, result, sizing);
	json_object_del(expected, "description");
	json_object_del(got, "description");
	bool equal = json_equal(expected, got);
	json_decref(expected);
	json_decref(got);
	if (equal)
		return 0;
	error_set(error, 0, "what --set says cannot be written as a profile that extends %s",
		  tuning->profile);
	return error_hint(error, "write it into a profile of its own, and tune that one");
}

static int check(const struct tuning *tuning, const struct tune_result *result, const char *path,
		 struct error *error)
{
	cleanup_session struct session session = {0};
	struct profile_selection plain = *tuning->request->selection;
	struct purpose purpose = tuning->session->purpose;

	plain.name = path;
	plain.sets.count = plain.policies.count = 0;
	purpose.selection = &plain;
	if (session_open(&purpose, &session) == 0)
		return compare(tuning, result, &session.profile, error);
	if (session.state == SESSION_BAD_PROFILE)
		return profile_file_refused(&session.problems, "the resulting profile is not accepted",
					    error);
	error_move(error, &session.error);
	return error_context(error, "the resulting profile is not accepted");
}

int tune_write_profile(const struct tuning *tuning, const struct tune_result *result, const char *path,
		       struct error *error)
{
	cleanup_new_file struct new_file file = NEW_FILE_NONE;

	if (profile_file_open(tuning->request->selection, path, &file, error) < 0)
		return -1;
	json_t *profile = tuned_profile(tuning, result);
	int status = profile_file_write(&file, profile, error);
	json_decref(profile);
	if (status < 0)
		return -1;
	cleanup_free char *prepared = new_file_prepared_path(&file);
	return check(tuning, result, prepared, error) < 0 ? -1 : new_file_place(&file, error);
}
