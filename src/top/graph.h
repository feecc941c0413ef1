/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TOP_GRAPH_H
#define SIPLAUNCH_TOP_GRAPH_H
/* A filled curve on a canvas: two numbers a cell in braille, one in ASCII. */
#include <stddef.h>

struct canvas;

struct area {
	unsigned x, y, width, height;
};

/* How many numbers fit into so many columns. */
size_t graph_numbers(const struct canvas *canvas, unsigned width);

/* Draws graph_numbers() numbers as parts of `whole`; NAN: draws nothing there. A number above 0 is always
 * visible. */
void graph_draw(struct canvas *canvas, const struct area *area, const double *numbers, double whole,
		unsigned ink);

#endif
