/* SPDX-License-Identifier: MIT */
/*
 * A question as one datagram, the answer as another. Over UNIX sockets the router answers to an abstract name
 * that the kernel gives us (unix(7), autobind): no file is made, and the kernel reports the sender of each
 * datagram. Over UDP any process on this machine can send, and Kamailio answers from another port than it
 * listens on: there only the question's id, which cannot be guessed, identifies the answer.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "stats/exchange.h"

/* The address leads through way->fd, and is valid while that is open. */
static int open_unix(const struct management *management, struct management_way *way,
		     struct sockaddr_storage *peer, socklen_t *length, struct error *error)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const sa_family_t family = AF_UNIX;
	const int on = 1;

	if (management_reach(management, management->path, way) < 0)
		return management_unreachable(management, management->path, errno, error);
	if (strlen(way->path) >= sizeof address.sun_path)
		return error_set(error, ENAMETOOLONG, "send to %s", way->path);
	memcpy(address.sun_path, way->path, strlen(way->path));
	memcpy(peer, &address, *length = sizeof address);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return error_set(error, errno, "make a socket");
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0 &&
	    bind(fd, (const struct sockaddr *)&family, sizeof family) == 0)
		return fd;
	error_set(error, errno, "bind a socket");
	close(fd);
	return -1;
}

static int open_udp(const struct management *management, struct sockaddr_storage *peer, socklen_t *length,
		    struct error *error)
{
	if (management_address(management, peer, length, error) < 0)
		return -1;
	int fd = socket(peer->ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return error_set(error, errno, "make a socket");
	/* ICMP reports that no process listens: an unconnected socket gets that only with this option */
	const int on = 1;
	if (peer->ss_family == AF_INET)
		setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
	else
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
	return fd;
}

/* The uid of the sender; false if the kernel does not report it. */
static bool sender_of(struct msghdr *message, uid_t *uid)
{
	for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
		struct ucred sender;
		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_CREDENTIALS)
			continue;
		memcpy(&sender, CMSG_DATA(part), sizeof sender);
		*uid = sender.uid;
		return true;
	}
	return false;
}

/* Receives the next datagram. 1; 0 if it is from another user, or there was none; -1. */
static int receive(const struct management *management, int fd, struct reply *reply, struct error *error)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	uid_t uid;
	char first;

	ssize_t size = recv(fd, &first, sizeof first, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (size < 0 && errno == ECONNREFUSED) {
		cleanup_free char *where = management_text(management);
		return management_unreachable(management, where, ECONNREFUSED, error);
	}
	if (size < 0)
		return error_set(error, errno, "read the answer");
	if ((size_t)size > REPLY_LIMIT)
		return error_set(error, 0, "the answer is longer than %zu MiB", REPLY_LIMIT >> 20);
	reply_clear(reply);
	reply->data = xcalloc((size_t)size + 1, 1);
	struct iovec vector = {.iov_base = reply->data, .iov_len = (size_t)size};
	struct msghdr message = {.msg_iov = &vector,
				 .msg_iovlen = 1,
				 .msg_control = control.space,
				 .msg_controllen = sizeof control.space};
	ssize_t n = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : error_set(error, errno, "read the answer");
	reply->length = (size_t)n;
	if (management->kind != MANAGEMENT_UNIX)
		return 1;
	return sender_of(&message, &uid) && management_trusts(management, uid);
}

static int send_question(const struct management *management, int fd, const struct sockaddr_storage *peer,
			 socklen_t length, const char *question, struct error *error)
{
	cleanup_free char *text = management_text(management);
	const char *where = management->path ? management->path : text;

	if (sendto(fd, question, strlen(question), MSG_NOSIGNAL, (const struct sockaddr *)peer, length) >= 0)
		return 0;
	if (errno == EAGAIN)
		return error_set(error, 0, "%s is full of queries that the router has not read yet", where);
	return management_unreachable(management, where, errno, error);
}

int exchange_datagram(const struct management *management, const char *question,
		      bool (*mine)(const struct reply *reply, const void *data), const void *data,
		      const struct deadline *deadline, struct reply *reply, struct error *error)
{
	cleanup_way struct management_way way = WAY_NONE;
	struct sockaddr_storage peer;
	socklen_t length = 0;

	cleanup_close int fd = management->kind == MANAGEMENT_UNIX
				       ? open_unix(management, &way, &peer, &length, error)
				       : open_udp(management, &peer, &length, error);
	if (fd < 0 || send_question(management, fd, &peer, length, question, error) < 0)
		return -1;
	for (;;) {
		if (deadline_poll(deadline, fd, POLLIN, error) < 0)
			return -1;
		int got = receive(management, fd, reply, error);
		if (got < 0)
			return -1;
		if (got && mine(reply, data))
			return 0;
	}
}
