/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCH_SIGNALS_H
#define SIPLAUNCH_LAUNCH_SIGNALS_H
/*
 * A supervisor's signals: all of them are blocked and come through one descriptor, so that nothing happens
 * between two instructions; what each of them means for the router. The router gets mask and dispositions as
 * siplaunch found them.
 */
#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>

struct error;

struct signals {
	int fd;                 /* signalfd, non-blocking; -1 */
	sigset_t found;         /* the mask as it was */
	struct sigaction child; /* of SIGCHLD, as it was */
};

/*
 * Blocks every signal and opens the descriptor. A fault of our own kills all the same: the kernel unblocks
 * its signal (kernel/signal.c, force_sig_info_to_task), and so does abort(3). Also ignored signals come,
 * since a blocked signal is never discarded (kernel/signal.c, sig_ignored). SIGCHLD gets its default: where
 * it is ignored the kernel reaps, and nobody learns a status. 0, or -1.
 */
int signals_take(struct signals *signals, struct error *error);

/* In the child, right before exec: as it was found. A signal that is pending arrives now. */
void signals_give_back(const struct signals *signals);

void signals_close(struct signals *signals);

enum signal_meaning {
	SIGNAL_FORWARD, /* to the router's main process */
	SIGNAL_STOP,    /* the same, and it asks the router to stop: TERM, INT, QUIT */
	SIGNAL_CHILD,   /* somebody is to be reaped */
	SIGNAL_SUSPEND, /* ^Z: the router stops, then we do */
	SIGNAL_RESUME,
	SIGNAL_OURS, /* about us and of no consequence: sent by ourselves, or by the kernel about our own use
		      */
};
enum signal_meaning signal_meaning(const struct signalfd_siginfo *info);

/* "SIGTERM", "SIGRTMIN+3": fresh. */
char *signal_name(int number);

#endif
