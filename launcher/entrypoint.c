/* SPDX-License-Identifier: MIT */
#include "entrypoint.h"

#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"

#define BLANKS " \t\n"

static char **add(char **words, size_t *count, char *word)
{
	words = xrealloc(words, *count + 2, sizeof *words);
	words[(*count)++] = word;
	words[*count] = NULL;
	return words;
}

char **entrypoint_command(const char *entrypoint, char *const *argv)
{
	const char *word = entrypoint + strspn(entrypoint, BLANKS);
	if (!*word)
		return NULL;

	char **words = xcalloc(1, sizeof *words);
	size_t count = 0;
	bool is_command = argv[0] && argv[0][0] != '-';

	while (!is_command && *word) {
		size_t length = strcspn(word, BLANKS);
		words = add(words, &count, xstrndup(word, length));
		word += length;
		word += strspn(word, BLANKS);
	}
	for (; *argv; argv++)
		words = add(words, &count, xstrdup(*argv));
	return words;
}
