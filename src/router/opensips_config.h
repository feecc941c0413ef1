/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_OPENSIPS_CONFIG_H
#define SIPLAUNCH_ROUTER_OPENSIPS_CONFIG_H
/*
 * What OpenSIPS's configuration says about processes and memory: opensips_config.c reads it,
 * opensips_estimate.c counts. Private to this room.
 */
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
	uint64_t maximum;
};

struct opensips_socket {
	char *protocol, *host;
	unsigned port, ports, hosts;
	struct worker_group group;
};

struct opensips_config {
	struct estimate *estimate;
	struct cfg_lexer lexer;
	struct worker_group udp, tcp, timer;
	struct scaling_profile *profiles;
	size_t profile_count;
	struct opensips_socket *sockets;
	size_t socket_count;
	int64_t tcp_max_connections, open_files_limit;
	bool debug_mode;
	struct module_set modules;
};

/* Reads the file and what the command line adds to it. -1 when the file cannot be read at all. */
int opensips_config_read(struct opensips_config *config, const struct router_command *command,
			 struct error *error);
void opensips_config_clear(struct opensips_config *config);

/* opensips_management.c: where it can be asked, into the estimate. */
void opensips_management(const struct opensips_config *config);

#endif
