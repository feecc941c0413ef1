/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_HELD_SIGNALS_H
#define SIPLAUNCH_BASE_HELD_SIGNALS_H
/* Signals that wait until we look: they are blocked, and a descriptor is readable when one has come. */
#include <signal.h>

struct error;

struct held_signals {
	int fd;         /* signalfd, non-blocking; -1 */
	sigset_t found; /* the mask as it was */
};

/* INT, TERM and HUP. */
extern const int ending_signals[];

/* `numbers` end with 0. 0, or -1: the mask is as it was. */
int signals_hold(const int *numbers, struct held_signals *held, struct error *error);

/* The mask as it was: what came meanwhile arrives now. */
void signals_release(struct held_signals *held);

/* A blocked one that is pending acts now: for a stop, this returns when the process continues. */
void signal_let_act(int number);

#endif
