/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_HTML_CHART_H
#define SIPLAUNCH_HTML_CHART_H
/*
 * A chart of numbers over time: inline SVG with axes and a legend, a description in words, and a table of the
 * numbers. It is complete without a script; the page's script reads the legend's data-values.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "html/scale.h"
#include "html/thin.h"

/* The number of colours in page.css: "c1" … */
#define CHART_COLOURS 9

enum chart_shape {
	CHART_AREA, /* stacked on the areas before it */
	CHART_LINE, /* with a lighter band down to a bucket's lowest number */
};

struct chart_series {
	const char *name;
	enum chart_shape shape;
	unsigned colour;
	size_t track;
	size_t lower; /* CHART_LINE: the track whose lowest is the band's lower edge; mostly `track` */
	bool dashed;
};

/* A constant to compare with. */
struct chart_level {
	const char *name;
	double number;
};

/* Events: a vertical line for each bucket that has one. */
struct chart_mark {
	const char *name;
	size_t track; /* a THIN_SUM */
	unsigned colour;
};

struct chart {
	const char *id, *title, *about; /* `about`: a sentence; NULL */
	enum unit unit;
	const struct thin *thin;
	size_t restarts; /* the track in which lines break: a THIN_SUM */
	const struct chart_series *series;
	size_t series_count;
	const struct chart_level *levels;
	size_t level_count;
	const struct chart_mark *marks;
	size_t mark_count;
};

/* Whether any of its numbers is known. */
bool chart_has_numbers(const struct chart *chart);

void chart_write(FILE *out, const struct chart *chart);

#endif
