/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_OUTPUT_PIECES_H
#define SIPLAUNCH_OUTPUT_PIECES_H
/* The parts of reports: they place texts on the page, whatever their contents. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "output/style.h"

/* A bold line, a label with its text, a list of notes under a heading. */
void output_heading(FILE *out, const char *text, const struct style *style);
void output_fact(FILE *out, const char *label, const char *text, const struct style *style);
void output_notes(FILE *out, const char *heading, char *const *notes, size_t count, enum paint paint,
		  const struct style *style);

/* A text after `indent` columns that are written already; further lines are indented by as much. With a
 * newline. */
void output_wrapped(FILE *out, const char *text, size_t indent, const struct style *style);

/* A text below a heading, indented by two columns. */
void output_sentence(FILE *out, const char *text, const struct style *style);

/* The last column of a table, which begins at `column`: wrapped there, or, if there is no room, below. Ends
 * the line. */
void output_column(FILE *out, const char *text, size_t column, const struct style *style);

/* The character for an amount in a bar, and before its row in a table. */
struct glyph {
	const char *utf8;
	char ascii;
	enum paint paint;
};
void output_glyph(FILE *out, const struct style *style, const struct glyph *glyph, unsigned count);

/* "[████▓▓░   ]", `columns` wide inside: the amounts as parts of `whole`. No newline. */
void output_bar(FILE *out, const uint64_t *amounts, const struct glyph *glyphs, size_t count, uint64_t whole,
		unsigned columns, const struct style *style);

/* Prints it, indented, with a newline, and frees it. */
void output_json_print(FILE *out, json_t *document);

#endif
