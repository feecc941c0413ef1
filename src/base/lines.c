/* SPDX-License-Identifier: MIT */
#include "base/lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* Bytes of one read: they stay in the processor's cache until they are parsed. */
#define CHUNK_BYTES ((size_t)64 << 10)

void lines_open(struct lines *lines, FILE *stream, size_t max)
{
	*lines = (struct lines){.stream = stream, .max = max, .room = xcalloc(max + CHUNK_BYTES, 1)};
}

/* Moves the bytes that were read to the beginning of the room. */
static void move_down(struct lines *lines)
{
	memmove(lines->room, lines->room + lines->begin, lines->end - lines->begin);
	lines->end -= lines->begin;
	lines->begin = 0;
}

/* Moves the unreturned bytes to the beginning of the room, and reads more behind them. False at the end. */
static bool fill(struct lines *lines)
{
	if (lines->begin)
		move_down(lines);
	size_t got = fread(lines->room + lines->end, 1, CHUNK_BYTES, lines->stream);
	lines->end += got;
	return got > 0;
}

/* Returns the next `length` bytes as a line, and skips the newline that ends it. */
static bool give(struct lines *lines, struct line *line, size_t length, bool ended)
{
	*line = (struct line){.text = lines->room + lines->begin, .length = length, .ended = ended};
	lines->begin += length + ended;
	lines->number++;
	return true;
}

/* Keeps the beginning of a line in place; reads its rest behind that, and drops it. */
static bool give_too_long(struct lines *lines, struct line *line)
{
	size_t got = 0;

	move_down(lines);
	lines->number++;
	char *rest = lines->room + lines->max;
	const char *newline = memchr(rest, '\n', lines->end - lines->max);
	while (!newline && (got = fread(rest, 1, CHUNK_BYTES, lines->stream)) > 0) {
		newline = memchr(rest, '\n', got);
		lines->end = lines->max + got;
	}
	*line = (struct line){
		.text = lines->room, .length = lines->max, .too_long = true, .ended = newline != NULL};
	lines->begin = newline ? (size_t)(newline + 1 - lines->room) : lines->end;
	return true;
}

bool lines_next(struct lines *lines, struct line *line)
{
	size_t looked = 0;
	for (;;) {
		const char *from = lines->room + lines->begin;
		size_t there = lines->end - lines->begin;
		const char *newline = memchr(from + looked, '\n', there - looked);
		if (newline && (size_t)(newline - from) <= lines->max)
			return give(lines, line, (size_t)(newline - from), true);
		looked = there;
		if (there < lines->max && fill(lines))
			continue;
		if (there < lines->max)
			return there > 0 && give(lines, line, there, false);
		return give_too_long(lines, line);
	}
}

void lines_again(struct lines *lines, const struct line *line)
{
	lines->begin = (size_t)(line->text - lines->room);
	lines->number--;
}

off_t lines_offset(const struct lines *lines)
{
	off_t read = ftello(lines->stream);
	return read < 0 ? read : read - (off_t)(lines->end - lines->begin);
}

bool line_is_blank(const struct line *line)
{
	for (size_t i = 0; i < line->length; i++)
		if (line->text[i] != ' ' && line->text[i] != '\t' && line->text[i] != '\r')
			return false;
	return true;
}

void lines_close(struct lines *lines)
{
	free(lines->room);
	*lines = (struct lines){0};
}
