/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_SHELL_H
#define SIPLAUNCH_BASE_SHELL_H
/*
 * Words as a shell reads them. Commands to paste contain file names and profile texts: a shell must read each
 * as one word and execute nothing in it. Pure.
 */

/*
 * `word` so that a POSIX shell reads it back as it is: bare where nothing in it is special, else in single
 * quotes. One with other characters than the visible ones of ASCII is in $'...' (POSIX.1-2024; bash, zsh and
 * ksh have had it for long), so that no terminal acts on it, or shows something else. Caller frees.
 */
char *shell_quote(const char *word);

/* The words of a text of such quoted words, as a shell would read them. A NULL-terminated array of
 * strings; caller frees. */
char **shell_words(const char *text);

/* `more` words behind `text`, with a space where there is something before; frees `text`. Caller frees. */
char *shell_join(char *text, const char *more);

#endif
