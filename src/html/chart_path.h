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

/* What a path is drawn of: an upper and a lower edge for each bucket; NAN: none. */
struct path_edges {
	const struct thin *thin;
	size_t restarts; /* the track in which lines break */
	double *upper, *lower;
	double top; /* the number at the upper end */
};

/* The place of a time and of a number, from 0 to 1. */
double path_x(const struct thin *thin, int64_t at_ms);
double path_y(const struct path_edges *edges, double number);

/* The middle of a bucket's samples. */
int64_t path_time(const struct thin *thin, size_t bucket);

/* The attribute d: the upper edge as a line; all between both edges as an area. Broken where samples are
 * missing for more than three times as long as usual. */
void path_line(FILE *out, const struct path_edges *edges);
void path_area(FILE *out, const struct path_edges *edges);

/* A line from top to bottom for each bucket in which the track is above 0. */
void path_marks(FILE *out, const struct thin *thin, size_t track);

#endif
