/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_HTML_PAGE_H
#define SIPLAUNCH_HTML_PAGE_H
/*
 * Measurements and results as one HTML page, which loads nothing from the network. The room gets parsed input
 * and a stream: it opens no file, knows no option, and decides nothing. All text from outside goes through
 * markup.h.
 */
#include <stdio.h>

#include <jansson.h>

struct recording;
struct review;

struct page {
	FILE *out;
	unsigned sections; /* number so far: part of the ids */
};

/* Writes the text before and after all sections. `title` is also that of the browser's tab. */
void page_begin(struct page *page, const char *title);
void page_end(const struct page *page);

/* ---- one section each; `name` is its file's ---- */

/* Samples over time, and the advice. `profile` is ready to paste; NULL: no change is advised.
 */
void page_recording(struct page *page, const char *name, const struct recording *recording,
		    const struct review *review, const json_t *profile);

/* The JSON of plan, of tune, and the last record of a supervised router: kind_check() accepted them. */
void page_plan(struct page *page, const char *name, const json_t *plan);
void page_tuning(struct page *page, const char *name, const json_t *tuning);
void page_record(struct page *page, const char *name, const json_t *record);

#endif
