/* SPDX-License-Identifier: MIT */
#include "host/read.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/text.h"

void host_note(struct host *host, const char *format, ...)
{
	va_list args;

	if (host->note_count > NOTES_MAX)
		return;
	if (host->note_count == NOTES_MAX) {
		*ARRAY_ADD(host->notes, host->note_count) =
			xasprintf("more was malformed; only the first %d are noted", NOTES_MAX);
		return;
	}
	va_start(args, format);
	char *text = xvasprintf(format, args);
	va_end(args);
	*ARRAY_ADD(host->notes, host->note_count) = text;
}

bool host_shortage(struct host *host, int errnum, const char *format, ...)
{
	va_list args;

	if (!errno_is_shortage(errnum))
		return false;
	if (host->shortage)
		return true;
	va_start(args, format);
	host->shortage = xvasprintf(format, args);
	va_end(args);
	host->shortage_errno = errnum;
	return true;
}

char *quoted_bytes(const char *text)
{
	enum { BYTES_MAX = 40 };
	char buffer[BYTES_MAX * 4 + 8]; /* the quotes, three dots and the NUL */
	char *out = buffer;

	*out++ = '"';
	for (size_t i = 0; i < BYTES_MAX && *text; i++, text++) {
		if (*text >= ' ' && *text <= '~' && *text != '"' && *text != '\\')
			*out++ = *text;
		else
			out += sprintf(out, "\\x%02x", (unsigned char)*text);
	}
	*out++ = '"';
	snprintf(out, sizeof buffer - (size_t)(out - buffer), "%s", *text ? "..." : "");
	return xstrdup(buffer);
}

char *process_path(pid_t pid, const char *name)
{
	return pid ? xasprintf("%d/%s", (int)pid, name) : xasprintf("self/%s", name);
}

bool parse_numbers(const char *text, uint64_t *numbers, size_t count)
{
	char digits[24];

	for (size_t i = 0; i < count; i++) {
		text += strspn(text, " \t\n");
		size_t length = strcspn(text, " \t\n");
		if (length >= sizeof digits)
			return false;
		memcpy(digits, text, length);
		digits[length] = '\0';
		if (!parse_u64(digits, &numbers[i]))
			return false;
		text += length;
	}
	return text[strspn(text, " \t\n")] == '\0';
}

bool parse_int(const char *text, int *number)
{
	bool negative = *text == '-';
	uint64_t magnitude;
	if (!parse_u64(text + negative, &magnitude) || magnitude > INT_MAX)
		return false;
	*number = negative ? -(int)magnitude : (int)magnitude;
	return true;
}

char *line_after(const char *text, const char *start)
{
	const char *after = text_line_after(text, start);
	if (!after)
		return NULL;
	after += strspn(after, " \t");
	return xstrndup(after, strcspn(after, "\n"));
}

void note_unreadable(struct host *host, const struct tree *tree, const char *path, enum presence presence,
		     int errnum)
{
	if (presence == OPTIONAL && (errnum == ENOENT || errnum == ENOTDIR))
		return;
	cleanup_free char *full = path_join(tree->name, path);
	if (!host_shortage(host, errnum, "read %s", full))
		host_note(host, "%s cannot be read: %s", full, strerror(errnum));
}

bool tree_access(struct host *host, const struct tree *tree, const char *path, int mode)
{
	if (faccessat(tree->directory, path, mode, mode == F_OK ? 0 : AT_EACCESS) == 0)
		return true;
	int errnum = errno;
	cleanup_free char *full = path_join(tree->name, path);
	host_shortage(host, errnum, "access %s", full);
	errno = errnum;
	return false;
}

bool tree_text(struct host *host, const struct tree *tree, const char *path, enum presence presence,
	       char buffer[SMALL_TEXT])
{
	if (pseudo_read_small(tree->directory, path, buffer, SMALL_TEXT) >= 0)
		return true;
	int errnum = errno;
	note_unreadable(host, tree, path, presence, errnum);
	errno = errnum;
	return false;
}

bool tree_numbers(struct host *host, const struct tree *tree, const char *path, enum presence presence,
		  uint64_t *numbers, size_t count)
{
	char text[SMALL_TEXT];
	uint64_t parsed[VALUE_NUMBERS_MAX];

	if (!tree_text(host, tree, path, presence, text))
		return false;
	if (parse_numbers(text, parsed, count)) {
		memcpy(numbers, parsed, count * sizeof *numbers);
		return true;
	}
	cleanup_free char *full = path_join(tree->name, path);
	cleanup_free char *found = quoted_bytes(text);
	host_note(host, "%s should be %zu number%s, not %s", full, count, count == 1 ? "" : "s", found);
	return false;
}

char *tree_whole(struct host *host, const struct tree *tree, const char *path, enum presence presence)
{
	/* A node with thousands of overlay mounts has a mountinfo of several MiB. */
	enum { WHOLE_MAX = 16 << 20 };
	char *text = NULL;
	if (pseudo_read(tree->directory, path, WHOLE_MAX, &text) < 0) {
		int errnum = errno;
		note_unreadable(host, tree, path, presence, errnum);
		errno = errnum;
	}
	return text;
}
