/* SPDX-License-Identifier: MIT */
#include "router/kamailio_config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "router/needs.h"
#include "router/statements.h"

#define ASYNC_GROUPS_MAX 256 /* keeps the search for duplicates fast for any file */

const char *kamailio_run_directory(const struct kamailio_config *config)
{
	return config->run_directory ? config->run_directory : "/run/kamailio"; /* RUN_DIR of packages */
}

int64_t kamailio_setting(const struct kamailio_config *config, enum kamailio_setting setting,
			 int64_t otherwise)
{
	return config->settings[setting].set ? config->settings[setting].number : otherwise;
}

static void set(struct kamailio_config *config, size_t setting, int64_t number, struct place_in_config place)
{
	config->settings[setting] = (struct setting_value){.set = true, .number = number, .place = place};
}

static void read_setting(void *data, const struct statement *statement)
{
	struct kamailio_config *config = data;
	int64_t number;
	if (statement_number(&config->lexer, config->estimate, statement->name, &number))
		set(config, statement->what, number, statement->place);
}

/* enable_x, kept as disable_x. */
static void read_inverted(void *data, const struct statement *statement)
{
	struct kamailio_config *config = data;
	int64_t number;
	if (statement_number(&config->lexer, config->estimate, statement->name, &number))
		set(config, statement->what, !number, statement->place);
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

static void read_async_workers(void *data, const struct statement *statement)
{
	struct kamailio_config *config = data;
	int64_t number;
	if (statement_number(&config->lexer, config->estimate, statement->name, &number))
		add_async_group(config, "default", number, statement->place);
}

/* async_workers_group = "name=reg;workers=4;nonblock=0;usleep=0" */
static void read_async_group(void *data, const struct statement *statement)
{
	struct kamailio_config *config = data;
	struct cfg_lexer *lexer = &config->lexer;
	if (!lexer_accept(lexer, '='))
		return;
	cleanup_free char *text = lexer_take_text(lexer);
	const char *start = text ? strcasestr(text, "name=") : NULL;
	if (!start) {
		estimate_uncertain(config->estimate, statement->place,
				   "a group of async workers without a name");
		return;
	}
	start += strlen("name=");
	cleanup_free char *name = xstrndup(start, strcspn(start, "; "));
	add_async_group(config, name, attribute_number(text, "workers", 0), statement->place);
}

/* register_module() in core/sr_module.c: the name is defined before the next token is read. */
static void load_module(struct kamailio_config *config, const char *path, struct place_in_config place)
{
	cleanup_free char *value = preprocessor_evaluate(&config->lexer.preprocessor, path, place);
	if (!value) {
		estimate_uncertain_by(config->estimate, place, 0, ANY_NUMBER,
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

/* loadmodule "tm.so"; from 5.7 on also loadmodule("tm.so") and loadmodule("tm.so", "g"). */
static void read_module(void *data, const struct statement *statement)
{
	struct kamailio_config *config = data;
	struct cfg_lexer *lexer = &config->lexer;
	lexer_accept(lexer, '(');
	if (lexer->token.kind != TOKEN_STRING)
		return; /* kamailio refuses it */
	load_module(config, lexer->token.text.data, statement->place);
	lexer_advance(lexer);
}

static void read_parameter(void *data, const struct statement *statement)
{
	struct kamailio_config *config = data;
	modules_read_parameter(&config->modules, &config->lexer, statement->what);
}

/* rundir = "/run/edge": cfg.y prefers it to -Y. */
static void read_run_directory(void *data, const struct statement *statement)
{
	struct kamailio_config *config = data;
	(void)statement;
	if (!lexer_accept(&config->lexer, '='))
		return;
	free(config->run_directory);
	config->run_directory = lexer_take_text(&config->lexer);
}

/* mpath = "DIRECTORY:DIRECTORY", also without '=': replaces the built-in directory, or is appended to the
 * directories of -L (cfg.y). */
static void read_module_directories(void *data, const struct statement *statement)
{
	struct kamailio_config *config = data;
	(void)statement;
	lexer_accept(&config->lexer, '=');
	cleanup_free char *added = lexer_take_text(&config->lexer);
	cleanup_free char *before = config->module_directories;
	config->module_directories = config->modules_by_command && added && before
					     ? xasprintf("%s:%s", before, added)
				     : added ? xstrdup(added)
					     : NULL;
}

/* With all their spellings (core/cfg.lex). */
static const struct statement_row statements[] = {
	{"listen", kamailio_read_listen, 0},
	{"socket", kamailio_read_socket, 0},
	{"async_workers", read_async_workers, 0},
	{"async_workers_group", read_async_group, 0},
	{"loadmodule", read_module, 0},
	{"loadmodulex", read_module, 0},
	{"modparam", read_parameter, false},
	{"modparamx", read_parameter, true},
	{"rundir", read_run_directory, 0},
	{"run_dir", read_run_directory, 0},
	{"mpath", read_module_directories, 0},
	{"loadpath", read_module_directories, 0},
	{"children", read_setting, SETTING_CHILDREN},
	{"tcp_children", read_setting, SETTING_TCP_CHILDREN},
	{"sctp_children", read_setting, SETTING_SCTP_CHILDREN},
	{"socket_workers", read_setting, SETTING_SOCKET_WORKERS},
	{"disable_tcp", read_setting, SETTING_DISABLE_TCP},
	{"disable_tls", read_setting, SETTING_DISABLE_TLS},
	{"tls_disable", read_setting, SETTING_DISABLE_TLS},
	{"enable_tls", read_inverted, SETTING_DISABLE_TLS},
	{"tls_enable", read_inverted, SETTING_DISABLE_TLS},
	{"disable_sctp", read_setting, SETTING_DISABLE_SCTP},
	{"enable_sctp", read_inverted, SETTING_DISABLE_SCTP},
	{"fork", read_setting, SETTING_FORK},
	{"tcp_max_connections", read_setting, SETTING_TCP_MAX_CONNECTIONS},
	{"tcp_main_threads", read_setting, SETTING_TCP_MAIN_THREADS},
	{"tls_max_connections", read_setting, SETTING_TLS_MAX_CONNECTIONS},
	{"shm", read_setting, SETTING_SHM_MIB},
	{"shm_mem", read_setting, SETTING_SHM_MIB},
	{"shm_mem_size", read_setting, SETTING_SHM_MIB},
	{"shm_force_alloc", read_setting, SETTING_SHM_FORCE_ALLOC},
	{"mlock_pages", read_setting, SETTING_MLOCK_PAGES},
	{"open_files_limit", read_setting, SETTING_OPEN_FILES},
	{"auto_bind_ipv6", read_setting, SETTING_BIND_IPV6},
	{"bind_ipv6_link_local", read_setting, SETTING_BIND_LINK_LOCAL},
	{"port", read_setting, SETTING_PORT},
	{"tls_port_no", read_setting, SETTING_TLS_PORT},
	{"udp_receiver_mode", read_setting, SETTING_UDP_RECEIVER},
	{"pv_buffer_size", read_setting, SETTING_PRINT_SIZE},
	{"pv_buffer_slots", read_setting, SETTING_PRINT_SLOTS},
	{"tcp_rd_buf_size", read_setting, SETTING_READ_BUFFER},
	{"tcp_conn_wq_max", read_setting, SETTING_WRITE_QUEUE},
	{"tcp_wq_max", read_setting, SETTING_WRITE_QUEUES},
};

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

/* The options that outrank the configuration. */
static void apply_late_options(struct kamailio_config *config, const struct router_command *command)
{
	static const struct {
		int letter;
		enum kamailio_setting setting;
	} flags[] = {{'T', SETTING_DISABLE_TCP}, {'S', SETTING_DISABLE_SCTP}};
	struct place_in_config nowhere = {0};

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (command_line_count(command, flags[i].letter))
			set(config, flags[i].setting, 1, nowhere);
	if (command->workers_udp >= 0)
		set(config, SETTING_CHILDREN, command->workers_udp, nowhere);
	if (command->workers_tcp >= 0)
		set(config, SETTING_TCP_CHILDREN, command->workers_tcp, nowhere);
	const char *sctp_workers = command_line_last(command, 'Q');
	if (sctp_workers)
		set(config, SETTING_SCTP_CHILDREN, strtol(sctp_workers, NULL, 10), nowhere);
	kamailio_listen_options(config, command);
}

int kamailio_config_read(struct kamailio_config *config, const struct router_command *command,
			 struct error *error)
{
	config->modules.estimate = config->estimate;
	config->modules.paths = command->paths;
	if (strcmp(command->config, "-") == 0)
		return error_set(error, 0, "the configuration comes from standard input");
	if (lexer_open(&config->lexer, DIALECT_PREPROCESSED, command, config->estimate, error) < 0)
		return -1;
	const char *module_directories = command_line_last(command, 'L');
	config->module_directories = module_directories ? xstrdup(module_directories) : NULL;
	config->modules_by_command = module_directories != NULL;
	apply_early_options(config, command);
	const char *run_directory = command_line_last(command, 'Y');
	config->run_directory = run_directory ? xstrdup(run_directory) : NULL;
	statements_read(&config->lexer, statements, ARRAY_SIZE(statements), config->estimate, config);
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
