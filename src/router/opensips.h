/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_OPENSIPS_H
#define SIPLAUNCH_ROUTER_OPENSIPS_H
/* What OpenSIPS's command line and its configuration share. Private to this room. */
#include "router/command_line.h"
#include "sizing/sizing.h"

#define OPENSIPS_WORKERS_DEFAULT     8 /* UDP_WORKERS_NO, TCP_WORKERS_NO */
#define OPENSIPS_CONNECTIONS_DEFAULT 2048

extern const struct costs opensips_costs;

void opensips_estimate(const struct router *router, const struct router_command *command,
		       struct network *network, struct estimate *estimate);

#endif
