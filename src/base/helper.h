/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_HELPER_H
#define SIPLAUNCH_BASE_HELPER_H
/*
 * Queries that change the process that makes them: it enters a namespace, or attempts a call that may be
 * refused. A helper process makes them, sends the answer and exits, so that the caller does not change.
 */
#include <stddef.h>

struct error;

struct helper {
	const char *name; /* for errors: "the probe process that tries unshare(CLONE_NEWIPC)" */
	/* Runs in the helper: fills `answer`, which starts as a copy of the caller's. */
	void (*look)(void *answer, const void *data);
	const void *data;
	size_t size; /* of the answer; at most PIPE_BUF bytes, which arrive whole */
};

/*
 * Waits for the answer. 0; or -1 with *answer unchanged, where no helper can be made (errno of pipe2, clone
 * or read) or the helper exits without an answer (errno 0).
 */
int helper_ask(const struct helper *helper, void *answer, struct error *error);

#endif
