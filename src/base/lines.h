/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_LINES_H
#define SIPLAUNCH_BASE_LINES_H
/*
 * The lines of a stream, one at a time and without a copy of each, so that a file of any length costs no more
 * memory than its longest line. Nothing here knows what a line means.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

struct lines {
	FILE *stream; /* not owned */
	char *room;
	size_t begin, end; /* the bytes in `room` that were read and not returned yet */
	size_t max;        /* maximum length of a line, in bytes */
	size_t number;     /* of the last line, from 1 */
};

struct line {
	const char *text; /* without the newline, not terminated; valid until the next call */
	size_t length;
	bool too_long; /* `text` is its beginning; the rest is skipped */
	bool ended;    /* by a newline */
};

/* Begins to read the lines of `stream`; one of more than `max` bytes is too long. lines_close()
 * afterwards. */
void lines_open(struct lines *lines, FILE *stream, size_t max);

/* Reads the next line. False at the end of the stream or after a read error: see ferror(3). */
bool lines_next(struct lines *lines, struct line *line);

/* Makes the next call of lines_next() return this line again. It must be the last one returned, and not too
 * long. */
void lines_again(struct lines *lines, const struct line *line);

/* Where the next line begins in the stream, in bytes; -1 with errno for a pipe. */
off_t lines_offset(const struct lines *lines);

/* True for a line of nothing but spaces, tabs and carriage returns. */
bool line_is_blank(const struct line *line);

void lines_close(struct lines *lines);

#define cleanup_lines __attribute__((cleanup(lines_close)))

#endif
