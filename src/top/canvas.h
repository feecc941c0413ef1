/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TOP_CANVAS_H
#define SIPLAUNCH_TOP_CANVAS_H
/*
 * A screen as a grid of cells, in memory. The view draws on it without a terminal, so that a test can compare
 * it with a text; display.h shows it on a real terminal. Drawing outside the grid has no effect.
 */
#include <stdbool.h>
#include <stddef.h>

#include "output/style.h"

/* How a cell looks: an enum paint, and any of these. */
#define INK_STRONG  0x20u /* bold */
#define INK_REVERSE 0x40u
#define INK_PAINT   0x1fu /* the bits of the paint */

/* A character of UTF-8 has up to 4 bytes. */
struct cell {
	char text[5]; /* "": the right half of a wide character */
	unsigned ink;
};

struct canvas {
	unsigned width, height;
	bool utf8; /* else every glyph is ASCII */
	struct cell *cells;
};

/* All blank. canvas_free() releases the cells. */
struct canvas canvas_make(unsigned width, unsigned height, bool utf8);
void canvas_free(struct canvas *canvas);

#define cleanup_canvas __attribute__((cleanup(canvas_free)))

/* One cell; NULL outside of the grid. */
const struct cell *canvas_cell(const struct canvas *canvas, unsigned x, unsigned y);

/*
 * Draws a text from any source: characters that must not reach a terminal are escaped (format_printable()).
 * It takes at most `width` columns; a longer text is cut, and ends in "…" or "~". Returns the columns used.
 */
unsigned canvas_text(struct canvas *canvas, unsigned x, unsigned y, unsigned width, const char *text,
		     unsigned ink);

/* The same, right-aligned: it ends at column x + width. */
void canvas_right(struct canvas *canvas, unsigned x, unsigned y, unsigned width, const char *text,
		  unsigned ink);

/* `count` cells of a character of one column, in UTF-8 or in ASCII. */
void canvas_glyphs(struct canvas *canvas, unsigned x, unsigned y, unsigned count, const char *utf8,
		   char ascii, unsigned ink);

/* Adds ink to all cells of a row. */
void canvas_tint(struct canvas *canvas, unsigned y, unsigned ink);

/* Blanks a rectangle. */
void canvas_blank(struct canvas *canvas, unsigned x, unsigned y, unsigned width, unsigned height);

#endif
