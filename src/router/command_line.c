/* SPDX-License-Identifier: MIT */
#include "router/command_line.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"

static void add_option(struct router_command *command, int letter, int index, const char *value)
{
	struct router_option *option = ARRAY_ADD(command->options, command->option_count);
	*option = (struct router_option){.letter = letter, .index = index, .value = value};
}

/* "-DDEm512": letters until one takes the rest, or the next argument, as its value. Returns the next index.
 */
static int read_letters(const struct option_syntax *syntax, char *const *argv, int index,
			struct router_command *command)
{
	for (const char *at = argv[index] + 1; *at; at++) {
		const char *known = *at == ':' ? NULL : strchr(syntax->letters, *at);
		if (!known)
			continue;
		if (known[1] != ':') {
			add_option(command, *at, index, NULL);
			continue;
		}
		if (at[1]) {
			add_option(command, *at, index, at + 1);
			return index + 1;
		}
		add_option(command, *at, index, argv[index + 1]);
		return argv[index + 1] ? index + 2 : index + 1;
	}
	return index + 1;
}

/* The long option of that name, or the only one with that prefix. */
static const struct long_option *find_long(const struct long_option *longs, const char *name, size_t length)
{
	const struct long_option *found = NULL;
	for (const struct long_option *option = longs; option->name; option++) {
		if (strncmp(option->name, name, length) != 0)
			continue;
		if (!option->name[length])
			return option;
		if (found)
			return NULL;
		found = option;
	}
	return found;
}

static int read_long(const struct option_syntax *syntax, char *const *argv, int index,
		     struct router_command *command)
{
	const char *name = argv[index] + 2, *equals = strchrnul(name, '=');
	const struct long_option *option = find_long(syntax->longs, name, (size_t)(equals - name));

	if (!option || (!option->has_value && *equals))
		return index + 1;
	if (!option->has_value) {
		add_option(command, option->letter, index, NULL);
		return index + 1;
	}
	if (*equals) {
		add_option(command, option->letter, index, equals + 1);
		return index + 1;
	}
	add_option(command, option->letter, index, argv[index + 1]);
	return argv[index + 1] ? index + 2 : index + 1;
}

void command_line_read(const struct option_syntax *syntax, char *const *argv, struct router_command *command)
{
	/* unless this is set, glibc's getopt continues after operands; the router inherits the same
	 * environment */
	bool stop_at_operand = getenv("POSIXLY_CORRECT") != NULL;

	for (int i = argv[0] ? 1 : 0; argv[i];) {
		if (strcmp(argv[i], "--") == 0)
			return;
		if (argv[i][0] != '-' || !argv[i][1]) {
			if (stop_at_operand)
				return;
			i++;
		} else if (argv[i][1] == '-' && syntax->longs) {
			i = read_long(syntax, argv, i, command);
		} else {
			i = read_letters(syntax, argv, i, command);
		}
	}
}

const char *command_line_last(const struct router_command *command, int letter)
{
	for (size_t i = command->option_count; i > 0; i--)
		if (command->options[i - 1].letter == letter)
			return command->options[i - 1].value;
	return NULL;
}

unsigned command_line_count(const struct router_command *command, int letter)
{
	unsigned count = 0;
	for (size_t i = 0; i < command->option_count; i++)
		count += command->options[i].letter == letter;
	return count;
}

/* Parses as both routers do: strtol(value, &end, 10) must consume all of it. False if they would refuse
 * it. */
static bool read_number(const char *value, long *number)
{
	char *end;
	errno = 0;
	*number = strtol(value, &end, 10);
	return *end == '\0';
}

static int read_pool(const struct router *router, const struct pool_refusals *refusals,
		     const struct router_option *option, uint64_t minimum, uint64_t maximum, uint64_t *mib,
		     struct error *error)
{
	long number;

	if (!option->value) {
		error_set(error, 0, "%s: -%c has no value", router->name, option->letter);
		return error_hint(error, "give whole MiB: -%c 64", option->letter);
	}
	if (!read_number(option->value, &number)) {
		error_set(error, 0, "%s: -%c %s is not a whole number of MiB", router->name, option->letter,
			  option->value);
		return error_hint(error, "%s; give whole MiB without a unit", refusals->not_a_number);
	}
	if (number < 0 || (uint64_t)number < minimum || (uint64_t)number > maximum) {
		error_set(error, 0, "%s: -%c %s is outside %" PRIu64 "..%" PRIu64 " MiB", router->name,
			  option->letter, option->value, minimum, maximum);
		return error_hint(error, "%s", refusals->out_of_range);
	}
	*mib = (uint64_t)number;
	return 0;
}

static int take_pools(const struct router *router, const struct pool_refusals *refusals,
		      struct router_command *command, struct error *error)
{
	for (size_t i = 0; i < command->option_count; i++) {
		const struct router_option *option = &command->options[i];
		int failed = 0;
		if (option->letter == 'm') {
			command->shm_index = option->index;
			failed = read_pool(router, refusals, option, router->shm_min_mib, router->shm_max_mib,
					   &command->shm_mib, error);
		} else if (option->letter == 'M') {
			command->pkg_index = option->index;
			failed = read_pool(router, refusals, option, router->pkg_min_mib, router->pkg_max_mib,
					   &command->pkg_mib, error);
		}
		if (failed)
			return -1;
	}
	return 0;
}

static int read_workers(const struct router *router, const struct router_option *option, int *workers,
			struct error *error)
{
	long number;

	if (!option->value)
		return error_set(error, 0, "%s: -%c has no value", router->name, option->letter);
	if (!read_number(option->value, &number) || number < 0 || number > INT_MAX) {
		error_set(error, 0, "%s: -%c %s is not a number of workers", router->name, option->letter,
			  option->value);
		return error_hint(error, "%s exits with it; give a whole number", router->name);
	}
	*workers = (int)number;
	return 0;
}

static int take_workers(const struct router *router, struct router_command *command, struct error *error)
{
	for (size_t i = 0; i < command->option_count; i++) {
		const struct router_option *option = &command->options[i];
		if (option->letter == 'n' && read_workers(router, option, &command->workers_udp, error) < 0)
			return -1;
		if (option->letter == 'N' && read_workers(router, option, &command->workers_tcp, error) < 0)
			return -1;
	}
	return 0;
}

void command_line_begin(const struct router *router, const struct option_syntax *syntax, char *const *argv,
			struct router_command *command)
{
	*command = (struct router_command){.workers_udp = -1, .workers_tcp = -1};
	command_line_read(syntax, argv, command);

	const char *config = command_line_last(command, 'f');
	command->config = config ? config : router->config_default;
	command->config_given = config != NULL;
	command->user = command_line_last(command, 'u');
	command->group = command_line_last(command, 'g');
}

int command_line_end(const struct router *router, const struct pool_refusals *refusals,
		     struct router_command *command, struct error *error)
{
	if (take_pools(router, refusals, command, error) == 0 && take_workers(router, command, error) == 0)
		return 0;
	router_command_clear(command);
	return -1;
}
