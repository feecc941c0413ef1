/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCH_NOTIFY_H
#define SIPLAUNCH_LAUNCH_NOTIFY_H
/*
 * Messages to the service manager over $NOTIFY_SOCKET, as sd_notify(3) describes them. The protocol is one
 * datagram and stable, so it is spoken here: the static build has no libsystemd, and a launch does not load a
 * library for it. $NOTIFY_SOCKET stays in the environment, for routers that report themselves (Kamailio's
 * systemdops).
 */
struct error;
struct events;

/*
 * Connects to `address`: a path, or "@NAME" of the abstract namespace. *fd is close-on-exec, to be closed by
 * the caller, or -1 where `address` is NULL or empty. The socket never blocks for more than two seconds. 0,
 * or -1 with *fd -1 and why in *error.
 */
int notify_open(const char *address, int *fd, struct error *error);

/* The command runs now. `status` is for "systemctl status"; one line. All of these do nothing for fd -1. */
int notify_ready(int fd, const char *status, struct error *error);

/* Asked to stop. */
int notify_stopping(int fd, struct error *error);

/* Why there is no router, or how it ended. `errnum` 0: the kernel was not asked. */
int notify_status(int fd, const char *status, int errnum, struct error *error);

/* Emits a warning: the service manager could not be told, and the router is what matters. */
void notify_failed(const struct events *events, const struct error *error);

#endif
