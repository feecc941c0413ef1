/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_OUTPUT_STYLE_H
#define SIPLAUNCH_OUTPUT_STYLE_H
/*
 * What a stream can show: colours, UTF-8, its width. It is determined once for each report, so that tests can
 * print with any style. This room knows streams and terminals, and not what is printed.
 */
#include <stdbool.h>
#include <stdio.h>
#include <sys/ioctl.h>

struct output;

struct style {
	bool color;
	bool utf8;
	unsigned columns;
};

enum paint {
	PAINT_RESET,
	PAINT_BOLD,
	PAINT_DIM,
	PAINT_RED,
	PAINT_GREEN,
	PAINT_YELLOW,
	PAINT_BLUE,
	PAINT_MAGENTA,
	PAINT_CYAN,
};

/*
 * True if the stream is connected to systemd's journal: $JOURNAL_STREAM names its device and inode. There
 * "<4>" at the beginning of a line is its priority (sd-daemon(3)).
 */
bool style_is_journal(FILE *stream);

/* True if the descriptor is a terminal that can move its cursor. */
bool style_moves_cursor(int fd);

/* The size in rows and columns; 0: not a terminal, or its size is not known. */
struct winsize style_size(int fd);

struct style style_for(const struct output *output, FILE *stream);

/* The escape sequence, or "" where there are no colours. */
const char *style_paint(const struct style *style, enum paint paint);

#endif
