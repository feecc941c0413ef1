/* SPDX-License-Identifier: MIT */
#include "commands.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "options.h"
#include "output/style.h"
#include "text/format.h"
#include "text/paste.h"

#define HELP_COLUMN    29
#define GENERAL_COLUMN 33
/* Where the terminal is narrow, the text goes below the option. */
#define HELP_INDENT      8
#define COLUMNS_FOR_BOTH 70
#define SYNOPSIS_INDENT  9
#define EXAMPLE_INDENT   2

static void print_option(const struct option_row *row, size_t column, unsigned columns)
{
	cleanup_free char *letter = row->letter ? xasprintf("-%c, ", row->letter) : xstrdup("    ");
	cleanup_free char *left = xasprintf("  %s--%s%s%s", letter, row->name,
					    !row->argument || row->argument[0] == '[' ? "" : " ",
					    row->argument ? row->argument : "");
	size_t indent = columns < COLUMNS_FOR_BOTH ? HELP_INDENT : column;
	if (strlen(left) + 1 < indent)
		printf("%-*s", (int)indent, left);
	else
		printf("%s\n%*s", left, (int)indent, "");
	format_wrapped(stdout, row->help, indent, columns);
	putchar('\n');
}

static bool is_of(const struct option_row *row, enum option_group group, unsigned bits)
{
	return row->group == group && (row->commands & bits);
}

static void print_group(const struct command *command, enum option_group group, unsigned columns)
{
	static const char *const headings[GROUP_COUNT] = {[GROUP_PROFILE] = "Profile",
							  [GROUP_SUPERVISION] = "Supervision",
							  [GROUP_OUTPUT] = "Output",
							  [GROUP_GENERAL] = "General"};
	unsigned bits = 1u << command_id(command);
	bool first = true;

	for (size_t i = 0; i < option_row_count; i++) {
		if (!is_of(&option_rows[i], group, bits))
			continue;
		if (first)
			printf("\n%s%s:\n", headings[group] ? headings[group] : "Options of ",
			       headings[group] ? "" : command->name);
		first = false;
		print_option(&option_rows[i], HELP_COLUMN, columns);
	}
}

/* A synopsis has a line for each form. */
static void print_synopsis(const struct command *command, unsigned columns)
{
	const char *line = command->synopsis, *lead = "Usage:";
	while (*line) {
		size_t length = strcspn(line, "\n");
		cleanup_free char *form = xasprintf("siplaunch %.*s", (int)length, line);
		printf("%s ", lead);
		format_wrapped_from(stdout, form, strlen(lead) + 1, SYNOPSIS_INDENT, columns);
		putchar('\n');
		line += length + (line[length] == '\n');
		lead = "      ";
	}
}

static void print_paragraph(const char *text, unsigned columns)
{
	format_wrapped(stdout, text, 0, columns);
	putchar('\n');
}

/* One paragraph a line. Two spaces separate a word from its meaning, which is printed as a column. */
static void print_details(const char *text, unsigned columns)
{
	while (*text) {
		cleanup_free char *line = xstrndup(text, strcspn(text, "\n"));
		size_t indent = strspn(line, " ");
		const char *gap = strstr(line + indent, "  ");
		if (gap)
			indent = (size_t)(gap - line) + strspn(gap, " ");
		printf("%.*s", (int)indent, line);
		format_wrapped(stdout, line + indent, indent, columns);
		putchar('\n');
		text += strlen(line);
		text += *text == '\n';
	}
}

static void help_on(const struct command *command, unsigned columns)
{
	cleanup_free char *purpose = xasprintf("To %s.", command->help);

	print_synopsis(command, columns);
	putchar('\n');
	print_paragraph(purpose, columns);
	print_details(command->details, columns);
	cleanup_free char *example = xasprintf("siplaunch %s", command->example);
	printf("\nExample:\n%*s", EXAMPLE_INDENT, "");
	paste_print(stdout, example, EXAMPLE_INDENT, columns);
	putchar('\n');
	for (enum option_group group = 0; group < GROUP_COUNT; group++)
		print_group(command, group, columns);
}

/* What every command has, `help` perhaps excepted. */
static bool is_general(const struct option_row *row)
{
	return (row->commands | 1u << COMMAND_HELP) == (1u << COMMAND_COUNT) - 1;
}

/* At most 22 lines at 80 columns: with a prompt and a status line it fits a terminal of 24 lines.
 */
static void help_in_general(unsigned columns)
{
	printf("Usage: siplaunch [OPTIONS] [--] COMMAND [ARGUMENT]...\n"
	       "       siplaunch SUBCOMMAND [OPTIONS] ...\n");
	print_paragraph("Starts the SIP router COMMAND with exactly the memory it is allowed.", columns);
	printf("Subcommands:\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		printf("  %-9s ", commands[i].name);
		format_wrapped(stdout, commands[i].help, 12, columns);
		putchar('\n');
	}
	print_paragraph("Options of all (siplaunch SUBCOMMAND --help lists the others; see siplaunch(1)):",
			columns);
	for (size_t i = 0; i < option_row_count; i++)
		if (is_general(&option_rows[i]))
			print_option(&option_rows[i], GENERAL_COLUMN, columns);
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
	unsigned columns = style_for(&options->output, stdout).columns;
	if (command)
		help_on(command, columns);
	else
		help_in_general(columns);
	return EXIT_OK;
}
