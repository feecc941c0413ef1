/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_KAMAILIO_CONFIG_H
#define SIPLAUNCH_ROUTER_KAMAILIO_CONFIG_H
/*
 * What Kamailio's configuration says about processes and memory: kamailio_config.c and
 * kamailio_listen.c read it, kamailio_sockets.c finds the sockets, kamailio_estimate.c counts. Private to
 * this room.
 */
#include "router/address.h"
#include "router/kamailio.h"
#include "router/modules.h"

struct statement;

enum kamailio_setting {
	SETTING_CHILDREN,
	SETTING_TCP_CHILDREN,
	SETTING_SCTP_CHILDREN,
	SETTING_SOCKET_WORKERS,
	SETTING_DISABLE_TCP,
	SETTING_DISABLE_TLS,
	SETTING_DISABLE_SCTP,
	SETTING_FORK,
	SETTING_TCP_MAX_CONNECTIONS,
	SETTING_TLS_MAX_CONNECTIONS,
	SETTING_SHM_MIB,
	SETTING_SHM_FORCE_ALLOC,
	SETTING_MLOCK_PAGES,
	SETTING_OPEN_FILES,
	SETTING_BIND_IPV6,
	SETTING_BIND_LINK_LOCAL,
	SETTING_PORT,
	SETTING_TLS_PORT,
	SETTING_UDP_RECEIVER,
	SETTING_PRINT_SIZE,
	SETTING_PRINT_SLOTS,
	SETTING_READ_BUFFER,
	SETTING_WRITE_QUEUE,
	SETTING_WRITE_QUEUES,
	SETTING_TCP_MAIN_THREADS,
	SETTING_COUNT,
};

struct setting_value {
	bool set;
	int64_t number;
	struct place_in_config place;
};

/* In the order of Kamailio's proto numbers; a socket without a protocol opens one of each (next_proto()). */
enum kamailio_protocol { PROTOCOL_UDP, PROTOCOL_TCP, PROTOCOL_TLS, PROTOCOL_SCTP, PROTOCOL_COUNT };

struct kamailio_socket {
	enum kamailio_protocol protocol;
	char *host;
	enum host_kind kind;
	struct ip ip;
	unsigned port;
	uint64_t workers; /* its own; 0: the global number */
	char *group;      /* agname, of 6.0 and later; NULL */
	unsigned hosts;   /* how many sockets it represents */
	bool assumed;     /* `hosts` is a guess */
	struct place_in_config place;
};

struct async_group {
	char *name;
	uint64_t workers;
	struct place_in_config place;
};

struct kamailio_config {
	struct estimate *estimate;
	struct cfg_lexer lexer;
	struct setting_value settings[SETTING_COUNT];
	struct kamailio_socket *sockets;
	size_t socket_count;
	struct async_group *async_groups;
	size_t async_group_count;
	struct module_set modules;
	char *module_directories; /* mpath, -L, colon separated; NULL: the built-in one */
	bool modules_by_command;  /* -L was given: mpath adds to it, and does not replace it */
	char *run_directory;      /* rundir, or -Y; NULL: the default */
};

/* Reads the file, and applies the command line. 0, or -1 with the reason if the file cannot be read at all.
 * kamailio_config_clear() in both cases. */
int kamailio_config_read(struct kamailio_config *config, const struct router_command *command,
			 struct error *error);
void kamailio_config_clear(struct kamailio_config *config);

/* A setting, or `otherwise` where the configuration has none. */
int64_t kamailio_setting(const struct kamailio_config *config, enum kamailio_setting setting,
			 int64_t otherwise);

void kamailio_socket_clear(struct kamailio_socket *socket);

/* Whether Kamailio opens sockets of that protocol with this configuration. */
bool kamailio_speaks(const struct kamailio_config *config, enum kamailio_protocol protocol);

/* kamailio_listen.c: the readers of listen = … and socket = { … }, and what -l adds to them afterwards.
 */
void kamailio_read_listen(void *config, const struct statement *statement);
void kamailio_read_socket(void *config, const struct statement *statement);
void kamailio_listen_options(struct kamailio_config *config, const struct router_command *command);

/* kamailio_sockets.c: replaces the configured sockets by those that Kamailio opens. */
void kamailio_sockets_resolve(struct kamailio_config *config, struct network *network);

/* kamailio_modules.c: how many processes each module starts. */
extern const struct module_table kamailio_modules;

/* kamailio_pools.c: fills estimate->shared and private_pool with what a start allocates. Call it after the
 * processes were counted. */
void kamailio_pools(const struct kamailio_config *config, const struct router_command *command,
		    struct estimate *estimate);

/* kamailio_management.c: adds its management interfaces to the estimate. */
void kamailio_management(const struct kamailio_config *config);

/* The directory of its sockets: rundir, -Y, else the default of distributions' packages. Borrowed. */
const char *kamailio_run_directory(const struct kamailio_config *config);

const char *kamailio_protocol_name(enum kamailio_protocol protocol);

#endif
