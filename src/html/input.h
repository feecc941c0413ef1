/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_HTML_INPUT_H
#define SIPLAUNCH_HTML_INPUT_H
/*
 * The input of a page. Reads a stream, detects its kind from the first line, and checks everything before a
 * page begins. It opens no file.
 */
#include <stdio.h>

#include <jansson.h>

#include "html/kind.h"
#include "html/recording.h"
#include "inspect/review.h"

struct events;
struct page;

struct input {
	const char *name; /* the name for messages and the page; not owned */
	enum kind kind;
	json_t *document;           /* KIND_PLAN, KIND_TUNING, KIND_RECORD */
	struct recording recording; /* KIND_SAMPLES, and the advice in `review` */
	struct review review;
};

/*
 * Reads all of the stream, which stays open. `margin` is the advice's, in percent. EXIT_OK, or another exit
 * status after an event with the file's name and line. input_close() in both cases.
 */
int input_read(FILE *stream, const char *name, unsigned margin, const struct events *events,
	       struct input *input);

/* Writes the input's section of the page. */
void input_write(struct page *page, const struct input *input);

void input_close(struct input *input);

#endif
