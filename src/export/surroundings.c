/* SPDX-License-Identifier: MIT */
/* What a router in a container needs beside its settings: its ports, and the directories that it writes. */
#include "export/export.h"

#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/capability.h"
#include "router/router.h"

#define SIP_PORT  5060
#define PORTS_MAX 100

#define PRIVILEGED_PORTS 1024 /* net.ipv4.ip_unprivileged_port_start, by default (ip-sysctl.rst) */

bool export_knows_router(const struct export *export)
{
	return export->request->context->router->sizes_by_arguments;
}

/* The value of such a setting is "/run/kamailio 0755". */
static bool is_directory_of(const struct export_item *item, const char *path)
{
	size_t length = strlen(path);
	const char *text = item->setting->below && item->by == EXPORT_BY_TOOL ? item->value.text : NULL;
	return text && strncmp(text, path, length) == 0 && (text[length] == ' ' || !text[length]);
}

char *export_run_directory(const struct export *export)
{
	const struct context *context = export->request->context;
	const char *named = context->estimate->run_directory;
	if (!export_knows_router(export))
		return NULL;
	cleanup_free char *run =
		named && *named == '/' ? xstrdup(named) : xasprintf("/run/%s", context->router->name);
	for (size_t length = strlen(run); length > 1 && run[length - 1] == '/'; length--)
		run[length - 1] = '\0';
	for (size_t i = 0; i < export->count; i++)
		if (is_directory_of(&export->items[i], run))
			return NULL;
	return strcmp(run, "/tmp") == 0 ? NULL : xstrdup(run);
}

char *export_named(const struct export_request *request)
{
	return request->named ? xasprintf("the configuration also names %s: mount in the same way what the "
					  "image does not have",
					  request->named)
			      : NULL;
}

static void add_port(struct export_ports *ports, const char *transport, unsigned port)
{
	for (size_t i = 0; i < ports->count; i++)
		if (ports->items[i].port == port && strcmp(ports->items[i].transport, transport) == 0)
			return;
	if (ports->count < PORTS_MAX)
		*ARRAY_ADD(ports->items, ports->count) = (struct export_port){transport, port};
}

static bool is_loopback(const char *host)
{
	return strncmp(host, "127.", 4) == 0 || strcmp(host, "[::1]") == 0 || strcmp(host, "::1") == 0 ||
	       strcmp(host, "localhost") == 0 || strcmp(host, "lo") == 0;
}

/* An address, a name or an interface of one machine: a container's own network does not have it. */
static bool is_machine_s(const char *host)
{
	static const char *const everywhere[] = {"*", "0.0.0.0", "[::]", "::", "any", "eth0"};
	for (size_t i = 0; i < ARRAY_SIZE(everywhere); i++)
		if (strcmp(everywhere[i], host) == 0)
			return false;
	return true;
}

/* What the ports are those of. The router listens everywhere where neither its configuration nor its command
 * line has an address. Caller frees. */
static char *origin(const struct estimate *estimate)
{
	const struct estimate_socket *first = estimate->sockets;
	if (first->file)
		return xasprintf("what the configuration listens on (%s:%u%s)", first->file, first->line,
				 estimate->socket_count > 1 ? " and below" : "");
	return strcmp(first->host, "*") == 0 ? xstrdup("the router listens on every address")
					     : xstrdup("what the command line has the router listen on");
}

static void add_socket(struct export_ports *ports, const struct estimate_socket *socket, size_t *inside)
{
	bool loopback = is_loopback(socket->host);
	*inside += loopback;
	if (!loopback && is_machine_s(socket->host) && !ports->own)
		ports->own = xstrdup(socket->host);
	for (unsigned i = 0; !loopback && i < socket->ports && socket->port + i <= 65535; i++)
		add_port(ports, socket->transport, socket->port + i);
}

void export_ports(const struct export *export, struct export_ports *ports)
{
	const struct estimate *estimate = export->request->context->estimate;
	size_t inside = 0;
	*ports = (struct export_ports){0};
	if (!export_knows_router(export))
		return;
	for (size_t i = 0; i < estimate->socket_count; i++)
		add_socket(ports, &estimate->sockets[i], &inside);
	ports->assumed = !estimate->socket_count;
	if (ports->assumed) {
		add_port(ports, "udp", SIP_PORT);
		if (!estimate->from_config || estimate->tcp_connections)
			add_port(ports, "tcp", SIP_PORT);
	}
	if (estimate->socket_count && inside == estimate->socket_count)
		ports->own = xstrdup(estimate->sockets[0].host);
	ports->comment = !ports->assumed
				 ? origin(estimate)
				 : xasprintf("assumed: %s", estimate->from_config
								    ? "the configuration names no socket"
								    : "the configuration could not be read");
}

char *export_ports_own(const struct export_ports *ports)
{
	if (!ports->own)
		return NULL;
	return is_loopback(ports->own)
		       ? xasprintf("it listens on %s, which is reachable only from the machine's own network",
				   ports->own)
		       : xasprintf("it listens on %s, which is an address of the machine: a network of the "
				   "container's own does not have it",
				   ports->own);
}

static bool may_open_low_ports(const struct export *export)
{
	const struct profile *profile = export->request->context->profile;
	if (profile->has_capabilities)
		return profile->capabilities & CAPABILITY_BIT(CAP_NET_BIND_SERVICE);
	return !export_leaves_root(export);
}

/* A container's own network needs no privilege: engines and pods get a sysctl for it. */
static bool has_network_of_machine(const struct export *export)
{
	struct export_ports ports;
	if (export->request->tool == TOOL_UNIT)
		return true;
	if (!tool_is_engine(export->request->tool))
		return false;
	export_ports(export, &ports);
	bool own = ports.own != NULL;
	export_ports_clear(&ports);
	return own;
}

const struct estimate_socket *export_closed_port(const struct export *export)
{
	const struct estimate *estimate = export->request->context->estimate;
	if (may_open_low_ports(export) || !has_network_of_machine(export))
		return NULL;
	for (size_t i = 0; i < estimate->socket_count; i++)
		if (estimate->sockets[i].port < PRIVILEGED_PORTS)
			return &estimate->sockets[i];
	return NULL;
}

void export_ports_clear(struct export_ports *ports)
{
	free(ports->items);
	free(ports->own);
	free(ports->comment);
}
