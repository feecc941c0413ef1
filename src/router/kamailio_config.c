/* SPDX-License-Identifier: MIT */
#include "router/kamailio_config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "router/needs.h"

/* Keeps the search for duplicates cheap whatever a file holds. */
#define SOCKETS_MAX      2048
#define ASYNC_GROUPS_MAX 256

const char *kamailio_protocol_name(enum kamailio_protocol protocol)
{
	static const char *const names[] = {"udp", "tcp", "tls", "sctp"};
	return names[protocol];
}

const char *kamailio_run_directory(const struct kamailio_config *config)
{
	return config->run_directory ? config->run_directory : "/run/kamailio"; /* RUN_DIR of packages */
}

int64_t kamailio_setting(const struct kamailio_config *config, enum kamailio_setting setting,
			 int64_t otherwise)
{
	return config->settings[setting].set ? config->settings[setting].number : otherwise;
}

/* The global settings that matter here, with all their spellings (core/cfg.lex). */
static const struct {
	const char *name;
	enum kamailio_setting setting;
	bool inverted; /* enable_x, kept as disable_x */
} numbers[] = {
	{"children", SETTING_CHILDREN, false},
	{"tcp_children", SETTING_TCP_CHILDREN, false},
	{"sctp_children", SETTING_SCTP_CHILDREN, false},
	{"socket_workers", SETTING_SOCKET_WORKERS, false},
	{"disable_tcp", SETTING_DISABLE_TCP, false},
	{"disable_tls", SETTING_DISABLE_TLS, false},
	{"tls_disable", SETTING_DISABLE_TLS, false},
	{"enable_tls", SETTING_DISABLE_TLS, true},
	{"tls_enable", SETTING_DISABLE_TLS, true},
	{"disable_sctp", SETTING_DISABLE_SCTP, false},
	{"enable_sctp", SETTING_DISABLE_SCTP, true},
	{"fork", SETTING_FORK, false},
	{"tcp_max_connections", SETTING_TCP_MAX_CONNECTIONS, false},
	{"tcp_main_threads", SETTING_TCP_MAIN_THREADS, false},
	{"tls_max_connections", SETTING_TLS_MAX_CONNECTIONS, false},
	{"shm", SETTING_SHM_MIB, false},
	{"shm_mem", SETTING_SHM_MIB, false},
	{"shm_mem_size", SETTING_SHM_MIB, false},
	{"shm_force_alloc", SETTING_SHM_FORCE_ALLOC, false},
	{"mlock_pages", SETTING_MLOCK_PAGES, false},
	{"open_files_limit", SETTING_OPEN_FILES, false},
	{"auto_bind_ipv6", SETTING_BIND_IPV6, false},
	{"bind_ipv6_link_local", SETTING_BIND_LINK_LOCAL, false},
	{"port", SETTING_PORT, false},
	{"tls_port_no", SETTING_TLS_PORT, false},
	{"udp_receiver_mode", SETTING_UDP_RECEIVER, false},
	{"pv_buffer_size", SETTING_PRINT_SIZE, false},
	{"pv_buffer_slots", SETTING_PRINT_SLOTS, false},
	{"tcp_rd_buf_size", SETTING_READ_BUFFER, false},
	{"tcp_conn_wq_max", SETTING_WRITE_QUEUE, false},
	{"tcp_wq_max", SETTING_WRITE_QUEUES, false},
};

/* Reads the number of "name = number"; what it cannot tell is a doubt. */
static bool read_number(struct kamailio_config *config, const char *name, int64_t *number)
{
	struct cfg_lexer *lexer = &config->lexer;
	if (!lexer_accept(lexer, '='))
		return false; /* not an assignment, so not the setting */
	if (lexer_take_number(lexer, number))
		return true;
	estimate_doubt(config->estimate, lexer->token.place, "the value of %s cannot be told", name);
	return false;
}

static bool read_setting(struct kamailio_config *config, const char *name, struct place_in_config place)
{
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		if (strcmp(numbers[i].name, name) != 0)
			continue;
		int64_t number;
		if (read_number(config, name, &number))
			config->settings[numbers[i].setting] =
				(struct setting_value){.set = true,
						       .number = numbers[i].inverted ? !number : number,
						       .place = place};
		return true;
	}
	return false;
}

static bool same_socket(const struct kamailio_socket *socket, enum kamailio_protocol protocol,
			const struct listen_address *address)
{
	return socket->protocol == protocol && socket->port == address->port &&
	       strcasecmp(socket->host, address->host) == 0;
}

/* What a socket may have of its own. */
struct listen_attributes {
	uint64_t workers;  /* 0: the global number */
	const char *group; /* agname; NULL */
	struct place_in_config place;
};

/* One socket; a second one of the same address and port is dropped, as fix_socket_list() does. */
static void add_socket(struct kamailio_config *config, enum kamailio_protocol protocol,
		       const struct listen_address *address, const struct listen_attributes *attributes)
{
	for (size_t i = 0; i < config->socket_count; i++)
		if (same_socket(&config->sockets[i], protocol, address))
			return;
	if (config->socket_count >= SOCKETS_MAX) {
		estimate_doubt(config->estimate, attributes->place, "too many sockets: the rest is left out");
		return;
	}
	struct kamailio_socket *socket = ARRAY_ADD(config->sockets, config->socket_count);
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
			estimate_doubt(config->estimate, attributes->place, "%s is no protocol of kamailio's",
				       name);
		else
			add_socket(config, (enum kamailio_protocol)protocol, address, attributes);
		return;
	}
	/* new_sock2list() hands socket_workers to the first socket only */
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

/* "advertise host:port", "name "x"", "virtual" behind an address. */
static void skip_listen_options(struct cfg_lexer *lexer)
{
	for (;;) {
		if (lexer_accept_word(lexer, "advertise")) {
			struct listen_address address;
			address_read(lexer, &address);
			address_clear(&address);
		} else if (lexer_accept_word(lexer, "name")) {
			free(lexer_take_text(lexer));
		} else if (!lexer_accept_word(lexer, "virtual")) {
			return;
		}
	}
}

/* listen = address [address …] [advertise …] [name …] [virtual] */
static void read_listen(struct kamailio_config *config, struct place_in_config place)
{
	struct cfg_lexer *lexer = &config->lexer;

	if (!lexer_accept(lexer, '='))
		return;
	do {
		struct listen_address address;
		if (!address_read(lexer, &address)) {
			estimate_doubt(config->estimate, place, "an address to listen on cannot be told");
			return;
		}
		add_sockets(
			config, &address,
			&(struct listen_attributes){.workers = take_socket_workers(config), .place = place});
		address_clear(&address);
		skip_listen_options(lexer);
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

/* The manual has the word, and core/cfg.y of 5.7 to 6.1 too, but core/cfg.lex never returns it. */
static void read_block_workers(struct kamailio_config *config, int64_t *workers)
{
	struct place_in_config place = config->lexer.token.place;

	lexer_advance(&config->lexer);
	if (read_number(config, "workers", workers))
		estimate_doubt(config->estimate, place,
			       "kamailio 5.7 to 6.1 refuses to start with workers in a socket block: set "
			       "socket_workers before the block");
}

/* Those that do not count are passed over; another one is newer than 6.1. */
static void read_block_attribute(struct kamailio_config *config)
{
	static const char *const known[] = {"name", "advertise", "virtual"};
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
	estimate_doubt_by(config->estimate, place, 0, ANY_NUMBER,
			  "%s of a socket is not known here: taken as starting no process", word);
}

/* socket = { bind = udp:127.0.0.1:5060; name = "a"; … }, from 5.7 on; agname and port ranges from 6.0 */
static void read_socket_block(struct kamailio_config *config, struct place_in_config place)
{
	struct cfg_lexer *lexer = &config->lexer;
	struct listen_address address = {0};
	cleanup_free char *group = NULL;
	int64_t workers = 0;
	bool bound = false;

	if (!lexer_accept(lexer, '=') || !lexer_accept(lexer, '{'))
		return;
	while (lexer->token.kind != TOKEN_END && !lexer_accept(lexer, '}')) {
		if (lexer_accept_word(lexer, "bind")) {
			address_clear(&address);
			bound = lexer_accept(lexer, '=') && address_read(lexer, &address);
		} else if (lexer_at_word(lexer, "workers")) {
			read_block_workers(config, &workers);
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
						      .place = place});
	else
		estimate_doubt(config->estimate, place, "a socket without a bind address");
	address_clear(&address);
}

/* The first group is always "default"; setting it again is ignored (async_task_set_workers). */
static void add_async_group(struct kamailio_config *config, const char *name, int64_t workers,
			    struct place_in_config place)
{
	if (workers <= 0 || config->async_group_count >= ASYNC_GROUPS_MAX)
		return;
	if (config->async_group_count == 0 && strcmp(name, "default") != 0)
		add_async_group(config, "default", 1, place);
	if (config->async_group_count && strcmp(name, "default") == 0)
		return;
	struct async_group *group = ARRAY_ADD(config->async_groups, config->async_group_count);
	*group = (struct async_group){.name = xstrdup(name), .workers = (uint64_t)workers, .place = place};
}

static void read_async_workers(struct kamailio_config *config, const char *name, struct place_in_config place)
{
	int64_t number;
	if (read_number(config, name, &number))
		add_async_group(config, "default", number, place);
}

/* async_workers_group = "name=reg;workers=4;nonblock=0;usleep=0" */
static void read_async_group(struct kamailio_config *config, struct place_in_config place)
{
	struct cfg_lexer *lexer = &config->lexer;
	if (!lexer_accept(lexer, '='))
		return;
	cleanup_free char *text = lexer_take_text(lexer);
	const char *start = text ? strcasestr(text, "name=") : NULL;
	if (!start) {
		estimate_doubt(config->estimate, place, "a group of async workers without a name");
		return;
	}
	start += strlen("name=");
	cleanup_free char *name = xstrndup(start, strcspn(start, "; "));
	add_async_group(config, name, attribute_number(text, "workers", 0), place);
}

/* register_module() in core/sr_module.c: the name is defined before the next token is looked at. */
static void load_module(struct kamailio_config *config, const char *path, struct place_in_config place)
{
	cleanup_free char *value = preprocessor_evaluate(&config->lexer.preprocessor, path, place);
	if (!value) {
		estimate_doubt_by(config->estimate, place, 0, ANY_NUMBER,
				  "which module is loaded is computed at start: %s", path);
		return;
	}
	const char *module = modules_load(&config->modules, value, place);
	if (!module)
		return;
	needs_module(config->estimate, value, config->module_directories, place);
	cleanup_free char *define = xasprintf("MOD_%s", module);
	preprocessor_define(&config->lexer.preprocessor, DEFINE_TRY, define, "", place);
}

static void read_module(struct kamailio_config *config, struct place_in_config place)
{
	struct cfg_lexer *lexer = &config->lexer;
	if (lexer->token.kind != TOKEN_STRING)
		return; /* kamailio will refuse it */
	load_module(config, lexer->token.text.data, place);
	lexer_advance(lexer);
}

/* rundir = "/run/edge": cfg.y takes it over what -Y said. */
static void read_run_directory(struct kamailio_config *config)
{
	if (!lexer_accept(&config->lexer, '='))
		return;
	free(config->run_directory);
	config->run_directory = lexer_take_text(&config->lexer);
}

/* mpath = "DIRECTORY:DIRECTORY": instead of the built-in one, behind those of -L (cfg.y). */
static void read_module_directories(struct kamailio_config *config)
{
	if (!lexer_accept(&config->lexer, '='))
		return;
	cleanup_free char *added = lexer_take_text(&config->lexer);
	cleanup_free char *before = config->module_directories;
	config->module_directories = config->modules_by_command && added && before
					     ? xasprintf("%s:%s", before, added)
				     : added ? xstrdup(added)
					     : NULL;
}

static void read_statement(void *data)
{
	struct kamailio_config *config = data;
	struct cfg_lexer *lexer = &config->lexer;
	struct place_in_config place = lexer->token.place;
	cleanup_free char *name = lexer_take_text(lexer);

	if (read_setting(config, name, place))
		return;
	if (strcmp(name, "listen") == 0)
		read_listen(config, place);
	else if (strcmp(name, "socket") == 0)
		read_socket_block(config, place);
	else if (strcmp(name, "async_workers_group") == 0)
		read_async_group(config, place);
	else if (strcmp(name, "async_workers") == 0)
		read_async_workers(config, name, place);
	else if (strcmp(name, "loadmodule") == 0 || strcmp(name, "loadmodulex") == 0)
		read_module(config, place);
	else if (strcmp(name, "modparam") == 0 || strcmp(name, "modparamx") == 0)
		modules_read_parameter(&config->modules, lexer, strcmp(name, "modparamx") == 0);
	else if (strcmp(name, "rundir") == 0 || strcmp(name, "run_dir") == 0)
		read_run_directory(config);
	else if (strcmp(name, "mpath") == 0 || strcmp(name, "loadpath") == 0)
		read_module_directories(config);
	else if (names_processes(name) && lexer_at_character(lexer, '='))
		estimate_doubt_by(config->estimate, place, 0, ANY_NUMBER,
				  "the setting %s is not known here: taken as starting no process", name);
}

/* -A NAME[=VALUE] */
static void define_from_command(struct preprocessor *preprocessor, const char *text)
{
	const char *equals = strchrnul(text, '=');
	cleanup_free char *name = xstrndup(text, (size_t)(equals - text));
	preprocessor_define(preprocessor, DEFINE_ONCE, name, *equals ? equals + 1 : "",
			    (struct place_in_config){0});
}

/* What main.c does with the command line before it reads the configuration. */
static void apply_early_options(struct kamailio_config *config, const struct router_command *command)
{
	struct preprocessor *preprocessor = &config->lexer.preprocessor;
	struct place_in_config nowhere = {0};

	for (size_t i = 0; i < command->option_count; i++) {
		const struct router_option *option = &command->options[i];
		if (!option->value)
			continue;
		if (option->letter == 'A')
			define_from_command(preprocessor, option->value);
		else if (option->letter == KAMAILIO_SUBST)
			preprocessor_substitution(preprocessor, option->value, false, false, nowhere);
		else if (option->letter == KAMAILIO_SUBSTDEF || option->letter == KAMAILIO_SUBSTDEFS)
			preprocessor_substitution(preprocessor, option->value, true,
						  option->letter == KAMAILIO_SUBSTDEFS, nowhere);
		else if (option->letter == KAMAILIO_LOADMODULE)
			load_module(config, option->value, nowhere);
		else if (option->letter == KAMAILIO_MODPARAM)
			modules_parse_parameter(&config->modules, option->value);
	}
}

/* -l address[/advertised], after the configuration: it adds, and does not replace. */
static void apply_listen_options(struct kamailio_config *config, const struct router_command *command)
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
			estimate_doubt(config->estimate, (struct place_in_config){0},
				       "-l %s is not an address", option->value);
		address_clear(&address);
	}
}

/* The options that outrank the configuration. */
static void apply_late_options(struct kamailio_config *config, const struct router_command *command)
{
	static const struct {
		int letter;
		enum kamailio_setting setting;
	} flags[] = {{'T', SETTING_DISABLE_TCP}, {'S', SETTING_DISABLE_SCTP}};

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (command_line_count(command, flags[i].letter))
			config->settings[flags[i].setting] = (struct setting_value){.set = true, .number = 1};
	if (command->workers_udp >= 0)
		config->settings[SETTING_CHILDREN] =
			(struct setting_value){.set = true, .number = command->workers_udp};
	if (command->workers_tcp >= 0)
		config->settings[SETTING_TCP_CHILDREN] =
			(struct setting_value){.set = true, .number = command->workers_tcp};
	const char *sctp_workers = command_line_last(command, 'Q');
	if (sctp_workers)
		config->settings[SETTING_SCTP_CHILDREN] =
			(struct setting_value){.set = true, .number = strtol(sctp_workers, NULL, 10)};
	apply_listen_options(config, command);
}

int kamailio_config_read(struct kamailio_config *config, const struct router_command *command,
			 struct error *error)
{
	config->modules.estimate = config->estimate;
	config->modules.paths = command->paths;
	if (strcmp(command->config, "-") == 0)
		return error_set(error, 0, "the configuration comes from standard input");
	if (lexer_open(&config->lexer, DIALECT_KAMAILIO, command, config->estimate, error) < 0)
		return -1;
	const char *module_directories = command_line_last(command, 'L');
	config->module_directories = module_directories ? xstrdup(module_directories) : NULL;
	config->modules_by_command = module_directories != NULL;
	apply_early_options(config, command);
	const char *run_directory = command_line_last(command, 'Y');
	config->run_directory = run_directory ? xstrdup(run_directory) : NULL;
	lexer_statements(&config->lexer, read_statement, config);
	preprocessor_finish(&config->lexer.preprocessor);
	apply_late_options(config, command);
	return 0;
}

void kamailio_socket_clear(struct kamailio_socket *socket)
{
	free(socket->host);
	free(socket->group);
	*socket = (struct kamailio_socket){0};
}

void kamailio_config_clear(struct kamailio_config *config)
{
	for (size_t i = 0; i < config->socket_count; i++)
		kamailio_socket_clear(&config->sockets[i]);
	for (size_t i = 0; i < config->async_group_count; i++)
		free(config->async_groups[i].name);
	free(config->sockets);
	free(config->async_groups);
	free(config->run_directory);
	free(config->module_directories);
	modules_clear(&config->modules);
	lexer_clear(&config->lexer);
}
