/* SPDX-License-Identifier: MIT */
#include "options_check.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/value.h"
#include "options.h"

/* "run, plan and inspect" */
static char *commands_text(unsigned bits)
{
	char *text = xstrdup("");
	for (unsigned i = 0; i < COMMAND_COUNT; i++) {
		if (!(bits & 1u << i))
			continue;
		unsigned after = bits >> (i + 1);
		const char *separator = !*text ? "" : after ? ", " : " and ";
		cleanup_free char *before = text;
		text = xasprintf("%s%s%s", before, separator, commands[i].name);
	}
	return text;
}

static int check_belonging(enum command_id command, uint64_t seen, struct error *error)
{
	for (size_t i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];
		if (!(seen & UINT64_C(1) << i) || row->commands & 1u << command)
			continue;
		cleanup_free char *owners = commands_text(row->commands);
		return error_set(error, 0, "--%s is an option of %s, not of %s", row->name, owners,
				 commands[command].name);
	}
	return 0;
}

/* The one operand is a process. */
static int take_pid(struct options *options, struct error *error)
{
	uint64_t pid;
	/* PID_MAX_LIMIT (include/linux/threads.h) is 2^22 */
	if (!parse_u64(options->operands.items[0], &pid) || pid == 0 || pid > 1u << 22)
		return error_set(error, 0, "\"%s\" is no process id", options->operands.items[0]);
	options->pid = (pid_t)pid;
	options->operands.count = 0;
	return 0;
}

static int check_inspect(struct options *options, struct error *error)
{
	if (options->watch && (options->profile || options->write_profile))
		return error_set(error, 0,
				 "--watch only shows: it goes with neither --profile nor "
				 "--write-profile");
	if (options->cgroup)
		return options->operands.count
			       ? error_set(error, 0, "inspect takes a PID or --cgroup, not both")
			       : 0;
	if (options->operands.count != 1)
		return error_set(error, 0, "inspect needs one PID, or --cgroup PATH");
	return take_pid(options, error);
}

static bool is_number(const char *word)
{
	return *word && strspn(word, "0123456789") == strlen(word);
}

/* A word of digits is a process; "./123" is a file. */
static int check_advise(struct options *options, struct error *error)
{
	const struct texts *operands = &options->operands;
	size_t numbers = 0;

	if (!operands->count)
		return error_set(error, 0,
				 "advise needs a PID, or a FILE of samples (\"-\" is standard input)");
	for (size_t i = 0; i < operands->count; i++)
		numbers += is_number(operands->items[i]);
	if (numbers && operands->count > 1)
		return error_set(error, 0, "advise takes one PID, or files of samples");
	if (options->write && !options->profile)
		return error_set(error, 0, "--write needs --profile: what is written extends it");
	if (options->management && !numbers)
		return error_set(error, 0, "--mi goes with a PID: files are not asked");
	return numbers ? take_pid(options, error) : 0;
}

/* The first operand is the action; the others stay. `listed` is how they are named in a sentence. */
static int take_action(struct options *options, const char *const *actions, size_t count, const char *listed,
		       size_t *action, struct error *error)
{
	struct texts *operands = &options->operands;

	*action = 0;
	while (*action < count && strcmp(operands->items[0], actions[*action]) != 0)
		++*action;
	if (*action == count)
		return error_set(error, 0, "%s does %s, not \"%s\"", commands[options->command].name, listed,
				 operands->items[0]);
	operands->count--;
	memmove(operands->items, operands->items + 1, operands->count * sizeof *operands->items);
	return 0;
}

static int check_profiles(struct options *options, struct error *error)
{
	static const char *const actions[] = {
		[PROFILES_LIST] = "list", [PROFILES_SHOW] = "show", [PROFILES_CHECK] = "check"};
	const struct texts *operands = &options->operands;
	size_t action = 0;

	if (!operands->count)
		return 0;
	if (take_action(options, actions, ARRAY_SIZE(actions), "list, show or check", &action, error) < 0)
		return -1;
	options->action = (enum profiles_action)action;
	if (options->action == PROFILES_LIST && operands->count)
		return error_set(error, 0, "profiles list takes no argument: \"%s\"", operands->items[0]);
	if (options->action == PROFILES_SHOW && operands->count != 1)
		return error_set(error, 0, "profiles show needs one NAME");
	if (options->action == PROFILES_CHECK && !operands->count)
		return error_set(error, 0, "profiles check needs a FILE");
	return 0;
}

static int check_seccomp(struct options *options, struct error *error)
{
	static const char *const actions[] = {
		[SECCOMP_SHOW] = "show", [SECCOMP_CHECK] = "check", [SECCOMP_EXPORT] = "export"};
	const struct texts *operands = &options->operands;
	size_t action = 0;

	if (!operands->count)
		return error_set(error, 0, "seccomp needs show, check or export");
	if (take_action(options, actions, ARRAY_SIZE(actions), "show, check or export", &action, error) < 0)
		return -1;
	options->seccomp_action = (enum seccomp_action)action;
	if (options->seccomp_action == SECCOMP_CHECK)
		return operands->count ? 0 : error_set(error, 0, "seccomp check needs a FILE");
	return operands->count == 1 ? 0
				    : error_set(error, 0, "seccomp %s needs one NAME",
						options->seccomp_action == SECCOMP_SHOW ? "show" : "export");
}

/* The tool is the operand; what follows is the router's command, which may be left out. */
static int check_export(struct options *options, struct error *error)
{
	static const char *const tools[] = {"docker", "podman", "compose", "kubernetes", "systemd", "sysctl"};
	static const enum tool ids[] = {TOOL_DOCKER, TOOL_PODMAN, TOOL_COMPOSE,
					TOOL_POD,    TOOL_UNIT,   TOOL_SYSCTL};
	size_t tool = 0;

	if (!options->operands.count)
		return error_set(error, 0,
				 "export needs docker, podman, compose, kubernetes, systemd or sysctl");
	if (take_action(options, tools, ARRAY_SIZE(tools),
			"docker, podman, compose, kubernetes, systemd or sysctl", &tool, error) < 0)
		return -1;
	options->tool = ids[tool];
	if (options->argv && !options->argv[0])
		options->argv = NULL;
	return 0;
}

static int check_help(const struct options *options, struct error *error)
{
	if (options->operands.count > 1)
		return error_set(error, 0, "help takes one command");
	if (!options->operands.count || command_find(options->operands.items[0]))
		return 0;
	const char *word = options->operands.items[0], *nearest = command_nearest(word);
	if (nearest)
		return error_set(error, 0, "there is no command \"%s\": did you mean %s?", word, nearest);
	return error_set(error, 0, "there is no command \"%s\"", word);
}

/* A plan has its profile. */
static int check_plan(const struct options *options, struct error *error)
{
	return options->plan && options->profile
		       ? error_set(error, 0,
				   "--plan and --profile exclude each other: a plan has its own profile")
		       : 0;
}

static int check_tune(const struct options *options, struct error *error)
{
	if (!options->load)
		return error_set(error, 0, "tune needs a load that the sizes are to stand: --load COMMAND");
	if (!options->argv || !options->argv[0] || !*options->argv[0])
		return error_set(error, 0, "no router to tune: siplaunch tune --load COMMAND -- ROUTER...");
	return 0;
}

static int check_operands(struct options *options, struct error *error)
{
	switch (options->command) {
	case COMMAND_RUN:
	case COMMAND_PLAN:
		if (!options->argv || !options->argv[0] || !*options->argv[0])
			return error_set(error, 0, "no command to %s: siplaunch %s [OPTIONS] -- COMMAND...",
					 commands[options->command].name, commands[options->command].name);
		return options->quiet && options->verbose
			       ? error_set(error, 0, "--quiet and --verbose contradict each other")
			       : 0;
	case COMMAND_DOCTOR:
		return 0; /* a command is welcome there, and not needed */
	case COMMAND_INIT:
		return options->out ? 0 : error_set(error, 0, "init needs --out DIR");
	case COMMAND_EXPORT:
		return check_export(options, error);
	case COMMAND_ADVISE:
		return check_advise(options, error);
	case COMMAND_TUNE:
		return check_tune(options, error);
	case COMMAND_INSPECT:
		return check_inspect(options, error);
	case COMMAND_PROFILES:
		return check_profiles(options, error);
	case COMMAND_SECCOMP:
		return check_seccomp(options, error);
	case COMMAND_HELP:
		return check_help(options, error);
	case COMMAND_COUNT:
		break;
	}
	return 0;
}

int options_check(struct options *options, uint64_t seen, struct error *error)
{
	if (check_belonging(options->command, seen, error) < 0 || check_plan(options, error) < 0)
		return -1;
	return check_operands(options, error);
}
