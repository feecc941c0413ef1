/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TEXT_CHARSET_H
#define SIPLAUNCH_TEXT_CHARSET_H
/*
 * The character set of the user's locale, for output. Only this file sets a locale: comparing and parsing
 * always use "C", in which "I" and "i" are the same letter even if the user's locale is Turkish.
 */
#include <locale.h>
#include <stdbool.h>
#include <stddef.h>

bool charset_is_utf8(void);

/*
 * Libraries such as ncurses use the locale of the calling thread: charset_enter() sets it to the user's, for
 * characters only, and returns the one before; charset_leave() restores that.
 */
locale_t charset_enter(void);
void charset_leave(locale_t before);

/*
 * The length in bytes of the first character of a text that is not empty. *columns: its width on a terminal;
 * -1 if it must not be printed. An allow list excludes controls (C0, C1), characters that reorder or hide
 * others (bidirectional and other format characters), invalid bytes, and outside of UTF-8 everything but
 * ASCII.
 */
size_t charset_next(const char *text, int *columns);

#endif
