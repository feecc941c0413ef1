/* SPDX-License-Identifier: MIT */
#include "profile_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "base/json_value.h"
#include "options.h"
#include "profile/profile.h"

int profile_file_write(const char *path, const json_t *profile, struct error *error)
{
	cleanup_free char *json = json_dumps(profile, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	if (!json)
		alloc_failed();
	cleanup_free char *text = xasprintf("%s\n", json);
	/* afresh each time: what somebody else may have put there, a FIFO or a link, is not written to */
	unlink(path);
	cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return error_set(error, errno, "create %s", path);
	if (write_whole(fd, text, strlen(text)) < 0 || fsync(fd) < 0)
		return error_set(error, errno, "write %s", path);
	return 0;
}

static int refuse_existing(const char *path, struct error *error)
{
	error_set(error, EEXIST, "write the profile to %s", path);
	return error_hint(error, "an existing file is never replaced: remove it, or give another name");
}

int profile_file_check(const char *path, struct error *error)
{
	return faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ? refuse_existing(path, error) : 0;
}

char *profile_file_temporary(const char *path)
{
	/* the slash makes it a path, not a profile's name */
	return xasprintf("%s%s.%d.tmp", strchr(path, '/') ? "" : "./", path, (int)getpid());
}

/* link() and not rename(): it never replaces what has appeared under that name in between. */
int profile_file_place(const char *temporary, const char *path, struct error *error)
{
	if (link(temporary, path) == 0)
		return 0;
	return errno == EEXIST ? refuse_existing(path, error)
			       : error_set(error, errno, "link %s to %s", temporary, path);
}

json_t *profile_file_parent(const struct options *options, const struct profile *profile)
{
	const char *name = profile->name, *file = profile->file;
	bool path = strchr(name, '/') || options->profile_dirs.count || (file && strcmp(file, name) == 0);
	cleanup_free char *absolute = path && file ? realpath(file, NULL) : NULL;
	return json_from_text(absolute ? absolute : name);
}
