/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_INSPECT_WATCHING_H
#define SIPLAUNCH_INSPECT_WATCHING_H
/*
 * Samples a running router repeatedly, until a signal stops it or the router exits. A router that was chosen
 * by a name or a group is followed over a restart. Callbacks show the samples.
 */
#include <stdbool.h>

struct error;
struct inspect_request;
struct inspection;

struct watching {
	struct inspection *inspection; /* open, of a running router; has the newest sample. After a restart:
					  of the new router */
	const struct inspect_request *request; /* with which it was opened */
	unsigned interval_s;
	int stop; /* a descriptor that is readable when it must stop (signals_hold()) */

	bool (*show)(void *to);   /* called for every sample; false: the output has no reader any more */
	bool (*attend)(void *to); /* called when `wake` is readable; true: call show() again */
	int wake;                 /* a descriptor; -1: none */
	/* a router runs again: `next` replaces `inspection` after the call. -1: not yet */
	int (*adopt)(void *to, const struct inspection *next, struct error *error);
	void (*tell)(void *to, const char *message); /* the router ended, or runs again */
	void *to;

	struct inspection *followed; /* its own: watching_close() */
};

/*
 * 0: it was stopped, or the output has no reader any more. -1: a router that was chosen by its pid has
 * exited, or siplaunch failed.
 */
int watching_run(struct watching *watching, struct error *error);

void watching_close(struct watching *watching);

#endif
