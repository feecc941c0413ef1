/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_COMMAND_LINE_H
#define SIPLAUNCH_ROUTER_COMMAND_LINE_H
/*
 * Reads a router's command line as its own getopt or getopt_long does: combined letters, "-m512", "-m 512",
 * "--name=value", unique prefixes of long names, operands anywhere, "--". Pure: it changes neither argv nor
 * getopt's global state.
 */
#include <stdbool.h>
#include <stdint.h>

#include "router/router.h"

struct long_option {
	const char *name;
	bool has_value;
	int letter; /* the short option with the same meaning, or a number from LETTER_LONG on */
};
#define LETTER_LONG 256

struct option_syntax {
	const char *letters;             /* the option string that the router passes to getopt */
	const struct long_option *longs; /* ends with a NULL name; NULL: it uses plain getopt */
};

/* Appends every known option to command->options. Ignores what getopt would refuse: the router reports it. */
void command_line_read(const struct option_syntax *syntax, char *const *argv, struct router_command *command);

/* The last value of an option, or NULL. */
const char *command_line_last(const struct router_command *command, int letter);
unsigned command_line_count(const struct router_command *command, int letter);

/* What the router itself does with an invalid pool size; the text becomes the error's hint. */
struct pool_refusals {
	const char *not_a_number;
	const char *out_of_range;
};

/* First half of read_command() for routers with pools: reads all options, then config, user and group from
 * -f, -u and -g. */
void command_line_begin(const struct router *router, const struct option_syntax *syntax, char *const *argv,
			struct router_command *command);

/*
 * Second half: shm_mib, shm_index, pkg_mib and pkg_index from the last -m and -M; the counts of workers as
 * strtol() reads them, -1 if not given. 0, or -1 with the command cleared: a size is not a whole number of
 * MiB, has no value or is outside the router's bounds, or a count is not a number.
 */
int command_line_end(const struct router *router, const struct pool_refusals *refusals,
		     struct router_command *command, struct error *error);

#endif
