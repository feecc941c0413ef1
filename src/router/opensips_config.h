/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_OPENSIPS_CONFIG_H
#define SIPLAUNCH_ROUTER_OPENSIPS_CONFIG_H
/*
 * What OpenSIPS's configuration says about processes and memory: opensips_config.c reads it,
 * opensips_sockets.c finds the sockets, opensips_estimate.c counts. Private to this room.
 */
#include "router/address.h"
#include "router/modules.h"
#include "router/opensips.h"

/* A number of workers, and the profile by which it may grow at run time. */
struct worker_group {
	int64_t workers; /* -1: not set */
	char *profile;   /* NULL: it does not scale */
	struct place_in_config place;
};

struct scaling_profile {
	char *name;
	uint64_t maximum, minimum; /* minimum 0: it does not scale down */
};

struct opensips_socket {
	char *protocol, *host;
	enum host_kind kind;
	struct ip ip;
	unsigned port, ports, hosts; /* for how many sockets it stands */
	bool assumed;                /* `hosts` is a guess */
	struct worker_group group;
};

/* TRANSPORT_BOTH: a socket for datagrams and one for streams, with the same address. */
enum transport { TRANSPORT_DATAGRAM, TRANSPORT_STREAM, TRANSPORT_TLS, TRANSPORT_BOTH };

/* A protocol, the module that it needs, and how that one transports it (its net.flags). */
struct opensips_protocol {
	const char *name, *module;
	enum transport transport;
	unsigned port; /* without one in the socket */
};
/* NULL: none that is known here. */
const struct opensips_protocol *opensips_protocol_find(const char *name);

struct opensips_config {
	struct estimate *estimate;
	struct cfg_lexer lexer;
	struct worker_group udp, tcp, timer;
	struct scaling_profile *profiles;
	size_t profile_count;
	struct opensips_socket *sockets;
	size_t socket_count;
	int64_t tcp_max_connections, open_files_limit;
	int64_t tcp_threads; /* since 4.0; 0: not set */
	bool debug_mode;
	int64_t persistency_mib; /* restart_persistency_size; 0: as the shared pool */
	char *persistency_file;  /* NULL: the default */
	struct module_set modules;
};

/* Reads the file and what the command line adds to it. -1 when the file cannot be read at all. */
int opensips_config_read(struct opensips_config *config, const struct router_command *command,
			 struct error *error);
void opensips_config_clear(struct opensips_config *config);

void opensips_socket_clear(struct opensips_socket *socket);

/* opensips_sockets.c: warns of a host name, which the number of sockets depends on. */
void opensips_warn_name(struct estimate *estimate, struct place_in_config place, const char *host);

/* opensips_sockets.c: puts the sockets that are opened in place of those that are named. */
void opensips_sockets_resolve(struct opensips_config *config, struct network *network);

/* opensips_modules.c: how many processes each module starts. */
extern const struct module_table opensips_modules;

/* opensips_pools.c: what a start takes of the pools, into the estimate; its processes have been counted. */
void opensips_pools(const struct opensips_config *config, const struct router_command *command,
		    struct estimate *estimate);

/* opensips_management.c: adds its management interfaces to the estimate. */
void opensips_management(const struct opensips_config *config);

#endif
