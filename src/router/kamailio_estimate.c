/* SPDX-License-Identifier: MIT */
/*
 * Kamailio's processes as calc_proc_no() and main_loop() of main.c make them:
 * main, slow timer, timer, secondary timer; workers of each UDP and SCTP socket; with TCP its main process
 * and the workers of its sockets; groups of async workers; what modules start.
 */
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "router/kamailio_config.h"
#include "router/needs.h"

static uint64_t positive(int64_t number, uint64_t otherwise)
{
	return number > 0 ? (uint64_t)number : otherwise;
}

static uint64_t children(const struct kamailio_config *config)
{
	return positive(kamailio_setting(config, SETTING_CHILDREN, 0), KAMAILIO_WORKERS_DEFAULT);
}

static uint64_t tcp_children(const struct kamailio_config *config)
{
	return positive(kamailio_setting(config, SETTING_TCP_CHILDREN, 0), children(config));
}

static bool tcp_on(const struct kamailio_config *config)
{
	return kamailio_setting(config, SETTING_DISABLE_TCP, 0) <= 0;
}

/* TLS needs TCP, and its module (tls_has_init_si). */
static bool tls_on(const struct kamailio_config *config)
{
	return tcp_on(config) && kamailio_setting(config, SETTING_DISABLE_TLS, 1) <= 0;
}

static bool sctp_on(const struct kamailio_config *config)
{
	if (kamailio_setting(config, SETTING_DISABLE_SCTP, 0) == 1)
		return false;
	for (size_t i = 0; i < config->modules.loaded_count; i++)
		if (strcmp(config->modules.loaded[i].name, "sctp") == 0)
			return true;
	return false;
}

bool kamailio_speaks(const struct kamailio_config *config, enum kamailio_protocol protocol)
{
	switch (protocol) {
	case PROTOCOL_TCP:
		return tcp_on(config);
	case PROTOCOL_TLS:
		return tls_on(config);
	case PROTOCOL_SCTP:
		return sctp_on(config);
	default:
		return true;
	}
}

static bool has_socket(const struct kamailio_config *config, enum kamailio_protocol protocol)
{
	for (size_t i = 0; i < config->socket_count; i++)
		if (config->sockets[i].protocol == protocol)
			return true;
	return false;
}

static void add_workers(const struct kamailio_socket *socket, uint64_t each, struct estimate *estimate)
{
	estimate_add(estimate, socket->place, each * socket->hosts, "%s socket %s: %" PRIu64 " workers",
		     kamailio_protocol_name(socket->protocol), socket->host, each);
	estimate->workers += each * socket->hosts;
	if (socket->assumed)
		estimate_assumed(estimate, each, socket->hosts);
}

/* A host name may resolve to an address that has a socket already: then both are one socket. */
static void uncertain_name(const struct ports *ports, const struct kamailio_socket *socket, uint64_t each,
			   struct estimate *estimate)
{
	if (!socket->ip.known && !socket->assumed &&
	    ports_shared(ports, kamailio_protocol_name(socket->protocol), socket->port))
		estimate_uncertain_by(estimate, socket->place, each, 0,
				      "%s is not resolved: it may be an address that already has a socket",
				      socket->host);
}

/* Workers that each socket has for itself: UDP and SCTP. */
static void count_datagram_sockets(const struct kamailio_config *config, enum kamailio_protocol protocol,
				   uint64_t workers, struct estimate *estimate)
{
	cleanup_ports struct ports ports = {0};
	for (size_t i = 0; i < config->socket_count; i++)
		ports_add(&ports, kamailio_protocol_name(config->sockets[i].protocol),
			  config->sockets[i].port);
	for (size_t i = 0; i < config->socket_count; i++) {
		const struct kamailio_socket *socket = &config->sockets[i];
		if (socket->protocol != protocol)
			continue;
		uint64_t each = positive((int64_t)socket->workers, workers);
		add_workers(socket, each, estimate);
		uncertain_name(&ports, socket, each, estimate);
	}
}

/* udp_receiver_mode 2: a process with threads for each group of sockets, workers for those without one. */
static void count_udp_groups(const struct kamailio_config *config, struct estimate *estimate)
{
	cleanup_text_set struct text_set groups = {0};
	for (size_t i = 0; i < config->socket_count; i++) {
		const struct kamailio_socket *socket = &config->sockets[i];
		if (socket->protocol != PROTOCOL_UDP)
			continue;
		if (!socket->group)
			add_workers(socket, positive((int64_t)socket->workers, children(config)), estimate);
		else if (text_set_add(&groups, socket->group))
			estimate_add(estimate, socket->place, 1, "udp sockets of group %s: one process",
				     socket->group);
	}
}

/* The modes of 6.0; any other number is 0 (main.c). */
static void count_udp(const struct kamailio_config *config, struct estimate *estimate)
{
	int64_t mode = kamailio_setting(config, SETTING_UDP_RECEIVER, 0);
	if (mode == 1 && has_socket(config, PROTOCOL_UDP))
		estimate_add(estimate, config->settings[SETTING_UDP_RECEIVER].place, 1,
			     "udp_receiver_mode 1: one process for all UDP sockets");
	else if (mode == 2)
		count_udp_groups(config, estimate);
	else if (mode != 1)
		count_datagram_sockets(config, PROTOCOL_UDP, children(config), estimate);
}

/* The workers of sockets that have their own; *common: other sockets share one set. */
static uint64_t count_stream_sockets(const struct kamailio_config *config, enum kamailio_protocol protocol,
				     bool *common)
{
	uint64_t own = 0;
	for (size_t i = 0; i < config->socket_count; i++) {
		const struct kamailio_socket *socket = &config->sockets[i];
		if (socket->protocol != protocol)
			continue;
		own += socket->workers * socket->hosts;
		*common = *common || socket->workers == 0;
	}
	return own;
}

/* The sums of calc_proc_no(): a TLS socket adds the common set only if no TCP socket did.
 */
static uint64_t count_tcp_workers(const struct kamailio_config *config)
{
	bool tcp_common = false, tls_common = false;
	uint64_t workers = count_stream_sockets(config, PROTOCOL_TCP, &tcp_common);
	workers += tcp_common ? tcp_children(config) : 0;
	uint64_t tls_workers = count_stream_sockets(config, PROTOCOL_TLS, &tls_common);
	if (tls_common && workers == 0)
		tls_workers += tcp_children(config);
	return workers + tls_workers;
}

static struct place_in_config first_place(const struct kamailio_config *config,
					  enum kamailio_protocol protocol)
{
	for (size_t i = 0; i < config->socket_count; i++)
		if (config->sockets[i].protocol == protocol)
			return config->sockets[i].place;
	return (struct place_in_config){0};
}

static void count_tcp(const struct kamailio_config *config, struct estimate *estimate)
{
	if (!tcp_on(config))
		return;
	estimate_add(estimate, (struct place_in_config){0}, 1, "TCP main process");
	uint64_t workers = count_tcp_workers(config);
	bool tcp = has_socket(config, PROTOCOL_TCP), tls = has_socket(config, PROTOCOL_TLS) && tls_on(config);
	estimate_add(estimate, first_place(config, tcp ? PROTOCOL_TCP : PROTOCOL_TLS), workers,
		     "TCP sockets: %" PRIu64 " workers", workers);
	estimate->workers += workers;
	estimate->tls = tls;

	uint64_t tcp_max = positive(kamailio_setting(config, SETTING_TCP_MAX_CONNECTIONS, 0),
				    KAMAILIO_CONNECTIONS_DEFAULT);
	uint64_t tls_max = positive(kamailio_setting(config, SETTING_TLS_MAX_CONNECTIONS, 0),
				    KAMAILIO_CONNECTIONS_DEFAULT);
	if (tcp)
		estimate->tcp_connections = tcp_max;
	else if (tls)
		estimate->tcp_connections = tls_max < tcp_max ? tls_max : tcp_max;
}

static void count_sockets(const struct kamailio_config *config, struct estimate *estimate)
{
	count_udp(config, estimate);
	if (sctp_on(config))
		count_datagram_sockets(
			config, PROTOCOL_SCTP,
			positive(kamailio_setting(config, SETTING_SCTP_CHILDREN, 0), children(config)),
			estimate);
	count_tcp(config, estimate);
}

/* fork=no, unless the command line overrides it: -D does not fork either, -DD and more do. */
static bool forks(const struct kamailio_config *config, const struct router_command *command)
{
	if (command_line_count(command, 'D'))
		return !command->no_fork;
	return kamailio_setting(config, SETTING_FORK, 1) != 0;
}

/* ksr_udp_start_mtreceiver() of core/udp_server.c, since 6.0: a thread for each socket of such a process. */
static uint64_t udp_threads(const struct kamailio_config *config)
{
	int64_t mode = kamailio_setting(config, SETTING_UDP_RECEIVER, 0);
	uint64_t threads = 0;

	for (size_t i = 0; i < config->socket_count; i++) {
		const struct kamailio_socket *socket = &config->sockets[i];
		bool threaded = mode == 1 || (mode == 2 && socket->group);
		if (socket->protocol == PROTOCOL_UDP && threaded)
			threads += socket->hosts;
	}
	return threads;
}

/* ksr_tcpx_proc_list_init() of core/tcp_mtops.c, since 6.1: in the TCP main process, one for each process. */
static uint64_t tcp_threads(const struct kamailio_config *config, const struct estimate *estimate)
{
	bool on = tcp_on(config) && kamailio_setting(config, SETTING_TCP_MAIN_THREADS, 0) != 0;
	return on ? estimate->processes : 0;
}

/* mod_register() of tls: with tcp_main_threads OpenSSL keeps libc's malloc(). */
static void place_connections(const struct kamailio_config *config, struct estimate *estimate)
{
	if (estimate->tls && tcp_threads(config, estimate))
		estimate->connections_in = CONNECTIONS_TLS_IN_HEAP;
}

static void count_threads(const struct kamailio_config *config, const struct router_command *command,
			  struct estimate *estimate)
{
	if (forks(config, command))
		estimate->extra_threads = udp_threads(config) + tcp_threads(config, estimate);
	place_connections(config, estimate);
}

static void count_processes(const struct kamailio_config *config, const struct router_command *command,
			    struct estimate *estimate)
{
	struct place_in_config nowhere = {0};

	estimate_add(estimate, nowhere, 1, "main process");
	estimate_add(estimate, nowhere, 3, "timer, slow timer, secondary timer");
	if (forks(config, command)) {
		count_sockets(config, estimate);
		/* then threads of one process receive the messages: the configuration has no number of
		 * workers */
		if (kamailio_setting(config, SETTING_UDP_RECEIVER, 0) == 1 ||
		    kamailio_setting(config, SETTING_UDP_RECEIVER, 0) == 2)
			estimate->workers = 0;
		for (size_t i = 0; i < config->async_group_count; i++)
			estimate_add(estimate, config->async_groups[i].place, config->async_groups[i].workers,
				     "async workers, group %s", config->async_groups[i].name);
	}
	modules_estimate(&config->modules, &kamailio_modules, estimate);
	modules_name_paths(&config->modules, estimate);
	count_threads(config, command, estimate);
}

/* WebSocket connections use the sockets of TCP and TLS. */
static void list_sockets(const struct kamailio_config *config, struct estimate *estimate)
{
	static const char *const transports[] = {[PROTOCOL_UDP] = "udp",
						 [PROTOCOL_TCP] = "tcp",
						 [PROTOCOL_TLS] = "tcp",
						 [PROTOCOL_SCTP] = "sctp"};
	for (size_t i = 0; i < config->socket_count; i++) {
		const struct kamailio_socket *socket = &config->sockets[i];
		if (kamailio_speaks(config, socket->protocol))
			estimate_socket(estimate, socket->place, transports[socket->protocol], socket->host,
					socket->port, 1);
	}
	estimate->run_directory = config->run_directory ? xstrdup(config->run_directory) : NULL;
}

static void copy_memory_settings(const struct kamailio_config *config, struct estimate *estimate)
{
	estimate->cfg_shm_mib = positive(kamailio_setting(config, SETTING_SHM_MIB, 0), 0);
	estimate->open_files_limit = positive(kamailio_setting(config, SETTING_OPEN_FILES, 0), 0);
	estimate->shm_force_alloc = kamailio_setting(config, SETTING_SHM_FORCE_ALLOC, 0) != 0;
	estimate->shared_touched =
		estimate->shm_force_alloc || kamailio_setting(config, SETTING_MLOCK_PAGES, 0) != 0;
}

static bool listens(const struct kamailio_config *config, enum kamailio_protocol protocol)
{
	return protocol == PROTOCOL_UDP || (protocol == PROTOCOL_TCP && tcp_on(config)) ||
	       (protocol == PROTOCOL_TLS && tls_on(config));
}

/* What main.c requires for a start, besides files. */
static void add_needs(const struct kamailio_config *config, struct estimate *estimate)
{
	for (size_t i = 0; i < config->socket_count; i++) {
		const struct kamailio_socket *socket = &config->sockets[i];
		if (listens(config, socket->protocol))
			needs_port(estimate, kamailio_protocol_name(socket->protocol), socket->host,
				   socket->port, socket->place);
	}
	need_path(needs_add(estimate, NEED_RUNTIME_DIRECTORY, (struct place_in_config){0}),
		  kamailio_run_directory(config));
}

void kamailio_estimate(const struct router *router, const struct router_command *command,
		       struct network *network, struct estimate *estimate)
{
	struct kamailio_config config = {.estimate = estimate};
	cleanup_error struct error error = {0};

	*estimate = (struct estimate){.exact = true, .from_config = true};
	needs_of_command(command, estimate);
	config.lexer.preprocessor.environment_ours =
		network && network->state == NETWORK_OURS && !command->paths.root;
	if (kamailio_config_read(&config, command, &error) < 0) {
		cleanup_free char *why = error_text(&error);
		estimate_default(router, estimate, "%s", why);
	} else {
		kamailio_sockets_resolve(&config, network);
		count_processes(&config, command, estimate);
		estimate->foreground = !forks(&config, command);
		copy_memory_settings(&config, estimate);
		kamailio_pools(&config, command, estimate);
		list_sockets(&config, estimate);
		kamailio_management(&config);
		add_needs(&config, estimate);
	}
	kamailio_config_clear(&config);
}
