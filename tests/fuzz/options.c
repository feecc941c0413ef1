/* SPDX-License-Identifier: MIT */
/* The command line, a word a line: options, and then what stands in front of the router, and the router's own
 * options. Nothing is executed. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/shell.h"
#include "fuzz.h"
#include "launcher/options.h"
#include "router/router.h"
#include "router/wrapper.h"

#define WORDS_MAX 64

/* Quoted for a shell and read again, a command is the same. */
static void quote(char *const *argv)
{
	char *text = xstrdup("");
	for (size_t i = 0; argv[i]; i++) {
		cleanup_free char *word = shell_quote(argv[i]);
		text = shell_join(text, word);
	}
	char **words = shell_words(text);
	for (size_t i = 0; words && argv[i]; i++)
		if (!words[i] || strcmp(words[i], argv[i]) != 0)
			abort();
	argv_free(words);
	free(text);
}

static void read_command(char *const *argv)
{
	cleanup_wrapped struct wrapped wrapped = {0};
	struct router_command command = {0};
	const struct router *router = router_of(NULL, argv);

	wrapped_read(argv, &wrapped);
	if (router_read_command(router, argv, &command, NULL) == 0)
		argv_free(router_arguments(router, &command, argv, 256, 8));
	router_command_clear(&command);
	quote(argv);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_error struct error error = {0};
	cleanup_options struct options options = {0};
	cleanup_free char *text = xcalloc(size + 1, 1);
	char *words[WORDS_MAX + 1] = {(char *)"siplaunch"}, *rest = text, *word;
	int count = 1;

	memcpy(text, data, size);
	while (count < WORDS_MAX && (word = strsep(&rest, "\n")))
		words[count++] = word;
	if (options_parse(count, words, &options, &error) == 0 && options.argv && options.argv[0])
		read_command(options.argv);
	return 0;
}
