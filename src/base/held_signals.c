/* SPDX-License-Identifier: MIT */
#include "base/held_signals.h"

#include <errno.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/error.h"

const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP, 0};

int signals_hold(const int *numbers, struct held_signals *held, struct error *error)
{
	sigset_t taken;

	*held = (struct held_signals){.fd = -1};
	sigemptyset(&taken);
	for (; *numbers; numbers++)
		sigaddset(&taken, *numbers);
	if (sigprocmask(SIG_BLOCK, &taken, &held->found) < 0)
		return error_set(error, errno, "block signals");
	held->fd = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
	if (held->fd >= 0)
		return 0;
	error_set(error, errno, "open a descriptor for signals");
	sigprocmask(SIG_SETMASK, &held->found, NULL);
	return -1;
}

void signals_release(struct held_signals *held)
{
	if (held->fd < 0)
		return;
	close(held->fd);
	held->fd = -1;
	sigprocmask(SIG_SETMASK, &held->found, NULL);
}

void signal_let_act(int number)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	sigprocmask(SIG_BLOCK, &set, NULL);
}
