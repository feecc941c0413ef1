/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_HTML_CHART_PATH_H
#define SIPLAUNCH_HTML_CHART_PATH_H
/*
 * Private to the room: the paths of a chart, in a box of PATH_WIDTH x PATH_HEIGHT that the browser stretches.
 */
#include <stdio.h>

#include "html/thin.h"

#define PATH_WIDTH  1000.0
#define PATH_HEIGHT 200.0

/* The data of a path: an upper and a lower edge for each bucket; NAN: none. */
struct path_edges {
	const struct thin *thin;
	size_t restarts; /* the track in which lines break */
	double *upper, *lower;
	double top; /* the number at the upper end of the box */
};

/* The position of a time and of a number in the box, from 0 to 1. */
double path_x(const struct thin *thin, int64_t at_ms);
double path_y(const struct path_edges *edges, double number);

/* The middle of a bucket's samples. */
int64_t path_time(const struct thin *thin, size_t bucket);

/* Writes the attribute d: the upper edge as a line; the space between both edges as an area. A gap of more
 * than three usual intervals breaks the path. */
void path_line(FILE *out, const struct path_edges *edges);
void path_area(FILE *out, const struct path_edges *edges);

/* Writes a vertical line for each bucket in which the track is above 0. */
void path_marks(FILE *out, const struct thin *thin, size_t track);

#endif
