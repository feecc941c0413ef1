/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TOP_TOP_H
#define SIPLAUNCH_TOP_TOP_H
/*
 * The live view of a running router, and of recorded samples: samples in, a screen out, until the user quits.
 * It does not change the router. The view and its screen are pure (view.h, screen.h); only display.c uses
 * ncurses.
 */
#include <stdbool.h>
#include <stddef.h>

struct error;
struct inspect_request;

struct top_request {
	const struct inspect_request *inspect; /* which router */
	const char *replay;  /* a file of samples to replay instead, "-": standard input; NULL */
	unsigned interval_s; /* between two samples */
	bool color;
};

/* Why top_run() came back. */
enum top_end {
	TOP_QUIT,     /* by a key or a signal */
	TOP_ENDED,    /* the same, after the router had exited */
	TOP_BAD_FILE, /* a line of the file to replay is not a sample: the error names it */
	TOP_REFUSED,  /* it could not begin, or had to stop: the error says why */
};

/* Runs the live view until the user quits, then restores the terminal. */
enum top_end top_run(const struct top_request *request, struct error *error);

#endif
