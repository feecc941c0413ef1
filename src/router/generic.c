/* SPDX-License-Identifier: MIT */
/* Whatever is no router that we know: nothing is added to its arguments, and it counts as one process. */
#include "router/command_line.h"
#include "router/estimate.h"
#include "router/routers.h"

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
	estimate_doubt(estimate, (struct place_in_config){0},
		       "how many processes this command starts is not known: set sizing.processes");
}

static const char *const no_aliases[] = {NULL};

const struct router router_generic = {
	.name = "generic",
	.aliases = no_aliases,
	.processes_default = 1,
	.foreground_hint = "",
	.read_command = read_command,
	.estimate = estimate_generic,
};
