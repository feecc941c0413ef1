/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_HELPER_H
#define SIPLAUNCH_BASE_HELPER_H
/*
 * A question that only a process can answer which changes itself: it enters a namespace, or tries what may
 * be refused. A helper process does it, answers and exits, so that nothing of it stays with the caller.
 */
#include <stddef.h>

struct error;

struct helper {
	const char *name; /* for errors: "the probe process that tries unshare(CLONE_NEWIPC)" */
	/* In the helper: fills `answer`, which begins as the caller's. */
	void (*look)(void *answer, const void *data);
	const void *data;
	size_t size; /* of the answer; at most PIPE_BUF bytes, which arrive whole */
};

/*
 * Waits for the answer. 0; -1 where no helper can be made (errno of pipe2, clone or read), or it exits
 * without an answer: then *answer is not changed.
 */
int helper_ask(const struct helper *helper, void *answer, struct error *error);

#endif
