/* SPDX-License-Identifier: MIT */
#include "options_check.h"
#include "base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/value.h"
#include "options.h"
#include "router/router.h"

/* "run, plan and inspect" */
static char *commands_text(unsigned bits)
{
	char *text = xstrdup("");
	for (unsigned i = 0; i < COMMAND_COUNT; i++) {
		if (!(bits & 1u << i))
			continue;
		unsigned after = bits >> (i + 1);
		text_append(&text, after ? ", " : " and ", "%s", commands[i].name);
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

static int take_pid(const char *word, struct options *options, struct error *error)
{
	uint64_t pid;
	/* PID_MAX_LIMIT (include/linux/threads.h) is 2^22 */
	if (!parse_u64(word, &pid) || pid == 0 || pid > 1u << 22)
		return error_set(error, 0, "\"%s\" is not a process id: those are 1 to 4194304", word);
	options->running.pid = (pid_t)pid;
	return 0;
}

/* The operand is a running router: a pid, a path below the cgroup mount, or a name. */
static int take_running(struct options *options, struct error *error)
{
	const char *word = options->operands.items[0];

	options->operands.count = 0;
	if (options->running.cgroup)
		return error_set(error, 0, "%s takes a router or --cgroup, not both",
				 commands[options->command].name);
	if (!*word)
		return error_set(error, 0, "the router's name is empty");
	if (text_is_digits(word))
		return take_pid(word, options, error);
	*(strchr(word, '/') ? &options->running.cgroup : &options->running.name) = word;
	return 0;
}

static int check_format(const struct options *options, struct error *error)
{
	if (options->output.format != OUTPUT_OPENMETRICS)
		return 0;
	if (options->command != COMMAND_INSPECT)
		return error_set(error, 0, "--format openmetrics is for inspect, not for %s",
				 commands[options->command].name);
	return options->inspect.watch || options->inspect.write_profile
		       ? error_set(error, 0, "--format openmetrics cannot be combined with --%s",
				   options->inspect.watch ? "watch" : "write-profile")
		       : 0;
}

static int check_inspect(struct options *options, struct error *error)
{
	if (options->inspect.watch && options->selection.name)
		return error_set(error, 0, "--watch compares nothing: it cannot be combined with --profile");
	if (options->operands.count > 1)
		return options->detached
			       ? error_set(error, 0, "inspect takes one router; an interval is --watch=%s",
					   options->detached)
			       : error_set(error, 0, "inspect takes one router");
	return options->operands.count ? take_running(options, error) : 0;
}

static int check_top(struct options *options, struct error *error)
{
	const struct running_choice *running = &options->running;

	if (options->top.replay && (options->operands.count || running->cgroup || running->management))
		return error_set(error, 0, "--replay shows a file: it cannot be combined with a router");
	if (options->operands.count > 1)
		return error_set(error, 0, "top takes one router");
	return options->operands.count ? take_running(options, error) : 0;
}

static bool has_unit_suffix(const char *word, size_t length)
{
	static const char *const suffixes[] = {".service", ".scope", ".slice"};
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		size_t end = strlen(suffixes[i]);
		if (length > end && strncmp(word + length - end, suffixes[i], end) == 0)
			return true;
	}
	return false;
}

/* "/sip.slice/kamailio", "/sys/fs/cgroup/…" */
static bool is_group(const char *path)
{
	static const char mount[] = "/sys/fs/cgroup/";
	if (*path != '/' || strncmp(path, mount, sizeof mount - 1) == 0)
		return *path == '/';
	for (const char *at = path + 1; *at; at += strcspn(at, "/"), at += strspn(at, "/"))
		if (has_unit_suffix(at, strcspn(at, "/")))
			return true;
	return false;
}

/* advise takes files as well: "./kamailio" is one. */
static bool is_running(const char *word)
{
	if (strchr(word, '/'))
		return is_group(word);
	return text_is_digits(word) || has_unit_suffix(word, strlen(word)) ||
	       router_find(NULL, word)->sizes_by_arguments;
}

static int check_advise(struct options *options, struct error *error)
{
	const struct texts *operands = &options->operands;
	size_t running = 0;

	for (size_t i = 0; i < operands->count; i++)
		running += is_running(operands->items[i]);
	if (options->sizes.write && !options->selection.name)
		return error_set(error, 0, "--write needs --profile, which the new profile extends");
	if (running && operands->count > 1)
		return error_set(error, 0, "advise takes one router, or files of samples");
	if (running)
		return take_running(options, error);
	if (operands->count && options->running.cgroup)
		return error_set(error, 0, "advise takes --cgroup, or files of samples");
	if (operands->count && options->running.management)
		return error_set(error, 0, "--mi needs a running router: siplaunch does not query files");
	return 0;
}

/* The first operand is the action; the others stay. `listed` is how they are named in a sentence. */
static int take_action(struct options *options, const char *listed, size_t *action, struct error *error)
{
	const char *const *actions = commands[options->command].actions;
	struct texts *operands = &options->operands;

	*action = 0;
	while (actions[*action] && strcmp(operands->items[0], actions[*action]) != 0)
		++*action;
	if (!actions[*action])
		return error_set(error, 0, "%s needs %s, not \"%s\"", commands[options->command].name, listed,
				 operands->items[0]);
	operands->count--;
	memmove(operands->items, operands->items + 1, operands->count * sizeof *operands->items);
	return 0;
}

static int check_profiles(struct options *options, struct error *error)
{
	const struct texts *operands = &options->operands;
	size_t action = 0;

	if (!operands->count)
		return 0;
	if (take_action(options, "list, show or check", &action, error) < 0)
		return -1;
	options->profiles = (enum profiles_action)action;
	if (options->profiles == PROFILES_LIST && operands->count)
		return error_set(error, 0, "profiles list takes no argument: \"%s\"", operands->items[0]);
	if (options->profiles == PROFILES_SHOW && operands->count != 1)
		return error_set(error, 0, "profiles show needs one NAME");
	if (options->profiles == PROFILES_CHECK && !operands->count)
		return error_set(error, 0, "profiles check needs a FILE");
	return 0;
}

static int check_seccomp(struct options *options, struct error *error)
{
	const struct texts *operands = &options->operands;
	size_t action = 0;

	if (!operands->count)
		return error_set(error, 0, "seccomp needs show, check or export");
	if (take_action(options, "show, check or export", &action, error) < 0)
		return -1;
	options->seccomp.action = (enum seccomp_action)action;
	if (options->seccomp.action == SECCOMP_EXPORT && options->output.format == OUTPUT_JSON)
		return error_set(
			error, 0,
			"--format json is for seccomp show and seccomp check: export writes a program");
	if (options->seccomp.action == SECCOMP_CHECK)
		return operands->count ? 0 : error_set(error, 0, "seccomp check needs a FILE");
	return operands->count == 1 ? 0
				    : error_set(error, 0, "seccomp %s needs one NAME",
						options->seccomp.action == SECCOMP_SHOW ? "show" : "export");
}

static int take_replicas(struct options *options, struct error *error)
{
	const char *text = options->export.replicas;
	uint64_t pods = 0;

	if (options->export.tool != TOOL_POD)
		return error_set(error, 0, "--replicas is for kubernetes, not for %s",
				 tool_name(options->export.tool));
	if (options->export.kind == EXPORT_POD)
		return error_set(error, 0, "--replicas cannot be combined with --kind pod, which is one pod");
	if (strcmp(text, "auto") != 0 && (!parse_u64(text, &pods) || pods < 1 || pods > FLEET_PODS_MAX))
		return error_set(error, 0,
				 "--replicas must be \"auto\" or a whole number from 1 to %d, not \"%s\"",
				 FLEET_PODS_MAX, text);
	options->fleet.asked.pods = (unsigned)pods;
	return 0;
}

/* The tool is the operand; what follows is the router's command, which may be left out. */
static int check_export(struct options *options, struct error *error)
{
	static const enum tool ids[] = {TOOL_DOCKER, TOOL_PODMAN, TOOL_COMPOSE,
					TOOL_POD,    TOOL_UNIT,   TOOL_SYSCTL};
	size_t tool = 0;

	if (!options->operands.count)
		return error_set(error, 0,
				 "export needs docker, podman, compose, kubernetes, systemd or sysctl");
	if (take_action(options, "docker, podman, compose, kubernetes, systemd or sysctl", &tool, error) < 0)
		return -1;
	options->export.tool = ids[tool];
	if (options->argv && !options->argv[0])
		options->argv = NULL;
	return options->export.replicas ? take_replicas(options, error) : 0;
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

/* In whole MiB, like every limit of the budget. */
static int take_pod_memory(struct options *options, struct error *error)
{
	const char *text = options->fleet.pod_memory;
	struct size size;
	const char *wrong = size_parse(text, &size);

	if (wrong)
		return error_set(error, 0, "--pod-memory \"%s\": %s", text, wrong);
	if (size.kind != SIZE_BYTES || size.bytes < MIB || size.bytes > LIMIT_MAX)
		return error_set(error, 0,
				 "--pod-memory must be a size from 1MiB on, such as 512MiB, not \"%s\"",
				 text);
	options->fleet.asked.memory_bytes = size.bytes - size.bytes % MIB;
	return 0;
}

static int check_fleet(struct options *options, struct error *error)
{
	const char *other = options->launch.host ? "host" : options->launch.plan ? "plan" : NULL;

	if (options->fleet.pod_memory && take_pod_memory(options, error) < 0)
		return -1;
	if (other && (options->fleet.pod_memory || options->fleet.asked.pods))
		return error_set(error, 0, "--%s plans for one machine: it cannot be combined with --%s",
				 other, options->fleet.asked.pods ? "pods" : "pod-memory");
	return 0;
}

/* --plan names the profile, so another one is refused. */
static int check_plan(const struct options *options, struct error *error)
{
	return options->launch.plan && options->selection.name
		       ? error_set(error, 0,
				   "--plan and --profile exclude each other: a plan has its own profile")
		       : 0;
}

/* Elsewhere "-" is standard output, which cannot have a directory's files. */
static int check_directory(const char *name, const char *directory, struct error *error)
{
	return directory && strcmp(directory, "-") == 0
		       ? error_set(error, 0,
				   "--%s must be a directory, not \"-\"; if its name is \"-\": --%s ./-",
				   name, name)
		       : 0;
}

static int check_tune(const struct options *options, struct error *error)
{
	if (!options->tune.load)
		return error_set(
			error, 0,
			"tune needs a load command, which exits 0 if the size passed: --load COMMAND");
	if (!options->argv || !options->argv[0] || !*options->argv[0])
		return error_set(error, 0, "no router to tune: siplaunch tune --load COMMAND -- ROUTER...");
	return check_directory("keep", options->tune.keep, error);
}

static int check_operands(struct options *options, struct error *error)
{
	switch (options->command) {
	case COMMAND_RUN:
	case COMMAND_PLAN:
		if (!options->argv || !options->argv[0] || !*options->argv[0])
			return error_set(error, 0, "no command to %s: siplaunch %s [OPTIONS] -- COMMAND...",
					 commands[options->command].name, commands[options->command].name);
		return options->output.quiet && options->output.verbose
			       ? error_set(error, 0, "--quiet and --verbose contradict each other")
			       : 0;
	case COMMAND_DOCTOR:
		return 0; /* a command is allowed there, but not required */
	case COMMAND_INIT:
		return options->init.out ? check_directory("out", options->init.out, error)
					 : error_set(error, 0, "init needs --out DIR");
	case COMMAND_EXPORT:
		return check_export(options, error);
	case COMMAND_ADVISE:
		return check_advise(options, error);
	case COMMAND_TUNE:
		return check_tune(options, error);
	case COMMAND_REPORT:
		return options->operands.count
			       ? 0
			       : error_set(error, 0, "report needs a FILE, or - for standard input");
	case COMMAND_INSPECT:
		return check_inspect(options, error);
	case COMMAND_TOP:
		return check_top(options, error);
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

/* Capitals: "--die-with-parent kill" starts kill(1). */
static int detached_choice(const struct option_row *row, const char *word, struct error *error)
{
	for (int i = 0; row->choices[i]; i++) {
		const char *choice = row->choices[i];
		if (strcmp(choice, word) != 0 &&
		    (strncmp(choice, "SIG", 3) != 0 || strcmp(choice + 3, word) != 0))
			continue;
		return error_set(error, 0, "--%s takes its argument behind \"=\": --%s=%s", row->name,
				 row->name, choice);
	}
	return 0;
}

int options_detached(struct options *options, const struct option_row *row, const char *word,
		     struct error *error)
{
	uint64_t seconds;

	if (row->form == FORM_CHOICE)
		return detached_choice(row, word, error);
	if (parse_u64(word, &seconds) && seconds >= 1 && seconds <= SECONDS_MAX)
		options->detached = word;
	return 0;
}

int options_check(struct options *options, uint64_t seen, struct error *error)
{
	if (check_belonging(options->command, seen, error) < 0 || check_plan(options, error) < 0 ||
	    check_fleet(options, error) < 0 || check_format(options, error) < 0)
		return -1;
	return check_operands(options, error);
}
