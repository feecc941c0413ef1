/* SPDX-License-Identifier: MIT */
#include "log/log_output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATIENCE_MS 1000

static struct {
	bool hurries, stalled;
	int own; /* where `hurries`: a description of our own, which does not block; else standard error */
	bool is_socket;
	unsigned lost;
} output = {.own = STDERR_FILENO};

/* Opens a second file description for O_NONBLOCK: on the inherited one, the flag would apply to the router
 * too. Not for a regular file, which never blocks: a second description would have its own offset. */
void log_output_hurry(void)
{
	struct stat info;

	output.hurries = true;
	if (fstat(STDERR_FILENO, &info) < 0)
		return;
	output.is_socket = S_ISSOCK(info.st_mode);
	if (!S_ISFIFO(info.st_mode) && !S_ISCHR(info.st_mode))
		return;
	int fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0)
		output.own = fd;
}

/* Waits only in a supervisor. True if a write will not wait: the descriptor accepts data, or has an error. */
static bool takes_something(void)
{
	struct pollfd polled = {.fd = output.own, .events = POLLOUT};
	if (!output.hurries || poll(&polled, 1, output.stalled ? 0 : PATIENCE_MS) > 0)
		return true;
	errno = ETIMEDOUT;
	return false;
}

static ssize_t put(const char *text, size_t length)
{
	return output.hurries && output.is_socket ? send(output.own, text, length, MSG_DONTWAIT)
						  : write(output.own, text, length);
}

static bool put_all(const char *text)
{
	size_t length = strlen(text);
	while (length > 0) {
		ssize_t n = takes_something() ? put(text, length) : -1;
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text += n;
		length -= (size_t)n;
	}
	return true;
}

bool log_output(const char *text)
{
	const struct sigaction ignored = {.sa_handler = SIG_IGN};
	struct sigaction found;

	sigaction(SIGPIPE, &ignored, &found);
	bool done = put_all(text);
	sigaction(SIGPIPE, &ignored, NULL); /* also discards a pending one if SIGPIPE is blocked */
	sigaction(SIGPIPE, &found, NULL);
	output.stalled = !done;
	output.lost += !done;
	return done;
}

unsigned log_output_lost(void)
{
	return output.lost;
}

void log_output_reported(unsigned lost)
{
	output.lost = output.lost == lost ? 0 : lost;
}
