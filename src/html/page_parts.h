/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_HTML_PAGE_PARTS_H
#define SIPLAUNCH_HTML_PAGE_PARTS_H
/* Private to the room: what the sections share. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

struct review;

/* The table of what is advised, its reasons and its notes, and the profile to paste, if there is one. */
void page_advice(FILE *out, const struct review *review, const json_t *profile);

/* A number of a document that kind.h has looked at; NAN where it is null, missing, or "max". */
double page_number(const json_t *object, const char *key);

/* A text of it; NULL where there is none. */
const char *page_text(const json_t *object, const char *key);

/* The same numbers as a person reads them: "-" where none is known. Caller frees. */
char *page_bytes(const json_t *object, const char *key);
char *page_count(const json_t *object, const char *key);

/* <h3>, and the array's texts as a list; nothing where there are none. */
void page_list(FILE *out, const char *heading, const json_t *texts);

/* A part of a bar. */
struct bar_part {
	const char *name;
	double bytes;
	unsigned colour;
};

/* The parts side by side, as shares of `whole`, in a bar of that length: an SVG with title and description.
 */
void page_bar(FILE *out, const char *id, const char *title, const struct bar_part *parts, size_t count,
	      double whole);

/* The same as a list: the colour, the name, the size. */
void page_bar_legend(FILE *out, const struct bar_part *parts, size_t count);

/* capacity of a plan: what the limit supports, and the limit that each number needs; nothing where it is
 * null. */
void page_capacity(FILE *out, const char *section, const json_t *plan);

#endif
