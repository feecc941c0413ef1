/* SPDX-License-Identifier: MIT */
#include "session/entry_warning.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/value.h"
#include "plan/plan.h"
#include "router/router.h"
#include "router/wrapper.h"
#include "session/program_find.h"

#define SCRIPT_BYTES_MAX ((size_t)256 << 10)

static bool is_set(const struct size_field *field)
{
	return field->size.kind != SIZE_UNSET;
}

/* The profile is for any router, and has sizes for it. */
static bool wants_sizes(const struct profile *profile)
{
	return strcmp(profile->router, "auto") == 0 &&
	       (is_set(&profile->sizing.memory) || is_set(&profile->sizing.shared) ||
		is_set(&profile->sizing.private_pool) || profile->sizing.processes.kind != COUNT_UNSET);
}

/* The text of the script that runs; NULL if it is no script or cannot be read. Caller frees. */
static char *script_text(char *const *argv, const struct wrapped *wrapped, const struct context *context)
{
	int status;
	size_t length;
	bool by_shell = wrapped->kind == WRAPPED_SCRIPT; /* a shell looks in the current directory first */
	const char *word = argv[wrapped->start];
	cleanup_free char *path = by_shell ? xstrdup(word) : program_find(word, context, &status, NULL);
	char *text = NULL;

	if (!path || file_read(AT_FDCWD, path, SCRIPT_BYTES_MAX, &text, &length, NULL) < 0)
		return NULL;
	if (by_shell || strncmp(text, "#!", 2) == 0)
		return text;
	free(text);
	return NULL;
}

/* What kind of command this is, if the program that it starts is not visible; else NULL. Caller frees. */
static char *hidden(char *const *argv, const struct wrapped *wrapped, const struct context *context)
{
	const char *word = argv[wrapped->start];
	switch (wrapped->kind) {
	case WRAPPED_SHELL:
		return NULL;
	case WRAPPED_TEXT:
	case WRAPPED_SHELL_TEXT:
		return xstrdup("a shell runs the command");
	case WRAPPED_UNREAD:
		return xasprintf("siplaunch does not know the options of %s", word);
	case WRAPPED_PROGRAM:
	case WRAPPED_SCRIPT:
		break;
	}
	cleanup_free char *text = script_text(argv, wrapped, context);
	return text || wrapped->kind == WRAPPED_SCRIPT ? xasprintf("%s is a script", word) : NULL;
}

static void warn_unsized(char *const *argv, const struct wrapped *wrapped, const struct context *context,
			 struct plan *plan)
{
	cleanup_free char *what = hidden(argv, wrapped, context);
	bool arguments = wrapped->kind == WRAPPED_PROGRAM || wrapped->kind == WRAPPED_SCRIPT ||
			 wrapped->kind == WRAPPED_TEXT;
	if (what)
		plan_warn(
			plan,
			"nothing is sized: %s, and the router that it starts is not known. Add --set "
			"router=kamailio, or router=opensips, and start the router there with exec kamailio %s",
			what, arguments ? "\"$@\"" : "$SIPLAUNCH_ARGS");
}

static bool uses_sizes(const char *text)
{
	return strstr(text, "$@") || strstr(text, "$*") || strstr(text, "${@") || strstr(text, "SIPLAUNCH_");
}

/* The end of the last of `words` in the line; NULL: it has none of them. */
static const char *after_last(const char *line, const char *const *words)
{
	const char *last = NULL;
	for (; *words; words++)
		for (const char *at = line; (at = strstr(at, *words)); at++)
			last = at > last ? at : last;
	return last;
}

/* The router uses the last -m of its command: the script's own, if it comes after siplaunch's. */
static int find_own_sizes(char *line, void *router)
{
	static const char *const own[] = {" -m", " -M", NULL};
	static const char *const passed[] = {"$@", "$*", "${@", "SIPLAUNCH_", NULL};
	const char *size = after_last(line, own), *siplaunch = after_last(line, passed);
	bool is_comment = line[strspn(line, " \t")] == '#';
	return !is_comment && strstr(line, router) && size && (!siplaunch || size > siplaunch);
}

static void join_continued_lines(char *text)
{
	while ((text = strstr(text, "\\\n")))
		text[0] = text[1] = ' ';
}

static void warn_own_sizes(const char *script, char *text, const struct context *context, struct plan *plan)
{
	cleanup_free char *router = xstrdup(context->router->name);
	join_continued_lines(text);
	if (each_line(text, find_own_sizes, router))
		plan_warn(
			plan,
			"%s gives %s -m or -M of its own, and the last of a command counts: remove them there",
			script, router);
}

static void warn_dropped(char *const *argv, const struct wrapped *wrapped, const struct context *context,
			 struct plan *plan)
{
	bool by_text = wrapped->kind == WRAPPED_TEXT;
	cleanup_free char *text = by_text ? NULL : script_text(argv, wrapped, context);
	if (text && !uses_sizes(text))
		plan_warn(plan,
			  "%s passes no arguments on, so that -m and -M do not reach %s: start it there with "
			  "exec %s \"$@\", or with exec %s $SIPLAUNCH_ARGS",
			  argv[wrapped->start], context->router->name, context->router->name,
			  context->router->name);
	else if (text)
		warn_own_sizes(argv[wrapped->start], text, context, plan);
}

static void warn_environment(char *const *argv, const struct wrapped *wrapped, const struct context *context,
			     struct plan *plan)
{
	for (char *const *word = argv + wrapped->start; *word; word++)
		if (strstr(*word, "SIPLAUNCH_"))
			return;
	plan_warn(plan,
		  "-m and -M cannot be put into this command: start %s there with exec %s $SIPLAUNCH_ARGS, "
		  "which siplaunch sets",
		  context->router->name, context->router->name);
}

/* A script may add a configuration of its own. */
static void warn_configuration(const struct context *context, struct plan *plan)
{
	bool counted = context->profile->sizing.processes.kind == COUNT_NUMBER;
	if (!counted && !context->command->config_given)
		plan_warn(plan,
			  "processes are counted for %s: where the router gets another configuration, set "
			  "sizing.processes",
			  context->command->config);
}

/* Warns of a variable with a size for the entry point or the service that siplaunch replaces. */
static void warn_variable(const struct size_variable *variable, const struct size_field *field,
			  struct plan *plan)
{
	const char *value = getenv(variable->name);
	uint64_t mib;
	bool is_number = value && parse_u64(value, &mib);
	if (!value || !*value || (is_number && mib == variable->usual_mib) || field->size.kind == SIZE_BYTES)
		return;
	const char *key = variable->option == 'm' ? "shared" : "private";
	cleanup_free char *size = is_number ? xasprintf("%" PRIu64 "MiB", mib) : xstrdup("SIZE");
	plan_warn(plan,
		  "%s=%s has no effect: siplaunch computes -%c. For a size of your own: --set sizing.%s=%s",
		  variable->name, value, variable->option, key, size);
}

static void warn_variables(const struct context *context, struct plan *plan)
{
	const struct size_variable *variable = context->router->size_variables;
	const struct router_command *command = context->command;
	for (; variable && variable->name; variable++) {
		bool shared = variable->option == 'm';
		if (shared ? !command->shm_mib : !command->pkg_mib)
			warn_variable(variable,
				      shared ? &context->profile->sizing.shared
					     : &context->profile->sizing.private_pool,
				      plan);
	}
}

void entry_warn(char *const *argv, const struct context *context, struct plan *plan)
{
	cleanup_wrapped struct wrapped wrapped = {0};

	wrapped_read(argv, &wrapped);
	if (!context->router->sizes_by_arguments && wants_sizes(context->profile))
		warn_unsized(argv, &wrapped, context, plan);
	if (!context->decision.sized)
		return;
	if (context->command->reach == REACH_DIRECT) {
		warn_variables(context, plan);
		return;
	}
	if (context->command->reach == REACH_PASSED_ON)
		warn_dropped(argv, &wrapped, context, plan);
	else
		warn_environment(argv, &wrapped, context, plan);
	warn_configuration(context, plan);
}
