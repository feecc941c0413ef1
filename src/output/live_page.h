/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_OUTPUT_LIVE_PAGE_H
#define SIPLAUNCH_OUTPUT_LIVE_PAGE_H
/*
 * A page that is redrawn on a terminal's alternate screen: the previous content returns at the end, and while
 * the program is suspended. The contents of the page are not known here.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/held_signals.h"

struct error;

struct live_page {
	int terminal;             /* standard output */
	struct held_signals held; /* readable when live_page_attend() has something to do; -1: closed */
	size_t rows, columns;     /* of the terminal */
};

/* Shows the alternate screen, and blocks SIGWINCH, SIGTSTP and SIGQUIT: live->held reports them. Standard
 * output must be a terminal that can move its cursor. 0, or -1. */
int live_page_open(struct live_page *live, struct error *error);
void live_page_close(struct live_page *live);

/* Draws the lines of `page`, cut to the terminal's rows and columns, in one write: no line is cleared before
 * it is drawn. 0, or -1: the terminal is gone. */
int live_page_draw(const struct live_page *live, const char *page);

/* Handles the signals that `held` reports: a new size; ^Z, after which it returns when the program continues;
 * or ^\. True if the page has to be drawn again. */
bool live_page_attend(struct live_page *live);

#endif
