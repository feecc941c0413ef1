/* SPDX-License-Identifier: MIT */
#include "profile_file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/json_value.h"
#include "base/new_file.h"
#include "options.h"
#include "profile/profile.h"
#include "session_trust.h"

int profile_file_open(const struct options *options, const char *path, struct new_file *file,
		      struct error *error)
{
	struct trust_terms room;
	return new_file_open(file, path, NEW_FILE_FRESH, written_terms(options, &room), error) < 0
		       ? error_context(error, "write the profile")
		       : 0;
}

int profile_file_check(const struct options *options, const char *path, struct error *error)
{
	cleanup_new_file struct new_file file = NEW_FILE_NONE;
	return profile_file_open(options, path, &file, error);
}

/* As open(2) would make it, but for what others could write. */
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

json_t *profile_file_parent(const struct options *options, const struct profile *profile)
{
	const char *name = profile->name, *file = profile->file;
	bool path = strchr(name, '/') || options->profile_dirs.count || (file && strcmp(file, name) == 0);
	cleanup_free char *absolute = path && file ? realpath(file, NULL) : NULL;
	return json_from_text(absolute ? absolute : name);
}
