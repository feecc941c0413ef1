/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_ADDRESS_H
#define SIPLAUNCH_ROUTER_ADDRESS_H
/*
 * "udp:127.0.0.1:5060", "tls:[::1]", "eth0", "sctp:(10.0.0.1, 10.0.0.2):5060", "udp:*:5060-5064": what both
 * routers take where a socket is named. Private to this room.
 */
#include <stdbool.h>

#include "host/network.h"
#include "router/cfg_lexer.h"

/* How many addresses to assume where a router takes all of a machine that is not known: loopback and one
 * more. */
#define ADDRESSES_ASSUMED 2

enum host_kind {
	HOST_ADDRESS,   /* an IP address: one socket */
	HOST_NAME,      /* a host name: its first address, one socket */
	HOST_INTERFACE, /* may be an interface: a socket for each of its addresses */
	HOST_EVERY,     /* "*" of OpenSIPS: every address there is */
};

struct listen_address {
	char *protocol; /* lower case; NULL: none was named */
	char *host;     /* "127.0.0.1", "[::1]", "eth0", "*" */
	enum host_kind kind;
	unsigned hosts;       /* more than one in "(a, b)" */
	unsigned port, ports; /* port 0: the default; ports: how many in the ranges */
};

/* False when it is none; the address is empty then. */
bool address_parse(const char *text, struct listen_address *address);

/* Reads one at the lexer; what cannot belong to it is left. */
bool address_read(struct cfg_lexer *lexer, struct listen_address *address);

/* Whether the current token can begin another one after it, in Kamailio's lists. */
bool address_follows(struct cfg_lexer *lexer);

/* What a socket is bound to; `known` false: a host name, which nobody looks up here. */
struct ip {
	bool known, v6;
	unsigned char bytes[NETWORK_ADDRESS_BYTES];
};

/* "127.0.0.1", "::1" or "[::1]", and "localhost" (both routers ask for IPv4 first); anything else is not
 * known. */
struct ip ip_parse(const char *host);

/* False also where one of them is not known. */
bool ip_same(const struct ip *a, const struct ip *b);

/* "127.0.0.1", "[::1]". Fresh string. */
char *ip_text(const struct ip *ip);

/* Which addresses of an interface a router takes. */
struct address_rule {
	bool v6, link_local;
};

/* The addresses of a known network's interface, or with NULL of all of them, by that rule. The array is the
 * caller's to free; none: NULL and *count 0. */
struct ip *addresses_of(const struct network *network, const char *interface, struct address_rule rule,
			size_t *count);

/* How many sockets an interface, or all of them, are assumed to make where the network is not known, with a
 * doubt. 1 for what is neither. */
unsigned addresses_assume(enum host_kind kind, const char *host, struct place_in_config place,
			  struct estimate *estimate);

void address_clear(struct listen_address *address);

#endif
