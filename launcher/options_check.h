/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_OPTIONS_CHECK_H
#define SIPLAUNCH_LAUNCHER_OPTIONS_CHECK_H
/*
 * What each command takes: whether the options that were read are its own, and whether its operands are what
 * it needs. For options.c only, when everything has been read; pure.
 */
#include <stdint.h>

struct error;
struct options;

/* `seen` has a bit for each row of the table that was given. 0, or -1 with one line that says what is wrong.
 * Takes an action or a running router out of the operands. */
int options_check(struct options *options, uint64_t seen, struct error *error);

#endif
