/* SPDX-License-Identifier: MIT */
#include "stats/exchange.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fs.h"

/* ---- waiting ---- */

struct deadline deadline_in(unsigned timeout_ms, const int *cancel)
{
	return (struct deadline){
		.deadline_ms = clock_monotonic_ms() + timeout_ms,
		.cancel = cancel ? *cancel : -1,
		.timeout_ms = timeout_ms,
	};
}

int deadline_poll(const struct deadline *deadline, int fd, short events, struct error *error)
{
	struct pollfd fds[] = {{.fd = fd, .events = events}, {.fd = deadline->cancel, .events = POLLIN}};

	for (;;) {
		int64_t left = deadline->deadline_ms - clock_monotonic_ms();
		/* checked first: a peer that sends without a pause is always ready */
		if (left <= 0)
			return error_set(error, ETIMEDOUT, "no complete answer within %g s",
					 deadline->timeout_ms / 1000.0);
		int ready = poll(fds, ARRAY_SIZE(fds), (int)left);
		if (ready < 0 && errno != EINTR)
			return error_set(error, errno, "wait for an answer");
		if (ready > 0 && fds[1].revents)
			return error_set(error, ECANCELED, "wait for an answer");
		if (ready > 0)
			return 0;
	}
}

int deadline_send(const struct deadline *deadline, int fd, const char *data, size_t length,
		  struct error *error)
{
	while (length > 0) {
		ssize_t n = send(fd, data, length, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			return error_set(error, errno, "send the query");
		if (n < 0 && deadline_poll(deadline, fd, POLLOUT, error) < 0)
			return -1;
		if (n > 0) {
			data += n;
			length -= (size_t)n;
		}
	}
	return 0;
}

static void reserve(struct reply *reply, size_t more)
{
	reply->data = xrealloc(reply->data, reply->length + more + 1, 1);
}

int deadline_read(const struct deadline *deadline, int fd, size_t wanted, struct reply *reply,
		  struct error *error)
{
	while (reply->length < wanted) {
		size_t more = reply->length < 4096 ? 4096 : reply->length;
		if (more > wanted - reply->length)
			more = wanted - reply->length;
		reserve(reply, more);
		if (deadline_poll(deadline, fd, POLLIN, error) < 0)
			return -1;
		ssize_t n = read(fd, reply->data + reply->length, more);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return error_set(error, errno, "read the answer");
		reply->length += (size_t)n;
		reply->data[reply->length] = '\0';
		if (n == 0)
			return 0;
		if (reply->length > REPLY_LIMIT)
			return error_set(error, 0, "the answer is longer than %zu MiB", REPLY_LIMIT >> 20);
	}
	return 1;
}

void reply_clear(struct reply *reply)
{
	free(reply->data);
	*reply = (struct reply){0};
}

/* ---- who is there ---- */

/* O_PATH below the router's root. */
static int open_below_root(const struct management *management, const char *path, int flags)
{
	cleanup_close int root = open(management->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root < 0 ? -1 : open_resolved(root, *path ? path : "/", O_PATH | flags, RESOLVE_IN_ROOT);
}

int management_reach(const struct management *management, const char *path, struct management_way *way)
{
	*way = WAY_NONE;
	if (!management->root) {
		way->path = xstrdup(path);
		return 0;
	}
	way->fd = open_below_root(management, path, 0);
	if (way->fd < 0)
		return -1;
	way->path = xasprintf("/proc/self/fd/%d", way->fd);
	return 0;
}

int management_reach_new(const struct management *management, const char *path, struct management_way *way)
{
	const char *slash = strrchr(path, '/');
	*way = WAY_NONE;
	if (!management->root || !slash) {
		way->path = xstrdup(path);
		return 0;
	}
	cleanup_free char *directory = xstrndup(path, (size_t)(slash - path));
	way->fd = open_below_root(management, directory, O_DIRECTORY);
	if (way->fd < 0)
		return -1;
	way->path = xasprintf("/proc/self/fd/%d%s", way->fd, slash);
	return 0;
}

void management_way_clear(struct management_way *way)
{
	free(way->path);
	if (way->fd >= 0)
		close(way->fd);
	*way = WAY_NONE;
}

bool management_trusts(const struct management *management, uid_t uid)
{
	return !management->has_uid || uid == 0 || uid == management->uid;
}

int management_unreachable(const struct management *management, const char *path, int errnum,
			   struct error *error)
{
	struct stat info;

	if (errnum == ENXIO)
		return error_set(error, errnum, "no process reads from %s", path);
	if (errnum == ECONNREFUSED)
		return error_set(error, errnum, "no process listens at %s", path);
	if (errnum == EPROTOTYPE)
		return error_set(error, 0, "%s is a socket of another type", path);
	error_set(error, errnum, "open %s", path);
	cleanup_way struct management_way way = WAY_NONE;
	if (errnum == EACCES && management_reach(management, path, &way) == 0 && stat(way.path, &info) == 0)
		error_hint(
			error,
			"run siplaunch as root or as its owner: it belongs to uid %u and gid %u and has mode "
			"%04o",
			(unsigned)info.st_uid, (unsigned)info.st_gid, (unsigned)info.st_mode & 07777);
	else if (errnum == EACCES)
		error_hint(error, "run siplaunch as root or as the router's user");
	return -1;
}

/* ---- addresses ---- */

static bool read_address(const struct management *management, struct sockaddr_storage *address,
			 socklen_t *length)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(management->port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(management->port)};

	memset(address, 0, sizeof *address);
	if (inet_pton(AF_INET, management->host, &v4.sin_addr) == 1) {
		memcpy(address, &v4, *length = sizeof v4);
		return true;
	}
	if (inet_pton(AF_INET6, management->host, &v6.sin6_addr) == 1) {
		memcpy(address, &v6, *length = sizeof v6);
		return true;
	}
	return false;
}

/* True for an address of this machine: there the kernel uses the same address as the source. Connecting a
 * datagram socket sends nothing. */
static bool is_own(const struct sockaddr_storage *address, socklen_t length)
{
	struct sockaddr_storage from = {0};
	socklen_t from_length = sizeof from;
	cleanup_close int fd = socket(address->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)address, length) < 0 ||
	    getsockname(fd, (struct sockaddr *)&from, &from_length) < 0)
		return false;
	bool v4 = address->ss_family == AF_INET;
	size_t at = v4 ? offsetof(struct sockaddr_in, sin_addr) : offsetof(struct sockaddr_in6, sin6_addr);
	size_t size = v4 ? sizeof(struct in_addr) : sizeof(struct in6_addr);
	return memcmp((const char *)address + at, (const char *)&from + at, size) == 0;
}

static bool management_is_loopback(const struct management *management)
{
	struct in_addr v4;
	struct in6_addr v6;
	if (inet_pton(AF_INET, management->host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	return inet_pton(AF_INET6, management->host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

int management_address(const struct management *management, struct sockaddr_storage *address,
		       socklen_t *length, struct error *error)
{
	if (!read_address(management, address, length))
		return error_set(error, 0, "%s is not an IP address", management->host);
	if (management_is_loopback(management) || (management->given && is_own(address, *length)))
		return 0;
	error_set(error, 0, "%s is %s", management->host,
		  management->given ? "not an address of this machine" : "not a loopback address");
	return error_hint(error, management->given
					 ? "run siplaunch on the router's own machine: it queries no other"
					 : "let it listen on 127.0.0.1, or give its address with --mi");
}

int exchange_connect(const struct management *management, const struct deadline *deadline,
		     struct error *error)
{
	struct sockaddr_un local = {.sun_family = AF_UNIX};
	struct sockaddr_storage address;
	socklen_t length = sizeof local;
	cleanup_free char *text = management_text(management);
	cleanup_way struct management_way way = WAY_NONE;

	if (management->path) {
		if (management_reach(management, management->path, &way) < 0)
			return management_unreachable(management, management->path, errno, error);
		if (strlen(way.path) >= sizeof local.sun_path)
			return error_set(error, ENAMETOOLONG, "connect to %s", way.path);
		memcpy(local.sun_path, way.path, strlen(way.path));
		memcpy(&address, &local, sizeof local);
	} else if (management_address(management, &address, &length, error) < 0) {
		return -1;
	}
	int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return error_set(error, errno, "make a socket");
	int errnum = connect(fd, (const struct sockaddr *)&address, length) < 0 ? errno : 0;
	if (errnum == EINPROGRESS) {
		socklen_t size = sizeof errnum;
		if (deadline_poll(deadline, fd, POLLOUT, error) < 0) {
			close(fd);
			return -1;
		}
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &errnum, &size);
	}
	if (!errnum)
		return fd;
	close(fd);
	return management_unreachable(management, management->path ? management->path : text, errnum, error);
}
