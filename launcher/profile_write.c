/* SPDX-License-Identifier: MIT */
#include "profile_write.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/new_file.h"
#include "inspection.h"
#include "log.h"
#include "profile_file.h"

/* Plans the file for the router that it came from, as --profile would: what was typed besides does not count.
 */
static int plan_file(const struct options *options, const struct inspection *inspection, const char *path,
		     struct session *session)
{
	struct options plain = *options;
	plain.profile = path;
	plain.sets.count = plain.policies.count = 0;
	return session_open(&plain, inspection->asked, inspection->pid, session);
}

/* Bytes that the plan of the file leaves over, or -1 when there is no plan of it. */
static int64_t unassigned(const struct options *options, const struct inspection *inspection,
			  const struct new_file *file)
{
	cleanup_session struct session session = {0};
	cleanup_free char *path = new_file_prepared_path(file);
	if (plan_file(options, inspection, path, &session) < 0)
		return -1;
	return (int64_t)session.context.budget.unassigned_bytes;
}

/* Nothing left over for the usual reserve is how some routers run: then the reserve is what is left. */
static int lower_reserve(const struct options *options, const struct inspection *inspection,
			 struct new_file *file, json_t *profile)
{
	json_t *sizing = json_object_get(profile, "sizing");
	if (!sizing)
		return -1;
	json_object_set_new(sizing, "reserve", json_checked(json_string("0")));
	int64_t rest =
		profile_file_write(file, profile, NULL) < 0 ? -1 : unassigned(options, inspection, file);
	if (rest < 0) {
		json_object_del(sizing, "reserve");
		return -1;
	}
	cleanup_free char *text = xasprintf("%" PRId64 "KiB", rest / (int64_t)KIB);
	json_object_set_new(sizing, "reserve", json_checked(json_string(text)));
	return 0;
}

/*
 * The file must be accepted. A router that was never sized may run with pools that no budget allows; that is
 * said, and the profile describes it all the same.
 */
static int check_file(const struct options *options, const struct inspection *inspection,
		      struct new_file *file, json_t *profile, struct plan *warnings, struct error *error)
{
	cleanup_session struct session session = {0};
	cleanup_free char *path = new_file_prepared_path(file);

	if (plan_file(options, inspection, path, &session) == 0)
		return 0;
	if (session.state == SESSION_BAD_PROFILE) {
		const struct problem *first = session.problems.count ? &session.problems.items[0] : NULL;
		return error_set(error, 0, "what the router has cannot be said in a profile: %s: %s",
				 first ? first->pointer : "", first ? first->message : "it is not accepted");
	}
	if (lower_reserve(options, inspection, file, profile) < 0)
		plan_warn(
			warnings,
			"a launch with this profile would be refused, and --profile cannot compare with it: %s",
			session.error.message ? session.error.message : "no plan can be made");
	return profile_file_write(file, profile, error);
}

int profile_write(const struct options *options, const struct inspection *inspection, struct error *error)
{
	cleanup_new_file struct new_file file = NEW_FILE_NONE;
	struct plan warnings = {0};

	if (!inspection->pid)
		return error_set(error, 0, "%s %s: there is no router to write a profile of",
				 inspection_nobody(inspection), inspection->group);
	if (profile_file_open(options, options->write_profile, &file, error) < 0)
		return -1;
	json_t *profile = profile_of(inspection, &warnings);
	int result = profile_file_write(&file, profile, error);
	if (result == 0)
		result = check_file(options, inspection, &file, profile, &warnings, error);
	if (result == 0)
		result = new_file_place(&file, error);
	if (result == 0)
		log_warnings(options, &warnings, 0);
	plan_clear(&warnings);
	json_decref(profile);
	return result;
}
