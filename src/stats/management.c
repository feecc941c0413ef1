/* SPDX-License-Identifier: MIT */
#include "stats/management.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/value.h"

#define REPLY_DIRECTORY "/tmp/" /* of both routers, unless it is set */
#define HTTP_RESOURCE   "/mi"   /* mi_http_root */
#define HTTP_PORT       8888    /* of httpd */
#define CTL_PORT        2049    /* DEFAULT_CTL_PORT, ctl_defaults.h */

static int malformed(const char *text, struct error *error)
{
	error_set(error, 0, "\"%.200s\" is not a management address", text);
	return error_hint(error,
			  "allowed are fifo:PATH[,reply=DIR], unix:PATH, udp:HOST:PORT, "
			  "http://HOST[:PORT][/PATH], ctl:PATH, ctl:tcp:HOST:PORT, or a PATH that exists; "
			  "a HOST is an IP address or localhost");
}

static bool is_address(const char *host)
{
	struct in6_addr binary;
	return inet_pton(AF_INET, host, &binary) == 1 || inet_pton(AF_INET6, host, &binary) == 1;
}

/* "HOST[:PORT]", HOST in brackets for IPv6. `otherwise` 0: there must be a port. */
static bool read_host(const char *text, uint16_t otherwise, struct management *management)
{
	uint64_t port = otherwise;
	bool brackets = *text == '[';
	const char *end = brackets ? strchr(text, ']') : strchrnul(text, ':');

	if (!end)
		return false;
	cleanup_free char *host = xstrndup(text + brackets, (size_t)(end - text) - brackets);
	end += brackets;
	if (*end && (*end != ':' || !parse_u64(end + 1, &port)))
		return false;
	management->host = xstrdup(strcmp(host, "localhost") == 0 ? "127.0.0.1" : host);
	management->port = (uint16_t)port;
	return is_address(management->host) && port > 0 && port <= UINT16_MAX;
}

/* A path must be absolute: a relative one would depend on the router's working directory. */
static bool read_path(const char *path, struct management *management)
{
	management->path = xstrdup(path);
	return path[0] == '/' && path[1];
}

static bool read_fifo(const char *text, struct management *management)
{
	const char *option = strstr(text, ",reply=");
	cleanup_free char *path = option ? xstrndup(text, (size_t)(option - text)) : xstrdup(text);

	management->reply_directory = xstrdup(option ? option + strlen(",reply=") : REPLY_DIRECTORY);
	return read_path(path, management) && management->reply_directory[0] == '/';
}

/* The resource goes into a request line as it is. */
static bool is_resource(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text >= 0x7f)
			return false;
	return true;
}

static bool read_http(const char *text, struct management *management)
{
	const char *slash = strchrnul(text, '/');
	cleanup_free char *host = xstrndup(text, (size_t)(slash - text));

	management->resource = xstrdup(slash[0] && slash[1] ? slash : HTTP_RESOURCE);
	return read_host(host, HTTP_PORT, management) && is_resource(management->resource);
}

static bool read_ctl(const char *text, struct management *management)
{
	if (strncmp(text, "tcp:", 4) == 0)
		return read_host(text + 4, CTL_PORT, management);
	return read_path(text, management);
}

static bool read_udp(const char *text, struct management *management)
{
	return read_host(text, 0, management);
}

/* Only connect(2) shows a socket's type: with a datagram socket it fails with EPROTOTYPE for a stream
 * socket. */
static enum management_kind socket_kind(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	cleanup_close int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof address.sun_path)
		return MANAGEMENT_UNIX;
	memcpy(address.sun_path, path, strlen(path));
	bool stream =
		connect(fd, (const struct sockaddr *)&address, sizeof address) < 0 && errno == EPROTOTYPE;
	return stream ? MANAGEMENT_CTL : MANAGEMENT_UNIX;
}

static int read_bare(const char *path, struct management *management, struct error *error)
{
	struct stat info;

	if (stat(path, &info) < 0)
		return error_set(error, errno, "stat the management address %s", path);
	if (S_ISFIFO(info.st_mode)) {
		management->kind = MANAGEMENT_FIFO;
		management->reply_directory = xstrdup(REPLY_DIRECTORY);
	} else if (S_ISSOCK(info.st_mode)) {
		management->kind = socket_kind(path);
	} else {
		return error_set(error, 0, "%s is neither a FIFO nor a socket", path);
	}
	return read_path(path, management) ? 0 : malformed(path, error);
}

int management_parse(const char *text, struct management *management, struct error *error)
{
	static const struct {
		const char *prefix;
		enum management_kind kind;
		bool (*read)(const char *text, struct management *management);
	} forms[] = {
		{"fifo:", MANAGEMENT_FIFO, read_fifo}, {"unix:", MANAGEMENT_UNIX, read_path},
		{"udp:", MANAGEMENT_UDP, read_udp},    {"http://", MANAGEMENT_HTTP, read_http},
		{"ctl:", MANAGEMENT_CTL, read_ctl},
	};

	*management = (struct management){0};
	if (*text == '/')
		return read_bare(text, management, error);
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		size_t length = strlen(forms[i].prefix);
		if (strncmp(text, forms[i].prefix, length) != 0)
			continue;
		management->kind = forms[i].kind;
		return forms[i].read(text + length, management) ? 0 : malformed(text, error);
	}
	return malformed(text, error);
}

char *management_text(const struct management *management)
{
	const char *host = management->host ? management->host : "";
	bool v6 = strchr(host, ':');
	const char *open = v6 ? "[" : "", *close_ = v6 ? "]" : "";

	switch (management->kind) {
	case MANAGEMENT_FIFO:
		return strcmp(management->reply_directory, REPLY_DIRECTORY) == 0
			       ? xasprintf("fifo:%s", management->path)
			       : xasprintf("fifo:%s,reply=%s", management->path, management->reply_directory);
	case MANAGEMENT_UNIX:
		return xasprintf("unix:%s", management->path);
	case MANAGEMENT_UDP:
		return xasprintf("udp:%s%s%s:%u", open, host, close_, management->port);
	case MANAGEMENT_HTTP:
		return xasprintf("http://%s%s%s:%u%s", open, host, close_, management->port,
				 management->resource);
	case MANAGEMENT_CTL:
		return management->path
			       ? xasprintf("ctl:%s", management->path)
			       : xasprintf("ctl:tcp:%s%s%s:%u", open, host, close_, management->port);
	case MANAGEMENT_NONE:
		break;
	}
	return xstrdup("");
}

void management_clear(struct management *management)
{
	free(management->path);
	free(management->reply_directory);
	free(management->host);
	free(management->resource);
	free(management->root);
	free(management->version);
	free(management->no_modules);
	*management = (struct management){0};
}
