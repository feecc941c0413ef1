/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_ADDRESS_H
#define SIPLAUNCH_ROUTER_ADDRESS_H
/*
 * "udp:127.0.0.1:5060", "tls:[::1]", "eth0", "sctp:(10.0.0.1, 10.0.0.2):5060", "udp:*:5060-5064": what both
 * routers take where a socket is named. Private to this room.
 */
#include <stdbool.h>

#include "base/text_set.h"
#include "host/network.h"
#include "router/cfg_lexer.h"

/* How many addresses to assume if a router listens on all of an unknown machine: loopback and one more. */
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

/* The address that a socket is bound to; `known` false: a host name, which is not resolved here. */
struct ip {
	bool known, v6;
	unsigned char bytes[NETWORK_ADDRESS_BYTES];
};

/* "127.0.0.1", "::1" or "[::1]", and "localhost" (both routers ask for IPv4 first); anything else is not
 * known. */
struct ip ip_parse(const char *host);

/* "127.0.0.1", "[::1]". Caller frees. */
char *ip_text(const struct ip *ip);

/* Whether no socket of the same protocol, address or name, and ports is among those seen; then it is added.
 */
bool address_is_first(struct text_set *seen, const char *protocol, const char *host, const struct ip *ip,
		      unsigned port, unsigned ports);

/* The ports of all sockets, and those that several have. {0} is empty. */
struct ports {
	struct text_set seen, shared;
};

void ports_add(struct ports *ports, const char *protocol, unsigned port);
bool ports_shared(const struct ports *ports, const char *protocol, unsigned port);
void ports_clear(struct ports *ports);
#define cleanup_ports __attribute__((cleanup(ports_clear)))

/* Which addresses of an interface a router takes. */
struct address_rule {
	bool v6, link_local;
};

/* The addresses of a known network's interface, or with NULL of all of them, by that rule. The array is the
 * caller's to free; none: NULL and *count 0. */
struct ip *addresses_of(const struct network *network, const char *interface, struct address_rule rule,
			size_t *count);

/* The assumed number of sockets for an interface, or for all of them, if the network is not known, with an
 * uncertainty. 1 for anything else. */
unsigned addresses_assume(enum host_kind kind, const char *host, struct place_in_config place,
			  struct estimate *estimate);

void address_clear(struct listen_address *address);

#endif
