/* SPDX-License-Identifier: MIT */
#include "launch/terminal.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/held_signals.h"
#include "base/libc.h"

#define WITNESS_LOOKS 200 /* every 10 ms */

void terminal_open(struct terminal *terminal)
{
	*terminal = (struct terminal)TERMINAL_NONE;
	terminal->fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
}

void terminal_part(const struct terminal *terminal)
{
	if (terminal->fd < 0)
		setsid();
	else
		setpgid(0, 0);
}

/* All signals are blocked here, as in the supervisor. */
static _Noreturn void be_witness(pid_t supervisor)
{
	siginfo_t info;
	sigset_t keys;

	sigemptyset(&keys);
	sigaddset(&keys, SIGINT);
	sigaddset(&keys, SIGQUIT);
	sigaddset(&keys, SIGTERM);
	prctl(PR_SET_NAME, "siplaunch-tty", 0, 0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	close_range(0, ~0U, 0); /* a reader of our standard output must not wait for this process */
	while (getppid() == supervisor) {
		int number = sigwaitinfo(&keys, &info); /* returns the lowest of the pending ones */
		if (number == SIGTERM && info.si_pid == supervisor)
			break;
		if (number > 0 && info.si_code == SI_KERNEL)
			kill(supervisor, number);
	}
	_exit(0);
}

static bool start_witness(struct terminal *terminal)
{
	pid_t supervisor = getpid(), pid = fork();
	if (pid == 0) {
		setpgid(0, terminal->router);
		be_witness(supervisor);
	}
	if (pid < 0)
		return false;
	setpgid(pid, terminal->router);
	terminal->witness = pid;
	terminal->watching = true;
	return true;
}

bool terminal_lend(struct terminal *terminal, pid_t router)
{
	if (terminal->fd < 0 || tcgetpgrp(terminal->fd) != getpgrp())
		return false;
	terminal->router = router;
	setpgid(router, router); /* the child does it too: whichever is first */
	if (!terminal->watching && !start_witness(terminal))
		return false;
	/* now and not earlier: a shell in the foreground sets other modes for its own line editing */
	terminal->has_modes = tcgetattr(terminal->fd, &terminal->modes) == 0;
	return tcsetpgrp(terminal->fd, router) == 0;
}

/* tcsetpgrp(3) and tcsetattr(3) of a background group send SIGTTOU, unless that is blocked: it is. */
void terminal_take_back(const struct terminal *terminal)
{
	if (terminal->fd >= 0 && terminal->router && tcgetpgrp(terminal->fd) == terminal->router)
		tcsetpgrp(terminal->fd, getpgrp());
}

void terminal_stop_us(int number)
{
	kill(0, number); /* also to other processes of our group, such as a script that started us */
	signal_let_act(number);
}

/* The witness first sends us its pending signals, because a key that ended the router reached it at the same
 * time, and then exits. A router may have stopped it, even repeatedly: so after a timeout it is killed. */
static void end_witness(struct terminal *terminal)
{
	const struct timespec pause = {.tv_nsec = 10000000};

	if (!terminal->watching)
		return;
	terminal->watching = false;
	kill(terminal->witness, SIGTERM);
	kill(terminal->witness, SIGCONT);
	for (int i = 0; i < WITNESS_LOOKS; i++) {
		if (waitpid(terminal->witness, NULL, WNOHANG) != 0)
			return;
		nanosleep(&pause, NULL);
	}
	kill(terminal->witness, SIGKILL);
	waitpid(terminal->witness, NULL, 0);
}

void terminal_restore(struct terminal *terminal)
{
	end_witness(terminal);
	if (!terminal->router)
		return;
	terminal_take_back(terminal);
	terminal->router = 0;
	if (terminal->has_modes && tcgetpgrp(terminal->fd) == getpgrp())
		tcsetattr(terminal->fd, TCSANOW, &terminal->modes);
}

void terminal_close(struct terminal *terminal)
{
	end_witness(terminal);
	cleanup_close_(&terminal->fd);
	terminal->fd = -1;
}
