/* SPDX-License-Identifier: MIT */
/*
 * A question through the router's FIFO, the answer through one of ours. The router opens that by name in its
 * reply directory, usually /tmp, where every user may make files: so ours gets a random name, and must not
 * exist before.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "stats/exchange.h"

#define ATTEMPTS 8

/*
 * Permits the router to write. As root, makes the router's user the owner. Else permits the group of the
 * router's own FIFO, if we are in it. Else every user may write, but only we can read.
 */
static int let_router_write(const struct management *management, int fd, struct error *error)
{
	cleanup_way struct management_way way = WAY_NONE;
	struct stat requests;

	if (management->has_uid && management->uid == geteuid())
		return 0;
	if (management->has_uid && geteuid() == 0 && fchown(fd, management->uid, (gid_t)-1) == 0)
		return 0;
	bool group = management_reach(management, management->path, &way) == 0 &&
		     stat(way.path, &requests) == 0 && fchown(fd, (uid_t)-1, requests.st_gid) == 0;
	if (fchmod(fd, group ? 0620 : 0622) < 0)
		return error_set(error, errno, "allow the router to write its answer");
	return 0;
}

static void forget(struct reply_fifo *fifo)
{
	management_way_clear(&fifo->way);
	free(fifo->path);
	free(fifo->name);
	*fifo = (struct reply_fifo)REPLY_FIFO_NONE;
}

/* Neither router accepts a name with a dot or a slash, and both append it to their reply directory as
 * configured, without a slash (fifo_fnc.c, jsonrpcs_fifo.c). */
static int make(const struct management *management, struct reply_fifo *fifo)
{
	uint64_t random;
	if (getrandom(&random, sizeof random, 0) != sizeof random)
		return -1;
	fifo->name = xasprintf("siplaunch_%d_%016" PRIx64, (int)getpid(), random);
	fifo->path = xasprintf("%s%s", management->reply_directory, fifo->name);
	if (management_reach_new(management, fifo->path, &fifo->way) == 0 &&
	    mkfifo(fifo->way.path, 0600) == 0)
		return 0;
	int errnum = errno;
	forget(fifo);
	errno = errnum;
	return -1;
}

int reply_fifo_open(const struct management *management, struct reply_fifo *fifo, struct error *error)
{
	struct stat info;
	int made = -1;

	*fifo = (struct reply_fifo)REPLY_FIFO_NONE;
	for (int i = 0; i < ATTEMPTS && made < 0; i++) {
		made = make(management, fifo);
		if (made < 0 && errno != EEXIST)
			break;
	}
	if (made < 0) {
		error_set(error, errno, "make a FIFO for the answer in %s", management->reply_directory);
		return error_hint(error, "run siplaunch as root, or as a user that may write there");
	}
	fifo->fd = open(fifo->way.path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fifo->fd < 0)
		return error_set(error, errno, "open %s", fifo->path);
	if (fstat(fifo->fd, &info) < 0 || !S_ISFIFO(info.st_mode) || info.st_uid != geteuid())
		return error_set(error, 0, "another process has replaced %s", fifo->path);
	return let_router_write(management, fifo->fd, error);
}

void reply_fifo_close(struct reply_fifo *fifo)
{
	if (fifo->way.path)
		unlink(fifo->way.path);
	if (fifo->fd >= 0)
		close(fifo->fd);
	forget(fifo);
}

/* write(2) to a pipe without a reader raises SIGPIPE, whose disposition is the program's: it is blocked
 * meanwhile, and removed if this write raised it. */
static ssize_t write_quietly(int fd, const char *data, size_t length)
{
	const struct timespec none = {0};
	sigset_t pipe_only, before, pending;

	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	sigpending(&pending);
	pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
	ssize_t n = write(fd, data, length);
	int errnum = errno;
	if (n < 0 && errnum == EPIPE && !sigismember(&pending, SIGPIPE))
		sigtimedwait(&pipe_only, NULL, &none);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = errnum;
	return n;
}

/* Writes in one piece or not at all: otherwise another process's query could come in between. */
static int send_question(const struct management *management, int fd, const char *question,
			 const struct deadline *deadline, struct error *error)
{
	size_t length = strlen(question);

	if (length > PIPE_BUF)
		return error_set(error, EMSGSIZE, "send the query through %s", management->path);
	for (;;) {
		ssize_t n = write_quietly(fd, question, length);
		if (n == (ssize_t)length)
			return 0;
		if (n >= 0 || (errno != EAGAIN && errno != EINTR))
			return error_set(error, n < 0 ? errno : EIO, "send the query through %s",
					 management->path);
		if (errno == EAGAIN && deadline_poll(deadline, fd, POLLOUT, error) < 0)
			return error_context(error, "%s is full", management->path);
	}
}

int exchange_fifo(const struct management *management, const char *question, const struct reply_fifo *fifo,
		  const struct deadline *deadline, struct reply *reply, struct error *error)
{
	cleanup_way struct management_way way = WAY_NONE;
	struct stat info;

	if (management_reach(management, management->path, &way) < 0)
		return management_unreachable(management, management->path, errno, error);
	/* does not wait for a reader: ENXIO without one */
	cleanup_close int fd = open(way.path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return management_unreachable(management, management->path, errno, error);
	if (fstat(fd, &info) < 0 || !S_ISFIFO(info.st_mode))
		return error_set(error, 0, "%s is not a FIFO", management->path);
	if (send_question(management, fd, question, deadline, error) < 0)
		return -1;
	return deadline_read(deadline, fifo->fd, SIZE_MAX, reply, error) < 0 ? -1 : 0;
}
