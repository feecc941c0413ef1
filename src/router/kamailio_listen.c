/* SPDX-License-Identifier: MIT */
/* What Kamailio's configuration and its command line listen on. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "router/kamailio_config.h"
#include "router/statements.h"

#define SOCKETS_MAX 131072 /* far more than any router has: a range of ports makes thousands in a line */

const char *kamailio_protocol_name(enum kamailio_protocol protocol)
{
	static const char *const names[] = {"udp", "tcp", "tls", "sctp"};
	return names[protocol];
}

/* The attributes of a socket. */
struct listen_attributes {
	uint64_t workers;  /* 0: the global number */
	const char *group; /* agname; NULL */
	struct place_in_config place;
};

static void add_socket(struct kamailio_config *config, enum kamailio_protocol protocol,
		       const struct listen_address *address, const struct listen_attributes *attributes)
{
	if (config->socket_count >= SOCKETS_MAX) {
		estimate_uncertain(config->estimate, attributes->place,
				   "too many sockets: the rest is ignored");
		return;
	}
	struct kamailio_socket *socket = ARRAY_ADD_LONG(config->sockets, config->socket_count);
	*socket = (struct kamailio_socket){.protocol = protocol,
					   .host = xstrdup(address->host),
					   .kind = address->kind,
					   .ip = ip_parse(address->host),
					   .port = address->port,
					   .workers = attributes->workers,
					   .group = attributes->group ? xstrdup(attributes->group) : NULL,
					   .hosts = protocol == PROTOCOL_SCTP ? 1 : address->hosts,
					   .place = attributes->place};
}

/* -1: a name that is none of the four. */
static int find_protocol(const char *name)
{
	for (int protocol = 0; protocol < PROTOCOL_COUNT; protocol++)
		if (strcmp(kamailio_protocol_name((enum kamailio_protocol)protocol), name) == 0)
			return protocol;
	return -1;
}

static void add_sockets(struct kamailio_config *config, const struct listen_address *address,
			const struct listen_attributes *attributes)
{
	const char *name = address->protocol;

	if (name && strcmp(name, "*") != 0) {
		int protocol = find_protocol(name);
		if (protocol < 0)
			estimate_uncertain(config->estimate, attributes->place,
					   "%s is not a protocol of kamailio", name);
		else
			add_socket(config, (enum kamailio_protocol)protocol, address, attributes);
		return;
	}
	/* new_sock2list() applies socket_workers to the first socket only */
	struct listen_attributes others = {.place = attributes->place};
	for (int protocol = 0; protocol < PROTOCOL_COUNT; protocol++)
		add_socket(config, (enum kamailio_protocol)protocol, address,
			   protocol == PROTOCOL_UDP ? attributes : &others);
}

/* socket_workers counts for the next socket, and for that alone. */
static uint64_t take_socket_workers(struct kamailio_config *config)
{
	int64_t workers = kamailio_setting(config, SETTING_SOCKET_WORKERS, 0);
	config->settings[SETTING_SOCKET_WORKERS].set = false;
	return workers > 0 ? (uint64_t)workers : 0;
}

/* new_sock_info() of core/socket_info.c; 5.8 and later open the socket in any case. */
static void read_advertised(struct kamailio_config *config)
{
	struct place_in_config place = config->lexer.token.place;
	struct listen_address address;

	if (address_read(&config->lexer, &address) && !ip_parse(address.host).known)
		estimate_warn(config->estimate, place,
			      "%s must resolve when kamailio starts: else, before 5.8, it opens no socket "
			      "here, and without any other it listens on every address",
			      address.host);
	address_clear(&address);
}

/* "advertise host:port", "name "x"", "virtual" behind an address. */
static void read_listen_options(struct kamailio_config *config)
{
	struct cfg_lexer *lexer = &config->lexer;

	for (;;) {
		if (lexer_accept_word(lexer, "advertise"))
			read_advertised(config);
		else if (lexer_accept_word(lexer, "name"))
			free(lexer_take_text(lexer));
		else if (!lexer_accept_word(lexer, "virtual"))
			return;
	}
}

/* listen = address [address …] [advertise …] [name …] [virtual] */
void kamailio_read_listen(void *data, const struct statement *statement)
{
	struct kamailio_config *config = data;
	struct cfg_lexer *lexer = &config->lexer;

	if (!lexer_accept(lexer, '='))
		return;
	do {
		struct listen_address address;
		if (!address_read(lexer, &address)) {
			estimate_uncertain(config->estimate, statement->place,
					   "an address to listen on is not known");
			return;
		}
		add_sockets(config, &address,
			    &(struct listen_attributes){.workers = take_socket_workers(config),
							.place = statement->place});
		address_clear(&address);
		read_listen_options(config);
	} while (address_follows(lexer));
}

/* A socket for each port of the range; socket_workers counts for the first. */
static void add_ports(struct kamailio_config *config, struct listen_address *address,
		      const struct listen_attributes *attributes)
{
	for (unsigned i = 0; i < address->ports && config->socket_count < SOCKETS_MAX; i++) {
		struct listen_attributes each = *attributes;
		uint64_t workers = take_socket_workers(config);
		each.workers = each.workers ? each.workers : workers;
		add_sockets(config, address, &each);
		address->port++;
	}
}

/* The manual and core/cfg.y of 5.7 to 6.1 have this word, but core/cfg.lex never returns it: Kamailio refuses
 * it. */
static void read_block_workers(struct kamailio_config *config, int64_t *workers)
{
	struct place_in_config place = config->lexer.token.place;

	lexer_advance(&config->lexer);
	if (statement_number(&config->lexer, config->estimate, "workers", workers))
		estimate_uncertain(config->estimate, place,
				   "kamailio 5.7 to 6.1 refuses to start with workers in a socket block: set "
				   "socket_workers before the block");
}

/* Skips attributes that do not affect the number of processes; an unknown one is newer than 6.1. */
static void read_block_attribute(struct kamailio_config *config)
{
	static const char *const known[] = {"name", "virtual", "vrf"};
	struct cfg_lexer *lexer = &config->lexer;
	struct place_in_config place = lexer->token.place;

	if (lexer->token.kind != TOKEN_WORD) {
		lexer_advance(lexer);
		return;
	}
	cleanup_free char *word = lexer_take_text(lexer);
	if (!lexer_at_character(lexer, '='))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (strcasecmp(known[i], word) == 0)
			return;
	estimate_uncertain_by(config->estimate, place, 0, ANY_NUMBER,
			      "%s of a socket is not known here: assumed to start no process", word);
}

/* socket = { bind = udp:127.0.0.1:5060; name = "a"; … }, from 5.7 on; agname and port ranges from 6.0 */
void kamailio_read_socket(void *data, const struct statement *statement)
{
	struct kamailio_config *config = data;
	struct cfg_lexer *lexer = &config->lexer;
	struct listen_address address = {0};
	cleanup_free char *group = NULL;
	int64_t workers = 0;
	bool bound = false;

	if (!lexer_accept(lexer, '='))
		return;
	struct place_in_config start = lexer->token.place;
	if (!lexer_accept(lexer, '{'))
		return;
	while (!lexer_accept(lexer, '}')) {
		if (lexer->token.kind == TOKEN_END) {
			statement_unclosed(config->estimate, start);
			break;
		}
		if (lexer_accept_word(lexer, "bind")) {
			address_clear(&address);
			bound = lexer_accept(lexer, '=') && address_read(lexer, &address);
		} else if (lexer_at_word(lexer, "workers")) {
			read_block_workers(config, &workers);
		} else if (lexer_accept_word(lexer, "advertise")) {
			if (lexer_accept(lexer, '='))
				read_advertised(config);
		} else if (lexer_accept_word(lexer, "agname")) {
			if (lexer_accept(lexer, '=')) {
				free(group);
				group = lexer_take_text(lexer);
			}
		} else {
			read_block_attribute(config);
		}
	}
	if (bound)
		add_ports(config, &address,
			  &(struct listen_attributes){.workers = workers > 0 ? (uint64_t)workers : 0,
						      .group = group,
						      .place = statement->place});
	else
		estimate_uncertain(config->estimate, statement->place, "a socket without a bind address");
	address_clear(&address);
}

/* -l address[/advertised], after the configuration: it adds, and does not replace. */
void kamailio_listen_options(struct kamailio_config *config, const struct router_command *command)
{
	for (size_t i = 0; i < command->option_count; i++) {
		const struct router_option *option = &command->options[i];
		struct listen_address address;
		if (option->letter != 'l' || !option->value)
			continue;
		const char *slash = strchrnul(option->value, '/');
		cleanup_free char *text = xstrndup(option->value, (size_t)(slash - option->value));
		if (address_parse(text, &address))
			add_sockets(config, &address,
				    &(struct listen_attributes){.workers = take_socket_workers(config)});
		else
			estimate_uncertain(config->estimate, (struct place_in_config){0},
					   "-l %s is not an address", option->value);
		address_clear(&address);
	}
}
