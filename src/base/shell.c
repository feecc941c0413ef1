/* SPDX-License-Identifier: MIT */
#include "base/shell.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
static bool is_bare(char c)
{
	return ascii_is_alnum(c) || (c && strchr("%+,-./:=@_", c));
}

/* True for visible ASCII: other characters may reverse the direction of a line, or be invisible. */
static bool is_shown(char c)
{
	return (unsigned char)c >= 0x20 && (unsigned char)c < 0x7f;
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

/* Octal, three digits: \x would also consume digits that follow. */
static char *quote_bytes(const char *word)
{
	char *text = xcalloc(4 * strlen(word) + 4, 1), *end = stpcpy(text, "$'");
	for (; *word; word++)
		if (!is_shown(*word))
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
	bool bare = *word, shown = true;
	for (const char *c = word; *c; c++) {
		bare = bare && is_bare(*c);
		shown = shown && is_shown(*c);
	}
	if (bare)
		return xstrdup(word);
	return shown ? quote_single(word) : quote_bytes(word);
}

char *shell_join(char *text, const char *more)
{
	char *joined = xasprintf("%s%s%s", text, *text && *more ? " " : "", more);
	free(text);
	return joined;
}

/* A backslash in $'...': octal as quote_bytes() has it, or the character itself. */
static const char *unquote_control(const char *at, char **end)
{
	if (at[1] >= '0' && at[1] <= '7' && at[2] && at[3]) {
		*(*end)++ = (char)((at[1] - '0') * 64 + (at[2] - '0') * 8 + (at[3] - '0'));
		return at + 4;
	}
	*(*end)++ = at[1];
	return at + 2;
}

/* Reads one word at `*at`, and moves `*at` behind it. */
static char *take_word(const char **at)
{
	char *word = xcalloc(strlen(*at) + 1, 1), *end = word;
	const char *c = *at;
	bool single = false, control = false;
	while (*c && (single || control || *c != ' ')) {
		if (!single && !control && c[0] == '$' && c[1] == '\'') {
			control = true;
			c += 2;
		} else if (*c == '\'') {
			single = !control && !single;
			control = false;
			c++;
		} else if (*c == '\\' && c[1] && control) {
			c = unquote_control(c, &end);
		} else if (*c == '\\' && c[1] && !single) {
			*end++ = c[1];
			c += 2;
		} else {
			*end++ = *c++;
		}
	}
	*at = c;
	return word;
}

char **shell_words(const char *text)
{
	char **words = NULL;
	size_t count = 0;
	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		char *word = take_word(&text);
		*ARRAY_ADD(words, count) = word;
	}
	*ARRAY_ADD(words, count) = NULL;
	return words;
}
