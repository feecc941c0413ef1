/* SPDX-License-Identifier: MIT */
/* What the completions of bash, zsh and fish know of commands and options. How a shell asks is in the
 * templates, launcher/completion/siplaunch.*.in. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "generate.h"
#include "router/routers.h"

#define ROUTER_WORD(name) #name,
static const char *const programs[] = {ROUTERS(ROUTER_WORD) NULL};

/* How each shell completes a kind of argument. */
static const struct {
	const char *bash, *zsh, *fish;
} ways[] = {
	[COMPLETE_NOTHING] = {":", "", "-x"},
	[COMPLETE_FILE] = {"_siplaunch_file", "_files", "-r -F"},
	[COMPLETE_DIRECTORY] = {"_siplaunch_directory", "_files -/", "-x -a '(__fish_complete_directories)'"},
	[COMPLETE_COMMAND] = {"_siplaunch_program", "_command_names -e", "-x -a '(__fish_complete_command)'"},
	[COMPLETE_PROFILE] = {"_siplaunch_profile", "_siplaunch_profiles",
			      "-x -a '(__siplaunch_profiles) (__fish_complete_suffix .json)'"},
	[COMPLETE_CGROUP] = {"_siplaunch_group", "_siplaunch_groups", "-x -a '(__siplaunch_groups)'"},
};

static bool belongs(const struct option_row *row, size_t command)
{
	return row->commands & 1u << command;
}

static bool is_optional(const struct option_row *row)
{
	return row->argument && row->argument[0] == '[';
}

/* ---- words ---- */

static void put_words(const char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		printf("%s%s", i ? " " : "", words[i]);
}

static void put_commands(bool (*which)(enum command_id command), const char *separator)
{
	const char *before = "";
	for (enum command_id id = 0; id < COMMAND_COUNT; id++) {
		if (which && !which(id))
			continue;
		printf("%s%s", before, commands[id].name);
		before = separator;
	}
}

/* MECHANISM_COUNT: none. */
static enum mechanism_id mechanism_of_key(const char *path)
{
	return strcmp(path, "resources.unified") == 0 ? MECHANISM_CGROUP
	       : strcmp(path, "sysctl") == 0          ? MECHANISM_SYSCTL
	       : strcmp(path, "rlimits") == 0         ? MECHANISM_RLIMIT
						      : MECHANISM_COUNT;
}

/* "resources.unified.memory.max=" */
static void put_settings_of(const char *path)
{
	enum mechanism_id mechanism = mechanism_of_key(path);
	for (size_t i = 0; i < settings_count; i++)
		if (setting_is_key(&settings[i], mechanism))
			printf("%s.%s= ", path, settings[i].name);
}

/* What override.c takes: "extends" is refused there, "$schema" changes nothing. */
static bool can_be_set(const struct key *key, const char *path)
{
	return key->types & TYPE_SCALAR && strcmp(path, "$schema") != 0 && strcmp(path, "extends") != 0;
}

/* What --set can name: every single value. */
static void put_keys(const struct key *object, const char *prefix)
{
	for (const struct key *key = object->members; key && key->name; key++) {
		cleanup_free char *path = xasprintf("%s%s", prefix, key->name);
		cleanup_free char *below = xasprintf("%s.", path);
		if (can_be_set(key, path))
			printf("%s= ", path);
		put_settings_of(path);
		put_keys(key, below);
	}
}

static void put_policies(void)
{
	printf("default= %s= %s= %s=", POLICY_WORKLOAD, POLICY_PLAN, POLICY_ESTIMATE);
	for (enum mechanism_id id = 0; id < MECHANISM_COUNT; id++)
		printf(" %s=", mechanism_name(id));
}

static const struct key *member(const struct key *object, const char *name)
{
	const struct key *key = object->members;
	while (strcmp(key->name, name) != 0)
		key++;
	return key;
}

/* Prints the words that an argument can be; false where it is no word. */
static bool put_words_of(const struct option_row *row)
{
	if (row->choices)
		put_words(row->choices);
	else if (row->completion == COMPLETE_WORDS)
		fputs(row->words, stdout);
	else if (row->completion == COMPLETE_KEY)
		put_keys(&profile_key, "");
	else if (row->completion == COMPLETE_POLICY)
		put_policies();
	else if (row->completion == COMPLETE_WORKLOAD)
		put_keys(member(member(&profile_key, "sizing"), "workload"), "");
	else
		return false;
	return true;
}

static bool has_words(const struct option_row *row)
{
	return row->choices || row->completion == COMPLETE_WORDS || row->completion >= COMPLETE_KEY;
}

/* ---- bash ---- */

static void bash_pattern(const struct option_row *row)
{
	if (row->letter)
		printf("-%c | ", row->letter);
	printf("--%s", row->name);
}

static void bash_takes_value(void)
{
	const char *before = "\t";
	printf("_siplaunch_takes_value() {\n\tcase $1 in\n");
	for (size_t i = 0; i < option_row_count; i++) {
		if (!option_rows[i].argument || is_optional(&option_rows[i]))
			continue;
		fputs(before, stdout);
		bash_pattern(&option_rows[i]);
		before = " | ";
	}
	printf(") ;;\n\t*) return 1 ;;\n\tesac\n}\n\n");
}

static void bash_options(void)
{
	printf("_siplaunch_options() {\n\tcase $1 in\n");
	for (size_t id = 0; id < COMMAND_COUNT; id++) {
		printf("\t%s) echo '", commands[id].name);
		for (size_t i = 0; i < option_row_count; i++)
			if (belongs(&option_rows[i], id))
				printf("--%s ", option_rows[i].name);
		printf("' ;;\n");
	}
	printf("\tesac\n}\n\n");
}

static void bash_value(const struct option_row *row)
{
	printf("\t");
	bash_pattern(row);
	printf(") %s", is_optional(row) ? "_siplaunch_is_glued && " : "");
	if (has_words(row)) {
		printf("_siplaunch_%s '", row->completion >= COMPLETE_KEY ? "assignments" : "words");
		put_words_of(row);
		printf("' ;;\n");
	} else {
		printf("%s ;;\n", ways[row->completion].bash);
	}
}

static void bash_values(void)
{
	printf("_siplaunch_value() {\n\tcase $1 in\n");
	for (size_t i = 0; i < option_row_count; i++)
		if (option_rows[i].argument)
			bash_value(&option_rows[i]);
	printf("\t*) return 1 ;;\n\tesac\n}\n\n");
}

static void bash_actions(void)
{
	printf("_siplaunch_actions() {\n\tcase $1 in\n");
	for (size_t id = 0; id < COMMAND_COUNT; id++) {
		if (!commands[id].actions)
			continue;
		printf("\t%s) echo '", commands[id].name);
		put_words(commands[id].actions);
		printf("' ;;\n");
	}
	printf("\tesac\n}\n");
}

void emit_bash(const char *arguments)
{
	(void)arguments;
	printf("_siplaunch_commands='");
	put_commands(NULL, " ");
	printf("'\n_siplaunch_programs=(");
	put_words(programs);
	printf(")\n\n_siplaunch_takes_router() {\n\tcase $1 in\n\t");
	put_commands(takes_router_command, " | ");
	printf(") ;;\n\t*) return 1 ;;\n\tesac\n}\n\n");
	bash_takes_value();
	bash_options();
	bash_values();
	bash_actions();
}

/* ---- zsh and fish ---- */

/* Inside of single quotes: `quote` is how a shell writes one there. Of zsh's specifications, a backslash goes
 * before `special`. */
static void put_quoted(const char *text, const char *quote, const char *special)
{
	for (; *text; text++)
		if (*text == '\'')
			fputs(quote, stdout);
		else
			printf("%s%c", strchr(special, *text) ? "\\" : "", *text);
}

#define ZSH_QUOTE  "'\\''"
#define FISH_QUOTE "\\'"

/* "-q --quiet" */
static void zsh_names(const struct option_row *row)
{
	if (row->letter)
		printf("-%c ", row->letter);
	printf("--%s", row->name);
}

static const struct option_row *row_named(const char *name)
{
	for (size_t i = 0; i < option_row_count; i++)
		if (strcmp(option_rows[i].name, name) == 0)
			return &option_rows[i];
	generate_fail("there is no option --%s to exclude", name);
}

/* What excludes the option: itself, unless it can be repeated, and another. */
static void zsh_exclusion(const struct option_row *row)
{
	if (row->form == FORM_LIST || row->form == FORM_PAIRS) {
		printf("'*'");
		return;
	}
	printf("'(");
	zsh_names(row);
	if (row->excludes) {
		putchar(' ');
		zsh_names(row_named(row->excludes));
	}
	printf(")'");
}

static void zsh_value(const struct option_row *row)
{
	const char *argument = row->argument + (is_optional(row) ? strlen("[=") : 0);
	printf("%s:%.*s:%s", is_optional(row) ? ":" : "", (int)strcspn(argument, "]"), argument,
	       has_words(row) ? "(" : ways[row->completion].zsh);
	if (put_words_of(row))
		putchar(')');
}

/* '(-q --quiet)'{-q,--quiet}'[help]:ARGUMENT:action' */
static void zsh_option(const struct option_row *row)
{
	const char *glue = is_optional(row) ? "=-" : "";
	printf("\t\t\t");
	zsh_exclusion(row);
	if (row->letter)
		printf("{-%c,--%s}", row->letter, row->name);
	else
		printf("--%s%s", row->name, glue);
	printf("'[");
	put_quoted(row->help, ZSH_QUOTE, "[]\\");
	putchar(']');
	if (row->argument)
		zsh_value(row);
	printf("'\n");
}

void emit_zsh(const char *arguments)
{
	(void)arguments;
	printf("_siplaunch_programs=(");
	put_words(programs);
	printf(")\n_siplaunch_commands=(\n");
	for (size_t id = 0; id < COMMAND_COUNT; id++) {
		printf("\t'%s:", commands[id].name);
		put_quoted(commands[id].help, ZSH_QUOTE, ":\\");
		printf("'\n");
	}
	printf(")\n\ntypeset -gA _siplaunch_actions\n_siplaunch_actions=(\n");
	for (size_t id = 0; id < COMMAND_COUNT; id++)
		if (commands[id].actions) {
			printf("\t%s '", commands[id].name);
			put_words(commands[id].actions);
			printf("'\n");
		}
	printf(")\n\n# Sets `options` for a command.\n_siplaunch_options() {\n\tcase $1 in\n");
	for (size_t id = 0; id < COMMAND_COUNT; id++) {
		printf("\t%s)\n\t\toptions=(\n", commands[id].name);
		for (size_t i = 0; i < option_row_count; i++)
			if (belongs(&option_rows[i], id))
				zsh_option(&option_rows[i]);
		printf("\t\t)\n\t\t;;\n");
	}
	printf("\tesac\n}\n");
}

static bool is_of_all(const struct option_row *row)
{
	return row->commands == (1u << COMMAND_COUNT) - 1;
}

static void fish_option(const struct option_row *row)
{
	printf("complete -c siplaunch");
	if (!is_of_all(row)) {
		printf(" -n '__siplaunch_for");
		for (size_t id = 0; id < COMMAND_COUNT; id++)
			if (belongs(row, id))
				printf(" %s", commands[id].name);
		putchar('\'');
	}
	if (row->letter)
		printf(" -s %c", row->letter);
	printf(" -l %s", row->name);
	if (row->argument && has_words(row)) {
		printf("%s -a '", is_optional(row) ? "" : " -x");
		put_words_of(row);
		putchar('\'');
	} else if (row->argument) {
		printf(" %s", ways[row->completion].fish);
	}
	printf(" -d '");
	put_quoted(row->help, FISH_QUOTE, "\\");
	printf("'\n");
}

static void fish_command(const struct command *command)
{
	printf("complete -c siplaunch -n __siplaunch_no_command -a %s -d '", command->name);
	put_quoted(command->help, FISH_QUOTE, "\\");
	printf("'\n");
	if (!command->actions)
		return;
	printf("complete -c siplaunch -n '__fish_seen_subcommand_from %s; and not __fish_seen_subcommand_from ",
	       command->name);
	put_words(command->actions);
	printf("' -a '");
	put_words(command->actions);
	printf("'\n");
}

void emit_fish(const char *arguments)
{
	(void)arguments;
	printf("set -g __siplaunch_commands ");
	put_commands(NULL, " ");
	printf("\nset -g __siplaunch_programs ");
	put_words(programs);
	printf("\nset -g __siplaunch_for_routers ");
	put_commands(takes_router_command, " ");
	printf("\n\n");
	for (size_t id = 0; id < COMMAND_COUNT; id++)
		fish_command(&commands[id]);
	for (size_t i = 0; i < option_row_count; i++)
		fish_option(&option_rows[i]);
}
