/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TEXT_PASTE_H
#define SIPLAUNCH_TEXT_PASTE_H
/*
 * Commands inside a hint, ready to paste: they must not be broken across lines. The convention of all hints:
 * a command stands at the start of the text, or behind ": ", "? " or " (", and ends before "; ", ", ", ")",
 * ". " or the end of the text. Its file names are quoted by shell_quote(). Pure.
 */
#include <stddef.h>
#include <stdio.h>

/* The length in bytes of the command that begins at `at` in `text`; 0 where none begins. */
size_t paste_length(const char *text, const char *at);

/*
 * Prints a command with the cursor at column `indent`: on one line, or on several that end with a backslash,
 * which a shell joins to the same words. Only a word that is wider by itself exceeds `columns`. No newline at
 * the end.
 */
void paste_print(FILE *out, const char *command, size_t indent, size_t columns);

#endif
