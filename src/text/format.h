/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TEXT_FORMAT_H
#define SIPLAUNCH_TEXT_FORMAT_H
/*
 * Values as text for people. Pure. The caller frees every char * result. For the kernel's files use
 * value_kernel_text().
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/value.h"

/* "512 MiB", "21.9 MiB", "unlimited". Whole MiB stay whole; all else has one decimal. */
char *format_bytes(uint64_t bytes);

/* "59 s", "1 min 20 s", "2 h 5 min". */
char *format_duration(int64_t ms);

/* A number with separated thousands: "100,000". */
char *format_count(uint64_t number);

/* A number rounded down to two digits: "97", "1,100", "280,000", "1.1 million". */
char *format_about(uint64_t number);

/* A value with its unit: "512 MiB", "98304 pages", "-900", "1024:65536" for two numbers; "-" for NONE.
 * `exact` adds the plain number behind a size: "512 MiB (536870912)". */
char *format_value(const struct value *value, bool exact);

/* A share of a whole: "62.5 %". */
char *format_share(uint64_t part, uint64_t whole);

/* A text that is safe for a terminal: bytes of characters that charset_next() excludes become \x1b and the
 * like; newlines stay. Every text from outside siplaunch must pass it before it is printed. */
char *format_printable(const char *text);

/* The words of a command with spaces between them; for reading, not for a shell. */
char *format_command(char *const *argv);

/* The width of a text on a terminal, in columns: wide characters have two, combining ones none. */
size_t format_width(const char *text);

/* The length in bytes of the longest prefix that fits into so many columns. `text` is a result of
 * format_printable(). */
size_t format_prefix(const char *text, size_t columns);

/* Prints text as format_printable() has it, broken at spaces, but not within a command to paste (paste.h).
 * The cursor is at column `indent`, and further lines begin there. No newline at the end. */
void format_wrapped(FILE *out, const char *text, size_t indent, size_t columns);

/* True if every word of the text fits into `room` columns. */
bool format_has_room(const char *text, size_t room);

/* The same as format_wrapped() with the cursor at `column`; further lines begin at `indent`. */
void format_wrapped_from(FILE *out, const char *text, size_t column, size_t indent, size_t columns);

/* Whole lines of a comment, each behind `indent` spaces and "# ", broken at spaces; unsafe characters are
 * escaped as in format_printable(). */
void format_comment(FILE *out, const char *text, size_t indent, size_t columns);

/*
 * Divides `width` cells among `count` amounts in proportion to `whole`: the sum of all cells never exceeds
 * `width`; an amount above 0 gets at least one cell if there are enough. `cells` has `count` elements.
 */
void format_bar(const uint64_t *amounts, size_t count, uint64_t whole, unsigned width, unsigned *cells);

#endif
