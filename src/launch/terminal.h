/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCH_TERMINAL_H
#define SIPLAUNCH_LAUNCH_TERMINAL_H
/*
 * The controlling terminal of a supervisor that has one, lent to the router: for a prompt on /dev/tty, and
 * for ^C and ^Z. Job control as between a shell and its jobs (termios(3), setpgid(2)): the router's process
 * group is in our session, and it is the terminal's foreground group while ours would be. Nothing here knows
 * what a signal means for the router.
 */
#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

struct terminal {
	int fd;        /* /dev/tty, close-on-exec; -1: there is none */
	pid_t router;  /* its process group */
	pid_t witness; /* 0: none; see terminal_lend(). It keeps its number when it has been ended: what it
			  has sent may still be unread */
	bool watching; /* it runs */
	struct termios modes; /* as they were when it was lent */
	bool has_modes;
};

#define TERMINAL_NONE    \
	{                \
		.fd = -1 \
	}

/* Opens our controlling terminal, if we have one. */
void terminal_open(struct terminal *terminal);

/* In the child, before anything else: a process group of its own where there is a terminal to lend, else a
 * session of its own, so that what any terminal sends comes to it through us only. */
void terminal_part(const struct terminal *terminal);

/*
 * Makes `router` (a process group, also our child of that pid) the foreground group, where ours is. From then
 * on ^C and ^\ come to the router and not to us. So that we learn of them, a process of ours, the witness,
 * joins the router's group: it sends us each SIGINT and SIGQUIT that the terminal has sent. False: our group
 * is not the foreground one, or there is no terminal.
 */
bool terminal_lend(struct terminal *terminal, pid_t router);

/* Makes our group the foreground one again where the router's is. */
void terminal_take_back(const struct terminal *terminal);

/*
 * Stops our process group as the terminal would do, with SIGTSTP, SIGTTIN or SIGTTOU, and returns when it has
 * been continued; at once where the kernel does not stop an orphaned group, which nobody could continue. All
 * signals are blocked.
 */
void terminal_stop_us(int number);

/* When the router has ended: ends the witness, and puts the terminal's group and modes back. */
void terminal_restore(struct terminal *terminal);

void terminal_close(struct terminal *terminal);

#endif
