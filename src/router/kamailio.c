/* SPDX-License-Identifier: MIT */
#include "router/kamailio.h"

#include <stddef.h>

#include "router/build.h"
#include "router/routers.h"

static const struct long_option long_options[] = {
	{"help", false, 'h'},
	{"version", false, 'v'},
	{"alias", true, KAMAILIO_ALIAS},
	{"subst", true, KAMAILIO_SUBST},
	{"substdef", true, KAMAILIO_SUBSTDEF},
	{"substdefs", true, KAMAILIO_SUBSTDEFS},
	{"server-id", true, KAMAILIO_SERVER_ID},
	{"loadmodule", true, KAMAILIO_LOADMODULE},
	{"modparam", true, KAMAILIO_MODPARAM},
	{"log-engine", true, KAMAILIO_LOG_ENGINE},
	{"debug", true, KAMAILIO_DEBUG},
	{"cfg-print", false, KAMAILIO_CFG_PRINT},
	{"atexit", true, KAMAILIO_ATEXIT},
	{"all-errors", false, KAMAILIO_ALL_ERRORS}, /* 5.7 */
	{NULL, false, 0},
};

/* 5.6's letters, and B, which came with 6.0. */
static const struct option_syntax syntax = {
	.letters = ":f:cm:M:dVIhEeb:B:l:L:n:vKrRDTN:W:w:t:u:g:P:G:SQ:O:a:A:x:X:Y:",
	.longs = long_options,
};

static const struct pool_refusals refusals = {
	.not_a_number = "Kamailio refuses to start with it",
	.out_of_range =
		"Kamailio before 5.8 treats 0 as its default and cannot map the others; 5.8 and later refuse "
		"them",
};

static int read_command(const struct router *router, char *const *argv, struct router_command *command,
			struct error *error)
{
	command_line_begin(router, &syntax, argv, command);
	command->allocator = command_line_last(command, 'x');
	/* main.c: one -D forks timers only, two keep it in the foreground, more daemonize again */
	unsigned debugs = command_line_count(command, 'D');
	command->no_fork = debugs == 1;
	command->foreground = debugs == 1 || debugs == 2;
	command->only_checks = command_line_count(command, 'c') || command_line_count(command, 'V') ||
			       command_line_count(command, 'v') || command_line_count(command, 'I') ||
			       command_line_count(command, 'h') ||
			       command_line_count(command, KAMAILIO_CFG_PRINT);
	return command_line_end(router, &refusals, command, error);
}

/* main.c print_internals() of 4.0 and later; in the file the help text and the version of -v. */
static const struct build_source build_sources[] = {
	{BUILD_VERSION, "-I", "Version: kamailio ", ' '},
	{BUILD_CONFIG, "-I", "Default config: ", '\n'},
	{BUILD_SHM_MIB, "-I", "DEFAULT SHM_SIZE=", 'M'},
	{BUILD_PKG_MIB, "-I", "DEFAULT PKG_SIZE=", 'M'},
	{BUILD_FLAGS, "-I", "Compile flags: ", '\n'},
	{BUILD_VERSION, NULL, "kamailio ", ' '},
	{BUILD_CONFIG, NULL, "Configuration file (default: ", ')'},
	{0},
};

/* ENV and ENTRYPOINT of the official image (kamailio-docker's create_dockerfile.sh); Debian's
 * kamailio.service */
static const struct size_variable size_variables[] = {
	{"SHM_MEMORY", 'm', 64},
	{"PKG_MEMORY", 'M', 8},
	{0},
};

static const char *const aliases[] = {"kamailio", NULL};

const struct router router_kamailio = {
	.name = "kamailio",
	.aliases = aliases,
	.costs = &kamailio_costs,
	.sizes_by_arguments = true,
	.shm_default_mib = 64,
	.pkg_default_mib = 8,
	.shm_min_mib = 1,
	.shm_max_mib = 16777216, /* checked from 5.8 on */
	.pkg_min_mib = 1,
	.pkg_max_mib = 16777216,
	/* if -m equals the default, cfg.y applies the configuration's shm_mem_size: it cannot tell that -m
	 * was given */
	.shm_avoid_mib = 64,
	.size_variables = size_variables,
	/* as its shipped configuration with two addresses: main, 3 timers, 16 UDP, 1 + 8 TCP, 4 of modules */
	.processes_default = 33,
	.shm_start_default = 3000000, /* kamailio_costs.c */
	.pkg_start_default = 2700000, /* 6.0.1 as its shipped configuration, 5.6.3 a MiB less */
	.connections_default = KAMAILIO_CONNECTIONS_DEFAULT,
	.dies_of_orphans = true, /* main.c handle_sigs(): any SIGCHLD stops it */
	.config_default = "/etc/kamailio/kamailio.cfg",
	.build_sources = build_sources,
	.foreground_hint = "-DD -E",
	.protocol = PROTOCOL_RPC,
	.counts_when_asked = true,
	.has_ctl = true,
	.management_hint = "loadmodule \"kex.so\" and loadmodule \"jsonrpcs.so\"",
	.read_command = read_command,
	.estimate = kamailio_estimate,
};
