/* SPDX-License-Identifier: MIT */
#include "export/name.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/text.h"
#include "profile/profile.h"
#include "router/router.h"

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-"

bool export_name_is_valid(const char *name, enum tool tool)
{
	size_t length = strlen(name);
	return length && length <= EXPORT_NAME_LENGTH && strspn(name, NAME_CHARACTERS) == length &&
	       *name != '-' && name[length - 1] != '-' && (tool != TOOL_POD || *name >= 'a');
}

/* Replaces characters that are not allowed by "-". */
static char *tamed(const char *text, const char *allowed, bool lower)
{
	char *name = xstrdup(text);
	for (char *c = name; *c; c++) {
		if (lower)
			*c = ascii_to_lower(*c);
		if (!strchr(allowed, *c))
			*c = '-';
	}
	return name;
}

char *export_default_name(enum tool tool, const struct router *router, const char *program)
{
	const char *name = router->sizes_by_arguments ? router->name : path_base_name(program);
	cleanup_free char *tame = tamed(name, NAME_CHARACTERS, true);
	/* distributions ship a service with the router's name */
	return xasprintf("%s%s", tool == TOOL_UNIT ? "siplaunch-" : "",
			 export_name_is_valid(tame, tool) ? tame : "router");
}

char *export_profile_name(const struct profile *profile)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	cleanup_free char *name = tamed(path_base_name(profile->name), allowed, false);
	size_t length = strlen(name), tail = strlen(".json");
	if (length > tail && strcmp(name + length - tail, ".json") == 0)
		name[length - tail] = '\0';
	return xasprintf("%s.json", *name && *name != '.' && *name != '-' ? name : "profile");
}
