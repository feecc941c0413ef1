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
	size_t begin, end; /* what was read of the stream and is not given out yet */
	size_t most;       /* bytes of a line */
	size_t number;     /* of the last line, from 1 */
};

struct line {
	const char *text; /* without the newline, not terminated; valid until the next call */
	size_t length;
	bool too_long; /* `text` is its beginning; the rest is passed over */
	bool ended;    /* by a newline */
};

/* Longer lines than `most` bytes are too long. */
void lines_open(struct lines *lines, FILE *stream, size_t most);

/* False at the end of the stream, also where it cannot be read on: see ferror(3). */
bool lines_next(struct lines *lines, struct line *line);

/* The next call gives this line again: it must be the last one, and not too long. */
void lines_again(struct lines *lines, const struct line *line);

/* Where the next line begins in the stream, in bytes; -1 with errno for a pipe. */
off_t lines_offset(const struct lines *lines);

/* Whether there is nothing but blanks in it. */
bool line_is_blank(const struct line *line);

void lines_close(struct lines *lines);

#define cleanup_lines __attribute__((cleanup(lines_close)))

#endif
