/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCH_NOTIFY_H
#define SIPLAUNCH_LAUNCH_NOTIFY_H
/*
 * Messages to the service manager over $NOTIFY_SOCKET, as sd_notify(3) describes them. The protocol is
 * stable, and a message is one datagram. So siplaunch implements it itself: the static build has no
 * libsystemd, and a launch need not load a library. $NOTIFY_SOCKET stays in the environment, for routers that
 * report themselves (Kamailio's systemdops).
 */
struct error;
struct events;

/*
 * Connects to `address`: a path, or "@NAME" of the abstract namespace. *fd is close-on-exec, and the caller
 * closes it; -1 if `address` is NULL or empty. The socket never blocks for more than two seconds. 0, or -1
 * with *fd -1 and why in *error.
 */
int notify_open(const char *address, int *fd, struct error *error);

/* The command runs now. `status` is for "systemctl status"; one line. All of these do nothing for fd -1. */
int notify_ready(int fd, const char *status, struct error *error);

/* The command was asked to stop. */
int notify_stopping(int fd, struct error *error);

/* Why there is no router, or how it ended. `errnum` 0: the kernel was not asked. */
int notify_status(int fd, const char *status, int errnum, struct error *error);

/* Emits a warning that the service manager did not get a message; not an error, because the router runs. */
void notify_failed(const struct events *events, const struct error *error);

#endif
