/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_ROUTER_H
#define SIPLAUNCH_ROUTER_ROUTER_H
/*
 * The routers: their arguments, their quirks, and how many processes their configuration starts. One file and
 * one row for each router. Reads configuration files; knows nothing of the kernel or of cgroups.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct costs;
struct error;
struct network;
struct router;
struct router_build;
struct build_source;

/* One option as the router's getopt sees it. */
struct router_option {
	int letter;        /* 'm'; for a long option without a letter its row in the router's table */
	int index;         /* argv index of its argument */
	const char *value; /* points into argv; NULL for one that takes none, and where it is missing */
};

/* How siplaunch resolves the paths of a running router (router/paths.h). Not owned. */
struct router_paths {
	const char *root; /* its root directory as siplaunch reaches it, "/proc/PID/root"; NULL: siplaunch's
			     own */
	const char *directory; /* its working directory, inside its root; NULL: siplaunch's own */
};

/* How -m and -M reach the router. */
enum router_reach {
	REACH_DIRECT,      /* the command is the router's own, perhaps behind wrappers */
	REACH_PASSED_ON,   /* a script gets them, and must pass its arguments on */
	REACH_ENVIRONMENT, /* not as arguments: the program that starts the router reads them from its
			      environment */
};

/* The protocol of statistics queries to a running router (stats/ask.h). */
enum management_protocol {
	PROTOCOL_NONE, /* it has no statistics queries */
	PROTOCOL_MI,   /* OpenSIPS' MI: JSON-RPC whose ids are texts, a header line over FIFOs */
	PROTOCOL_RPC,  /* Kamailio's: JSON-RPC whose ids are numbers, and binrpc by ctl */
};

/* In an answer of jsonrpcs a private pool takes up to 260 bytes. A UDP datagram holds 65,507 bytes; a UNIX
 * one may be as large as net.core.wmem_default, usually 212,992. With more processes siplaunch queries each
 * of them separately. */
#define RPC_UDP_PROCESSES  200
#define RPC_UNIX_PROCESSES 750

/* The user's command line, parsed. */
struct router_command {
	size_t start; /* argv index of the router's own word, or of what starts it; the indices below are
			 relative to it */
	enum router_reach reach;
	struct router_paths paths; /* of a running router: set by the caller of read_command */
	int shm_index,
		pkg_index; /* argv index in which -m / -M stands (for "-m 512" the option's); 0: not given */
	uint64_t shm_mib, pkg_mib; /* their values; 0 when not given */
	const char *config;        /* -f's argument, or the router's default path */
	bool config_given;
	struct router_build *build; /* what the program was built with; not owned; NULL: not known */
	const char *allocator;      /* of the shared pool, as the option names it; NULL when not given */
	const char *user, *group;   /* -u, -g; NULL when not given */
	int workers_udp,
		workers_tcp; /* Kamailio -n / -N, OpenSIPS -n / -N where they exist; -1 when not given */
	bool no_fork;        /* Kamailio -D: it forks its timers only */
	bool foreground;     /* it stays in the foreground: OpenSIPS -F, Kamailio -DD … */
	bool only_checks;    /* -c, -V, -h, …: it prints and exits; no processes */
	struct router_option *options; /* everything that was found, in order; the array is owned */
	size_t option_count;
};

/* How many processes a configuration starts. */
struct estimate_line {
	char *file;
	unsigned line;
	unsigned processes; /* what this line adds */
	char *why;          /* "udp socket 127.0.0.1:5060: 8 workers" */
};

/* Something without which the router does not start. */
enum need_kind {
	NEED_CONFIG,            /* the configuration: read */
	NEED_INCLUDE,           /* a file that it includes: read */
	NEED_MODULE,            /* a module's file: read */
	NEED_PORT,              /* a port below 1024: bound */
	NEED_PID_FILE,          /* -P: written */
	NEED_RUNTIME_DIRECTORY, /* must exist, or the router creates it */
};
struct router_need {
	enum need_kind kind;
	char *name;   /* MODULE, PORT: "tm.so", "udp:10.0.0.1:80"; else NULL */
	char **paths; /* one of them is enough; none for a PORT */
	size_t path_count;
	unsigned port;
	char *origin; /* "/etc/kamailio/kamailio.cfg:12"; NULL: the command line or the router itself */
	bool certain; /* all text before it could be read: without it the start fails for certain */
	/* what mechanism/router.h found here */
	enum { NEED_UNSEEN, NEED_MET, NEED_UNMET, NEED_UNKNOWN } state;
	int errnum;          /* UNMET, UNKNOWN */
	const char *refused; /* UNMET, UNKNOWN: the path that errnum is about; one of `paths` */
};

/* An address that the router listens on. */
struct estimate_socket {
	const char *transport; /* "udp", "tcp" or "sctp", as ports are published; static */
	char *host;            /* as it is written: "0.0.0.0", "[::1]", "eth0", "*" */
	unsigned port, ports;  /* the first, and how many; 0: not known */
	char *file;            /* NULL: the command line */
	unsigned line;
};

/* What a start allocates in one of the pools. */
struct pool_part {
	char *what; /* "tm", "tables of 300046 descriptors" */
	char *file; /* NULL: the command line or the router itself */
	unsigned line;
	uint64_t bytes;
};
struct router_pool {
	struct pool_part *parts; /* the largest first; none: not known */
	size_t part_count;
	char *text;             /* "tm 2.0 MiB, core 0.6 MiB, 2 more"; NULL: not known */
	uint64_t certain_bytes; /* used in every version and with any routes */
	uint64_t usual_bytes;   /* all parts */
	uint64_t min_bytes;     /* the start surely fails in a smaller one; 0: not known */
	uint64_t needed_bytes;  /* enough for the start and the first requests; 0: not known */
};

/* A file that is mapped as a second shared pool (OpenSIPS' restart persistency). */
struct second_pool {
	bool used;
	uint64_t mib; /* 0: as large as the shared pool */
	char *path;   /* a relative path starts from the router's working directory */
	bool on_disk; /* the kernel can write its pages back, so the limit need not hold them; set by the
			 caller of `estimate` */
	struct {
		char *file;
		unsigned line;
	} origin;
};

struct estimate {
	uint64_t processes;
	uint64_t workers;         /* of these, those that receive SIP messages; 0: not known */
	uint64_t threads;         /* OpenSIPS' tcp_threads; 0: not set */
	uint64_t extra_threads;   /* beside the first of each process: pids.max counts them */
	unsigned threads_per_cpu; /* at most so many more for each online CPU, in versions that have such
				     threads */
	uint64_t per_address;     /* processes for each address that is only assumed; 0: none is assumed */
	bool exact;               /* false: some of it could not be decided; `warnings` say what */
	uint64_t fewer, more; /* how far the true number may be below and above; `more` UINT64_MAX: no bound
				 is known. If exact, `fewer` is the number that starts under load only */
	bool from_config;     /* false: the documented default */
	char *unread;         /* why the default is used: "open /etc/k.cfg: …"; else NULL */
	char *idle_protocol;  /* "FILE:LINE: proto_tls is loaded, and no socket has its protocol"; NULL: every
				 loaded protocol has a socket */
	uint64_t tcp_connections; /* the configuration's maximum (tcp_max_connections); 0 where TCP is off */
	bool tls;                 /* some socket speaks TLS: any of its connections may */
	enum {
		CONNECTIONS_IN_POOL,       /* their requests and TLS states are in the shared pool */
		CONNECTIONS_IN_HEAP,       /* in the libc heap of the TCP main process */
		CONNECTIONS_TLS_IN_HEAP,   /* the TLS states alone (Kamailio 6.1 with tcp_main_threads) */
		CONNECTIONS_MAYBE_IN_HEAP, /* the version is not known, and decides */
	} connections_in;                  /* the estimate's, or set by router_build_connections() */
	uint64_t open_files_limit;         /* OpenSIPS open_files_limit; 0 when not set */
	uint64_t cfg_shm_mib, cfg_pkg_mib; /* Kamailio shm_mem_size …; 0 when not set */
	bool shm_force_alloc;
	bool shared_touched; /* mlock_pages or shm_force_alloc */
	struct router_pool shared, private_pool;
	struct second_pool second;
	uint64_t read_buffer_bytes;  /* of each TCP connection, in the shared pool (tcp_rd_buf_size); 0: the
					default */
	uint64_t write_queue_bytes;  /* max of each TCP connection, if the configuration sets it; else 0 */
	uint64_t write_queues_bytes; /* max of all connections, if the configuration sets it; else 0 */
	struct estimate_line *lines;
	size_t line_count;
	char **warnings;
	size_t warning_count;
	bool foreground; /* the configuration keeps the router in the foreground: OpenSIPS' debug_mode,
			    Kamailio's fork=no */
	bool gaps; /* some text of the configuration could not be read, or depends on facts that are not known
		    */
	struct router_need *needs; /* in the order of the configuration */
	char *needs_unasked; /* why they could not be checked as the router's user: the call and its errno;
				may be NULL */
	size_t need_count;
	/* its management interfaces, the best first, in the form of --mi (stats/management.h) */
	char **management;
	size_t management_count;
	/* names of the module groups for which it counts memory separately, if it is built for that */
	char **memory_groups;
	size_t memory_group_count;
	struct estimate_socket *sockets; /* with from_config, none: it listens on all addresses */
	size_t socket_count;
	char **files; /* the configuration and its includes, in the order in which they were opened */
	size_t file_count;
	/* paths that its modules' parameters name, as they are written: "/etc/kamailio/tls.cfg"; a relative
	 * one may also be another word with a dot */
	struct named_path {
		char *path;
		char *file; /* NULL: the command line */
		unsigned line;
	} * named;
	size_t named_count;
	char *run_directory; /* Kamailio's rundir or -Y; NULL: the default */
};

/* An environment variable with which the router's official image or its systemd service sets a pool's
 * size. */
struct size_variable {
	const char *name;
	char option;        /* 'm' or 'M' */
	uint64_t usual_mib; /* its default there */
};

struct router {
	const char *name;
	const char *const *aliases; /* base names that are recognised; NULL-terminated */
	const struct costs *costs;  /* of its memory, measured (sizing/sizing.h) */
	bool sizes_by_arguments;    /* false: generic; nothing is added to the arguments */
	bool counted;               /* siplaunch sizes nothing, but counts processes and threads */
	uint64_t shm_default_mib, pkg_default_mib;                   /* without -m and -M */
	uint64_t shm_min_mib, shm_max_mib, pkg_min_mib, pkg_max_mib; /* bounds of -m and -M */
	/* ends with one without a name; NULL: none */
	const struct size_variable *size_variables;
	uint64_t shm_avoid_mib;     /* a value that the router does not honour (Kamailio: 64); 0: none */
	uint64_t processes_default; /* if the configuration cannot be read */
	uint64_t shm_start_default, pkg_start_default; /* what a start with the usual modules then allocates,
							  in bytes; 0: not known */
	uint64_t connections_default;
	unsigned heap_since_major; /* from this major version on it keeps connections in the libc heap; 0: in
				      no version */
	unsigned refuses_idle_protocols_since; /* from this major version on it does not start if a protocol's
						module is loaded, and no socket has that protocol; 0: in no
						version */
	uint64_t reactor_bytes_per_file; /* of the private pool, for each descriptor that it may open; 0: none
					  */
	bool dies_of_orphans;            /* it exits when any child process exits, even an adopted orphan */
	const char *config_default;      /* the usual one; a build may have another (router/build.h) */
	const struct build_source *build_sources; /* how to learn it; ends with a NULL `before`; NULL: none */
	const char *foreground_hint;              /* the options that keep it in the foreground */
	enum management_protocol protocol;
	bool has_ctl;                /* it answers queries over a stream of binrpc */
	bool counts_when_asked;      /* for memory by module it walks its shared pool under the pool's lock */
	const char *management_hint; /* what to add to the configuration for statistics queries; NULL with
					PROTOCOL_NONE */
	const char *nofile_hazard;   /* what it does with a very high RLIMIT_NOFILE; NULL: nothing */
	/* 0, or -1 with the reason: one of the router's options is invalid ("-m abc"). */
	int (*read_command)(const struct router *, char *const *argv, struct router_command *,
			    struct error *);
	/* Never fails: if the configuration cannot be read, it warns and uses the router's defaults. */
	/* `network` is the router's; it is read only if the result depends on it. NULL: not known. */
	void (*estimate)(const struct router *, const struct router_command *, struct network *network,
			 struct estimate *);
};

extern const struct router *const routers[]; /* NULL-terminated; generic last */

/* By a profile's router ("kamailio"); "auto" or NULL: by the base name of `command`. Generic if unknown,
 * never NULL. */
const struct router *router_find(const char *name, const char *command);
/* The same for a whole command, which may begin with wrappers (router/wrapper.h). */
const struct router *router_of(const char *name, char *const *argv);

/* Calls router->read_command() for the part of `argv` behind its wrappers. 0, or -1 with the reason.
 * router_command_clear() afterwards. */
int router_read_command(const struct router *router, char *const *argv, struct router_command *command,
			struct error *error);

void router_command_clear(struct router_command *command);
void estimate_clear(struct estimate *estimate);

/* The min and the max number of processes that the router may start; UINT64_MAX: no upper bound is known.
 */
uint64_t estimate_from(const struct estimate *estimate);
uint64_t estimate_to(const struct estimate *estimate);

/*
 * A copy of the command with -m and -M (MiB) after the router's own word. Adds no option that the command has
 * already, and none for a size of 0. A NULL-terminated array; argv_free() frees it.
 */
char **router_arguments(const struct router *router, const struct router_command *command, char *const *argv,
			uint64_t shm_mib, uint64_t pkg_mib);
/* The default command of a router: its name, and its options for the foreground. argv_free() frees it. */
char **router_words(const struct router *router);
void argv_free(char **argv);

#endif
