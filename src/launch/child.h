/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCH_CHILD_H
#define SIPLAUNCH_LAUNCH_CHILD_H
/*
 * A supervisor's child, which becomes the router: it applies the rest of the plan to itself, and executes the
 * router. It reports a failure through a pipe; exec closes the pipe.
 */
#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

struct launch;
struct signals;
struct terminal;

struct child {
	pid_t pid;
	int gate;   /* the child waits until this is closed; -1: it is */
	int result; /* the read end of that pipe, for child_read(), non-blocking; -1 */
	bool lost;  /* it ended before exec, without a report of the reason */
	int end_code,
		end_status; /* si_code and si_status of an end before exec that child_note_end() saw; 0 */
};

/*
 * Forks the child, which waits for child_release(). If there is a terminal, the child gets its own process
 * group, which becomes the terminal's foreground group before exec (terminal.h); else it gets its own
 * session. In both cases a signal from the terminal reaches the router once. 0, or -1 with nothing running.
 */
int child_start(struct launch *launch, const struct signals *signals, struct terminal *terminal,
		struct child *child, struct error *error);

/* Lets the child apply the plan and execute the router. */
void child_release(struct child *child);

/* Call before the child is reaped, with what waitid(2) says of it: afterwards /proc does not show any more
 * whether it had executed the router. For child_read(), whose `proc` it takes. */
void child_note_end(struct child *child, int proc, const siginfo_t *info);

/*
 * Call when `result` is readable; closes it. 0 if the child has executed the router. A closed pipe alone does
 * not prove that, because the pipe also closes when the child is killed: so the kernel's flags of the process
 * are read in `proc`, a directory descriptor of /proc (-1 if /proc belongs to another PID namespace). Else
 * siplaunch's exit status, with the reason in *error; the child has printed it already, unless it is `lost`.
 */
int child_read(struct child *child, int proc, struct error *error);

#endif
