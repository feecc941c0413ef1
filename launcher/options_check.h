/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_OPTIONS_CHECK_H
#define SIPLAUNCH_LAUNCHER_OPTIONS_CHECK_H
/*
 * Checks that the options belong to the command, and that its operands are valid. Only options.c calls it,
 * after parsing; pure.
 */
#include <stdint.h>

struct error;
struct option_row;
struct options;

/* `seen` has a bit for each row of option_rows that was given. 0, or -1 with a one-line error. Moves an
 * action or a running router from the operands to their own fields. */
int options_check(struct options *options, uint64_t seen, struct error *error);

/* `word` follows an option whose argument may be left out, and was: "--watch 5". 0, with options->detached if
 * the word could also be an operand; -1 with an error if it can only be meant as the argument. */
int options_detached(struct options *options, const struct option_row *row, const char *word,
		     struct error *error);

#endif
