/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCH_CHILD_H
#define SIPLAUNCH_LAUNCH_CHILD_H
/*
 * A supervisor's child, which becomes the router: it applies to itself what is left of the plan, and
 * executes. Whether it came to that it tells through a pipe that exec closes.
 */
#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

struct launch;
struct signals;
struct terminal;

struct child {
	pid_t pid;
	int told;  /* the pipe's end for child_read(), non-blocking; -1 */
	bool lost; /* it ended before it could execute the router, and could not say why */
};

/*
 * Forks it. Where there is a terminal, it has a process group of its own and is lent the terminal before it
 * executes (terminal.h); else it has a session of its own. Either way a signal of the terminal comes to the
 * router once. 0, or -1 with nothing running.
 */
int child_start(struct launch *launch, const struct signals *signals, struct terminal *terminal,
		struct child *child, struct error *error);

/*
 * Once `told` is readable. 0 when it has executed the router, which the kernel's flags of the process in
 * `proc` (a directory descriptor of /proc; of another PID namespace it says nothing) confirm: the pipe is
 * closed by exec, but also by a child that was killed. Else the exit status to end with, and why in *error;
 * the child has said that itself, unless it is `lost`. Closes `told`.
 */
int child_read(struct child *child, int proc, struct error *error);

#endif
