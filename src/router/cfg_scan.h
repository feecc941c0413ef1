/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_CFG_SCAN_H
#define SIPLAUNCH_ROUTER_CFG_SCAN_H
/*
 * Parts of the input for both the lexer and the preprocessor: blanks, names, lines, quoted strings. Private
 * to this room.
 */
#include <stdbool.h>
#include <stddef.h>

#include "router/cfg_input.h"

/* A text that grows. Always NUL-terminated once something was added or it was reset. */
struct text {
	char *data;
	size_t length, size;
};
void text_reset(struct text *text);
void text_add(struct text *text, int c);
void text_clear(struct text *text);

bool is_blank(int c); /* within a line, as EAT_ABLE of both cfg.lex */
bool is_word(int c);  /* letter, digit, underscore */

void scan_blanks(struct cfg_input *input);
void scan_white(struct cfg_input *input);       /* blanks and line ends */
void scan_line(struct cfg_input *input);        /* through the line's end */
void scan_to_line_end(struct cfg_input *input); /* up to it */

/* Letters, digits, underscores; the result may be empty. */
void scan_word(struct cfg_input *input, struct text *text);

/* Up to the next blank or line end. */
void scan_nonblank(struct cfg_input *input, struct text *text);

/*
 * A string whose opening quote comes next: '"' with C-like escapes, '\'' without any. `join`: double-quoted
 * strings that only white space separates are one, as in Kamailio. A missing closing quote adds an
 * uncertainty.
 */
void scan_string(struct cfg_input *input, bool join, struct text *text);

#endif
