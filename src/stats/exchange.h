/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_STATS_EXCHANGE_H
#define SIPLAUNCH_STATS_EXCHANGE_H
/*
 * Sends a query to a router and reads its answer, over each kind of management interface. Bytes only: ask.c
 * and binrpc.c interpret them. The other side may be slow, ended, broken or not the router at all: every wait
 * ends at the deadline or when it is cancelled, every answer is bounded. Private to this room.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "stats/management.h"

struct error;

/* Bytes of an answer: enough for some 7,000 processes in Kamailio's pkg.stats. */
#define REPLY_LIMIT ((size_t)2 << 20)

/* A deadline and a descriptor that cancels, for all queries to one router together. */
struct deadline {
	int64_t deadline_ms; /* CLOCK_MONOTONIC */
	int cancel;          /* readable when the query is cancelled; -1: never */
	unsigned timeout_ms; /* as it was given, for the error */
};

struct reply {
	char *data; /* NUL-terminated behind `length` */
	size_t length;
};
void reply_clear(struct reply *reply);

struct deadline deadline_in(unsigned timeout_ms, const int *cancel);

/* Waits for an event of poll(2). 0; -1 with ETIMEDOUT or ECANCELED in the error. */
int deadline_poll(const struct deadline *deadline, int fd, short events, struct error *error);

/* Writes all of it to a stream socket, also in small pieces. 0, or -1. */
int deadline_send(const struct deadline *deadline, int fd, const char *data, size_t length,
		  struct error *error);

/* Reads more until the reply has `wanted` bytes (SIZE_MAX: until the end). 1; 0 if the end came before;
 * -1. */
int deadline_read(const struct deadline *deadline, int fd, size_t wanted, struct reply *reply,
		  struct error *error);

/* The path by which siplaunch reaches a path of the router. */
struct management_way {
	int fd;     /* a descriptor in `path`, to keep open while `path` is used; -1: none */
	char *path; /* for open(2), stat(2), connect(2) */
};

/*
 * If the router has another root directory, each link on the way, also the last one, is followed below that
 * root (openat2(2), RESOLVE_IN_ROOT): its processes cannot lead siplaunch to a file or a socket of the host.
 * 0, or -1 with errno; clear it in both cases.
 */
int management_reach(const struct management *management, const char *path, struct management_way *way);

/* The same for a file that will be made: resolves its directory, and does not follow its name. */
int management_reach_new(const struct management *management, const char *path, struct management_way *way);

void management_way_clear(struct management_way *way);

#define cleanup_way __attribute__((cleanup(management_way_clear)))
#define WAY_NONE    ((struct management_way){.fd = -1})

/* True if a process of `uid` may answer for the router. Root may: a router makes some sockets before it
 * changes its user. */
bool management_trusts(const struct management *management, uid_t uid);

/* Sets the error "open PATH" with errno, and for EACCES the file's owner. Returns -1. */
int management_unreachable(const struct management *management, const char *path, int errnum,
			   struct error *error);

/* The socket address for UDP, HTTP, and CTL over TCP. 0, or -1, also for an address that is not this
 * machine's. */
int management_address(const struct management *management, struct sockaddr_storage *address,
		       socklen_t *length, struct error *error);

/* A connected stream socket: to a path, or to an address. A descriptor, or -1. */
int exchange_connect(const struct management *management, const struct deadline *deadline,
		     struct error *error);

/* ---- one question and its answer; 0, or -1 ---- */

/* The FIFO for an answer. */
struct reply_fifo {
	char *name; /* the name in the query */
	char *path; /* as the router sees it */
	struct management_way way;
	int fd;
};
#define REPLY_FIFO_NONE                      \
	{                                    \
		.way = {.fd = -1}, .fd = -1, \
	}
int reply_fifo_open(const struct management *management, struct reply_fifo *fifo, struct error *error);
void reply_fifo_close(struct reply_fifo *fifo); /* removes it */
#define cleanup_reply_fifo __attribute__((cleanup(reply_fifo_close)))

int exchange_fifo(const struct management *management, const char *question, const struct reply_fifo *fifo,
		  const struct deadline *deadline, struct reply *reply, struct error *error);

/*
 * UNIX and UDP. `mine` is true for the datagram that is the answer: others are ignored, because every process
 * on this machine can send one.
 */
int exchange_datagram(const struct management *management, const char *question,
		      bool (*mine)(const struct reply *reply, const void *data), const void *data,
		      const struct deadline *deadline, struct reply *reply, struct error *error);

/* The answer is the body. */
int exchange_http(const struct management *management, const char *question, const struct deadline *deadline,
		  struct reply *reply, struct error *error);

#define cleanup_reply __attribute__((cleanup(reply_clear)))

#endif
