/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TESTS_FUZZ_ROUTER_CONFIG_H
#define SIPLAUNCH_TESTS_FUZZ_ROUTER_CONFIG_H
/* A router's configuration: "main", with the other files to be included; "argv" may have a command, a word a
 * line, "addresses" the machine's. Whatever they hold there is an estimate, with a few warnings. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "fuzz.h"
#include "host/network.h"
#include "router/router.h"
#include "virtual.h"

#define WORDS_MAX    64
#define WARNINGS_MAX 21

static void router_words_of(char *text, const char *router, const char *option, char *words[WORDS_MAX + 1])
{
	size_t count = 0;
	words[count++] = (char *)router;
	for (char *word; count < WORDS_MAX - 2 && (word = strsep(&text, "\n"));)
		if (*word)
			words[count++] = word;
	words[count++] = (char *)option;
	words[count++] = (char *)VIRTUAL_MAIN;
	words[count] = NULL;
}

static void router_estimate(const struct router *router, char *const *words)
{
	struct network network = {0};
	struct router_command command = {0};
	struct estimate estimate = {0};

	network_parse(virtual_text("addresses"), &network, NULL);
	if (!network.count)
		network.state = NETWORK_UNKNOWN;
	if (router->read_command(router, words, &command, NULL) == 0) {
		router->estimate(router, &command, &network, &estimate);
		if (!estimate.processes || estimate.warning_count > WARNINGS_MAX ||
		    estimate_from(&estimate) > estimate_to(&estimate))
			abort();
		estimate_clear(&estimate);
	}
	router_command_clear(&command);
	network_clear(&network);
}

/* `option` names the configuration. */
static inline int router_config_run(const char *router, const char *option, const uint8_t *data, size_t size)
{
	char *words[WORDS_MAX + 1];

	virtual_begin(data, size);
	router_words_of(virtual_text("argv"), router, option, words);
	router_estimate(router_find(router, NULL), words);
	virtual_end();
	return 0;
}

#endif
