/* SPDX-License-Identifier: MIT */
/*
 * The sockets that OpenSIPS opens for the configured addresses, as in fix_socket_list() of socket_info.c: "*"
 * and an interface's name become addresses; equal addresses are one socket.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "router/address.h"
#include "router/opensips_config.h"

/* expand_interface() includes both families, but no address with a scope. */
static const struct address_rule rule = {.v6 = true, .link_local = false};

const struct opensips_protocol *opensips_protocol_find(const char *name)
{
	static const struct opensips_protocol protocols[] = {
		{"udp", "proto_udp", TRANSPORT_DATAGRAM, 5060},
		{"sctp", "proto_sctp", TRANSPORT_DATAGRAM, 5060},
		{"hep_udp", "proto_hep", TRANSPORT_DATAGRAM, 9060},
		{"tcp", "proto_tcp", TRANSPORT_STREAM, 5060},
		{"tls", "proto_tls", TRANSPORT_TLS, 5061},
		{"ws", "proto_ws", TRANSPORT_STREAM, 80},
		{"wss", "proto_wss", TRANSPORT_TLS, 443},
		{"bin", "proto_bin", TRANSPORT_STREAM, 5555},
		{"bins", "proto_bins", TRANSPORT_TLS, 5556},
		{"hep_tcp", "proto_hep", TRANSPORT_STREAM, 9060},
		{"hep_tls", "proto_hep", TRANSPORT_TLS, 9061},
		{"smpp", "proto_smpp", TRANSPORT_STREAM, 2775},
		{"msrp", "proto_msrp", TRANSPORT_STREAM, 2855},
		{"msrps", "proto_msrp", TRANSPORT_TLS, 2856},
		{"ipsec", "proto_ipsec", TRANSPORT_BOTH, 5062}, /* 3.6 */
	};
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (strcmp(protocols[i].name, name) == 0)
			return &protocols[i];
	return NULL;
}

struct resolving {
	struct opensips_config *config;
	struct opensips_socket *sockets;
	size_t count;
	struct text_set seen;
};

/* proto_ipsec_add_listeners() of proto_ipsec passes neither on to the sockets that it opens. */
static void forget_workers(struct opensips_socket *socket)
{
	free(socket->group.profile);
	socket->group.profile = NULL;
	socket->group.workers = -1;
}

/* Takes ownership of the socket's texts. Of two sockets with the same address it keeps the first. */
static void keep(struct resolving *to, struct opensips_socket *socket)
{
	const struct opensips_protocol *protocol = opensips_protocol_find(socket->protocol);
	if (socket->port == 0 && protocol)
		socket->port = protocol->port;
	if (protocol && protocol->transport == TRANSPORT_BOTH)
		forget_workers(socket);
	if (!address_is_first(&to->seen, socket->protocol, socket->host, &socket->ip, socket->port,
			      socket->ports)) {
		opensips_socket_clear(socket);
		return;
	}
	struct opensips_socket *kept = ARRAY_ADD_LONG(to->sockets, to->count);
	*kept = *socket;
}

/* Unlike in Kamailio, the sockets of an interface's addresses keep its workers and its profile. */
static void keep_address(struct resolving *to, const struct opensips_socket *from, const struct ip *ip)
{
	struct opensips_socket socket = *from;
	socket.protocol = xstrdup(from->protocol);
	socket.host = ip_text(ip);
	socket.group.profile = from->group.profile ? xstrdup(from->group.profile) : NULL;
	socket.kind = HOST_ADDRESS;
	socket.ip = *ip;
	keep(to, &socket);
}

/* fix_all_socket_lists() of socket_info.c; OpenSIPS before 3.6 refuses to start. */
void opensips_warn_name(struct estimate *estimate, struct place_in_config place, const char *host)
{
	estimate_warn(estimate, place,
		      "%s must resolve when opensips starts: else 3.6 and later run without this socket",
		      host);
}

/* Keeps a socket as it is: an address, a name, or an interface that is not known. */
static void keep_named(struct resolving *to, struct opensips_socket *socket, bool known)
{
	struct place_in_config place = socket->group.place;

	if (known && socket->kind != HOST_ADDRESS && socket->kind != HOST_NAME)
		estimate_warn(
			to->config->estimate, place,
			"%s is not an interface with an address here: opensips takes it for a host name; if it "
			"does not resolve, 3.6 and later run without this socket",
			socket->host);
	else if (socket->kind == HOST_NAME)
		opensips_warn_name(to->config->estimate, place, socket->host);
	if (!known) {
		socket->hosts *= addresses_assume(socket->kind, socket->host, place, to->config->estimate);
		socket->assumed = socket->kind == HOST_EVERY || socket->kind == HOST_INTERFACE;
	}
	keep(to, socket);
}

/* The addresses of a socket's interface. NULL: the host is an address or a name, or the network is not
 * known. */
static struct ip *interface_addresses(const struct opensips_socket *socket, struct network *network,
				      size_t *count)
{
	*count = 0;
	if (socket->kind == HOST_ADDRESS || !network_ask(network))
		return NULL;
	return addresses_of(network, socket->kind == HOST_EVERY ? NULL : socket->host, rule, count);
}

static void keep_addresses(struct resolving *to, const struct opensips_socket *socket,
			   struct network *network)
{
	size_t count;
	cleanup_free struct ip *addresses = interface_addresses(socket, network, &count);
	for (size_t i = 0; i < count; i++)
		keep_address(to, socket, &addresses[i]);
}

/* The sockets of interfaces come last (sock_listadd), so that of two with the same address the configured one
 * is kept. */
void opensips_sockets_resolve(struct opensips_config *config, struct network *network)
{
	struct resolving to = {.config = config};
	struct opensips_socket *interfaces = NULL;
	size_t interface_count = 0;

	for (size_t i = 0; i < config->socket_count; i++) {
		struct opensips_socket *socket = &config->sockets[i];
		size_t count;
		free(interface_addresses(socket, network, &count));
		if (count)
			*ARRAY_ADD(interfaces, interface_count) = *socket;
		else
			keep_named(&to, socket, network_ask(network));
	}
	for (size_t i = 0; i < interface_count; i++) {
		keep_addresses(&to, &interfaces[i], network);
		opensips_socket_clear(&interfaces[i]);
	}
	free(interfaces);
	text_set_clear(&to.seen);
	free(config->sockets);
	config->sockets = to.sockets;
	config->socket_count = to.count;
}
