/* SPDX-License-Identifier: MIT */
#include "mechanism/process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/fs.h"
#include "base/text.h"

int process_read(const struct target *target, const char *file, char **text, struct error *error)
{
	cleanup_free char *path = target_path(target, file);
	if (pseudo_read_record(target->proc, path, text) < 0)
		return error_set(error, errno, "read /proc/%s", path);
	return 0;
}

/* The value of the line "NAME:\tvalue" of a status file, or NULL. Caller frees. */
static char *status_field(const char *status, const char *name)
{
	cleanup_free char *start = xasprintf("%s:", name);
	const char *value = text_line_after(status, start);
	return value ? xstrndup(value, strcspn(value, "\n")) : NULL;
}

int status_numbers(const char *status, const char *name, int base, uint64_t *numbers, size_t limit)
{
	cleanup_free char *field = status_field(status, name);
	size_t count = 0;

	for (const char *at = field; at;) {
		at += strspn(at, " \t");
		if (!*at)
			return (int)count;
		char *end;
		errno = 0;
		unsigned long long number = strtoull(at, &end, base);
		/* strtoull takes a sign, and "-1" would wrap around */
		if (end == at || errno || !ascii_is_xdigit(*at) || count == limit)
			return -1;
		numbers[count++] = number;
		at = end;
	}
	return -1;
}
