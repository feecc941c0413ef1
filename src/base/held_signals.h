/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_HELD_SIGNALS_H
#define SIPLAUNCH_BASE_HELD_SIGNALS_H
/* Signals that are handled when the program reads them: they are blocked, and a signalfd(2) is readable while
 * one is pending. */
#include <signal.h>

struct error;

struct held_signals {
	int fd;         /* signalfd, non-blocking; -1 */
	sigset_t found; /* the mask as it was */
};

/* INT, TERM and HUP. */
extern const int ending_signals[];

/* Blocks the signals in `numbers`, which end with 0, and opens held->fd. 0, or -1 with the mask unchanged. */
int signals_hold(const int *numbers, struct held_signals *held, struct error *error);

/* Closes held->fd and restores the mask: a signal that is still pending arrives now. Does nothing if fd is
 * -1. */
void signals_release(struct held_signals *held);

/* Delivers a pending signal of that number by unblocking it for a moment. If it stops the process, this
 * returns when the process continues. */
void signal_let_act(int number);

#endif
