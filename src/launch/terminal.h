/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCH_TERMINAL_H
#define SIPLAUNCH_LAUNCH_TERMINAL_H
/*
 * The controlling terminal of a supervisor, if it has one, lent to the router: for a prompt on /dev/tty, and
 * for ^C and ^Z. It is job control as between a shell and its jobs (termios(3), setpgid(2)): the router's
 * process group is in our session, and is the terminal's foreground group whenever ours would be. Nothing
 * here knows what a signal means for the router.
 */
#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

struct terminal {
	int fd;        /* /dev/tty, close-on-exec; -1: there is none */
	pid_t router;  /* its process group */
	pid_t witness; /* 0: none; see terminal_lend(). Keeps its value after the witness ended: signals from
			  it may still be unread */
	bool watching; /* the witness runs */
	struct termios modes; /* as they were when it was lent */
	bool has_modes;
};

#define TERMINAL_NONE    \
	{                \
		.fd = -1 \
	}

/* Opens our controlling terminal, if we have one. */
void terminal_open(struct terminal *terminal);

/* In the child, before anything else: makes its own process group if there is a terminal to lend, else its
 * own session, so that signals from a terminal reach it only through us. */
void terminal_part(const struct terminal *terminal);

/*
 * Makes `router`, a process group with our child of that pid as leader, the terminal's foreground group, if
 * ours is. From then on ^C and ^\ reach the router and not us. To report them to us, a helper process, the
 * witness, joins the router's group: it sends us each SIGINT and SIGQUIT that comes from the terminal. False:
 * our group is not the foreground group, there is no terminal, or a call failed.
 */
bool terminal_lend(struct terminal *terminal, pid_t router);

/* Makes our group the foreground group again, if the router's is. */
void terminal_take_back(const struct terminal *terminal);

/*
 * Stops our process group as the terminal would, with SIGTSTP, SIGTTIN or SIGTTOU; returns when the group is
 * continued. Returns at once for an orphaned group, which the kernel does not stop. All signals must be
 * blocked.
 */
void terminal_stop_us(int number);

/* After the router has ended: ends the witness, and restores the terminal's foreground group and modes. */
void terminal_restore(struct terminal *terminal);

void terminal_close(struct terminal *terminal);

#endif
