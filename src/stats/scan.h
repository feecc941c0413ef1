/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_STATS_SCAN_H
#define SIPLAUNCH_STATS_SCAN_H
/*
 * Private to the room: the tokens of JSON in the plain form in which siplaunch writes it, for sample_scan.c.
 * In a header, so that they are inlined: a million samples are some hundred million tokens. False: the next
 * token is another one.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Any number with so many digits fits into 64 bits. */
#define DIGITS_MAX 18

struct scan {
	const char *at, *end;
};

struct word {
	const char *text;
	size_t length;
};

static inline void skip_blanks(struct scan *scan)
{
	while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\r'))
		scan->at++;
}

/* True if the next token is this character; then moves behind it. */
static inline bool take(struct scan *scan, char character)
{
	if (scan->at < scan->end && *scan->at != character)
		skip_blanks(scan);
	bool is_next = scan->at < scan->end && *scan->at == character;
	scan->at += is_next;
	return is_next;
}

static inline bool take_null(struct scan *scan)
{
	skip_blanks(scan);
	bool is_next = scan->end - scan->at >= 4 && memcmp(scan->at, "null", 4) == 0;
	scan->at += is_next ? 4 : 0;
	return is_next;
}

/* Printable ASCII without an escape. */
static inline bool take_text(struct scan *scan, struct word *word)
{
	if (!take(scan, '"'))
		return false;
	word->text = scan->at;
	while (scan->at < scan->end && *scan->at != '"') {
		if (*scan->at < 0x20 || *scan->at > 0x7E || *scan->at == '\\')
			return false;
		scan->at++;
	}
	word->length = (size_t)(scan->at - word->text);
	return take(scan, '"');
}

static inline bool take_digits(struct scan *scan, uint64_t *number, size_t *count)
{
	const char *from = scan->at, *at = from;
	const char *end = scan->end - from < DIGITS_MAX ? scan->end : from + DIGITS_MAX;
	uint64_t sum = 0;
	while (at < end && *at >= '0' && *at <= '9')
		sum = sum * 10 + (uint64_t)(*at++ - '0');
	*number = sum;
	*count = (size_t)(at - from);
	scan->at = at;
	return at > from;
}

/* True if a number continues after the digits that were read. */
static inline bool goes_on(const struct scan *scan)
{
	if (scan->at == scan->end)
		return false;
	char next = *scan->at;
	return (next >= '0' && next <= '9') || next == '.' || next == 'e' || next == 'E';
}

/* A whole number; the other reader handles fractions and exponents. */
static inline bool take_number(struct scan *scan, uint64_t *number)
{
	size_t count;
	skip_blanks(scan);
	const char *from = scan->at;
	if (!take_digits(scan, number, &count) || (count > 1 && *from == '0'))
		return false;
	return !goes_on(scan);
}

/* "12.34": a quotient of two numbers that are exact is the nearest double, as strtod(3) gives it. */
static inline bool take_decimal(struct scan *scan, double *number)
{
	uint64_t whole, fraction;
	size_t count;
	double scale = 1;

	skip_blanks(scan);
	const char *from = scan->at;
	if (!take_digits(scan, &whole, &count) || count > 3 || (count > 1 && *from == '0') ||
	    scan->at == scan->end || *scan->at++ != '.')
		return false;
	if (!take_digits(scan, &fraction, &count) || count > 9)
		return false;
	for (size_t i = 0; i < count; i++)
		scale *= 10;
	*number = ((double)whole * scale + (double)fraction) / scale;
	return !goes_on(scan);
}

/* "KEY": as siplaunch writes it: without a blank. */
static inline bool take_key(struct scan *scan, const char *key)
{
	const char *at = scan->at;
	if (scan->end - at < 3 || *at++ != '"')
		return false;
	for (; *key && at < scan->end && *at == *key; at++)
		key++;
	if (*key || scan->end - at < 2 || at[0] != '"' || at[1] != ':')
		return false;
	scan->at = at + 2;
	return true;
}

/* Compares without a function call: for most other texts the first character differs. */
static inline bool is(const struct word *word, const char *text)
{
	for (size_t i = 0; i < word->length; i++)
		if (text[i] != word->text[i]) /* also where the text has ended */
			return false;
	return !text[word->length];
}

#endif
