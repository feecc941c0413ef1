/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCH_HANDOVER_H
#define SIPLAUNCH_LAUNCH_HANDOVER_H
/*
 * The last steps of a launch: descriptors and exec. And the first step of siplaunch: descriptors 0 to 2 are
 * open, so that no file that siplaunch opens can become the router's standard error.
 */
#include <stdbool.h>
#include <sys/types.h>

struct error;

/* Opens /dev/null on those of 0, 1, 2 that are closed, and sets *output_closed where standard output is one
 * of them. Call it before anything else is opened. 0, or -1. */
int handover_open_standard(bool *output_closed, struct error *error);

/*
 * In a supervisor's child: if LISTEN_PID or WATCHDOG_PID names `supervisor`, sets it to this process, which
 * is to use it. Removes LISTEN_PIDFDID, which identifies a process by its pidfd's inode and cannot be
 * rewritten. The rest of the environment, including NOTIFY_SOCKET, does not change.
 */
void handover_take_over(pid_t supervisor);

/* In a supervisor: closes inherited descriptors, which the router has now: those that are not close-on-exec.
 * siplaunch's own ones are. Descriptors 0 to 2 stay open. */
void handover_close_inherited(void);

/* Marks every descriptor above 2 close-on-exec, but those that systemd passed to this process (LISTEN_FDS).
 */
void handover_close_on_exec(void);

/* Only calls execv(3): the system call filter is in force by now. Returns only on failure, -1. */
int handover_exec(const char *path, char *const *argv, struct error *error);

#endif
