/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_ASCII_H
#define SIPLAUNCH_BASE_ASCII_H
/*
 * What a character is in ASCII, whatever the locale: <ctype.h> asks the locale, where a byte above 127 may be
 * a letter, and where Turkish has another upper case of "i". `make lint-ctype` forbids it.
 */
#include <stdbool.h>

static inline bool ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool ascii_is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static inline bool ascii_is_alpha(char c)
{
	return ascii_is_upper(c) || (c >= 'a' && c <= 'z');
}

static inline bool ascii_is_alnum(char c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c);
}

static inline bool ascii_is_xdigit(char c)
{
	return ascii_is_digit(c) || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

/* True for control characters; false for bytes above 127. */
static inline bool ascii_is_control(char c)
{
	return (c >= 0 && c < ' ') || c == 127;
}

/* Blank, tab, line feed, vertical tab, form feed, carriage return. */
static inline bool ascii_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline char ascii_to_upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static inline char ascii_to_lower(char c)
{
	return ascii_is_upper(c) ? (char)(c - 'A' + 'a') : c;
}

#endif
