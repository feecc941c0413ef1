/* SPDX-License-Identifier: MIT */
#include "options.h"
#include "installed.h"

#include <getopt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/nearest.h"
#include "base/value.h"
#include "options_check.h"
#include "plan/plan.h"
#include "router/entrypoint.h"
#include "router/router.h"
#include "router/wrapper.h"

/* What getopt returns for a row without a letter: beyond every character. */
#define LONG_ONLY     256
#define ROWS_MAX      64            /* read_words() keeps what it has seen in as many bits */
#define WATCH_SECONDS 2             /* of --watch alone, and of top */
#define NO_COMMAND    COMMAND_COUNT /* none was named so far */

/* getopt's two arrays, made from the table. */
struct getopt_arrays {
	char letters[2 + 2 * ROWS_MAX + 1];
	struct option longs[ROWS_MAX + 1];
};

static void arrays_make(struct getopt_arrays *arrays)
{
	*arrays = (struct getopt_arrays){0};
	/* "-": getopt returns operands in order; ":": getopt prints no errors, siplaunch reports them. */
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

/*
 * "--profile or --profile-dir": the options whose names begin with `word`. NULL: none does, or nothing was
 * written. Caller frees.
 */
static char *options_that_begin_with(const char *word)
{
	char *names = NULL;

	for (size_t i = 0; *word && i < option_row_count; i++)
		if (strncmp(option_rows[i].name, word, strlen(word)) == 0)
			text_append(&names, " or ", "--%s", option_rows[i].name);
	return names;
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
	cleanup_free char *several = options_that_begin_with(name);
	if (several)
		return error_set(error, 0, "--%s could mean %s", name, several);
	const char *nearest = nearest_option(name);
	if (nearest)
		return error_set(error, 0, "unknown option --%s: did you mean --%s?", name, nearest);
	return error_set(error, 0, "unknown option --%s", name);
}

/* "text|json". Caller frees. */
static char *words_of(const struct option_row *row)
{
	char *words = xstrdup(row->choices[0]);
	for (int i = 1; row->choices[i]; i++)
		text_append(&words, "|", "%s", row->choices[i]);
	return words;
}

static int choose(const struct option_row *row, const char *word, int *choice, struct error *error)
{
	for (int i = 0; row->choices[i]; i++)
		if (strcmp(row->choices[i], word) == 0) {
			*choice = i;
			return 0;
		}
	cleanup_free char *known = words_of(row);
	return error_set(error, 0, "--%s must be %s, not \"%s\"", row->name, known, word);
}

static int seconds(const struct option_row *row, const char *word, unsigned *count, struct error *error)
{
	uint64_t number;
	if (!parse_u64(word, &number) || number < 1 || number > SECONDS_MAX)
		return error_set(error, 0, "--%s must be a number of seconds from 1 to %d, not \"%s\"",
				 row->name, SECONDS_MAX, word);
	*count = (unsigned)number;
	return 0;
}

/* Reads a whole number; *rest is the text behind it. */
static bool number_before(const char *word, const char **rest, uint64_t *number)
{
	size_t digits = strspn(word, "0123456789");
	cleanup_free char *text = xstrndup(word, digits);
	*rest = word + digits;
	return parse_u64(text, number);
}

static int time_span(const struct option_row *row, const char *word, unsigned *seconds_of,
		     struct error *error)
{
	static const struct {
		const char *name;
		unsigned seconds;
	} units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}};
	enum { WEEK = 7 * 24 * 3600 };
	const char *unit;
	uint64_t number;

	if (number_before(word, &unit, &number) && number > 0)
		for (size_t i = 0; i < ARRAY_SIZE(units); i++)
			if (strcmp(unit, units[i].name) == 0 && number <= WEEK / units[i].seconds) {
				*seconds_of = (unsigned)number * units[i].seconds;
				return 0;
			}
	return error_set(error, 0, "--%s must be a time such as 90s, 20m or 2h, up to a week, not \"%s\"",
			 row->name, word);
}

static int bounded(const struct option_row *row, const char *word, unsigned min, unsigned max,
		   unsigned *number, struct error *error)
{
	uint64_t value;
	if (!parse_u64(word, &value) || value < min || value > max)
		return error_set(error, 0, "--%s must be a whole number from %u to %u, not \"%s\"", row->name,
				 min, max, word);
	*number = (unsigned)value;
	return 0;
}

static int percent(const struct option_row *row, const char *word, unsigned *number, struct error *error)
{
	const char *rest;
	uint64_t value;
	bool whole = number_before(word, &rest, &value) && (!*rest || strcmp(rest, "%") == 0);
	cleanup_free char *digits = whole ? xstrndup(word, (size_t)(rest - word)) : xstrdup(word);
	return bounded(row, digits, 0, 400, number, error);
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
		if (row->form == FORM_CHOICE)
			*(int *)field = 1;
		else
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
	case FORM_TIME:
		return time_span(row, argument, field, error);
	case FORM_COUNT:
		return bounded(row, argument, 1, 1000, field, error);
	case FORM_PERCENT:
		return percent(row, argument, field, error);
	}
	return -1;
}

bool takes_router_command(enum command_id command)
{
	return command == COMMAND_RUN || command == COMMAND_PLAN || command == COMMAND_DOCTOR ||
	       command == COMMAND_INIT || command == COMMAND_EXPORT || command == COMMAND_TUNE;
}

/*
 * A word that is not an option: a command's name if none was seen yet; the start of the router's command if
 * takes_router_command() (returns true: the rest is the router's); else an operand.
 */
static bool take_word(const char *word, struct options *options)
{
	if (options->command == NO_COMMAND) {
		const struct command *command = command_find(word);
		options->command = command ? command_id(command) : COMMAND_RUN;
		options->implied = !command;
		if (command)
			return false;
	}
	/* export's own first word is the tool */
	if (takes_router_command(options->command) &&
	    (options->command != COMMAND_EXPORT || options->operands.count))
		return true;
	texts_add(&options->operands, word);
	return false;
}

/* Reads options and words up to the router's command. Returns the index of what was not read, or -1. */
static int read_words(int argc, char *const *argv, struct options *options, uint64_t *seen,
		      struct error *error)
{
	struct getopt_arrays arrays;
	const struct option_row *bare = NULL; /* the option before this word, without its optional argument */
	int code;

	arrays_make(&arrays);
	optind = 0; /* glibc: start afresh, also after an earlier parse that stopped half-way */
	opterr = 0;
	while ((code = getopt_long(argc, argv, arrays.letters, arrays.longs, NULL)) != -1) {
		if (code == 1) {
			if (bare && options_detached(options, bare, optarg, error) < 0)
				return -1;
			if (take_word(optarg, options))
				return optind - 1;
			bare = NULL;
			continue;
		}
		if (code == '?')
			return unknown_option(argv[optind - 1], error);
		const struct option_row *row = row_of(code == ':' ? optopt : code);
		if (code == ':')
			return error_set(error, 0, "--%s needs an argument: %s", row->name, row->argument);
		if (keep(row, optarg, options, error) < 0)
			return -1;
		bare = row->argument && !optarg ? row : NULL;
		*seen |= UINT64_C(1) << (row - option_rows);
		if (options->help || options->version)
			return argc;
	}
	return optind;
}

/* A container image names its router in $SIPLAUNCH_ENTRYPOINT, for run, plan and doctor. */
static const char *entrypoint_of_image(const struct options *options)
{
	const unsigned commands_of_image = 1u << COMMAND_RUN | 1u << COMMAND_PLAN | 1u << COMMAND_DOCTOR;
	const char *entrypoint = getenv("SIPLAUNCH_ENTRYPOINT");
	return entrypoint && *entrypoint && (commands_of_image & 1u << options->command) ? entrypoint : NULL;
}

/* The router's command begins at `argv`; an entrypoint may put words in front of it. */
static int take_command(char *const *argv, struct options *options, struct error *error)
{
	const char *image = options->launch.entrypoint ? NULL : entrypoint_of_image(options);
	const char *entrypoint = image ? image : options->launch.entrypoint;

	options->argv = argv;
	if (!entrypoint)
		return 0;
	options->composed = entrypoint_command(entrypoint, argv);
	if (!options->composed)
		return error_set(error, 0, "%s: COMMAND is empty",
				 image ? "SIPLAUNCH_ENTRYPOINT" : "--entrypoint");
	options->argv = options->composed;
	return 0;
}

static int parse(int argc, char *const *argv, struct options *options, struct error *error)
{
	uint64_t seen = 0;
	if (argc < 1)
		return error_set(error, 0, "the argument list is empty: execve was called without argv[0]");
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
	return options_check(options, seen, error);
}

int options_parse(int argc, char *const *argv, struct options *options, struct error *error)
{
	*options = (struct options){
		.command = NO_COMMAND,
		.sizes.margin = MARGIN_DEFAULT,
		.tune.rounds = ROUNDS_DEFAULT,
		.top.interval = WATCH_SECONDS,
		.export = {.kind = -1, .sysctls = -1},
	};
	int result = parse(argc, argv, options, error);
	bool general = options->command == NO_COMMAND;
	if (result < 0)
		error_hint(error, "Try 'siplaunch%s%s --help'.", general ? "" : " ",
			   general ? "" : commands[options->command].name);
	return result;
}

void options_clear(struct options *options)
{
	free(options->selection.directories.items);
	free(options->selection.sets.items);
	free(options->selection.policies.items);
	free(options->selection.workloads.items);
	free(options->seccomp.capabilities.items);
	free(options->operands.items);
	for (size_t i = 0; i < options->words.count; i++)
		free((char *)options->words.items[i]);
	free(options->words.items);
	argv_free(options->composed);
	*options = (struct options){0};
}

void options_environment(struct options *options, char *(*get)(const char *name))
{
	const char *profile = get("SIPLAUNCH_PROFILE"), *no_color = get("NO_COLOR"), *terminal = get("TERM");

	/* inspect compares only with a profile that was asked for: with a default one every inspection would
	 * report drift */
	if (!options->selection.name && !options->launch.plan && profile && *profile &&
	    takes_router_command(options->command)) {
		options->selection.name = profile;
		options->selection.by_environment = true;
	}
	options->selection.environment = get("SIPLAUNCH_PROFILE_PATH");
	options->selection.installed = installed_profile_dirs;
	const char *sudo = get("SUDO_UID"), *columns = get("COLUMNS");
	uint64_t uid, width;
	options->selection.by_sudo = sudo && parse_u64(sudo, &uid) && uid < UINT32_MAX;
	options->selection.sudo_uid = options->selection.by_sudo ? (uid_t)uid : 0;
	options->output.columns =
		columns && parse_u64(columns, &width) && width <= UINT16_MAX ? (unsigned)width : 0;
	options->output.no_color =
		(no_color && *no_color) || !terminal || !*terminal || strcmp(terminal, "dumb") == 0;
}

/* An option of this program that neither Kamailio nor OpenSIPS has. */
static bool is_own_alone(const char *word)
{
	static const char *const shared[] = {"help", "version"};
	if (strncmp(word, "--", 2) != 0)
		return false;
	cleanup_free char *name = xstrndup(word + 2, strcspn(word + 2, "="));
	for (size_t i = 0; i < ARRAY_SIZE(shared); i++)
		if (strcmp(name, shared[i]) == 0)
			return false;
	for (size_t i = 0; i < option_row_count; i++)
		if (strcmp(option_rows[i].name, name) == 0)
			return true;
	return false;
}

void options_warn_behind(char *const *argv, const struct router *router, struct plan *plan)
{
	if (!argv || !argv[0] || !router->sizes_by_arguments)
		return;
	cleanup_wrapped struct wrapped wrapped = {0};
	wrapped_read(argv, &wrapped);
	for (size_t i = wrapped.start + 1; argv[i - 1] && argv[i] && strcmp(argv[i], "--") != 0; i++)
		if (is_own_alone(argv[i])) {
			plan_warn(plan,
				  "siplaunch passes %s to %s, which does not have this option: give "
				  "siplaunch's own options before the router's command",
				  argv[i], router->name);
			return;
		}
}
