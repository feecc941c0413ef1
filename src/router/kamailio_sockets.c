/* SPDX-License-Identifier: MIT */
/*
 * The sockets that Kamailio opens for the configured addresses, as in fix_all_socket_lists() and
 * fix_socket_list() of core/socket_info.c: without any listen, every address of the machine; an interface's
 * name becomes its addresses; equal addresses are one socket.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "router/kamailio_config.h"

/* add_interfaces_via_netlink() skips link-local addresses unless bind_ipv6_link_local says otherwise. */
static struct address_rule rule_of(const struct kamailio_config *config)
{
	return (struct address_rule){
		.v6 = kamailio_setting(config, SETTING_BIND_IPV6, 0) != 0,
		.link_local = kamailio_setting(config, SETTING_BIND_LINK_LOCAL, 0) & 1,
	};
}

static unsigned default_port(const struct kamailio_config *config, enum kamailio_protocol protocol)
{
	int64_t port = protocol == PROTOCOL_TLS ? kamailio_setting(config, SETTING_TLS_PORT, 5061)
						: kamailio_setting(config, SETTING_PORT, 5060);
	return (unsigned)port;
}

/* Without any listen: a socket for each protocol that is not disabled. UDP is the first: it gets the pending
 * socket_workers, for its first address. */
static void listen_everywhere(struct kamailio_config *config)
{
	int64_t workers = kamailio_setting(config, SETTING_SOCKET_WORKERS, 0);

	for (enum kamailio_protocol protocol = 0; protocol < PROTOCOL_COUNT; protocol++) {
		if (!kamailio_speaks(config, protocol))
			continue;
		struct kamailio_socket *socket = ARRAY_ADD_LONG(config->sockets, config->socket_count);
		*socket = (struct kamailio_socket){
			.protocol = protocol,
			.host = xstrdup("*"),
			.kind = HOST_EVERY,
			.hosts = 1,
			.workers = protocol == PROTOCOL_UDP && workers > 0 ? (uint64_t)workers : 0};
	}
}

struct resolving {
	struct kamailio_config *config;
	struct kamailio_socket *sockets;
	size_t count;
	struct text_set seen;
};

/* Takes ownership of the socket's texts. Of two sockets with the same address it keeps the first. */
static void keep(struct resolving *to, struct kamailio_socket *socket)
{
	if (socket->port == 0)
		socket->port = default_port(to->config, socket->protocol);
	if (!address_is_first(&to->seen, kamailio_protocol_name(socket->protocol), socket->host, &socket->ip,
			      socket->port, 1)) {
		kamailio_socket_clear(socket);
		return;
	}
	struct kamailio_socket *kept = ARRAY_ADD_LONG(to->sockets, to->count);
	*kept = *socket;
}

/* The sockets of an interface's addresses have neither its workers nor its group: new_sock2list_after() does
 * not pass them on. */
static void keep_address(struct resolving *to, const struct kamailio_socket *from, const struct ip *ip,
			 uint64_t workers)
{
	struct kamailio_socket socket = {.protocol = from->protocol,
					 .host = ip_text(ip),
					 .kind = HOST_ADDRESS,
					 .ip = *ip,
					 .port = from->port,
					 .workers = workers,
					 .hosts = 1,
					 .place = from->place};
	keep(to, &socket);
}

/* Kamailio treats an interface without addresses as a host name. On a machine without any it uses the name of
 * uname(2). */
static void expand(struct resolving *to, struct kamailio_socket *socket, const struct network *network)
{
	const char *interface = socket->kind == HOST_EVERY ? NULL : socket->host;
	size_t count;
	cleanup_free struct ip *addresses = addresses_of(network, interface, rule_of(to->config), &count);

	if (count == 0) {
		if (socket->kind == HOST_INTERFACE)
			estimate_warn(
				to->config->estimate, socket->place,
				"%s is not an interface with an address here: kamailio takes it for a host "
				"name",
				socket->host);
		socket->kind = HOST_NAME;
		keep(to, socket);
		return;
	}
	for (size_t i = 0; i < count; i++)
		keep_address(to, socket, &addresses[i], !interface && i == 0 ? socket->workers : 0);
	kamailio_socket_clear(socket);
}

void kamailio_sockets_resolve(struct kamailio_config *config, struct network *network)
{
	struct resolving to = {.config = config};

	if (config->socket_count == 0)
		listen_everywhere(config);
	for (size_t i = 0; i < config->socket_count; i++) {
		struct kamailio_socket *socket = &config->sockets[i];
		if (socket->kind != HOST_ADDRESS && network_ask(network)) {
			expand(&to, socket, network);
			continue;
		}
		socket->hosts *=
			addresses_assume(socket->kind, socket->host, socket->place, config->estimate);
		socket->assumed = socket->kind == HOST_EVERY || socket->kind == HOST_INTERFACE;
		if (socket->kind == HOST_EVERY)
			socket->workers = 0; /* counts for one of the assumed addresses only */
		keep(&to, socket);
	}
	text_set_clear(&to.seen);
	free(config->sockets);
	config->sockets = to.sockets;
	config->socket_count = to.count;
}
