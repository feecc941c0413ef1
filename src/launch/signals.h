/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCH_SIGNALS_H
#define SIPLAUNCH_LAUNCH_SIGNALS_H
/*
 * A supervisor's signals: all of them are blocked and read from one descriptor, so that no handler interrupts
 * the code; and what each signal means for the router. The router gets the mask and the dispositions that
 * siplaunch inherited.
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
 * Blocks every signal and opens the descriptor. A fault in siplaunch still kills it: the kernel unblocks the
 * fault's signal (kernel/signal.c, force_sig_info_to_task), and so does abort(3). Ignored signals arrive too,
 * because the kernel never discards a blocked signal (kernel/signal.c, sig_ignored). SIGCHLD gets its default
 * disposition: if it is ignored, the kernel reaps the children, and their statuses are lost. 0, or -1.
 */
int signals_take(struct signals *signals, struct error *error);

/* In the child, right before exec: restores the inherited mask and the disposition of SIGCHLD. A pending
 * signal arrives now. */
void signals_give_back(const struct signals *signals);

void signals_close(struct signals *signals);

enum signal_meaning {
	SIGNAL_FORWARD, /* to the router's main process */
	SIGNAL_STOP,    /* to the router too: a stop request: TERM, INT, QUIT */
	SIGNAL_CHILD,   /* a child has to be reaped */
	SIGNAL_SUSPEND, /* ^Z: the router stops, then we do */
	SIGNAL_RESUME,
	SIGNAL_OURS, /* ignored: sent by ourselves, or by the kernel about our own resource use */
};
enum signal_meaning signal_meaning(const struct signalfd_siginfo *info);

/* "SIGTERM", "SIGRTMIN+3". Caller frees. */
char *signal_name(int number);

#endif
