/* SPDX-License-Identifier: MIT */
#include "router/entrypoint.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "router/router.h"

#define BLANKS " \t\n"

static char **add(char **words, size_t *count, char *word)
{
	words = xrealloc(words, *count + 2, sizeof *words);
	words[(*count)++] = word;
	words[*count] = NULL;
	return words;
}

static bool has_letter(const struct router_command *command, int letter)
{
	for (size_t i = 0; i < command->option_count; i++)
		if (command->options[i].letter == letter)
			return true;
	return false;
}

/* The word at `index` consists of options without a value, and `given` has one of them. */
static bool is_given(const struct router_command *own, size_t index, const struct router_command *given)
{
	for (size_t i = 0; i < own->option_count; i++)
		if (own->options[i].index == (int)index && !own->options[i].value &&
		    has_letter(given, own->options[i].letter))
			return true;
	return false;
}

/* Removes the words whose options `argv` has too: Kamailio counts -D, and four of them do not mean two. */
static size_t drop_given(char **words, size_t count, char *const *argv)
{
	cleanup_error struct error ignored = {0};
	const struct router *router = router_find(NULL, words[0]);
	struct router_command own, given;
	size_t kept = 1;

	if (router->read_command(router, words, &own, &ignored) < 0)
		return count;
	char **typed = xcalloc(1, sizeof *typed);
	size_t typed_count = 0;
	typed = add(typed, &typed_count, words[0]);
	for (; *argv; argv++)
		typed = add(typed, &typed_count, *argv);
	/* a command that the router would refuse is reported when siplaunch reads the whole command */
	if (router->read_command(router, typed, &given, &ignored) == 0) {
		for (size_t i = 1; i < count; i++) {
			if (is_given(&own, i, &given))
				free(words[i]);
			else
				words[kept++] = words[i];
		}
		words[kept] = NULL;
		router_command_clear(&given);
	} else {
		kept = count;
	}
	router_command_clear(&own);
	free(typed);
	return kept;
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
	if (!is_command)
		count = drop_given(words, count, argv);
	for (; *argv; argv++)
		words = add(words, &count, xstrdup(*argv));
	return words;
}
