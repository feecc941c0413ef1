/* SPDX-License-Identifier: MIT */
#include "mechanism/cgroup_mark.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "base/alloc.h"

/* The same mark under both names; the first that can be written is taken. */
struct mark {
	const char *trusted, *user;
};

static const struct mark made_mark = {"trusted.siplaunch.made", "user.siplaunch.made"};
static const struct mark enabled_mark = {"trusted.siplaunch.enabled", "user.siplaunch.enabled"};

static void mark_write(int directory, const struct mark *mark, const char *text)
{
	if (fsetxattr(directory, mark->trusted, text, strlen(text), 0) < 0)
		fsetxattr(directory, mark->user, text, strlen(text), 0);
}

/* Into a buffer of `size`, NUL-terminated. */
static bool mark_read(int directory, const struct mark *mark, char *text, size_t size)
{
	ssize_t length = fgetxattr(directory, mark->trusted, text, size - 1);
	if (length < 0)
		length = fgetxattr(directory, mark->user, text, size - 1);
	if (length < 0)
		return false;
	text[length] = '\0';
	return true;
}

void mark_made(int directory)
{
	mark_write(directory, &made_mark, "1");
}

bool mark_is_made(int directory)
{
	char text[8];
	return mark_read(directory, &made_mark, text, sizeof text);
}

/* "5 4711": the bits of the controllers, in hexadecimal, and the inode number. */
bool mark_read_enabled(int directory, struct enabled *enabled)
{
	char text[40], *end = NULL;
	if (!mark_read(directory, &enabled_mark, text, sizeof text))
		return false;
	unsigned long controllers = strtoul(text, &end, 16);
	if (*end != ' ' || controllers > UINT_MAX)
		return false;
	*enabled = (struct enabled){(unsigned)controllers, strtoull(end + 1, NULL, 10)};
	return true;
}

void mark_enabled(int directory, const struct enabled *enabled)
{
	cleanup_free char *text = xasprintf("%x %" PRIu64, enabled->controllers, enabled->newest);
	mark_write(directory, &enabled_mark, text);
}

void mark_remove_enabled(int directory)
{
	fremovexattr(directory, enabled_mark.trusted);
	fremovexattr(directory, enabled_mark.user);
}
