/* SPDX-License-Identifier: MIT */
#include "router/cfg_scan.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static void text_reserve(struct text *text, size_t size)
{
	if (size <= text->size)
		return;
	text->size = size < 64 ? 64 : size * 2;
	text->data = xrealloc(text->data, text->size, 1);
}

void text_reset(struct text *text)
{
	text_reserve(text, 1);
	text->length = 0;
	text->data[0] = '\0';
}

void text_add(struct text *text, int c)
{
	text_reserve(text, text->length + 2);
	text->data[text->length++] = (char)c;
	text->data[text->length] = '\0';
}

void text_clear(struct text *text)
{
	free(text->data);
	*text = (struct text){0};
}

bool is_blank(int c)
{
	return c == ' ' || c == '\t' || c == '\b' || c == '\r';
}

bool is_word(int c)
{
	return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void scan_blanks(struct cfg_input *input)
{
	while (is_blank(input_peek(input)))
		input_take(input);
}

void scan_white(struct cfg_input *input)
{
	while (is_blank(input_peek(input)) || input_peek(input) == '\n')
		input_take(input);
}

void scan_line(struct cfg_input *input)
{
	int c;
	do {
		c = input_take(input);
	} while (c != '\n' && c != INPUT_END);
}

void scan_to_line_end(struct cfg_input *input)
{
	while (input_peek(input) != '\n' && input_peek(input) != INPUT_END)
		input_take(input);
}

void scan_word(struct cfg_input *input, struct text *text)
{
	text_reset(text);
	while (is_word(input_peek(input)))
		text_add(text, input_take(input));
}

void scan_nonblank(struct cfg_input *input, struct text *text)
{
	text_reset(text);
	for (int c = input_peek(input); c != INPUT_END && c != '\n' && !is_blank(c); c = input_peek(input))
		text_add(text, input_take(input));
}

static int hex_digit(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Reads up to `digits` digits of a base; the caller checked that there is one. */
static int scan_code(struct cfg_input *input, int base, int digits)
{
	int code = 0;
	for (int i = 0; i < digits; i++) {
		int digit = hex_digit(input_peek(input));
		if (digit < 0 || digit >= base)
			break;
		code = code * base + digit;
		input_take(input);
	}
	return code;
}

/* The character after a backslash in "…"; the rules of STRING1 in both cfg.lex. */
static void scan_escape(struct cfg_input *input, struct text *text)
{
	static const char letters[] = "nrat\"\\", meanings[] = "\n\r\a\t\"\\";
	int c = input_peek(input), next = input_peek_at(input, 1);
	const char *letter = c > 0 ? strchr(letters, c) : NULL;

	if (c == '\n') {
		input_take(input);
	} else if (letter) {
		input_take(input);
		text_add(text, meanings[letter - letters]);
	} else if (c == 'x' && hex_digit(next) >= 0) {
		input_take(input);
		text_add(text, scan_code(input, 16, 2));
	} else if (c >= '0' && c <= '7' && next >= '0' && next <= '7') {
		text_add(text, scan_code(input, 8, 3));
	} else {
		text_add(text, '\\'); /* not an escape: the character behind it is read as an ordinary one */
	}
}

/* Reads from behind the opening quote through the closing one. False if the file ends before. */
static bool scan_quoted(struct cfg_input *input, int quote, struct text *text)
{
	for (int c = input_take(input); c != INPUT_END; c = input_take(input)) {
		if (c == quote)
			return true;
		if (c == '\\' && quote == '"')
			scan_escape(input, text);
		else
			text_add(text, c);
	}
	return false;
}

/* Whether another double-quoted string follows, perhaps after white space. Consumes the white space only in
 * that case: otherwise the next token may have to begin a line. */
static bool take_next_quote(struct cfg_input *input)
{
	size_t ahead = 0;
	while (is_blank(input_peek_at(input, ahead)) || input_peek_at(input, ahead) == '\n')
		ahead++;
	if (input_peek_at(input, ahead) != '"')
		return false;
	for (size_t i = 0; i <= ahead; i++)
		input_take(input);
	return true;
}

void scan_string(struct cfg_input *input, bool join, struct text *text)
{
	struct place_in_config start = input_place(input);
	int quote = input_take(input);

	text_reset(text);
	do {
		if (!scan_quoted(input, quote, text)) {
			estimate_unread(input->estimate, start, "a string begins here and has no end");
			return;
		}
	} while (join && quote == '"' && take_next_quote(input));
}
