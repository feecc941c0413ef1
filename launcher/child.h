/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_CHILD_H
#define SIPLAUNCH_LAUNCHER_CHILD_H
/*
 * A supervisor's child, which becomes the router: it applies to itself what is left of the plan, and
 * executes. Whether it came to that it tells through a pipe that exec closes.
 */
#include <sys/types.h>

#include "base/error.h"

struct launch;
struct signals;
struct terminal;

struct child {
	pid_t pid;
	int told; /* the pipe's end for child_read(), non-blocking; -1 */
};

/*
 * Forks it. Where there is a terminal, it has a process group of its own and is lent the terminal before it
 * executes (terminal.h); else it has a session of its own. Either way a signal of the terminal comes to the
 * router once. 0, or -1 with nothing running.
 */
int child_start(struct launch *launch, const struct signals *signals, struct terminal *terminal,
		struct child *child, struct error *error);

/*
 * Once `told` is readable. 0 when it has executed (or has been killed before it could); else the exit status
 * to end with, and why in *error; the child has said that itself. Closes `told`.
 */
int child_read(struct child *child, struct error *error);

#endif
