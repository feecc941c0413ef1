/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_ADDRESS_H
#define SIPLAUNCH_ROUTER_ADDRESS_H
/*
 * "udp:127.0.0.1:5060", "tls:[::1]", "eth0", "sctp:(10.0.0.1, 10.0.0.2):5060", "udp:*:5060-5064": what both
 * routers take where a socket is named. Private to this room.
 */
#include <stdbool.h>

#include "router/cfg_lexer.h"

/* How many addresses to assume where every interface is listened on: loopback and one more. */
#define ADDRESSES_ASSUMED 2

enum host_kind {
	HOST_ADDRESS,   /* an IP address: one socket */
	HOST_NAME,      /* a host name: its first address, one socket */
	HOST_INTERFACE, /* may be an interface: a socket for each of its addresses */
	HOST_EVERY,     /* "*": every address there is */
};

struct listen_address {
	char *protocol; /* lower case; NULL: none was named */
	char *host;     /* "127.0.0.1", "[::1]", "eth0", "*" */
	enum host_kind kind;
	unsigned hosts;       /* more than one in "(a, b)"; for "*" what is assumed */
	unsigned port, ports; /* port 0: the default; ports: how many in a range */
};

/* False when it is none; the address is empty then. */
bool address_parse(const char *text, struct listen_address *address);

/* Reads one at the lexer; what cannot belong to it is left. */
bool address_read(struct cfg_lexer *lexer, struct listen_address *address);

/* Whether the current token can begin another one after it, in Kamailio's lists. */
bool address_follows(const struct cfg_lexer *lexer);

/* Says so where it is not certain how many sockets the address makes. */
void address_doubt(const struct listen_address *address, struct place_in_config place,
		   struct estimate *estimate);

void address_clear(struct listen_address *address);

#endif
