/* SPDX-License-Identifier: MIT */
#include "commands.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "format.h"
#include "options.h"

#define HELP_COLUMN 29
#define COLUMNS     100

static void print_option(const struct option_row *row)
{
	cleanup_free char *letter = row->letter ? xasprintf("-%c, ", row->letter) : xstrdup("    ");
	cleanup_free char *left = xasprintf("  %s--%s%s%s", letter, row->name,
					    !row->argument || row->argument[0] == '[' ? "" : " ",
					    row->argument ? row->argument : "");
	if (strlen(left) < HELP_COLUMN - 1)
		printf("%-*s", HELP_COLUMN, left);
	else
		printf("%s\n%*s", left, HELP_COLUMN, "");
	format_wrapped(stdout, row->help, HELP_COLUMN, COLUMNS);
	putchar('\n');
}

/* The options of the commands whose bits are set. */
static void print_options(unsigned bits)
{
	printf("\nOptions:\n");
	for (size_t i = 0; i < option_row_count; i++)
		if (option_rows[i].commands & bits)
			print_option(&option_rows[i]);
}

/* A synopsis has a line for each form. */
static void print_synopsis(const struct command *command, const char *lead)
{
	const char *line = command->synopsis;
	while (*line) {
		size_t length = strcspn(line, "\n");
		printf("%s siplaunch %.*s\n", lead, (int)length, line);
		line += length + (line[length] == '\n');
		lead = "      ";
	}
}

static void help_on(const struct command *command)
{
	print_synopsis(command, "Usage:");
	printf("\nTo %s.\n", command->help);
	if (*command->details)
		printf("%s", command->details);
	print_options(1u << command_id(command));
}

static void help_in_general(void)
{
	printf("siplaunch gives a SIP router exactly the memory it is allowed, proves it, and hands over control.\n\n");
	const char *lead = "Usage:";
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		print_synopsis(&commands[i], lead);
		lead = "      ";
	}
	printf("\nCommands:\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		printf("  %-10s %s\n", commands[i].name, commands[i].help);
	print_options((1u << COMMAND_COUNT) - 1);
	printf("\nOptions end at the first word that is none; a COMMAND that is named like one of siplaunch's own needs "
	       "the --.\n"
	       "siplaunch(1) has it all, siplaunch-profile(5) every key of a profile.\n");
}

/* "siplaunch help plan" and "siplaunch plan --help" are the same; NULL is siplaunch's own. */
static const struct command *subject(const struct options *options)
{
	if (options->command == COMMAND_COUNT)
		return NULL;
	if (options->command != COMMAND_HELP || options->help)
		return &commands[options->command];
	return options->operands.count ? command_find(options->operands.items[0]) : NULL;
}

int command_help(const struct options *options)
{
	const struct command *command = subject(options);
	if (command)
		help_on(command);
	else
		help_in_general();
	return EXIT_OK;
}
