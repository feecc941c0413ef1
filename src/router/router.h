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
	const char *root;      /* its root directory as we reach it, "/proc/PID/root"; NULL: ours */
	const char *directory; /* that relative paths start from, inside its root; NULL: ours */
};

/* How -m and -M reach the router. */
enum router_reach {
	REACH_DIRECT,      /* the command is the router's own, perhaps behind wrappers */
	REACH_PASSED_ON,   /* a script gets them, and has to pass its arguments on */
	REACH_ENVIRONMENT, /* siplaunch adds none: the program that starts the router finds them in its
			      environment */
};

/* The language in which a running router is asked for its statistics: stats/ask.h has who speaks it. */
enum management_protocol {
	PROTOCOL_NONE, /* it has no statistics queries */
	PROTOCOL_MI,   /* OpenSIPS' MI: JSON-RPC whose ids are texts, a header line over FIFOs */
	PROTOCOL_RPC,  /* Kamailio's: JSON-RPC whose ids are numbers, and binrpc by ctl */
};

/* A private pool takes up to 260 bytes of an answer of jsonrpcs. UDP carries 65,507 bytes; over UNIX a
 * datagram may be as large as net.core.wmem_default, usually 212,992. With more processes each is queried
 * singly. */
#define RPC_UDP_PROCESSES  200
#define RPC_UNIX_PROCESSES 750

/* The user's command line, parsed. */
struct router_command {
	size_t start; /* argv index of the router's own word, or of what starts it; indices below count from
			 there */
	enum router_reach reach;
	struct router_paths paths; /* of a running router: set by the caller of read_command */
	int shm_index,
		pkg_index; /* argv index in which -m / -M stands (for "-m 512" the option's); 0: not given */
	uint64_t shm_mib, pkg_mib; /* their values; 0 when not given */
	const char *config;        /* -f's argument, or the router's default path */
	bool config_given;
	struct router_build *build; /* router/build.h: what the program was built with, for whom a version or
				       default decides; not owned; NULL: not known */
	const char *allocator;      /* of the shared pool, as the option names it; NULL when not given */
	const char *user, *group;   /* -u, -g; NULL when not given */
	int workers_udp,
		workers_tcp; /* Kamailio -n / -N, OpenSIPS -n / -N where they exist; -1 when not given */
	bool no_fork;        /* Kamailio -D: nothing but its timers is forked */
	bool foreground;     /* it stays in the foreground: OpenSIPS -F, Kamailio -DD … */
	bool only_checks;    /* -c, -V, -h, …: it prints and ends; no processes */
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
	NEED_RUNTIME_DIRECTORY, /* there, or made */
};
struct router_need {
	enum need_kind kind;
	char *name;   /* MODULE, PORT: "tm.so", "udp:10.0.0.1:80"; else NULL */
	char **paths; /* one of them does; none for a PORT */
	size_t path_count;
	unsigned port;
	char *origin; /* "/etc/kamailio/kamailio.cfg:12"; NULL: the command line or the router itself */
	bool certain; /* everything before it could be read: without it the start fails */
	/* what mechanism/router.h found here */
	enum { NEED_UNSEEN, NEED_MET, NEED_UNMET, NEED_UNKNOWN } state;
	int errnum;          /* UNMET, UNKNOWN */
	const char *refused; /* UNMET, UNKNOWN: the path that errnum is about; one of `paths` */
};

/* Something that it listens on. */
struct estimate_socket {
	const char *transport; /* "udp", "tcp" or "sctp", as ports are published; static */
	char *host;            /* as it is written: "0.0.0.0", "[::1]", "eth0", "*" */
	unsigned port, ports;  /* the first, and how many; 0: not known */
	char *file;            /* NULL: the command line */
	unsigned line;
};

/* What a start takes of one of the pools. */
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
	uint64_t least_bytes;   /* the start surely fails in a smaller one; 0: not known */
	uint64_t needed_bytes;  /* enough for the start and the first requests; 0: not known */
};

/* A file that is mapped as a second shared pool (OpenSIPS' restart persistency). */
struct second_pool {
	bool used;
	uint64_t mib; /* 0: as large as the shared pool */
	char *path;   /* relative ones start from the directory in which it is started */
	bool on_disk; /* its pages can be written back, so that they need no room: set by the caller of
			 `estimate` */
	struct {
		char *file;
		unsigned line;
	} origin;
};

struct estimate {
	uint64_t processes;
	uint64_t workers;         /* of them, those that take SIP messages; 0: not known */
	uint64_t threads;         /* OpenSIPS' tcp_threads; 0: not set */
	uint64_t extra_threads;   /* beside the first of each process: pids.max counts them */
	unsigned threads_per_cpu; /* that many more at most for each online CPU, in versions that have such
				     threads */
	uint64_t per_address; /* processes that each address adds which was assumed, not counted; 0: all were
				 counted */
	bool exact;           /* false: some of it could not be decided; `warnings` say what */
	uint64_t fewer, more; /* how far the true number may be below and above; `more` UINT64_MAX: no bound
				 is known. Where it is exact, `fewer` are those that start under load only */
	bool from_config;     /* false: the documented default */
	char *unread;         /* why, where it is the default: "open /etc/k.cfg: …"; else NULL */
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
	uint64_t write_queue_bytes;  /* of each TCP connection at most, where the configuration says so; 0: it
					does not */
	uint64_t write_queues_bytes; /* of all of them at most; 0: the configuration does not say so */
	struct estimate_line *lines;
	size_t line_count;
	char **warnings;
	size_t warning_count;
	bool foreground; /* the configuration keeps it there: OpenSIPS' debug_mode, Kamailio's fork=no */
	bool gaps; /* some of the configuration's text could not be read, or depends on what is not known */
	struct router_need *needs; /* in the order of the configuration */
	char *needs_unasked; /* why they could not be checked as the router's user: the call and its errno;
				may be NULL */
	size_t need_count;
	/* where it can be asked for statistics, the best first, as --mi takes them (stats/management.h) */
	char **management;
	size_t management_count;
	/* names of the groups of modules whose memory it keeps apart, if it was built to */
	char **memory_groups;
	size_t memory_group_count;
	struct estimate_socket *sockets; /* none with from_config: it takes what the machine has */
	size_t socket_count;
	char **files; /* the configuration and what it includes, as they were opened, in that order */
	size_t file_count;
	char *run_directory; /* Kamailio's rundir or -Y; NULL: the default */
};

/* A variable by which others than siplaunch give the router a pool: its official image, its service. */
struct size_variable {
	const char *name;
	char option;        /* 'm' or 'M' */
	uint64_t usual_mib; /* its value where nobody has chosen one */
};

struct router {
	const char *name;
	const char *const *aliases; /* base names that are recognised; NULL-terminated */
	const struct costs *costs;  /* of its memory, measured (sizing/sizing.h) */
	bool sizes_by_arguments;    /* false: generic; nothing is added to the arguments */
	bool counted;               /* nothing is sized, but its processes and threads are counted */
	uint64_t shm_default_mib, pkg_default_mib;                   /* without -m and -M */
	uint64_t shm_min_mib, shm_max_mib, pkg_min_mib, pkg_max_mib; /* what -m and -M take */
	/* ends with one without a name; NULL: none */
	const struct size_variable *size_variables;
	uint64_t shm_avoid_mib;     /* a value that the router does not honour (Kamailio: 64); 0: none */
	uint64_t processes_default; /* when the configuration cannot be read */
	uint64_t shm_start_default, pkg_start_default; /* what a start with the usual modules takes then, in
							  bytes; 0: not known */
	uint64_t connections_default;
	unsigned
		heap_since_major; /* from this version on connections are kept in the libc heap; 0: in none */
	uint64_t reactor_bytes_per_file; /* of the private pool, for each descriptor it may have open; 0: none
					  */
	bool dies_of_orphans; /* it exits when any child of its PID exits, also one that it never forked */
	const char *config_default; /* the usual one; a build may have another (router/build.h) */
	const struct build_source *build_sources; /* how to learn it; ends with a NULL `before`; NULL: not */
	const char *foreground_hint;              /* what to add so that it stays in the foreground */
	enum management_protocol protocol;
	bool has_ctl;                /* it answers queries over a stream of binrpc */
	bool counts_when_asked;      /* for memory by module it walks its shared pool with the lock held */
	const char *management_hint; /* what to add to the configuration for statistics queries; NULL with
					PROTOCOL_NONE */
	const char *nofile_hazard;   /* what it does with a very high RLIMIT_NOFILE; NULL: nothing */
	/* 0, or -1: an own option that is broken ("-m abc"), with the reason. */
	int (*read_command)(const struct router *, char *const *argv, struct router_command *,
			    struct error *);
	/* Never fails: for an unreadable configuration it warns and uses the default. */
	/* `network` is the router's network, read only if the result depends on it; NULL: not known. */
	void (*estimate)(const struct router *, const struct router_command *, struct network *network,
			 struct estimate *);
};

extern const struct router *const routers[]; /* NULL-terminated; generic last */

/* By profile name ("kamailio"), or with "auto"/NULL by the command's base name; unknown is generic. */
const struct router *router_find(const char *name, const char *command);
/* The same by a whole command, which may begin with wrappers (router/wrapper.h). */
const struct router *router_of(const char *name, char *const *argv);

/* router->read_command() behind the wrappers that `argv` begins with, or of what starts the router. */
int router_read_command(const struct router *router, char *const *argv, struct router_command *command,
			struct error *error);

void router_command_clear(struct router_command *command);
void estimate_clear(struct estimate *estimate);

/* The smallest and the largest number of processes that the router may start; UINT64_MAX: no bound is known.
 */
uint64_t estimate_from(const struct estimate *estimate);
uint64_t estimate_to(const struct estimate *estimate);

/*
 * The command with the computed -m and -M after the router's own word; one that the user gave stays and is
 * not added. shm_mib or pkg_mib 0: nothing is added for it. A NULL-terminated array of strings; caller frees.
 */
char **router_arguments(const struct router *router, const struct router_command *command, char *const *argv,
			uint64_t shm_mib, uint64_t pkg_mib);
/* The default command of a router: its name, and its option for the foreground. Caller frees the array. */
char **router_words(const struct router *router);
void argv_free(char **argv);

#endif
