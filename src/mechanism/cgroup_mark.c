/* SPDX-License-Identifier: MIT */
#include "mechanism/cgroup_mark.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
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

/* The attribute is missing, or this process cannot read it: trusted ones need CAP_SYS_ADMIN, and not every
 * file system has user ones. */
static bool is_absent(int errnum)
{
	return errnum == ENODATA || errnum == EOPNOTSUPP || errnum == EPERM;
}

/* Into a buffer of `size`, NUL-terminated. 1; 0: there is none; -1 with errno. */
static int mark_read(int directory, const struct mark *mark, char *text, size_t size)
{
	ssize_t length = fgetxattr(directory, mark->trusted, text, size - 1);
	if (length < 0 && is_absent(errno))
		length = fgetxattr(directory, mark->user, text, size - 1);
	if (length < 0)
		return is_absent(errno) ? 0 : -1;
	text[length] = '\0';
	return 1;
}

int mark_made(int directory)
{
	mark_write(directory, &made_mark, "1");
	return fchmod(directory, MARK_MODE & ~S_ISVTX);
}

bool mark_is_unfinished(int directory)
{
	struct stat info;
	return fstat(directory, &info) == 0 && info.st_mode & S_ISVTX;
}

int mark_is_made(int directory)
{
	char text[8];
	return mark_read(directory, &made_mark, text, sizeof text);
}

static const char changing_word[] = " changing";

/* "5 4711", or "5 4711 changing": the bits of the controllers, in hexadecimal, and the inode number. */
int mark_read_enabled(int directory, struct enabled *enabled)
{
	char text[64], *end = NULL;
	int result = mark_read(directory, &enabled_mark, text, sizeof text);
	if (result <= 0)
		return result;
	unsigned long controllers = strtoul(text, &end, 16);
	if (*end != ' ' || controllers > UINT_MAX)
		return 0;
	*enabled = (struct enabled){(unsigned)controllers, strtoull(end + 1, &end, 10), false};
	enabled->changing = strcmp(end, changing_word) == 0;
	return 1;
}

void mark_enabled(int directory, const struct enabled *enabled)
{
	cleanup_free char *text = xasprintf("%x %" PRIu64 "%s", enabled->controllers, enabled->newest,
					    enabled->changing ? changing_word : "");
	mark_write(directory, &enabled_mark, text);
}

int mark_remove_enabled(int directory, const char **name)
{
	const char *const names[] = {enabled_mark.trusted, enabled_mark.user};
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		*name = names[i];
		if (fremovexattr(directory, names[i]) == 0)
			continue;
		int errnum = errno; /* if there is no mark, a read-only mount or a missing permission does not
				       matter */
		if (fgetxattr(directory, names[i], NULL, 0) < 0 && is_absent(errno))
			continue;
		errno = errnum;
		return -1;
	}
	return 0;
}
