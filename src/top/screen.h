/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TOP_SCREEN_H
#define SIPLAUNCH_TOP_SCREEN_H
/*
 * The screen: the layout of the view for a number of columns and lines. Pure. Small screens drop parts, the
 * least important first; large ones have higher graphs.
 */
#include <stdbool.h>
#include <stddef.h>

struct canvas;
struct top_view;

/* In lines; 0: the part is dropped. */
struct layout {
	unsigned width, height;
	unsigned group;         /* the line with the group */
	unsigned bars;          /* 3: promised, touched, used; 1: touched */
	unsigned legend;        /* what the glyphs of the bars mean */
	unsigned facts;         /* lines of numbers */
	unsigned gap;           /* an empty line before the graphs, and one before the table */
	unsigned graph_columns; /* graphs side by side */
	unsigned graph_rows;    /* rows of graphs */
	unsigned graph_height;  /* of each, with its heading */
	unsigned table;         /* rows of the table, without its heading */
	unsigned footer;
};

struct layout layout_of(const struct top_view *view, unsigned width, unsigned height);

/* Draws all of it. */
void screen_draw(struct canvas *canvas, const struct top_view *view);

/* The parts: each draws from line `y` on, and returns the line below it. */
unsigned screen_memory(struct canvas *canvas, unsigned y, const struct top_view *view,
		       const struct layout *layout);
/* How many lines the facts need. */
unsigned screen_fact_lines(const struct top_view *view, unsigned width);
unsigned screen_graphs(struct canvas *canvas, unsigned y, const struct top_view *view,
		       const struct layout *layout);
/* How many numbers one graph shows. */
size_t screen_graph_numbers(const struct canvas *canvas, const struct layout *layout);
void screen_processes(struct canvas *canvas, unsigned y, const struct top_view *view, unsigned rows);
void screen_modules(struct canvas *canvas, unsigned y, const struct top_view *view, unsigned rows);
void screen_routers(struct canvas *canvas, unsigned y, const struct top_view *view, unsigned rows);
void screen_help(struct canvas *canvas, const struct top_view *view);

/* Why there is no table: draws a text of several lines, at most `rows`. Returns the number of lines used. */
unsigned screen_note(struct canvas *canvas, unsigned y, unsigned rows, const char *text, unsigned ink);

/* "3 to 20 of 400" at the end of a table's heading, if not all of the table is visible. */
void screen_position(struct canvas *canvas, unsigned y, const struct top_view *view, unsigned rows);

/* How full something is, as a colour: from 70 percent on yellow, from 85 percent on red. */
unsigned screen_level(double part, double whole);

#endif
