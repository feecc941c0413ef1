/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <getopt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/value.h"
#include "entrypoint.h"
#include "router/router.h"

/* What getopt returns for a row without a letter: beyond every character. */
#define LONG_ONLY     256
#define ROWS_MAX      64            /* read_words() keeps what it has seen in as many bits */
#define WATCH_SECONDS 2             /* of --watch alone */
#define NO_COMMAND    COMMAND_COUNT /* none was named so far */

/* getopt's two arrays, made from the table. */
struct getopt_arrays {
	char letters[2 + 2 * ROWS_MAX + 1];
	struct option longs[ROWS_MAX + 1];
};

static void arrays_make(struct getopt_arrays *arrays)
{
	*arrays = (struct getopt_arrays){0};
	/* "-": words that are no options come back in order; ":": we say ourselves what is wrong. */
	char *letter = stpcpy(arrays->letters, "-:");
	for (size_t i = 0; i < option_row_count && i < ROWS_MAX; i++) {
		const struct option_row *row = &option_rows[i];
		int has_argument = !row->argument            ? no_argument
				   : row->argument[0] == '[' ? optional_argument
							     : required_argument;
		arrays->longs[i] = (struct option){
			.name = row->name, .has_arg = has_argument, .val = LONG_ONLY + (int)i};
		if (!row->letter)
			continue;
		*letter++ = row->letter;
		if (row->argument)
			*letter++ = ':';
	}
}

static const struct option_row *row_of(int code)
{
	if (code >= LONG_ONLY && (size_t)(code - LONG_ONLY) < option_row_count)
		return &option_rows[code - LONG_ONLY];
	for (size_t i = 0; i < option_row_count; i++)
		if (option_rows[i].letter && option_rows[i].letter == code)
			return &option_rows[i];
	return NULL;
}

static void texts_add(struct texts *texts, const char *text)
{
	texts->items = xrealloc(texts->items, texts->count + 1, sizeof *texts->items);
	texts->items[texts->count++] = text;
}

static const char *nearest_option(const char *word)
{
	const char *names[ROWS_MAX];
	size_t count = 0;
	while (count < option_row_count && count < ROWS_MAX) {
		names[count] = option_rows[count].name;
		count++;
	}
	return nearest_name(word, names, count);
}

static bool is_prefix_of_some(const char *word)
{
	for (size_t i = 0; i < option_row_count; i++)
		if (strncmp(option_rows[i].name, word, strlen(word)) == 0)
			return true;
	return false;
}

/* getopt returned '?': unknown, ambiguous, or an argument where none belongs. */
static int unknown_option(const char *word, struct error *error)
{
	const struct option_row *row = row_of(optopt);
	if (row)
		return error_set(error, 0, "--%s takes no argument", row->name);
	if (optopt)
		return error_set(error, 0, "unknown option -%c", optopt);
	cleanup_free char *name = xstrndup(word + 2, strcspn(word + 2, "="));
	if (is_prefix_of_some(name))
		return error_set(error, 0, "--%s could mean more than one option", name);
	const char *nearest = nearest_option(name);
	if (nearest)
		return error_set(error, 0, "unknown option --%s: did you mean --%s?", name, nearest);
	return error_set(error, 0, "unknown option --%s", name);
}

static int choose(const struct option_row *row, const char *word, int *choice, struct error *error)
{
	for (int i = 0; row->choices[i]; i++)
		if (strcmp(row->choices[i], word) == 0) {
			*choice = i;
			return 0;
		}
	return error_set(error, 0, "--%s is %s, not \"%s\"", row->name, row->argument, word);
}

static int seconds(const struct option_row *row, const char *word, unsigned *count, struct error *error)
{
	enum { DAY = 86400 };
	uint64_t number;
	if (!parse_u64(word, &number) || number < 1 || number > DAY)
		return error_set(error, 0, "--%s is a number of seconds from 1 to %d, not \"%s\"", row->name,
				 DAY, word);
	*count = (unsigned)number;
	return 0;
}

static int keep(const struct option_row *row, const char *argument, struct options *options,
		struct error *error)
{
	void *field = (char *)options + row->field;
	if (row->form == FORM_SWITCH) {
		*(bool *)field = true;
		return 0;
	}
	if (!argument && row->argument[0] == '[') {
		*(unsigned *)field = WATCH_SECONDS;
		return 0;
	}
	if (!argument || !*argument)
		return error_set(error, 0, "--%s: %s is empty", row->name, row->argument);
	switch (row->form) {
	case FORM_SWITCH:
		break;
	case FORM_TEXT:
		*(const char **)field = argument;
		return 0;
	case FORM_PAIRS:
		if (*argument == '=' || !strchr(argument, '='))
			return error_set(error, 0, "--%s takes KEY=VALUE, not \"%s\"", row->name, argument);
		texts_add(field, argument);
		return 0;
	case FORM_LIST:
		texts_add(field, argument);
		return 0;
	case FORM_CHOICE:
		return choose(row, argument, field, error);
	case FORM_SECONDS:
		return seconds(row, argument, field, error);
	}
	return -1;
}

static bool takes_router_command(enum command_id command)
{
	return command == COMMAND_RUN || command == COMMAND_PLAN || command == COMMAND_DOCTOR ||
	       command == COMMAND_INIT;
}

/*
 * A word that is no option: a command's name if none was seen yet, the start of the router's own command for
 * run and plan (true: everything from here on is the router's), else an operand.
 */
static bool take_word(const char *word, struct options *options)
{
	if (options->command == NO_COMMAND) {
		const struct command *command = command_find(word);
		options->command = command ? command_id(command) : COMMAND_RUN;
		if (command)
			return false;
	}
	if (takes_router_command(options->command))
		return true;
	texts_add(&options->operands, word);
	return false;
}

/* Reads options and words up to the router's command. Returns the index of what was not read, or -1. */
static int read_words(int argc, char *const *argv, struct options *options, uint64_t *seen,
		      struct error *error)
{
	struct getopt_arrays arrays;
	int code;

	arrays_make(&arrays);
	optind = 0; /* glibc: start afresh, also after an earlier parse that stopped half-way */
	opterr = 0;
	while ((code = getopt_long(argc, argv, arrays.letters, arrays.longs, NULL)) != -1) {
		if (code == 1) {
			if (take_word(optarg, options))
				return optind - 1;
			continue;
		}
		if (code == '?')
			return unknown_option(argv[optind - 1], error);
		const struct option_row *row = row_of(code == ':' ? optopt : code);
		if (code == ':')
			return error_set(error, 0, "--%s needs an argument: %s", row->name, row->argument);
		if (keep(row, optarg, options, error) < 0)
			return -1;
		*seen |= UINT64_C(1) << (row - option_rows);
		if (options->help || options->version)
			return argc;
	}
	return optind;
}

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

static int check_inspect(struct options *options, struct error *error)
{
	uint64_t pid;
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
	/* PID_MAX_LIMIT (include/linux/threads.h) is 2^22 */
	if (!parse_u64(options->operands.items[0], &pid) || pid == 0 || pid > 1u << 22)
		return error_set(error, 0, "\"%s\" is no process id", options->operands.items[0]);
	options->pid = (pid_t)pid;
	options->operands.count = 0;
	return 0;
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
	case COMMAND_ADVISE:
	case COMMAND_TUNE:
		return 0;
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

/* The router's command begins at `argv`; with --entrypoint that may not be all of it. */
static int take_command(char *const *argv, struct options *options, struct error *error)
{
	options->argv = argv;
	if (!options->entrypoint)
		return 0;
	options->composed = entrypoint_command(options->entrypoint, argv);
	if (!options->composed)
		return error_set(error, 0, "--entrypoint: COMMAND is empty");
	options->argv = options->composed;
	return 0;
}

static int parse(int argc, char *const *argv, struct options *options, struct error *error)
{
	uint64_t seen = 0;
	if (argc < 1)
		return error_set(error, 0, "not even a name in the argument list");
	int rest = read_words(argc, argv, options, &seen, error);
	if (rest < 0)
		return -1;
	if (options->help || options->version)
		return 0;
	if (options->command == NO_COMMAND)
		options->command = COMMAND_RUN;
	if (!takes_router_command(options->command))
		for (; rest < argc; rest++)
			texts_add(&options->operands, argv[rest]);
	else if (take_command(argv + rest, options, error) < 0)
		return -1;
	if (check_belonging(options->command, seen, error) < 0 || check_plan(options, error) < 0)
		return -1;
	return check_operands(options, error);
}

int options_parse(int argc, char *const *argv, struct options *options, struct error *error)
{
	*options = (struct options){.command = NO_COMMAND};
	int result = parse(argc, argv, options, error);
	bool general = options->command == NO_COMMAND;
	if (result < 0)
		error_hint(error, "Try 'siplaunch%s%s --help'.", general ? "" : " ",
			   general ? "" : commands[options->command].name);
	return result;
}

void options_clear(struct options *options)
{
	free(options->profile_dirs.items);
	free(options->sets.items);
	free(options->policies.items);
	free(options->workloads.items);
	free(options->capabilities.items);
	free(options->operands.items);
	argv_free(options->composed);
	*options = (struct options){0};
}

void options_environment(struct options *options, char *(*get)(const char *name))
{
	const char *profile = get("SIPLAUNCH_PROFILE"), *no_color = get("NO_COLOR"), *terminal = get("TERM");

	/* inspect compares only with what was asked for: a default would turn every look into a verdict */
	if (!options->profile && !options->plan && profile && *profile &&
	    takes_router_command(options->command))
		options->profile = profile;
	options->profile_path = get("SIPLAUNCH_PROFILE_PATH");
	const char *sudo = get("SUDO_UID");
	uint64_t uid;
	options->by_sudo = sudo && parse_u64(sudo, &uid) && uid < UINT32_MAX;
	options->sudo_uid = options->by_sudo ? (uid_t)uid : 0;
	options->no_color = (no_color && *no_color) || (terminal && strcmp(terminal, "dumb") == 0);
}

struct profile_search options_search(const struct options *options)
{
	return (struct profile_search){
		.directories = options->profile_dirs.items,
		.directory_count = options->profile_dirs.count,
		.environment = options->profile_path,
		.builtin = SIPLAUNCH_PROFILE_DIRS,
	};
}

struct profile_request options_request(const struct options *options, const char *name,
				       const struct profile_search *search)
{
	return (struct profile_request){
		.name = name,
		.search = search,
		.sets = options->sets.items,
		.set_count = options->sets.count,
		.policies = options->policies.items,
		.policy_count = options->policies.count,
		.workloads = options->workloads.items,
		.workload_count = options->workloads.count,
	};
}
