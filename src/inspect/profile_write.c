/* SPDX-License-Identifier: MIT */
#include "inspect/profile_write.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/event.h"
#include "base/json.h"
#include "base/json_value.h"
#include "base/new_file.h"
#include "inspect/inspection.h"
#include "session/profile_file.h"

/* Bytes that the file's plan leaves unassigned, or -1 if it cannot be planned. */
static int64_t unassigned(const struct profile_selection *selection, const struct inspection *inspection,
			  const struct new_file *file)
{
	cleanup_session struct session session = {0};
	if (profile_file_plan(selection, file, inspection->asked, inspection->pid, &session) < 0)
		return -1;
	return (int64_t)session.context.decision.budget.unassigned_bytes;
}

/* Some routers run without room for the usual reserve: then the reserve is what remains. */
static int lower_reserve(const struct profile_selection *selection, const struct inspection *inspection,
			 struct new_file *file, json_t *profile)
{
	json_t *sizing = json_object_get(profile, "sizing");
	if (!sizing)
		return -1;
	json_put(sizing, "reserve", json_checked(json_string("0")));
	int64_t rest =
		profile_file_write(file, profile, NULL) < 0 ? -1 : unassigned(selection, inspection, file);
	if (rest < 0) {
		json_object_del(sizing, "reserve");
		return -1;
	}
	cleanup_free char *text = xasprintf("%" PRId64 "KiB", rest / (int64_t)KIB);
	json_put(sizing, "reserve", json_checked(json_string(text)));
	return 0;
}

/*
 * siplaunch must accept the file. A router that was never sized may run with pools that no budget permits:
 * that is only a warning, and the profile keeps these pools.
 */
static int check_file(const struct profile_selection *selection, const struct inspection *inspection,
		      struct new_file *file, json_t *profile, struct plan *warnings, struct error *error)
{
	cleanup_session struct session session = {0};

	if (profile_file_plan(selection, file, inspection->asked, inspection->pid, &session) == 0)
		return 0;
	if (session.state == SESSION_BAD_PROFILE)
		return profile_file_refused(&session.problems, "a profile cannot express what the router has",
					    error);
	if (lower_reserve(selection, inspection, file, profile) < 0)
		plan_warn(
			warnings,
			"a launch with this profile would be refused, and --profile cannot compare with it: "
			"%s",
			session.error.message ? session.error.message : "no plan can be made");
	return profile_file_write(file, profile, error);
}

/* What the router before the restart taught stays until the new one teaches more. */
static void keep_learned(json_t *profile, const json_t *before)
{
	json_t *measured = json_object_get(json_object_get(before, "sizing"), "measured");
	json_t *sizing = json_object_get(profile, "sizing");
	if (sizing && measured && !json_object_get(sizing, "measured"))
		json_put(sizing, "measured", json_incref(measured));
}

int profile_draft_make(const struct profile_selection *selection, const char *path,
		       const struct inspection *inspection, struct profile_draft *draft, struct error *error)
{
	cleanup_new_file struct new_file file = NEW_FILE_NONE;
	struct profile_selection plain = *selection; /* without --set, --policy and --workload */
	struct profile_draft made = {0};

	plain.sets.count = plain.policies.count = 0;

	if (!inspection->pid)
		return error_set(error, 0, "%s %s: there is no router to write a profile of",
				 inspection_nobody(inspection), inspection->group);
	if (profile_file_open(selection, path, &file, error) < 0)
		return -1;
	made.profile = profile_of(inspection, &made.warnings);
	keep_learned(made.profile, draft->profile);
	int result = profile_file_write(&file, made.profile, error);
	if (result == 0)
		result = check_file(&plain, inspection, &file, made.profile, &made.warnings, error);
	if (result == 0) {
		profile_draft_clear(draft);
		*draft = made;
	} else {
		profile_draft_clear(&made);
	}
	return result;
}

int profile_draft_write(const struct profile_selection *selection, const char *path,
			struct profile_draft *draft, const struct events *events, struct error *error)
{
	cleanup_new_file struct new_file file = NEW_FILE_NONE;

	if (profile_file_open(selection, path, &file, error) < 0 ||
	    profile_file_write(&file, draft->profile, error) < 0 || new_file_place(&file, error) < 0)
		return -1;
	for (size_t i = 0; i < draft->warnings.warning_count; i++)
		event_warning(events, draft->warnings.warnings[i]);
	return 0;
}

void profile_draft_clear(struct profile_draft *draft)
{
	plan_clear(&draft->warnings);
	json_decref(draft->profile);
	*draft = (struct profile_draft){0};
}

int profile_write(const struct profile_selection *selection, const char *path,
		  const struct inspection *inspection, const struct events *events, struct error *error)
{
	struct profile_draft draft = {0};
	int result = profile_draft_make(selection, path, inspection, &draft, error);
	if (result == 0)
		result = profile_draft_write(selection, path, &draft, events, error);
	profile_draft_clear(&draft);
	return result;
}
