/* SPDX-License-Identifier: MIT */
#include "router/opensips_config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"

/* Keep the searches cheap whatever a file holds. */
#define SOCKETS_MAX  2048
#define PROFILES_MAX 256

static bool read_number(struct opensips_config *config, const char *name, int64_t *number)
{
	struct cfg_lexer *lexer = &config->lexer;
	if (!lexer_accept(lexer, '='))
		return false; /* not an assignment, so not the setting */
	if (lexer_take_number(lexer, number))
		return true;
	estimate_doubt(config->estimate, lexer->token.place, "the value of %s cannot be told", name);
	return false;
}

static void set_profile(struct cfg_lexer *lexer, struct worker_group *group)
{
	free(group->profile);
	group->profile = lexer_take_text(lexer);
}

/* udp_workers = 4 [use_auto_scaling_profile NAME] */
static void read_workers(struct opensips_config *config, const char *name, struct place_in_config place,
			 struct worker_group *group)
{
	if (!read_number(config, name, &group->workers))
		return;
	group->place = place;
	if (lexer_accept_word(&config->lexer, "use_auto_scaling_profile"))
		set_profile(&config->lexer, group);
}

/* What 2.x calls children of UDP and TCP; 3.0 and later refuse the words. */
static void read_old_workers(struct opensips_config *config, const char *name, struct place_in_config place,
			     struct worker_group *group)
{
	estimate_doubt(
		config->estimate, place,
		"%s is of OpenSIPS 2: its workers are counted, but not all of its other processes are known",
		name);
	read_workers(config, name, place, group);
}

/* auto_scaling_profile = NAME scale up to 8 on 70% … */
static void read_profile(struct opensips_config *config)
{
	struct cfg_lexer *lexer = &config->lexer;
	int64_t maximum = 0;

	if (!lexer_accept(lexer, '='))
		return;
	cleanup_free char *name = lexer_take_text(lexer);
	if (!name || !lexer_accept_word(lexer, "scale") || !lexer_accept_word(lexer, "up") ||
	    !lexer_accept_word(lexer, "to") || !lexer_take_number(lexer, &maximum) || maximum < 0) {
		estimate_doubt(config->estimate, lexer->token.place,
			       "an auto-scaling profile cannot be told");
		return;
	}
	if (config->profile_count >= PROFILES_MAX)
		return;
	struct scaling_profile *profile = ARRAY_ADD(config->profiles, config->profile_count);
	*profile = (struct scaling_profile){.name = name, .maximum = (uint64_t)maximum};
	name = NULL;
}

/* What may follow a socket's address: in the order of cfg.y, the newer ones from the manual. */
static void read_socket_options(struct opensips_config *config, struct opensips_socket *socket)
{
	static const char *const flags[] = {"anycast",
					    "frag",
					    "reuse_port",
					    "accept_subdomain",
					    "allow_proxy_protocol",
					    "send_proxy_protocol"};
	struct cfg_lexer *lexer = &config->lexer;

	for (bool more = true; more;) {
		if (lexer_accept_word(lexer, "use_workers")) {
			if (!lexer_take_number(lexer, &socket->group.workers))
				estimate_doubt(config->estimate, lexer->token.place,
					       "the value of use_workers cannot be told");
		} else if (lexer_accept_word(lexer, "use_auto_scaling_profile")) {
			set_profile(lexer, &socket->group);
		} else if (lexer_accept_word(lexer, "as")) {
			struct listen_address address;
			address_read(lexer, &address);
			address_clear(&address);
		} else if (lexer_accept_word(lexer, "tag") || lexer_accept_word(lexer, "tos")) {
			free(lexer_take_text(lexer));
		} else {
			more = false;
			for (size_t i = 0; i < ARRAY_SIZE(flags) && !more; i++)
				more = lexer_accept_word(lexer, flags[i]);
		}
	}
}

static bool same_socket(const struct opensips_socket *socket, const struct listen_address *address)
{
	return strcmp(socket->protocol, address->protocol) == 0 &&
	       strcasecmp(socket->host, address->host) == 0 && socket->port == address->port &&
	       socket->ports == address->ports;
}

/* Adds a socket, or says why not with NULL. The second of two equal ones is dropped, as the router does. */
static struct opensips_socket *add_socket(struct opensips_config *config,
					  const struct listen_address *address, struct place_in_config place)
{
	if (!address->protocol) {
		estimate_doubt(config->estimate, place, "the socket %s names no protocol", address->host);
		return NULL;
	}
	for (size_t i = 0; i < config->socket_count; i++)
		if (same_socket(&config->sockets[i], address))
			return NULL;
	if (config->socket_count >= SOCKETS_MAX) {
		estimate_doubt(config->estimate, place, "too many sockets: the rest is left out");
		return NULL;
	}
	struct opensips_socket *socket = ARRAY_ADD(config->sockets, config->socket_count);
	*socket = (struct opensips_socket){.protocol = xstrdup(address->protocol),
					   .host = xstrdup(address->host),
					   .kind = address->kind,
					   .ip = ip_parse(address->host),
					   .port = address->port,
					   .ports = address->ports,
					   .hosts = address->hosts,
					   .group = {.workers = -1, .place = place}};
	return socket;
}

/* socket = udp:127.0.0.1:5060 [use_workers 4] … */
static void read_socket(struct opensips_config *config, struct place_in_config place)
{
	struct cfg_lexer *lexer = &config->lexer;
	struct listen_address address;
	struct opensips_socket unused = {0};

	if (!lexer_accept(lexer, '='))
		return;
	if (!address_read(lexer, &address)) {
		estimate_doubt(config->estimate, place, "a socket's address cannot be told");
		return;
	}
	struct opensips_socket *socket = add_socket(config, &address, place);
	read_socket_options(config, socket ? socket : &unused);
	free(unused.group.profile);
	address_clear(&address);
}

/* Memory that is mapped beside the pools, so that no -m counts it. */
static void warn_extra_memory(struct opensips_config *config, const char *name, struct place_in_config place)
{
	int64_t number;
	if (read_number(config, name, &number) && number > 0)
		estimate_warn(config->estimate, place, "%s takes memory beside -m: add it to sizing.base",
			      name);
}

static void read_module(struct opensips_config *config, struct place_in_config place)
{
	cleanup_free char *path = lexer_take_text(&config->lexer);
	if (path)
		modules_load(&config->modules, path, place);
}

static void read_statement(void *data)
{
	struct opensips_config *config = data;
	struct cfg_lexer *lexer = &config->lexer;
	struct place_in_config place = lexer->token.place;
	cleanup_free char *name = lexer_take_text(lexer);
	int64_t number;

	if (strcmp(name, "udp_workers") == 0)
		read_workers(config, name, place, &config->udp);
	else if (strcmp(name, "children") == 0)
		read_old_workers(config, name, place, &config->udp);
	else if (strcmp(name, "tcp_children") == 0)
		read_old_workers(config, name, place, &config->tcp);
	else if (strcmp(name, "tcp_workers") == 0)
		read_workers(config, name, place, &config->tcp);
	else if (strcmp(name, "timer_workers") == 0)
		read_workers(config, name, place, &config->timer);
	else if (strcmp(name, "auto_scaling_profile") == 0)
		read_profile(config);
	else if (strcmp(name, "socket") == 0 || strcmp(name, "listen") == 0)
		read_socket(config, place);
	else if (strcmp(name, "loadmodule") == 0)
		read_module(config, place);
	else if (strcmp(name, "modparam") == 0)
		modules_read_parameter(&config->modules, lexer, false);
	else if (strcmp(name, "tcp_max_connections") == 0)
		read_number(config, name, &config->tcp_max_connections);
	else if (strcmp(name, "tcp_threads") == 0)
		read_number(config, name, &config->tcp_threads);
	else if (strcmp(name, "open_files_limit") == 0)
		read_number(config, name, &config->open_files_limit);
	else if (strcmp(name, "debug_mode") == 0 && read_number(config, name, &number))
		config->debug_mode = number != 0;
	else if (strcmp(name, "shm_memlog_size") == 0 || strcmp(name, "restart_persistency_size") == 0)
		warn_extra_memory(config, name, place);
}

/* -l proto:address[:port]; -n and -N are read before the configuration, which wins (main.c). */
static void apply_options(struct opensips_config *config, const struct router_command *command)
{
	if (config->udp.workers < 0)
		config->udp.workers = command->workers_udp;
	if (config->tcp.workers < 0)
		config->tcp.workers = command->workers_tcp;
	config->debug_mode = config->debug_mode || command_line_count(command, 'D');
	for (size_t i = 0; i < command->option_count; i++) {
		const struct router_option *option = &command->options[i];
		struct listen_address address;
		if (option->letter != 'l' || !option->value)
			continue;
		if (address_parse(option->value, &address))
			add_socket(config, &address, (struct place_in_config){0});
		else
			estimate_doubt(config->estimate, (struct place_in_config){0},
				       "-l %s is not an address", option->value);
		address_clear(&address);
	}
}

int opensips_config_read(struct opensips_config *config, const struct router_command *command,
			 struct error *error)
{
	config->udp.workers = config->tcp.workers = config->timer.workers = -1;
	config->tcp_max_connections = OPENSIPS_CONNECTIONS_DEFAULT;
	config->modules.estimate = config->estimate;
	if (strcmp(command->config, "-") == 0)
		return error_set(error, 0, "the configuration comes from standard input");
	if (lexer_open(&config->lexer, DIALECT_OPENSIPS, command, config->estimate, error) < 0)
		return -1;
	lexer_statements(&config->lexer, read_statement, config);
	apply_options(config, command);
	return 0;
}

void opensips_socket_clear(struct opensips_socket *socket)
{
	free(socket->protocol);
	free(socket->host);
	free(socket->group.profile);
	*socket = (struct opensips_socket){0};
}

void opensips_config_clear(struct opensips_config *config)
{
	for (size_t i = 0; i < config->socket_count; i++)
		opensips_socket_clear(&config->sockets[i]);
	for (size_t i = 0; i < config->profile_count; i++)
		free(config->profiles[i].name);
	free(config->sockets);
	free(config->profiles);
	free(config->udp.profile);
	free(config->tcp.profile);
	free(config->timer.profile);
	modules_clear(&config->modules);
	lexer_clear(&config->lexer);
}
