/* SPDX-License-Identifier: MIT */
#include "host/network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/error.h"

/* Few enough to compare every pair; with more addresses the network is UNKNOWN. */
#define ADDRESSES_MAX 4096

static bool is_link_local(const struct network_address *address)
{
	return address->v6 && address->bytes[0] == 0xfe && (address->bytes[1] & 0xc0) == 0x80;
}

static void add(struct network *network, const char *interface, bool v6, const void *bytes)
{
	if (network->count >= ADDRESSES_MAX) {
		network->state = NETWORK_UNKNOWN;
		return;
	}
	struct network_address *address = ARRAY_ADD(network->addresses, network->count);
	*address = (struct network_address){.interface = xstrdup(interface), .v6 = v6};
	memcpy(address->bytes, bytes, v6 ? sizeof(struct in6_addr) : sizeof(struct in_addr));
	address->link_local = is_link_local(address);
}

static void add_interface(struct network *network, const struct ifaddrs *interface)
{
	const struct sockaddr *address = interface->ifa_addr;
	if (address && address->sa_family == AF_INET)
		add(network, interface->ifa_name, false,
		    &((const struct sockaddr_in *)(const void *)address)->sin_addr);
	else if (address && address->sa_family == AF_INET6)
		add(network, interface->ifa_name, true,
		    &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
}

bool network_ask(struct network *network)
{
	struct ifaddrs *interfaces = NULL;

	if (!network || network->state != NETWORK_OURS)
		return network && network->state == NETWORK_KNOWN;
	network->state = NETWORK_UNKNOWN;
	if (getifaddrs(&interfaces) < 0) {
		network->errnum = errno;
		return false;
	}
	network->state = NETWORK_KNOWN;
	for (const struct ifaddrs *at = interfaces; at; at = at->ifa_next)
		add_interface(network, at);
	freeifaddrs(interfaces);
	return network->state == NETWORK_KNOWN;
}

static int parse_line(char *line, struct network *network)
{
	static const char blanks[] = " \t";
	unsigned char bytes[sizeof(struct in6_addr)];
	char *rest, *interface = strtok_r(line, blanks, &rest);

	if (!interface || interface[0] == '#')
		return 0;
	const char *address = strtok_r(NULL, blanks, &rest);
	const char *more = strtok_r(NULL, blanks, &rest);
	if (!address || more)
		return -1;
	if (inet_pton(AF_INET, address, bytes) == 1)
		add(network, interface, false, bytes);
	else if (inet_pton(AF_INET6, address, bytes) == 1)
		add(network, interface, true, bytes);
	else
		return -1;
	return 0;
}

int network_parse(const char *text, struct network *network, struct error *error)
{
	cleanup_free char *copy = xstrdup(text);
	char *rest;

	*network = (struct network){.state = NETWORK_KNOWN};
	for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		cleanup_free char *said = xstrdup(line);
		if (parse_line(line, network) < 0)
			return error_set(error, 0, "\"%s\" is not an interface and an address", said);
	}
	return 0;
}

struct network network_of(int proc, pid_t pid)
{
	struct stat ours, theirs;
	cleanup_free char *path = xasprintf("%d/ns/net", (int)pid);

	bool same = fstatat(proc, "self/ns/net", &ours, 0) == 0 && fstatat(proc, path, &theirs, 0) == 0 &&
		    ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
	return (struct network){.state = same ? NETWORK_OURS : NETWORK_UNKNOWN};
}

void network_clear(struct network *network)
{
	for (size_t i = 0; i < network->count; i++)
		free(network->addresses[i].interface);
	free(network->addresses);
	*network = (struct network){0};
}
