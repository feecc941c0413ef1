/* SPDX-License-Identifier: MIT */
#include "top/graph.h"

#include <math.h>

#include "top/canvas.h"

#define BRAILLE_COLUMNS 2
#define BRAILLE_DOTS    4
#define ASCII_DOTS      2

size_t graph_numbers(const struct canvas *canvas, unsigned width)
{
	return (size_t)width * (canvas->utf8 ? BRAILLE_COLUMNS : 1);
}

/* How many dots a number is high. */
static unsigned dots(double number, double whole, unsigned all)
{
	if (isnan(number) || number <= 0 || !(whole > 0))
		return 0;
	double high = ceil(number / whole * all);
	return high > all ? all : (unsigned)high;
}

/* Of `high` dots, those that fall into a cell with `below` dots under it. */
static unsigned within(unsigned high, unsigned below, unsigned max)
{
	unsigned above = high > below ? high - below : 0;
	return above > max ? max : above;
}

/* U+2800 and a bit a dot: 7, 3, 2, 1 are the left column from the bottom up, 8, 6, 5, 4 the right one. */
static void draw_braille(struct canvas *canvas, unsigned x, unsigned y, unsigned left, unsigned right,
			 unsigned ink)
{
	static const unsigned char lefts[] = {0, 0x40, 0x44, 0x46, 0x47},
				   rights[] = {0, 0x80, 0xa0, 0xb0, 0xb8};
	unsigned bits = lefts[left] | rights[right];
	const char text[] = {(char)0xe2, (char)(0xa0 | bits >> 6), (char)(0x80 | (bits & 0x3f)), '\0'};
	canvas_glyphs(canvas, x, y, bits != 0, text, ' ', ink);
}

static void draw_ascii(struct canvas *canvas, unsigned x, unsigned y, unsigned high, unsigned ink)
{
	static const char glyphs[] = {' ', '.', '|'};
	canvas_glyphs(canvas, x, y, high != 0, "", glyphs[high < ASCII_DOTS ? high : ASCII_DOTS], ink);
}

void graph_draw(struct canvas *canvas, const struct area *area, const double *numbers, double whole,
		unsigned ink)
{
	unsigned each = canvas->utf8 ? BRAILLE_DOTS : ASCII_DOTS, all = area->height * each;

	for (unsigned x = 0; x < area->width; x++) {
		const double *pair = canvas->utf8 ? &numbers[x * BRAILLE_COLUMNS] : &numbers[x];
		unsigned left = dots(pair[0], whole, all);
		unsigned right = canvas->utf8 ? dots(pair[1], whole, all) : 0;
		for (unsigned row = 0; row < area->height; row++) {
			unsigned below = row * each, y = area->y + area->height - 1 - row;
			unsigned a = within(left, below, each), b = within(right, below, each);
			if (canvas->utf8)
				draw_braille(canvas, area->x + x, y, a, b, ink);
			else
				draw_ascii(canvas, area->x + x, y, a, ink);
		}
	}
}
