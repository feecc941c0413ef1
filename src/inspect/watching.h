/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_INSPECT_WATCHING_H
#define SIPLAUNCH_INSPECT_WATCHING_H
/*
 * Samples a running router repeatedly, until a signal stops it or the router exits. Callbacks show the
 * samples.
 */
#include <stdbool.h>

struct error;
struct inspection;

struct watching {
	struct inspection *inspection; /* open, of a running router; has the newest sample */
	unsigned interval_s;
	int stop; /* a descriptor that is readable when it must stop (signals_hold()) */

	bool (*show)(void *to);   /* called for every sample; false: the output has no reader any more */
	bool (*attend)(void *to); /* called when `wake` is readable; true: call show() again */
	int wake;                 /* a descriptor; -1: none */
	void *to;
};

/* 0: it was stopped, or the output has no reader any more. -1: the router has exited. */
int watching_run(const struct watching *watching, struct error *error);

#endif
