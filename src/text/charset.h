/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TEXT_CHARSET_H
#define SIPLAUNCH_TEXT_CHARSET_H
/*
 * The characters of whoever reads the output, by his locale. Nothing but this file sets a locale: what is
 * compared or parsed is always in "C", where "I" and "i" are the same letter also for a Turk.
 */
#include <locale.h>
#include <stdbool.h>
#include <stddef.h>

bool charset_is_utf8(void);

/*
 * A library of the C library's kind, such as ncurses, goes by the locale of the calling thread:
 * charset_enter() makes that the user's, for characters only, and charset_leave() takes it back.
 */
locale_t charset_enter(void);
void charset_leave(locale_t before);

/*
 * The first character of a text that is not empty: how many bytes it has. *columns: how many it takes on a
 * terminal; -1 for what is not to be printed, by an allow list: controls (C0, C1), what turns or hides what
 * is beside it (bidirectional and other format characters), bytes that are no character, and outside of UTF-8
 * everything but ASCII.
 */
size_t charset_next(const char *text, int *columns);

#endif
