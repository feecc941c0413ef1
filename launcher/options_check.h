/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_OPTIONS_CHECK_H
#define SIPLAUNCH_LAUNCHER_OPTIONS_CHECK_H
/*
 * Checks that the options belong to the command, and that its operands are valid. Only options.c calls it,
 * after parsing; pure.
 */
#include <stdint.h>

struct error;
struct options;

/* `seen` has a bit for each row of option_rows that was given. 0, or -1 with a one-line error. Moves an
 * action or a running router from the operands to their own fields. */
int options_check(struct options *options, uint64_t seen, struct error *error);

#endif
