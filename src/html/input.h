/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_HTML_INPUT_H
#define SIPLAUNCH_HTML_INPUT_H
/*
 * What a page is made of: a stream is read, its kind is seen from its first line, and everything in it is
 * checked before a page begins. It opens nothing.
 */
#include <stdio.h>

#include <jansson.h>

#include "html/kind.h"
#include "html/recording.h"
#include "inspect/review.h"

struct events;
struct page;

struct input {
	const char *name; /* as messages and the page show it; not owned */
	enum kind kind;
	json_t *document;           /* KIND_PLAN, KIND_TUNING, KIND_RECORD */
	struct recording recording; /* KIND_SAMPLES, and what is advised of them */
	struct review review;
};

/*
 * Reads all of it. `margin` is for the advice, in percent. EXIT_OK; or an exit status, with what is wrong
 * emitted, with the file's name and line. input_close() in both cases.
 */
int input_read(FILE *stream, const char *name, unsigned margin, const struct events *events,
	       struct input *input);

/* Its section of the page. */
void input_write(struct page *page, const struct input *input);

void input_close(struct input *input);

#endif
