/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCH_HANDOVER_H
#define SIPLAUNCH_LAUNCH_HANDOVER_H
/*
 * The last steps before the router is what runs: descriptors, exec. And the first of all: descriptors 0 to 2
 * exist, so that no file of ours can become the router's standard error.
 */
#include <stdbool.h>
#include <sys/types.h>

struct error;

/* Opens /dev/null on those of 0, 1, 2 that are closed. To be called before anything else is opened. 0, or
 * -1. */
int handover_open_standard(struct error *error);

/*
 * In a supervisor's child: LISTEN_PID and WATCHDOG_PID, if they name `supervisor`, name this process, which
 * is who is to use them. LISTEN_PIDFDID, which names a process beyond its number, cannot be rewritten and
 * goes. The rest of the environment, NOTIFY_SOCKET in it, is as it was.
 */
void handover_take_over(pid_t supervisor);

/* In a supervisor: closes what was passed to us and is the router's now. What is ours is close-on-exec, and
 * what has survived our own exec is not. Descriptors 0 to 2 stay. */
void handover_close_inherited(void);

/* Marks every descriptor above 2 close-on-exec, but those that systemd passed to this process (LISTEN_FDS).
 */
void handover_close_on_exec(void);

/* Executes, and does nothing else: a filter is in force by now. Returns only on failure, -1. */
int handover_exec(const char *path, char *const *argv, struct error *error);

#endif
