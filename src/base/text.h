/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_TEXT_H
#define SIPLAUNCH_BASE_TEXT_H
/* Tests of a text that several rooms need. Nothing here allocates. */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static inline bool text_ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), tail = strlen(end);
	return length >= tail && strcmp(text + length - tail, end) == 0;
}

static inline bool texts_have(const char *const *texts, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(texts[i], text) == 0)
			return true;
	return false;
}

static inline bool text_begins_with(const char *text, const char *begin)
{
	return strncmp(text, begin, strlen(begin)) == 0;
}

/* What follows `start` in the first line that begins with it, to the end of the text; NULL: no such line. */
static inline const char *text_line_after(const char *text, const char *start)
{
	for (const char *at = text; at && (at = strstr(at, start)); at++)
		if (at == text || at[-1] == '\n')
			return at + strlen(start);
	return NULL;
}

static inline bool text_is_digits(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == '\0';
}

static inline size_t text_lines(const char *text)
{
	size_t lines = 0;
	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

/* The part of a path after its last slash, as glibc's basename() returns it; <libgen.h> replaces that by
 * POSIX's. */
static inline const char *path_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

#endif
