/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TOP_TOP_H
#define SIPLAUNCH_TOP_TOP_H
/*
 * The live view of a running router, and of recorded samples: samples in, a screen out, until somebody quits.
 * It changes nothing of the router. The view and its screen are pure (view.h, screen.h); only terminal.c
 * knows ncurses.
 */
#include <stdbool.h>
#include <stddef.h>

struct error;
struct inspect_request;

struct top_request {
	const struct inspect_request *inspect; /* which router */
	const char *replay;  /* a file of samples in place of it, "-": standard input; NULL */
	unsigned interval_s; /* between two samples */
	bool color;
};

/* Why top_run() came back. */
enum top_end {
	TOP_QUIT,     /* by a key or a signal */
	TOP_ENDED,    /* the same, and the router had ended before */
	TOP_BAD_FILE, /* the file to replay has not only samples: the error says where */
	TOP_REFUSED,  /* it did not begin, or had to stop: the error says why */
};

/* Shows it until it is quit. The terminal is then as it was. */
enum top_end top_run(const struct top_request *request, struct error *error);

#endif
