/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_HOST_NETWORK_H
#define SIPLAUNCH_HOST_NETWORK_H
/*
 * The addresses of a network namespace. A router with an interface name, or without any address, opens a
 * socket for each of them, and starts processes for each socket. The own addresses are read from the kernel
 * on demand; a test passes a text. Which of them a router uses is the router's rule, not decided here.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct error;

#define NETWORK_ADDRESS_BYTES 16 /* of IPv6; IPv4 has four, the others are 0 */

struct network_address {
	char *interface; /* as getifaddrs(3) names it: "eth0"; an alias has its own label, "eth0:1" */
	unsigned char bytes[NETWORK_ADDRESS_BYTES]; /* in network order */
	bool v6;
	bool link_local; /* fe80::/10, valid only on its own interface */
};

enum network_state {
	NETWORK_UNKNOWN, /* another machine's, or another namespace's: not available here */
	NETWORK_OURS,    /* this process's network: not read yet */
	NETWORK_KNOWN,   /* `addresses` is complete */
};

struct network {
	enum network_state state;
	struct network_address *addresses; /* owned */
	size_t count;
	int errnum; /* UNKNOWN since getifaddrs(3) failed: why */
};

/*
 * If the state is OURS, reads them from the kernel: a netlink socket and two requests, once. True if the
 * addresses are known. False, with the state UNKNOWN, if they are not, for example because a system call
 * filter permits no netlink. NULL is UNKNOWN.
 */
bool network_ask(struct network *network);

/*
 * Reads lines "INTERFACE ADDRESS", such as the columns of `ip -br addr`; skips blank lines and those that
 * begin with '#'. 0, or -1 with the malformed line. network_clear() in both cases.
 */
int network_parse(const char *text, struct network *network, struct error *error);

/* The network of the process `pid`: OURS where it shares our network namespace, else UNKNOWN. `proc` is a
 * directory descriptor of /proc. */
struct network network_of(int proc, pid_t pid);

void network_clear(struct network *network);

#endif
