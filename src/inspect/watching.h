/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_INSPECT_WATCHING_H
#define SIPLAUNCH_INSPECT_WATCHING_H
/*
 * A running router that is sampled again and again, until somebody stops it or the router ends. Who shows the
 * samples is the observer's matter.
 */
#include <stdbool.h>

struct error;
struct inspection;

struct watching {
	struct inspection *inspection; /* opened, of a router that runs; has the newest sample */
	unsigned interval_s;
	int stop; /* readable when it has to stop (signals_hold()) */

	bool (*show)(void *to);   /* with the first sample and after each; false: nobody reads it any more */
	bool (*attend)(void *to); /* when `wake` is readable between two samples; true: show it again */
	int wake;                 /* -1: nothing wakes it */
	void *to;
};

/* 0 when it was stopped or nobody reads it any more; -1 when the router has ended. */
int watching_run(const struct watching *watching, struct error *error);

#endif
