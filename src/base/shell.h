/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_SHELL_H
#define SIPLAUNCH_BASE_SHELL_H
/*
 * Words as a shell reads them. Commands to paste contain file names and profile texts: a shell must read each
 * as one word and execute nothing in it. Pure.
 */

/*
 * Quotes `word` so that a POSIX shell reads it back unchanged: bare if no character is special, else in
 * single quotes. A word with anything but visible ASCII is in $'...' (POSIX.1-2024; older in bash, zsh and
 * ksh), so that a terminal neither acts on it nor shows something else. Caller frees.
 */
char *shell_quote(const char *word);

/* Splits a text of such quoted words, as a shell would. A NULL-terminated array; the caller frees each string
 * and the array. */
char **shell_words(const char *text);

/* `more` words behind `text`, with a space where there is something before; frees `text`. Caller frees. */
char *shell_join(char *text, const char *more);

#endif
