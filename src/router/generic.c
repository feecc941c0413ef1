/* SPDX-License-Identifier: MIT */
/* Every other program: siplaunch adds no arguments, and counts one process. */
#include "router/estimate.h"
#include "router/measured.h"
#include "router/routers.h"
#include "sizing/sizing.h"

static int read_command(const struct router *router, char *const *argv, struct router_command *command,
			struct error *error)
{
	(void)router, (void)argv, (void)error;
	*command = (struct router_command){.workers_udp = -1, .workers_tcp = -1};
	return 0;
}

static void estimate_generic(const struct router *router, const struct router_command *command,
			     struct network *network, struct estimate *estimate)
{
	(void)command, (void)network;
	*estimate = (struct estimate){.tcp_connections = router->connections_default};
	estimate_add(estimate, (struct place_in_config){0}, router->processes_default, "the command itself");
	estimate_uncertain(estimate, (struct place_in_config){0},
			   "how many processes this command starts is not known: set sizing.processes");
}

const struct costs generic_costs = {
	.router = "generic",
	.per_process_bytes = 512 * KIB,
	.base_bytes = 20 * MIB,
	.connection_bytes = TCP_CONNECTION_BYTES,
	.private_default_mib = 8,
	.private_max_mib = 64,
	.source = SOURCE_DEFAULT,
	.provenance = "not measured: more than each of the known routers takes",
};

static const char *const no_aliases[] = {NULL};

const struct router router_generic = {
	.name = "generic",
	.aliases = no_aliases,
	.costs = &generic_costs,
	.processes_default = 1,
	.foreground_hint = "",
	.read_command = read_command,
	.estimate = estimate_generic,
};
