/* SPDX-License-Identifier: MIT */
#include "session/install.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/batch.h"
#include "base/error.h"
#include "base/trust.h"
#include "profile/selection.h"
#include "session/own_binary.h"

#define BINARY      "bin/siplaunch"
#define PROFILES    "share/siplaunch/profiles"
#define FILE_MODE   0644
#define BINARY_MODE 0755

struct copy {
	struct batch *batch;
	const char *folder; /* below PROFILES: "seccomp"; NULL: none */
	const struct profile_selection *selection;
	struct error *error;
};

static int check_trust(struct trust_trail *trail, const char *file, const struct copy *copy)
{
	const struct profile_selection *selection = copy->selection;
	const struct trust_terms terms = {.callers = &selection->sudo_uid,
					  .caller_count = selection->by_sudo};

	if (geteuid() != 0 || selection->insecure ||
	    trust_judge(trail->findings, trail->finding_count, &terms, copy->error) == 0)
		return 0;
	error_context(copy->error, "others can change %s", file);
	cleanup_free char *remedy = xstrdup(copy->error->hint);
	return error_hint(copy->error, "%s; or, to copy it anyway, --allow-insecure-profile", remedy);
}

static int copy_profile(const char *name, const char *file, const char *description, void *data)
{
	const struct copy *copy = data;
	cleanup_trust_trail struct trust_trail trail = TRUST_TRAIL_NONE;
	struct stat info;
	(void)description;

	cleanup_close int fd = trust_open(&trail, file, &info);
	if (fd < 0)
		return error_set(copy->error, errno, "%s %s", trust_failed(&trail), file);
	if (check_trust(&trail, file, copy) < 0)
		return -1;
	cleanup_free char *path = copy->folder ? xasprintf(PROFILES "/%s/%s.json", copy->folder, name)
					       : xasprintf(PROFILES "/%s.json", name);
	return batch_add_copy(copy->batch, path, FILE_MODE, fd, copy->error);
}

/* Those in `folder` of each directory in which siplaunch looks. */
static int copy_profiles(struct copy copy, const char *folder)
{
	struct profile_search search = selection_search(copy.selection);
	search.folder = copy.folder = folder;
	return profile_list(&search, copy_profile, &copy);
}

int install_add(struct batch *batch, const struct profile_selection *selection, struct error *error)
{
	cleanup_close int fd = own_binary_open(error);
	const struct copy copy = {.batch = batch, .selection = selection, .error = error};

	if (fd < 0 || copy_profiles(copy, NULL) < 0 || copy_profiles(copy, "seccomp") < 0)
		return -1;
	if (!batch->file_count) {
		error_set(error, 0, "--install: siplaunch finds no profile to copy");
		return error_hint(error, "name the folder that has them: --profile-dir DIR");
	}
	return batch_add_copy(batch, BINARY, BINARY_MODE, fd, error);
}
