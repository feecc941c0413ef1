/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_OUTPUT_STYLE_H
#define SIPLAUNCH_OUTPUT_STYLE_H
/*
 * What a stream can show: colours, UTF-8, its width. Asked once per report, so that whatever prints can be
 * tested with any answer. This room knows streams and terminals, and not what is said on them.
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
 * The stream is connected to systemd's journal: $JOURNAL_STREAM names its device and inode. There "<4>" at
 * the begin of a line is its priority (sd-daemon(3)).
 */
bool style_is_journal(FILE *stream);

/* The descriptor is of a terminal that can move its cursor. */
bool style_moves_cursor(int fd);

/* In rows and columns; 0: it is no terminal, or its size is not known. */
struct winsize style_size(int fd);

struct style style_for(const struct output *output, FILE *stream);

/* The escape sequence, or "" where there are no colours. */
const char *style_paint(const struct style *style, enum paint paint);

#endif
