/* SPDX-License-Identifier: MIT */
#include "base/shell.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* isalnum() would ask the locale. */
static bool is_bare(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("%+,-./:=@_", c));
}

static bool is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

static char *quote_single(const char *word)
{
	char *text = xcalloc(4 * strlen(word) + 3, 1), *end = text;
	*end++ = '\'';
	for (; *word; word++)
		if (*word == '\'')
			end = stpcpy(end, "'\\''");
		else
			*end++ = *word;
	*end = '\'';
	return text;
}

/* Octal, three digits: a \x would take the digits behind it. */
static char *quote_control(const char *word)
{
	char *text = xcalloc(4 * strlen(word) + 4, 1), *end = stpcpy(text, "$'");
	for (; *word; word++)
		if (is_control(*word))
			end += sprintf(end, "\\%03o", (unsigned char)*word);
		else if (*word == '\'' || *word == '\\')
			end += sprintf(end, "\\%c", *word);
		else
			*end++ = *word;
	*end = '\'';
	return text;
}

char *shell_quote(const char *word)
{
	bool bare = *word, control = false;
	for (const char *c = word; *c; c++) {
		bare = bare && is_bare(*c);
		control = control || is_control(*c);
	}
	if (bare)
		return xstrdup(word);
	return control ? quote_control(word) : quote_single(word);
}

char *shell_join(char *text, const char *more)
{
	char *joined = xasprintf("%s%s%s", text, *text && *more ? " " : "", more);
	free(text);
	return joined;
}
