/* SPDX-License-Identifier: MIT */
#include "top/canvas.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "text/charset.h"
#include "text/format.h"

struct canvas canvas_make(unsigned width, unsigned height, bool utf8)
{
	struct canvas canvas = {.width = width, .height = height, .utf8 = utf8};
	canvas.cells = xcalloc((size_t)width * height + 1, sizeof *canvas.cells);
	canvas_blank(&canvas, 0, 0, width, height);
	return canvas;
}

void canvas_free(struct canvas *canvas)
{
	free(canvas->cells);
	*canvas = (struct canvas){0};
}

static struct cell *cell_at(const struct canvas *canvas, unsigned x, unsigned y)
{
	bool inside = x < canvas->width && y < canvas->height;
	return inside ? &canvas->cells[(size_t)y * canvas->width + x] : NULL;
}

const struct cell *canvas_cell(const struct canvas *canvas, unsigned x, unsigned y)
{
	return cell_at(canvas, x, y);
}

static void put(struct canvas *canvas, unsigned x, unsigned y, const char *bytes, size_t length, unsigned ink)
{
	struct cell *cell = cell_at(canvas, x, y);
	if (!cell || length >= sizeof cell->text)
		return;
	memcpy(cell->text, bytes, length);
	cell->text[length] = '\0';
	cell->ink = ink;
}

void canvas_blank(struct canvas *canvas, unsigned x, unsigned y, unsigned width, unsigned height)
{
	for (unsigned row = y; row < y + height; row++)
		canvas_glyphs(canvas, x, row, width, " ", ' ', PAINT_RESET);
}

void canvas_glyphs(struct canvas *canvas, unsigned x, unsigned y, unsigned count, const char *utf8,
		   char ascii, unsigned ink)
{
	for (unsigned i = 0; i < count && x + i < canvas->width; i++)
		put(canvas, x + i, y, canvas->utf8 ? utf8 : &ascii, canvas->utf8 ? strlen(utf8) : 1, ink);
}

void canvas_tint(struct canvas *canvas, unsigned y, unsigned ink)
{
	for (unsigned x = 0; x < canvas->width; x++) {
		struct cell *cell = cell_at(canvas, x, y);
		if (cell)
			cell->ink |= ink;
	}
}

/* Drops zero-width characters: they would share a cell with another character. */
static unsigned draw(struct canvas *canvas, unsigned x, unsigned y, unsigned width, const char *text,
		     unsigned ink)
{
	unsigned taken = 0;
	int columns;

	for (size_t length; *text; text += length) {
		length = charset_next(text, &columns);
		if (columns <= 0)
			continue;
		if (taken + (unsigned)columns > width)
			break;
		put(canvas, x + taken, y, text, length, ink);
		if (columns == 2)
			put(canvas, x + taken + 1, y, "", 0, ink);
		taken += (unsigned)columns;
	}
	return taken;
}

/* The text as one printable line. Caller frees. */
static char *line_of(const char *text)
{
	char *safe = format_printable(text);
	for (char *at = safe; (at = strchr(at, '\n'));)
		*at = ' ';
	return safe;
}

unsigned canvas_text(struct canvas *canvas, unsigned x, unsigned y, unsigned width, const char *text,
		     unsigned ink)
{
	cleanup_free char *safe = line_of(text);

	if (x >= canvas->width)
		return 0;
	width = width < canvas->width - x ? width : canvas->width - x;
	if (format_width(safe) <= width || width == 0)
		return draw(canvas, x, y, width, safe, ink);
	unsigned taken = draw(canvas, x, y, width - 1, safe, ink);
	canvas_glyphs(canvas, x + taken, y, 1, "…", '~', ink);
	return taken + 1;
}

void canvas_right(struct canvas *canvas, unsigned x, unsigned y, unsigned width, const char *text,
		  unsigned ink)
{
	cleanup_free char *safe = line_of(text);
	size_t columns = format_width(safe);
	unsigned before = columns < width ? width - (unsigned)columns : 0;
	canvas_text(canvas, x + before, y, width - before, safe, ink);
}
