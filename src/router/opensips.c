/* SPDX-License-Identifier: MIT */
#include "router/opensips.h"

#include <stddef.h>

#include "router/build.h"
#include "router/routers.h"

/* main.c of 3.4 to 4.0 together: A since 3.6, i since 4.0, which has no E. T only if built with the unit
 * tests. The help lists an -e that no version accepts. Plain getopt: no long options. */
static const struct option_syntax syntax = {
	.letters = "A:f:cCm:M:b:l:n:N:irRvdDFEVhw:t:u:g:p:P:G:W:o:a:k:s:T:",
};

static const struct pool_refusals refusals = {
	.not_a_number = "OpenSIPS refuses to start with it",
	.out_of_range = "OpenSIPS does not check it and crashes with SIGSEGV",
};

static int read_command(const struct router *router, char *const *argv, struct router_command *command,
			struct error *error)
{
	command_line_begin(router, &syntax, argv, command);
	command->allocator = command_line_last(command, 's'); /* -s overrides -a */
	if (!command->allocator)
		command->allocator = command_line_last(command, 'a');
	/* debug mode (-D) does not daemonize either */
	command->foreground = command_line_count(command, 'F') || command_line_count(command, 'D');
	command->only_checks = command_line_count(command, 'c') || command_line_count(command, 'C') ||
			       command_line_count(command, 'V') || command_line_count(command, 'h');
	return command_line_end(router, &refusals, command, error);
}

/* main.c: the help text and version text of 2.x to 4.x. Neither has the default sizes of the pools. */
static const struct build_source build_sources[] = {
	{BUILD_VERSION, "-h", "version: opensips ", ' '},
	{BUILD_CONFIG, "-h", "Configuration file (default ", ')'},
	{BUILD_FLAGS, "-V", "flags: ", '\n'},
	{BUILD_VERSION, NULL, "opensips ", ' '},
	{BUILD_CONFIG, NULL, "Configuration file (default ", ')'},
	{0},
};

static const char *const aliases[] = {"opensips", NULL};

const struct router router_opensips = {
	.name = "opensips",
	.aliases = aliases,
	.costs = &opensips_costs,
	.sizes_by_arguments = true,
	.shm_default_mib = 32,
	.pkg_default_mib = 16,
	.shm_min_mib = 2, /* 1 and less: SIGSEGV */
	.shm_max_mib = 16777216,
	.pkg_min_mib = 1,
	.pkg_max_mib = 16777216,
	/* attendant, 2 of the timer, timer worker, 8 UDP, TCP main, 8 TCP, mi_fifo */
	.processes_default = 22,
	.shm_start_default = 6000000, /* opensips_pools.c, tm and dialog */
	.pkg_start_default = 900000,
	.connections_default = OPENSIPS_CONNECTIONS_DEFAULT,
	.refuses_idle_protocols_since = 4, /* load_trans_protos() of net/trans.c: "No binding found" */
	.heap_since_major = 4, /* tcp_conn_get_req() of net_tcp.c; no CRYPTO_set_mem_functions() any more */
	.reactor_bytes_per_file = 40, /* struct fd_map and a pollfd for each, io_wait.c */
	.config_default = "/etc/opensips/opensips.cfg",
	.build_sources = build_sources,
	.foreground_hint = "-F",
	.protocol = PROTOCOL_MI,
	.nofile_hazard = "OpenSIPS 4.0 closes every descriptor up to it when it starts, which takes minutes",
	.management_hint = "loadmodule \"mi_datagram.so\" and modparam(\"mi_datagram\", \"socket_name\", "
			   "\"/run/opensips/mi.sock\")",
	.read_command = read_command,
	.estimate = opensips_estimate,
};
