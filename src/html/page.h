/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_HTML_PAGE_H
#define SIPLAUNCH_HTML_PAGE_H
/*
 * What was measured and computed, as one HTML page: a file that asks nothing of the network, for a browser, a
 * printer or a mail. The room gets what was read, and a stream: it opens no file, knows no option, and
 * decides nothing. Whatever others wrote goes through markup.h.
 */
#include <stdio.h>

#include <jansson.h>

struct recording;
struct review;

struct page {
	FILE *out;
	unsigned sections; /* so far: they number the ids */
};

/* What is before all sections, and after them. `title` is also for the browser's tab. */
void page_begin(struct page *page, const char *title);
void page_end(const struct page *page);

/* ---- one section each; `name` is its file's ---- */

/* Samples over time, and what is advised of them. `profile` is ready to paste; NULL: nothing has to change.
 */
void page_recording(struct page *page, const char *name, const struct recording *recording,
		    const struct review *review, const json_t *profile);

/* The JSON of plan, of tune, and the last record of a supervised router: kind.h has looked at them. */
void page_plan(struct page *page, const char *name, const json_t *plan);
void page_tuning(struct page *page, const char *name, const json_t *tuning);
void page_record(struct page *page, const char *name, const json_t *record);

#endif
