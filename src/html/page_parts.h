/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_HTML_PAGE_PARTS_H
#define SIPLAUNCH_HTML_PAGE_PARTS_H
/* Private to the room: functions that the sections share. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

struct review;

/* The table of recommendations, their reasons and notes, and the profile to paste, if any. */
void page_advice(FILE *out, const struct review *review, const json_t *profile);

/* A number of a document that kind_check() accepted; NAN if it is null, missing, or "max". */
double page_number(const json_t *object, const char *key);

/* A text of such a document, borrowed; NULL: none. */
const char *page_text(const json_t *object, const char *key);

/* The number as text with a unit, or as a count; "-": not known. Caller frees. */
char *page_bytes(const json_t *object, const char *key);
char *page_count(const json_t *object, const char *key);

/* <h3>, and the array's texts as a list; nothing if the array is empty. */
void page_list(FILE *out, const char *heading, const json_t *texts);

/* A part of a bar. */
struct bar_part {
	const char *name;
	double bytes;
	unsigned colour;
};

/* A bar as an SVG with title and description: the parts side by side, as shares of `whole`.
 */
void page_bar(FILE *out, const char *id, const char *title, const struct bar_part *parts, size_t count,
	      double whole);

/* The legend of a bar as a list: colour, name, size. */
void page_bar_legend(FILE *out, const struct bar_part *parts, size_t count);

/* capacity of a plan: what the limit supports, and the limit for each number; nothing if it is null. */
void page_capacity(FILE *out, const char *section, const json_t *plan);

#endif
