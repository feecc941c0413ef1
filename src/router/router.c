/* SPDX-License-Identifier: MIT */
#include "router/router.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "router/routers.h"
#include "router/wrapper.h"

#define ROUTER_ROW(name) &router_##name,
const struct router *const routers[] = {ROUTERS(ROUTER_ROW) ROUTER_ROW(generic) NULL};
#undef ROUTER_ROW

static bool has_alias(const struct router *router, const char *name)
{
	for (const char *const *alias = router->aliases; *alias; alias++)
		if (strcmp(*alias, name) == 0)
			return true;
	return false;
}

const struct router *router_find(const char *name, const char *command)
{
	if (name && strcmp(name, "auto") != 0) {
		for (const struct router *const *router = routers; *router; router++)
			if (strcmp((*router)->name, name) == 0)
				return *router;
		return &router_generic;
	}
	const char *slash = command ? strrchr(command, '/') : NULL;
	const char *base = slash ? slash + 1 : command;
	for (const struct router *const *router = routers; base && *router; router++)
		if (has_alias(*router, base))
			return *router;
	return &router_generic;
}

const struct router *router_of(const char *name, char *const *argv)
{
	cleanup_wrapped struct wrapped wrapped = {0};
	if (!argv || !argv[0])
		return router_find(name, NULL);
	wrapped_read(argv, &wrapped);
	return router_find(name, argv[wrapped.start]);
}

static enum router_reach reach_of(const struct router *router, const struct wrapped *wrapped,
				  const char *word)
{
	if (wrapped->kind != WRAPPED_PROGRAM && wrapped->kind != WRAPPED_SCRIPT &&
	    wrapped->kind != WRAPPED_TEXT)
		return REACH_ENVIRONMENT;
	return router_find(NULL, word) == router ? REACH_DIRECT : REACH_PASSED_ON;
}

int router_read_command(const struct router *router, char *const *argv, struct router_command *command,
			struct error *error)
{
	cleanup_wrapped struct wrapped wrapped = {0};
	if (!argv[0])
		return router->read_command(router, argv, command, error);
	wrapped_read(argv, &wrapped);
	char *const alone[] = {argv[wrapped.start], NULL}; /* a shell's "-c" is no option of the router */
	enum router_reach reach = reach_of(router, &wrapped, alone[0]);
	char *const *own = reach == REACH_ENVIRONMENT ? alone : argv + wrapped.start;
	if (router->read_command(router, own, command, error) < 0)
		return -1;
	command->start = wrapped.start;
	command->reach = reach;
	return 0;
}

void router_command_clear(struct router_command *command)
{
	free(command->options);
	*command = (struct router_command){0};
}

static void add_argument(char ***arguments, size_t *count, char *argument)
{
	char **added = ARRAY_ADD(*arguments, *count);
	*added = argument;
}

static void add_pool(char ***arguments, size_t *count, const char *option, uint64_t mib)
{
	add_argument(arguments, count, xstrdup(option));
	add_argument(arguments, count, xasprintf("%" PRIu64, mib));
}

/* The index of the word after which -M is added: the last word of an -m that directly follows the router's
 * own word, so that the order is always -m -M; else the router's own word. */
static size_t before_private(const struct router_command *command, char *const *argv)
{
	bool first = command->shm_index == 1 && strcmp(argv[command->start + 1], "-m") == 0;
	return command->start + (first ? 2 : 0);
}

char **router_arguments(const struct router *router, const struct router_command *command, char *const *argv,
			uint64_t shm_mib, uint64_t pkg_mib)
{
	char **arguments = NULL;
	size_t count = 0;
	bool takes = router->sizes_by_arguments && command->reach != REACH_ENVIRONMENT;
	bool add_shared = takes && shm_mib && !command->shm_index;
	bool add_private = takes && pkg_mib && !command->pkg_index;

	for (size_t i = 0; argv[i]; i++) {
		add_argument(&arguments, &count, xstrdup(argv[i]));
		if (add_shared && i == command->start)
			add_pool(&arguments, &count, "-m", shm_mib);
		if (add_private && i == before_private(command, argv))
			add_pool(&arguments, &count, "-M", pkg_mib);
	}
	add_argument(&arguments, &count, NULL);
	return arguments;
}

void argv_free(char **argv)
{
	for (char **argument = argv; argument && *argument; argument++)
		free(*argument);
	free(argv);
}

char **router_words(const struct router *router)
{
	cleanup_free char *words =
		xasprintf("%s %s", router->name, router->foreground_hint ? router->foreground_hint : "");
	char **argv = NULL, *rest = NULL;
	size_t count = 0;
	for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		*ARRAY_ADD(argv, count) = xstrdup(word);
	*ARRAY_ADD(argv, count) = NULL;
	return argv;
}
