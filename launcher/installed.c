/* SPDX-License-Identifier: MIT */
#include "installed.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

char *installed_binary(void)
{
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof path);
	return length > 0 && (size_t)length < sizeof path ? xstrndup(path, (size_t)length) : NULL;
}

/* "/opt/x/bin/siplaunch" up `levels` directories: "/opt/x" for 2. NULL if the path has fewer. Caller
 * frees. */
static char *up(const char *path, int levels)
{
	size_t length = strlen(path);
	for (; levels > 0; levels--) {
		const char *slash = memrchr(path, '/', length);
		if (!slash || slash == path)
			return NULL;
		length = (size_t)(slash - path);
	}
	return xstrndup(path, length);
}

/* The schema beside the profiles identifies a checkout; a directory named "profiles" alone does not. */
static bool is_checkout(const char *root)
{
	cleanup_free char *schema = xasprintf("%s/profiles/schema/profile.schema.json", root);
	return access(schema, F_OK) == 0;
}

static char *with(char *list, const char *directory)
{
	cleanup_free char *before = list;
	return xasprintf("%s:%s", before, directory);
}

/* build/siplaunch, and build/static/siplaunch: the checkout is one or two directories above. */
static char *directories_of(const char *binary)
{
	char *list = xstrdup(SIPLAUNCH_PROFILE_DIRS);
	cleanup_free char *prefix = binary ? up(binary, 2) : NULL;
	cleanup_free char *above = binary ? up(binary, 3) : NULL;
	cleanup_free char *share = prefix ? xasprintf("%s/share/siplaunch/profiles", prefix) : NULL;

	if (!prefix || strchr(prefix, ':'))
		return list;
	if (access(share, F_OK) == 0 && !strstr(SIPLAUNCH_PROFILE_DIRS, share))
		list = with(list, share);
	const char *root = is_checkout(prefix) ? prefix : above && is_checkout(above) ? above : NULL;
	cleanup_free char *profiles = root ? xasprintf("%s/profiles", root) : NULL;
	return profiles ? with(list, profiles) : list;
}

const char *installed_profile_dirs(void)
{
	static char *list;
	if (!list) {
		cleanup_free char *binary = installed_binary();
		list = directories_of(binary);
	}
	return list;
}
