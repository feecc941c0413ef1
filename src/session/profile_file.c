/* SPDX-License-Identifier: MIT */
#include "session/profile_file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/json_value.h"
#include "base/new_file.h"
#include "profile/selection.h"
#include "session/session.h"
#include "session/trust.h"

int profile_file_open(const struct profile_selection *selection, const char *path, struct new_file *file,
		      struct error *error)
{
	struct trust_terms room;

	if (strcmp(path, "-") == 0) {
		error_set(error, 0, "write the profile to \"-\": standard output has the command's report");
		return error_hint(error, "give a file, such as profile.json, or ./- for one of that name");
	}
	return new_file_open(file, path, NEW_FILE_FRESH, written_terms(selection, &room), error) < 0
		       ? error_context(error, "write the profile")
		       : 0;
}

int profile_file_check(const struct profile_selection *selection, const char *path, struct error *error)
{
	cleanup_new_file struct new_file file = NEW_FILE_NONE;
	return profile_file_open(selection, path, &file, error);
}

/* As open(2) would make it, without write permission for group and others. */
static mode_t mode_for_new(void)
{
	mode_t mask = umask(S_IWGRP | S_IWOTH);
	umask(mask);
	return 0644 & ~mask;
}

int profile_file_write(struct new_file *file, const json_t *profile, struct error *error)
{
	cleanup_free char *json = json_dumps(profile, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	if (!json)
		alloc_failed();
	cleanup_free char *text = xasprintf("%s\n", json);
	return new_file_prepare(file, text, strlen(text), mode_for_new(), error);
}

int profile_file_plan(const struct profile_selection *selection, const struct new_file *file,
		      char *const *argv, pid_t observed, struct session *session)
{
	cleanup_free char *path = new_file_prepared_path(file);
	struct profile_selection written = *selection;
	written.name = path;
	const struct purpose purpose = {
		.what = observed ? PURPOSE_OBSERVE : PURPOSE_LAUNCH,
		.selection = &written,
		.argv = argv,
		.observed = observed,
	};
	int result = session_open(&purpose, session);
	session->purpose.selection = selection; /* `written` goes out of scope */
	return result;
}

int profile_file_refused(const struct problems *problems, const char *what, struct error *error)
{
	return error_set(error, 0, "%s: %s: %s", what, problems->items[0].pointer,
			 problems->items[0].message);
}

json_t *profile_file_parent(const struct profile_selection *selection, const struct profile *profile)
{
	const char *name = profile->name, *file = profile->file;
	bool path = strchr(name, '/') || selection->directories.count || (file && strcmp(file, name) == 0);
	cleanup_free char *absolute = path && file ? realpath(file, NULL) : NULL;
	return json_from_text(absolute ? absolute : name);
}
