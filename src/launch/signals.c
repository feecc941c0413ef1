/* SPDX-License-Identifier: MIT */
#include "launch/signals.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/libc.h"

int signals_take(struct signals *signals, struct error *error)
{
	const struct sigaction initial = {.sa_handler = SIG_DFL};
	sigset_t taken;

	*signals = (struct signals){.fd = -1};
	sigfillset(&taken);
	if (sigprocmask(SIG_BLOCK, &taken, &signals->found) < 0 ||
	    sigaction(SIGCHLD, &initial, &signals->child) < 0)
		return error_set(error, errno, "block signals");
	signals->fd = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals->fd < 0)
		return error_set(error, errno, "open a descriptor for signals");
	return 0;
}

void signals_give_back(const struct signals *signals)
{
	sigaction(SIGCHLD, &signals->child, NULL);
	sigprocmask(SIG_SETMASK, &signals->found, NULL);
}

void signals_close(struct signals *signals)
{
	if (signals->fd >= 0)
		close(signals->fd);
	signals->fd = -1;
}

enum signal_meaning signal_meaning(const struct signalfd_siginfo *info)
{
	/* SIGPIPE after a reader is gone (fs/pipe.c), and signals that we sent to our own process group */
	if (info->ssi_pid == (uint32_t)getpid() && info->ssi_code == SI_USER)
		return SIGNAL_OURS;
	switch (info->ssi_signo) {
	case SIGTERM:
	case SIGINT:
	case SIGQUIT:
		return SIGNAL_STOP;
	case SIGCHLD:
		return SIGNAL_CHILD;
	case SIGTSTP:
		return SIGNAL_SUSPEND;
	case SIGCONT:
		return SIGNAL_RESUME;
	case SIGTTIN:
	case SIGTTOU:
	case SIGXCPU:
	case SIGXFSZ: /* from the kernel: about our own process */
		return info->ssi_code > 0 ? SIGNAL_OURS : SIGNAL_FORWARD;
	default:
		return SIGNAL_FORWARD;
	}
}

char *signal_name(int number)
{
	const char *name = sigabbrev_np(number);
	if (name)
		return xasprintf("SIG%s", name);
	if (number >= SIGRTMIN && number <= SIGRTMAX)
		return xasprintf("SIGRTMIN+%d", number - SIGRTMIN);
	return xasprintf("signal %d", number);
}
