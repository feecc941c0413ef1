/* SPDX-License-Identifier: MIT */
#include "router/build.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/error.h"
#include "base/value.h"
#include "host/program.h"
#include "router/estimate.h"

#define MIB_SANE_MAX 16777216 /* max of both routers' -m and -M */

static const char *const names[BUILD_FACTS] = {
	[BUILD_VERSION] = "version",        [BUILD_CONFIG] = "config", [BUILD_SHM_MIB] = "sharedDefault",
	[BUILD_PKG_MIB] = "privateDefault", [BUILD_FLAGS] = "flags",
};

const char *build_fact_name(enum build_fact fact)
{
	return names[fact];
}

static bool is_printable(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

static bool is_mib(const char *text)
{
	uint64_t mib;
	return parse_u64(text, &mib) && mib > 0 && mib <= MIB_SANE_MAX;
}

/* Refuses a text that is no such fact: the program may print anything. */
static bool is_sound(int fact, const char *text)
{
	switch ((enum build_fact)fact) {
	case BUILD_VERSION:
		return ascii_is_digit(*text) && is_printable(text);
	case BUILD_CONFIG:
		return *text == '/' && is_printable(text);
	case BUILD_SHM_MIB:
	case BUILD_PKG_MIB:
		return is_mib(text);
	case BUILD_FLAGS:
	case BUILD_FACTS:
		break;
	}
	return is_printable(text);
}

/* Takes ownership of `text`. Keeps only the first value of a fact: execution comes before the file. */
static void keep(struct router_build *build, const struct build_source *source, char *text)
{
	if (!text || build->facts[source->fact].text || !is_sound((int)source->fact, text)) {
		free(text);
		return;
	}
	build->facts[source->fact].text = text;
	build->facts[source->fact].origin = source->option ? BUILD_ASKED : BUILD_READ;
	build->facts[source->fact].option = source->option;
}

static char *text_between(const char *text, const char *before, char end)
{
	const char *start = strstr(text, before);
	start = start ? start + strlen(before) : NULL;
	const char *stop = start ? strchr(start, end) : NULL;
	return stop && stop > start ? xstrndup(start, (size_t)(stop - start)) : NULL;
}

void router_build_parse(const struct router *router, struct router_build *build, const char *option,
			const char *printed)
{
	for (const struct build_source *source = router->build_sources; source && source->before; source++)
		if (source->option && strcmp(source->option, option) == 0)
			keep(build, source, text_between(printed, source->before, source->end));
}

static bool ask(const struct router *router, struct router_build *build, int file, const char *option,
		struct error *error)
{
	cleanup_free char *printed = NULL;
	const char *slash = strrchr(build->path, '/');
	if (program_ask(file, slash ? slash + 1 : build->path, option, &build->user, &printed, error) < 0)
		return false;
	router_build_parse(router, build, option, printed);
	return true;
}

/* Executes the program once for each option, and stops at the first failure. */
static void ask_all(const struct router *router, struct router_build *build, int file)
{
	cleanup_error struct error error = {0};
	const char *last = NULL;

	for (const struct build_source *source = router->build_sources; source->before; source++) {
		if (!source->option || (last && strcmp(last, source->option) == 0))
			continue;
		last = source->option;
		if (ask(router, build, file, source->option, &error))
			continue;
		build->unasked = error_text(&error);
		return;
	}
}

static void read_all(const struct router *router, struct router_build *build, int file)
{
	for (const struct build_source *source = router->build_sources; source->before; source++)
		if (!source->option && !build->facts[source->fact].text)
			keep(build, source,
			     program_text(file, source->before, source->end, is_sound, (int)source->fact));
}

void router_build_ask(const struct router *router, struct router_build *build)
{
	if (!build || build->state != BUILD_HERE || !router->build_sources)
		return;
	build->state = BUILD_KNOWN;
	build->unasked = build->forbids ? build->forbids(build->judge, build->path) : NULL;
	cleanup_close int file = open(build->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (file < 0) {
		cleanup_error struct error error = {0};
		error_set(&error, errno, "open %s", build->path);
		free(build->unasked);
		build->unasked = error_text(&error);
		return;
	}
	if (!build->unasked)
		ask_all(router, build, file);
	read_all(router, build, file);
}

const char *router_build_fact(const struct router *router, struct router_build *build, enum build_fact fact)
{
	router_build_ask(router, build);
	return build ? build->facts[fact].text : NULL;
}

uint64_t router_build_mib(const struct router *router, struct router_build *build, enum build_fact fact,
			  uint64_t usual)
{
	const char *text = router_build_fact(router, build, fact);
	uint64_t mib;
	return text && parse_u64(text, &mib) ? mib : usual;
}

char *router_build_origin(const struct router_build *build, enum build_fact fact)
{
	const char *why = build && build->unasked ? build->unasked : "the program does not print it";

	if (build && build->facts[fact].origin == BUILD_ASKED)
		return xasprintf("reported by %s %s", build->path, build->facts[fact].option);
	if (build && build->facts[fact].origin == BUILD_READ)
		return xasprintf("read in the file %s: %s", build->path, why);
	if (build && build->state == BUILD_HERE)
		return xstrdup("assumed: nothing depends on it here, so the program was not executed");
	return xasprintf("assumed: %s", why);
}

void router_build_uncertain(const struct router *router, const struct router_command *command,
			    struct estimate *estimate)
{
	const struct router_build *build = command->build;

	if (command->config_given || !build || build->state != BUILD_KNOWN ||
	    build->facts[BUILD_CONFIG].text || !estimate->from_config)
		return;
	estimate_uncertain(
		estimate, (struct place_in_config){0},
		"which configuration %s reads without -f is not known (%s), and %s is assumed: give it with "
		"-f",
		router->name, build->unasked ? build->unasked : "its program does not print it",
		router->config_default);
}

void router_build_connections(const struct router *router, const struct router_command *command,
			      struct estimate *estimate)
{
	if (!router->heap_since_major || !estimate->tcp_connections || command->only_checks)
		return;
	const char *version = router_build_fact(router, command->build, BUILD_VERSION);
	/* is_sound() checked that it begins with a digit */
	if (version && strtoul(version, NULL, 10) >= router->heap_since_major)
		estimate->connections_in = CONNECTIONS_IN_HEAP;
	else if (!version && estimate->from_config)
		estimate->connections_in = CONNECTIONS_MAYBE_IN_HEAP;
}

void router_build_protocols(const struct router *router, const struct router_command *command,
			    struct estimate *estimate)
{
	if (!router->refuses_idle_protocols_since || !estimate->idle_protocol || command->only_checks)
		return;
	const char *version = router_build_fact(router, command->build, BUILD_VERSION);
	if (version && strtoul(version, NULL, 10) >= router->refuses_idle_protocols_since)
		estimate_warn(estimate, (struct place_in_config){0},
			      "%s: %s %s refuses to start (\"No binding found\"); remove the line, or add a "
			      "socket",
			      estimate->idle_protocol, router->name, version);
}

void router_build_clear(struct router_build *build)
{
	for (size_t i = 0; i < BUILD_FACTS; i++)
		free(build->facts[i].text);
	free(build->path);
	free(build->unasked);
	*build = (struct router_build){0};
}
