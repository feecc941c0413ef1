/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_COMMAND_LINE_H
#define SIPLAUNCH_ROUTER_COMMAND_LINE_H
/*
 * A router's command line, read as its own getopt or getopt_long reads it: combined letters, "-m512",
 * "-m 512", "--name=value", unique beginnings of long names, operands anywhere, "--". Pure: argv is left as
 * it is, and none of getopt's global state is touched.
 */
#include <stdbool.h>
#include <stdint.h>

#include "router/router.h"

struct long_option {
	const char *name;
	bool has_value;
	int letter; /* of the same meaning, or one above LETTER_LONG */
};
#define LETTER_LONG 256

struct option_syntax {
	const char *letters;             /* as the router hands it to getopt */
	const struct long_option *longs; /* ends with a NULL name; NULL: it uses plain getopt */
};

/* Appends every known option to command->options. Errors of getopt are left to the router. */
void command_line_read(const struct option_syntax *syntax, char *const *argv, struct router_command *command);

/* The last value of an option, or NULL. */
const char *command_line_last(const struct router_command *command, int letter);
unsigned command_line_count(const struct router_command *command, int letter);

/* What a router does with an invalid pool size; both texts become the hint. */
struct pool_refusals {
	const char *not_a_number;
	const char *out_of_range;
};

/* What routers with pools begin with: the options, and the configuration, the user and the group of -f, -u
 * and -g. */
void command_line_begin(const struct router *router, const struct option_syntax *syntax, char *const *argv,
			struct router_command *command);

/*
 * And end with: shm_mib, shm_index, pkg_mib and pkg_index from -m and -M, the last of each as in getopt; the
 * counts of workers as strtol reads them, -1 where they are not given. -1 when a size is not a whole number
 * of MiB, has no value, or is outside what the router takes, or a count is none: the command is cleared.
 */
int command_line_end(const struct router *router, const struct pool_refusals *refusals,
		     struct router_command *command, struct error *error);

#endif
