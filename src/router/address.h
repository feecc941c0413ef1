/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_ADDRESS_H
#define SIPLAUNCH_ROUTER_ADDRESS_H
/*
 * "udp:127.0.0.1:5060", "tls:[::1]", "eth0", "sctp:(10.0.0.1, 10.0.0.2):5060", "udp:*:5060-5064": the
 * addresses of sockets in the configurations and on the command lines of both routers. Private to this room.
 */
#include <stdbool.h>

#include "base/text_set.h"
#include "host/network.h"
#include "router/cfg_lexer.h"

/* How many addresses to assume if a router listens on all addresses of an unknown machine: loopback and one
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

/* Parses one address. False if the text is none; the address is then empty. address_clear() in both cases. */
bool address_parse(const char *text, struct listen_address *address);

/* Reads one address from the lexer, up to the first token that cannot belong to it. Returns as
 * address_parse(). */
bool address_read(struct cfg_lexer *lexer, struct listen_address *address);

/* Whether the current token can begin a further address of a list, in Kamailio. */
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

/* Whether a socket with this protocol, address or name, and ports is new; a new one is added to `seen`.
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

/* Which addresses of an interface a router listens on. */
struct address_rule {
	bool v6, link_local;
};

/* The addresses that the rule admits, of one interface, or with `interface` NULL of all. The network must be
 * known. Caller frees the array; without addresses it is NULL and *count is 0. */
struct ip *addresses_of(const struct network *network, const char *interface, struct address_rule rule,
			size_t *count);

/* The assumed number of sockets of a HOST_INTERFACE or HOST_EVERY if the network is not known; adds an
 * uncertainty. 1 for any other kind. */
unsigned addresses_assume(enum host_kind kind, const char *host, struct place_in_config place,
			  struct estimate *estimate);

void address_clear(struct listen_address *address);

#endif
