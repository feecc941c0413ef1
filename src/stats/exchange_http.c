/* SPDX-License-Identifier: MIT */
/*
 * A question as the body of a POST, for OpenSIPS's mi_http. It is HTTP/1.0 to an address of this machine, and
 * of the answer's head only the status and the length matter: that needs no HTTP library. libcurl would bring
 * TLS, LDAP and Kerberos into a program that runs as root, and cannot be linked into one static file; Debian
 * has no small, maintained library.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/value.h"
#include "stats/exchange.h"

/* The text after "NAME:" and blanks, up to the line's end. Caller frees; NULL: there is none. */
static char *header(const char *head, const char *name)
{
	size_t length = strlen(name);
	for (const char *line = strchr(head, '\n'); line; line = strchr(line, '\n')) {
		line++;
		if (strncasecmp(line, name, length) != 0 || line[length] != ':')
			continue;
		const char *text = line + length + 1 + strspn(line + length + 1, " \t");
		return xstrndup(text, strcspn(text, "\r\n"));
	}
	return NULL;
}

/* Checks the status; puts the body's length into *length if the head has it. */
static int check_head(const char *head, size_t *length, struct error *error)
{
	unsigned status;
	uint64_t number;

	if (sscanf(head, "HTTP/%*1u.%*1u %3u", &status) != 1)
		return error_set(error, 0, "the answer is not HTTP");
	if (status != 200) {
		cleanup_free char *line = xstrndup(head, strcspn(head, "\r\n"));
		error_set(error, 0, "the answer is \"%.80s\"", line);
		return error_hint(error, "give the path of mi_http's mi_http_root, \"/mi\" by default");
	}
	cleanup_free char *encoding = header(head, "Transfer-Encoding");
	if (encoding)
		return error_set(error, 0, "the answer is chunked (%.40s), which siplaunch did not request",
				 encoding);
	cleanup_free char *text = header(head, "Content-Length");
	if (!text)
		return 0;
	if (!parse_u64(text, &number))
		return error_set(error, 0, "its Content-Length is \"%.40s\"", text);
	*length = number < SIZE_MAX ? (size_t)number : SIZE_MAX - 1;
	return 0;
}

/* Removes the head, and leaves the body in the reply. */
static int take_body(struct reply *reply, struct error *error)
{
	size_t length = SIZE_MAX;

	char *end = reply->data ? strstr(reply->data, "\r\n\r\n") : NULL;
	if (!end)
		return error_set(error, 0, "the answer is not HTTP");
	size_t body = (size_t)(end + 4 - reply->data);
	cleanup_free char *head = xstrndup(reply->data, body);
	if (check_head(head, &length, error) < 0)
		return -1;
	if (length != SIZE_MAX && length > reply->length - body)
		return error_set(error, 0, "the answer ended after %zu of its %zu bytes",
				 reply->length - body, length);
	reply->length = length != SIZE_MAX ? length : reply->length - body;
	memmove(reply->data, reply->data + body, reply->length);
	reply->data[reply->length] = '\0';
	return 0;
}

int exchange_http(const struct management *management, const char *question, const struct deadline *deadline,
		  struct reply *reply, struct error *error)
{
	bool v6 = strchr(management->host, ':');
	cleanup_close int fd = exchange_connect(management, deadline, error);
	if (fd < 0)
		return -1;
	cleanup_free char *request =
		xasprintf("POST %s HTTP/1.0\r\nHost: %s%s%s:%u\r\n"
			  "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
			  management->resource, v6 ? "[" : "", management->host, v6 ? "]" : "",
			  management->port, strlen(question), question);
	if (deadline_send(deadline, fd, request, strlen(request), error) < 0 ||
	    deadline_read(deadline, fd, SIZE_MAX, reply, error) < 0)
		return -1;
	return take_body(reply, error);
}
