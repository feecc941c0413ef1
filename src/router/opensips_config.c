/* SPDX-License-Identifier: MIT */
#include "router/opensips_config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "router/statements.h"

#define SOCKETS_MAX 131072 /* far more than any router has */
/* These keep the searches fast for any file. */
#define PROFILES_MAX 256
#define GROUPS_MAX   256

static bool read_number(struct opensips_config *config, const char *name, int64_t *number)
{
	return statement_number(&config->lexer, config->estimate, name, number);
}

static void set_profile(struct cfg_lexer *lexer, struct worker_group *group)
{
	free(group->profile);
	group->profile = lexer_take_text(lexer);
}

/* A word of 2.x; 3.0 and later refuse it. */
static void note_old_word(struct opensips_config *config, const char *name, struct place_in_config place)
{
	config->modules.generation = 2;
	estimate_warn(config->estimate, place, "%s is of OpenSIPS 2: 3.0 and later refuse to start with it",
		      name);
}

/* A word that came with 3.0. */
static void note_new_word(struct opensips_config *config)
{
	if (!config->modules.generation)
		config->modules.generation = 3;
}

/* udp_workers = 4 [use_auto_scaling_profile NAME] */
static void read_group(struct opensips_config *config, const struct statement *statement)
{
	struct worker_group *group = (struct worker_group *)((char *)config + statement->what);
	if (!read_number(config, statement->name, &group->workers))
		return;
	group->place = statement->place;
	if (lexer_accept_word(&config->lexer, "use_auto_scaling_profile"))
		set_profile(&config->lexer, group);
}

static void read_workers(void *config, const struct statement *statement)
{
	note_new_word(config);
	read_group(config, statement);
}

static void read_old_workers(void *config, const struct statement *statement)
{
	note_old_word(config, statement->name, statement->place);
	read_group(config, statement);
}

/* What follows the maximum: "on 70% for 4 cycles within 5 scale down to 2 on 20% for 5 cycles". 0: nothing
 * scales down. */
static uint64_t read_scale_down(struct cfg_lexer *lexer)
{
	static const char *const words[] = {"on", "for", "cycles", "within"};
	int64_t number = 0;

	for (bool more = true; more;) {
		more = lexer_accept(lexer, '%') || lexer_take_number(lexer, &number);
		for (size_t i = 0; i < ARRAY_SIZE(words) && !more; i++)
			more = lexer_accept_word(lexer, words[i]);
	}
	if (!lexer_accept_word(lexer, "scale") || !lexer_accept_word(lexer, "down") ||
	    !lexer_accept_word(lexer, "to") || !lexer_take_number(lexer, &number) || number < 0)
		return 0;
	return (uint64_t)number;
}

/* auto_scaling_profile = NAME scale up to 8 on 70% … */
static void read_profile(void *data, const struct statement *statement)
{
	struct opensips_config *config = data;
	(void)statement;
	struct cfg_lexer *lexer = &config->lexer;
	int64_t maximum = 0;

	if (!lexer_accept(lexer, '='))
		return;
	cleanup_free char *name = lexer_take_text(lexer);
	if (!name || !lexer_accept_word(lexer, "scale") || !lexer_accept_word(lexer, "up") ||
	    !lexer_accept_word(lexer, "to") || !lexer_take_number(lexer, &maximum) || maximum < 0) {
		estimate_uncertain(config->estimate, lexer->token.place,
				   "an auto-scaling profile is not known");
		return;
	}
	uint64_t minimum = read_scale_down(lexer);
	if (config->profile_count >= PROFILES_MAX)
		return;
	struct scaling_profile *profile = ARRAY_ADD(config->profiles, config->profile_count);
	*profile = (struct scaling_profile){.name = name, .maximum = (uint64_t)maximum, .minimum = minimum};
	name = NULL;
}

/* "as host[:port]" */
static void read_advertised(struct opensips_config *config)
{
	struct place_in_config place = config->lexer.token.place;
	struct listen_address address;

	if (address_read(&config->lexer, &address) && !ip_parse(address.host).known)
		opensips_warn_name(config->estimate, place, address.host);
	address_clear(&address);
}

/* What may follow a socket's address: in the order of cfg.y. The lexer reads "allow-proxy-protocol" as three
 * words and two characters; cfg.lex accepts '_' and '-' there, and permits to omit the last word. */
static void read_socket_options(struct opensips_config *config, struct opensips_socket *socket)
{
	static const char *const flags[] = {"anycast",
					    "frag",
					    "reuse_port",
					    "accept_subdomain",
					    "allow",
					    "send",
					    "proxy",
					    "protocol",
					    "allow_proxy",
					    "send_proxy",
					    "proxy_protocol",
					    "allow_proxy_protocol",
					    "send_proxy_protocol"};
	struct cfg_lexer *lexer = &config->lexer;

	for (bool more = true; more;) {
		bool old = lexer_at_word(lexer, "use_children");
		if (old)
			note_old_word(config, "use_children", lexer->token.place);
		if (lexer_accept_word(lexer, "use_workers") || lexer_accept_word(lexer, "use_children")) {
			if (!lexer_take_number(lexer, &socket->group.workers))
				estimate_uncertain(config->estimate, lexer->token.place,
						   "the value of %s is not known",
						   old ? "use_children" : "use_workers");
		} else if (lexer_accept_word(lexer, "use_auto_scaling_profile")) {
			set_profile(lexer, &socket->group);
		} else if (lexer_accept_word(lexer, "as")) {
			read_advertised(config);
		} else if (lexer_accept_word(lexer, "tag") || lexer_accept_word(lexer, "tos")) {
			free(lexer_take_text(lexer));
		} else {
			more = lexer_accept(lexer, '-');
			for (size_t i = 0; i < ARRAY_SIZE(flags) && !more; i++)
				more = lexer_accept_word(lexer, flags[i]);
		}
	}
}

/* Any other word on a socket's line is newer than 4.0, or the next setting. */
static void uncertain_socket_option(struct opensips_config *config)
{
	const struct token *token = &config->lexer.token;
	if (token->kind == TOKEN_WORD && !token->starts_line && !lexer_precedes(&config->lexer, '='))
		estimate_uncertain_by(config->estimate, token->place, 0, ANY_NUMBER,
				      "%s of a socket is not known here: assumed to start no process",
				      token->text.data);
}

/* Adds a socket, or returns NULL with a warning. */
static struct opensips_socket *add_socket(struct opensips_config *config,
					  const struct listen_address *address, struct place_in_config place)
{
	if (!address->protocol) {
		estimate_uncertain(config->estimate, place, "the socket %s names no protocol", address->host);
		return NULL;
	}
	if (config->socket_count >= SOCKETS_MAX) {
		estimate_uncertain(config->estimate, place, "too many sockets: the rest is ignored");
		return NULL;
	}
	struct opensips_socket *socket = ARRAY_ADD_LONG(config->sockets, config->socket_count);
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

/* 4.0: "bond:NAME { "udp:127.0.0.1:5060", … }": other sockets under one name. The block behind the name is
 * skipped as every other one is. False if there is none. */
static bool skip_bond(struct cfg_lexer *lexer)
{
	if (!lexer_accept_word(lexer, "bond"))
		return false;
	if (lexer_accept(lexer, ':'))
		free(lexer_take_text(lexer));
	return true;
}

/* socket = udp:127.0.0.1:5060 [use_workers 4] … */
static void read_listen(void *data, const struct statement *statement)
{
	struct opensips_config *config = data;
	struct cfg_lexer *lexer = &config->lexer;
	struct listen_address address;
	struct opensips_socket unused = {0};

	if (!lexer_accept(lexer, '=') || skip_bond(lexer))
		return;
	if (!address_read(lexer, &address)) {
		estimate_uncertain(config->estimate, statement->place, "a socket's address is not known");
		return;
	}
	struct opensips_socket *socket = add_socket(config, &address, statement->place);
	read_socket_options(config, socket ? socket : &unused);
	uncertain_socket_option(config);
	free(unused.group.profile);
	address_clear(&address);
}

static void read_socket(void *config, const struct statement *statement)
{
	note_new_word(config);
	read_listen(config, statement);
}

/* Memory that OpenSIPS maps outside the pools, so that -m does not include it. */
static void warn_extra_memory(void *data, const struct statement *statement)
{
	struct opensips_config *config = data;
	int64_t number;
	if (read_number(config, statement->name, &number) && number > 0)
		estimate_warn(config->estimate, statement->place,
			      "%s takes memory outside of -m: add it to sizing.base", statement->name);
}

static void read_persistency_file(void *data, const struct statement *statement)
{
	struct opensips_config *config = data;
	(void)statement;
	if (!lexer_accept(&config->lexer, '='))
		return;
	free(config->persistency_file);
	config->persistency_file = lexer_take_text(&config->lexer);
}

/* mem-group = "NAME": "tm" "usrloc" */
static void read_memory_group(void *data, const struct statement *statement)
{
	struct opensips_config *config = data;
	struct estimate *estimate = config->estimate;
	(void)statement;

	if (!lexer_accept(&config->lexer, '-') || !lexer_accept_word(&config->lexer, "group") ||
	    !lexer_accept(&config->lexer, '='))
		return;
	char *name = lexer_take_text(&config->lexer);
	if (name && estimate->memory_group_count < GROUPS_MAX)
		*ARRAY_ADD(estimate->memory_groups, estimate->memory_group_count) = name;
	else
		free(name);
}

static void read_module(void *data, const struct statement *statement)
{
	struct opensips_config *config = data;
	cleanup_free char *path = lexer_take_text(&config->lexer);
	if (path)
		modules_load(&config->modules, path, statement->place);
}

static void read_parameter(void *data, const struct statement *statement)
{
	struct opensips_config *config = data;
	(void)statement;
	modules_read_parameter(&config->modules, &config->lexer, false);
}

static void read_setting(void *config, const struct statement *statement)
{
	read_number(config, statement->name, (int64_t *)((char *)config + statement->what));
}

static void read_debug_mode(void *data, const struct statement *statement)
{
	struct opensips_config *config = data;
	int64_t number;
	if (read_number(config, statement->name, &number))
		config->debug_mode = number != 0;
}

#define FIELD(member) offsetof(struct opensips_config, member)

static const struct statement_row statements[] = {
	{"udp_workers", read_workers, FIELD(udp)},
	{"tcp_workers", read_workers, FIELD(tcp)},
	{"timer_workers", read_workers, FIELD(timer)},
	{"children", read_old_workers, FIELD(udp)},
	{"tcp_children", read_old_workers, FIELD(tcp)},
	{"auto_scaling_profile", read_profile, 0},
	{"socket", read_socket, 0},
	{"listen", read_listen, 0},
	{"loadmodule", read_module, 0},
	{"modparam", read_parameter, 0},
	{"tcp_max_connections", read_setting, FIELD(tcp_max_connections)},
	{"tcp_threads", read_setting, FIELD(tcp_threads)},
	{"open_files_limit", read_setting, FIELD(open_files_limit)},
	{"restart_persistency_size", read_setting, FIELD(persistency_mib)},
	{"restart_persistency_cache_file", read_persistency_file, 0},
	{"debug_mode", read_debug_mode, 0},
	{"mem", read_memory_group, 0}, /* "mem-group": three tokens */
	{"shm_memlog_size", warn_extra_memory, 0},
	{"tcp_parallel_read_on_workers", NULL, 0},
};

/* -l [proto:]host[:port], UDP by default (fix_cmd_listening_sockets() of net/trans.c). "*" and a range of
 * ports are of socket= only. */
static void add_listen_option(struct opensips_config *config, const char *value)
{
	struct place_in_config nowhere = {0};
	struct listen_address address;

	if (address_parse(value, &address) && address.kind != HOST_EVERY && address.ports == 1) {
		if (!address.protocol)
			address.protocol = xstrdup("udp");
		add_socket(config, &address, nowhere);
	} else {
		estimate_uncertain(config->estimate, nowhere, "-l %s is not an address", value);
	}
	address_clear(&address);
}

/* -n and -N are read before the configuration, which wins (main.c). */
static void apply_options(struct opensips_config *config, const struct router_command *command)
{
	if (config->udp.workers < 0)
		config->udp.workers = command->workers_udp;
	if (config->tcp.workers < 0)
		config->tcp.workers = command->workers_tcp;
	config->debug_mode = config->debug_mode || command_line_count(command, 'D');
	for (size_t i = 0; i < command->option_count; i++)
		if (command->options[i].letter == 'l' && command->options[i].value)
			add_listen_option(config, command->options[i].value);
}

int opensips_config_read(struct opensips_config *config, const struct router_command *command,
			 struct error *error)
{
	config->udp.workers = config->tcp.workers = config->timer.workers = -1;
	config->tcp_max_connections = OPENSIPS_CONNECTIONS_DEFAULT;
	config->modules.estimate = config->estimate;
	if (strcmp(command->config, "-") == 0)
		return error_set(error, 0, "the configuration comes from standard input");
	if (lexer_open(&config->lexer, DIALECT_PLAIN, command, config->estimate, error) < 0)
		return -1;
	statements_read(&config->lexer, statements, ARRAY_SIZE(statements), config->estimate, config);
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
	free(config->persistency_file);
	modules_clear(&config->modules);
	lexer_clear(&config->lexer);
}
