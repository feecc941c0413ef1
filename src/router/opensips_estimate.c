/* SPDX-License-Identifier: MIT */
/*
 * OpenSIPS's processes as count_child_processes() of pt.c adds them up: attendant, timer keeper and trigger,
 * timer workers, workers of each UDP socket, TCP main and TCP workers, what modules start. Groups that scale
 * count with their maximum: the process table is made for it, and memory must hold it.
 */
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "router/needs.h"
#include "router/opensips_config.h"

static const struct scaling_profile *find_profile(const struct opensips_config *config, const char *name)
{
	for (size_t i = 0; i < config->profile_count; i++)
		if (strcmp(config->profiles[i].name, name) == 0)
			return &config->profiles[i];
	return NULL;
}

static uint64_t min_workers(const struct scaling_profile *profile, uint64_t workers)
{
	return profile->minimum && profile->minimum < workers ? profile->minimum : workers;
}

/* A group's own number, or its profile's maximum if that is larger, for each of `groups` sockets. */
static uint64_t max_workers(const struct opensips_config *config, int64_t set, int64_t otherwise,
			    const char *profile_name, uint64_t groups, struct place_in_config place,
			    struct estimate *estimate)
{
	int64_t number = set >= 0 ? set : otherwise;
	uint64_t workers = number > 0 ? (uint64_t)number : 0;

	if (!profile_name)
		return workers;
	const struct scaling_profile *profile = find_profile(config, profile_name);
	if (!profile) {
		estimate_warn(estimate, place, "auto-scaling profile %s is not defined: nothing scales by it",
			      profile_name);
		return workers;
	}
	uint64_t max = profile->maximum > workers ? profile->maximum : workers;
	estimate_idle(estimate, groups * (max - min_workers(profile, workers)));
	return max;
}

static bool is_loaded(const struct opensips_config *config, const char *module)
{
	for (size_t i = 0; i < config->modules.loaded_count; i++)
		if (strcmp(config->modules.loaded[i].name, module) == 0)
			return true;
	return false;
}

/* A host name may resolve to an address that has a socket already: then both are one socket. */
static void uncertain_name(const struct ports *ports, const struct opensips_socket *socket, uint64_t each,
			   struct estimate *estimate)
{
	if (!socket->ip.known && !socket->assumed && ports_shared(ports, socket->protocol, socket->port))
		estimate_uncertain_by(estimate, socket->group.place, each, 0,
				      "%s is not resolved: it may be an address that already has a socket",
				      socket->host);
}

static void count_datagram_socket(const struct opensips_config *config, const struct ports *ports,
				  const struct opensips_socket *socket, struct estimate *estimate)
{
	const struct worker_group *group = &socket->group;
	int64_t otherwise = config->udp.workers >= 0 ? config->udp.workers : OPENSIPS_WORKERS_DEFAULT;
	const char *profile = group->profile ? group->profile : config->udp.profile;
	/* use_workers 0 is the same as none: fix_socket_list() of socket_info.c */
	uint64_t each = max_workers(config, group->workers > 0 ? group->workers : -1, otherwise, profile,
				    (uint64_t)socket->ports * socket->hosts, group->place, estimate);
	estimate_add(estimate, group->place, each * socket->ports * socket->hosts,
		     "%s socket %s: %" PRIu64 " workers%s", socket->protocol, socket->host, each,
		     profile ? " at most" : "");
	uncertain_name(ports, socket, each * socket->ports, estimate);
	estimate->workers += each * socket->ports * socket->hosts;
	if (socket->assumed)
		estimate_assumed(estimate, each * socket->ports, socket->hosts);
}

static bool receives_datagrams(const struct opensips_protocol *protocol)
{
	return protocol &&
	       (protocol->transport == TRANSPORT_DATAGRAM || protocol->transport == TRANSPORT_BOTH);
}

static bool receives_streams(const struct opensips_protocol *protocol)
{
	return protocol && protocol->transport != TRANSPORT_DATAGRAM;
}

/* Adds the workers of the datagram sockets. Returns the first stream socket, or NULL. */
static const struct opensips_socket *count_sockets(const struct opensips_config *config,
						   struct estimate *estimate)
{
	const struct opensips_socket *stream = NULL;
	cleanup_ports struct ports ports = {0};

	for (size_t i = 0; i < config->socket_count; i++)
		ports_add(&ports, config->sockets[i].protocol, config->sockets[i].port);
	for (size_t i = 0; i < config->socket_count; i++) {
		const struct opensips_socket *socket = &config->sockets[i];
		const struct opensips_protocol *protocol = opensips_protocol_find(socket->protocol);
		if (!protocol) {
			estimate_uncertain(estimate, socket->group.place, "the protocol %s is not known here",
					   socket->protocol);
			continue;
		}
		if (!is_loaded(config, protocol->module))
			estimate_uncertain(estimate, socket->group.place,
					   "a %s socket needs module %s: opensips refuses to start",
					   socket->protocol, protocol->module);
		if (receives_datagrams(protocol))
			count_datagram_socket(config, &ports, socket, estimate);
		if (receives_streams(protocol) && !stream)
			stream = socket;
		estimate->tls = estimate->tls || protocol->transport == TRANSPORT_TLS;
	}
	return stream;
}

/* tcp_pool_init() of net/net_tcp.c, since 4.0: threads of the TCP main process, by default one a CPU. */
static void count_tcp_threads(const struct opensips_config *config, struct estimate *estimate)
{
	if (config->tcp_threads > 0)
		estimate->extra_threads += (uint64_t)config->tcp_threads;
	else
		estimate->threads_per_cpu = 1;
}

static void count_tcp(const struct opensips_config *config, const struct opensips_socket *stream,
		      struct estimate *estimate)
{
	int64_t set = config->tcp.workers >= 0 ? config->tcp.workers : OPENSIPS_WORKERS_DEFAULT;
	if (config->debug_mode && (set > 2 || config->tcp.profile))
		set = 2; /* main.c: of TCP only: the UDP sockets got their number before */
	uint64_t workers = max_workers(config, set, OPENSIPS_WORKERS_DEFAULT, config->tcp.profile, 1,
				       config->tcp.place, estimate);

	estimate_add(estimate, stream->group.place, 1, "TCP main process");
	estimate_add(estimate, config->tcp.place.file ? config->tcp.place : stream->group.place, workers,
		     "TCP sockets: %" PRIu64 " workers%s", workers, config->tcp.profile ? " at most" : "");
	estimate->workers += workers;
	estimate->threads = config->tcp_threads > 0 ? (uint64_t)config->tcp_threads : 0;
	count_tcp_threads(config, estimate);
	estimate->tcp_connections =
		config->tcp_max_connections > 0 ? (uint64_t)config->tcp_max_connections : 0;
}

static void count_processes(const struct opensips_config *config, struct estimate *estimate)
{
	struct place_in_config nowhere = {0};

	estimate_add(estimate, nowhere, 1, "attendant");
	estimate_add(estimate, nowhere, 2, "time keeper, timer");
	uint64_t timers = max_workers(config, config->timer.workers, 1, config->timer.profile, 1,
				      config->timer.place, estimate);
	estimate_add(estimate, config->timer.place, timers, "timer workers");
	if (config->socket_count == 0)
		estimate_uncertain(estimate, nowhere, "no socket: opensips has nothing to listen on");
	const struct opensips_socket *stream = count_sockets(config, estimate);
	if (stream)
		count_tcp(config, stream, estimate);
	modules_estimate(&config->modules, &opensips_modules, estimate);
	modules_name_paths(&config->modules, estimate);
}

static void add_ports(const struct opensips_config *config, struct estimate *estimate)
{
	for (size_t i = 0; i < config->socket_count; i++) {
		const struct opensips_socket *socket = &config->sockets[i];
		needs_port(estimate, socket->protocol, socket->host, socket->port, socket->group.place);
	}
}

static void list_socket(const struct opensips_socket *socket, const char *transport,
			struct estimate *estimate)
{
	estimate_socket(estimate, socket->group.place, transport, socket->host, socket->port, socket->ports);
}

static void list_sockets(const struct opensips_config *config, struct estimate *estimate)
{
	for (size_t i = 0; i < config->socket_count; i++) {
		const struct opensips_socket *socket = &config->sockets[i];
		const struct opensips_protocol *protocol = opensips_protocol_find(socket->protocol);
		if (strcmp(socket->protocol, "sctp") == 0)
			list_socket(socket, "sctp", estimate);
		else if (receives_datagrams(protocol))
			list_socket(socket, "udp", estimate);
		if (!protocol || receives_streams(protocol))
			list_socket(socket, "tcp", estimate);
	}
}

static bool has_socket(const struct opensips_config *config, const char *module)
{
	for (size_t i = 0; i < config->socket_count; i++) {
		const struct opensips_protocol *protocol =
			opensips_protocol_find(config->sockets[i].protocol);
		if (!protocol || strcmp(protocol->module, module) == 0)
			return true; /* a protocol that is not known may be the module's */
	}
	return false;
}

/* Versions before 4.0 ignore such a module. */
static void find_idle_protocol(const struct opensips_config *config, struct estimate *estimate)
{
	for (size_t i = 0; i < config->modules.loaded_count && !estimate->idle_protocol; i++) {
		const struct loaded_module *module = &config->modules.loaded[i];
		if (strncmp(module->name, "proto_", strlen("proto_")) == 0 &&
		    !has_socket(config, module->name))
			estimate->idle_protocol =
				xasprintf("%s:%u: %s is loaded, and no socket has its protocol",
					  module->place.file, module->place.line, module->name);
	}
}

static void estimate_file(const struct router *router, const struct router_command *command,
			  struct network *network, struct estimate *estimate)
{
	struct opensips_config config = {.estimate = estimate};
	cleanup_error struct error error = {0};

	if (opensips_config_read(&config, command, &error) < 0) {
		cleanup_free char *why = error_text(&error);
		estimate_default(router, estimate, "%s", why);
	} else {
		opensips_sockets_resolve(&config, network);
		count_processes(&config, estimate);
		find_idle_protocol(&config, estimate);
		list_sockets(&config, estimate);
		opensips_management(&config);
		opensips_pools(&config, command, estimate);
		add_ports(&config, estimate);
		estimate->foreground = config.debug_mode;
		estimate->open_files_limit =
			config.open_files_limit > 0 ? (uint64_t)config.open_files_limit : 0;
	}
	opensips_config_clear(&config);
}

void opensips_estimate(const struct router *router, const struct router_command *command,
		       struct network *network, struct estimate *estimate)
{
	const char *preprocessor = command_line_last(command, 'p');

	*estimate = (struct estimate){.exact = true, .from_config = true};
	needs_of_command(command, estimate);
	if (preprocessor)
		estimate_default(
			router, estimate,
			"the configuration is the output of -p '%s' for %s, which siplaunch does not run",
			preprocessor, command->config);
	else
		estimate_file(router, command, network, estimate);
}
