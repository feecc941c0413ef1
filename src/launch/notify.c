/* SPDX-License-Identifier: MIT */
#include "launch/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/event.h"

/* A manager that does not read must not block a launch. */
#define SEND_SECONDS 2

/* The length of the address, or 0. "vsock:" addresses, for virtual machines, are refused. */
static socklen_t address_of(const char *text, struct sockaddr_un *address, struct error *error)
{
	size_t length = strlen(text);
	bool path = *text == '/';

	if (!path && (*text != '@' || length < 2)) {
		error_set(error, 0, "NOTIFY_SOCKET=%s is neither an absolute path nor @ and a name", text);
		return 0;
	}
	if (length + (path ? 1 : 0) > sizeof address->sun_path) {
		error_set(error, 0, "NOTIFY_SOCKET=%s is longer than the %zu bytes of an address (unix(7))",
			  text, sizeof address->sun_path);
		return 0;
	}
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(address->sun_path, text, length);
	if (!path)
		address->sun_path[0] = '\0';
	/* an abstract name ends by its length, not by a NUL (unix(7)) */
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (path ? 1 : 0));
}

static int connect_to(const char *text, struct error *error)
{
	const struct timeval timeout = {.tv_sec = SEND_SECONDS};
	struct sockaddr_un address;
	socklen_t length = address_of(text, &address, error);

	if (!length)
		return -1;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_set(error, errno, "make a socket for NOTIFY_SOCKET=%s", text);
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) == 0 &&
	    connect(fd, (const struct sockaddr *)&address, length) == 0)
		return fd;
	error_set(error, errno, "connect to NOTIFY_SOCKET=%s", text);
	close(fd);
	return -1;
}

int notify_open(const char *address, int *fd, struct error *error)
{
	*fd = -1;
	if (!address || !*address)
		return 0;
	*fd = connect_to(address, error);
	if (*fd >= 0)
		return 0;
	error_context(error, "cannot report to the service manager");
	return error_hint(error, "use Type=exec in the unit, which needs no report");
}

static int send_message(int fd, const char *message, struct error *error)
{
	if (fd < 0)
		return 0;
	ssize_t sent = send(fd, message, strlen(message), MSG_NOSIGNAL);
	if (sent >= 0)
		return 0;
	return error_set(error, errno, "cannot report to the service manager: send to NOTIFY_SOCKET");
}

/* A message is lines of NAME=VALUE: text after a newline would be another assignment. */
static char *one_line(const char *text)
{
	char *line = xstrdup(text);
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	return line;
}

int notify_ready(int fd, const char *status, struct error *error)
{
	cleanup_free char *line = one_line(status);
	cleanup_free char *message = xasprintf("READY=1\nSTATUS=%s\n", line);
	return send_message(fd, message, error);
}

int notify_stopping(int fd, struct error *error)
{
	return send_message(fd, "STOPPING=1\n", error);
}

int notify_status(int fd, const char *status, int errnum, struct error *error)
{
	cleanup_free char *line = one_line(status);
	cleanup_free char *number = errnum ? xasprintf("ERRNO=%d\n", errnum) : xstrdup("");
	cleanup_free char *message = xasprintf("STATUS=%s\n%s", line, number);
	return send_message(fd, message, error);
}

void notify_failed(const struct events *events, const struct error *error)
{
	cleanup_free char *message = error_text(error);
	event_emit(events, &(struct event){.level = EVENT_WARNING,
					   .name = "notify",
					   .message = message,
					   .hint = error->hint});
}
