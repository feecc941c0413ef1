/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_ROUTER_H
#define SIPLAUNCH_ROUTER_ROUTER_H
/*
 * What the routers are: their arguments, their quirks, and how many processes their configuration starts.
 * One file a router, one row each. Reads configuration files; knows nothing of the kernel or of cgroups.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct network;
struct router;

/* One option as the router's getopt sees it. */
struct router_option {
	int letter;        /* 'm'; for a long option without a letter its row in the router's table */
	int index;         /* argv index of the argument in which it stands */
	const char *value; /* points into argv; NULL for one that takes none, and where it is missing */
};

/* Where the paths of a running router are for us (router/paths.h). Not owned. */
struct router_paths {
	const char *root;      /* its root directory as we reach it, "/proc/PID/root"; NULL: ours */
	const char *directory; /* that relative paths start from, inside its root; NULL: ours */
};

/* What was found in the user's own command line. */
struct router_command {
	struct router_paths paths; /* of a running router: set by the caller of read_command */
	int shm_index,
		pkg_index; /* argv index in which -m / -M stands (for "-m 512" the option's); 0: not given */
	uint64_t shm_mib, pkg_mib; /* their values; 0 when not given */
	const char *config;        /* -f's argument, or the router's default path */
	bool config_given;
	const char *user, *group; /* -u, -g; NULL when not given */
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

/* What the router does not start without. */
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
	bool certain; /* all that stands before it could be read: without it the start fails */
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
struct estimate {
	uint64_t processes;
	uint64_t extra_threads; /* beside the first of each process: pids.max counts them */
	bool cpu_threads;       /* one more for each online CPU, in versions that have such threads */
	uint64_t per_address; /* processes that each address adds which was assumed, not counted; 0: all were
				 counted */
	bool exact;           /* false: some of it could not be decided; `warnings` say what */
	bool from_config;     /* false: the documented default */
	char *unread;         /* why, where it is the default: "open /etc/k.cfg: …"; else NULL */
	uint64_t tcp_connections;  /* the configuration's maximum (tcp_max_connections); 0 where TCP is off */
	uint64_t open_files_limit; /* OpenSIPS open_files_limit; 0 when not set */
	uint64_t cfg_shm_mib, cfg_pkg_mib; /* Kamailio shm_mem_size …; 0 when not set */
	bool shm_force_alloc;
	bool shared_touched; /* mlock_pages or shm_force_alloc */
	struct estimate_line *lines;
	size_t line_count;
	char **warnings;
	size_t warning_count;
	bool gaps; /* some of the configuration's text could not be read, or depends on what is not known */
	struct router_need *needs; /* in the order of the configuration */
	size_t need_count;
	/* where it can be asked for statistics, the best first, as --mi takes them (stats/management.h) */
	char **management;
	size_t management_count;
	struct estimate_socket *sockets; /* none with from_config: it takes what the machine has */
	size_t socket_count;
	char **files; /* the configuration and what it includes, as they were opened, in that order */
	size_t file_count;
	char *run_directory; /* Kamailio's rundir or -Y; NULL: the default */
};

struct router {
	const char *name;
	const char *const *aliases;                /* base names that are recognised; NULL-terminated */
	bool sizes_by_arguments;                   /* false: generic; nothing is added to the arguments */
	uint64_t shm_default_mib, pkg_default_mib; /* without -m and -M */
	uint64_t shm_min_mib, shm_max_mib, pkg_min_mib, pkg_max_mib; /* what -m and -M take */
	uint64_t shm_avoid_mib;     /* a value that the router does not honour (Kamailio: 64); 0: none */
	uint64_t processes_default; /* when the configuration cannot be read */
	uint64_t connections_default;
	uint64_t reactor_bytes_per_file; /* of the private pool, for each descriptor it may have open; 0: none
					  */
	bool dies_of_orphans; /* it ends when any child of its pid does, also one that it never forked */
	const char *config_default;
	const char *foreground_hint; /* what to add so that it stays in the foreground */
	const char *management_hint; /* what to add so that it can be asked for statistics; NULL: nothing
					would do */
	/* 0, or -1: an own option that is broken ("-m abc"), with the reason. */
	int (*read_command)(const struct router *, char *const *argv, struct router_command *,
			    struct error *);
	/* Never fails: what cannot be read becomes a warning and the default. */
	/* `network` is where the router will run, asked only where the answer depends on it; NULL: not known.
	 */
	void (*estimate)(const struct router *, const struct router_command *, struct network *network,
			 struct estimate *);
};

extern const struct router *const routers[]; /* NULL-terminated; generic last */

/* By profile name ("kamailio"), or with "auto"/NULL by the command's base name; unknown is generic. */
const struct router *router_find(const char *name, const char *command);

void router_command_clear(struct router_command *command);
void estimate_clear(struct estimate *estimate);

/*
 * The router's arguments with our -m and -M put where the router expects them (after argv[0]); those of the
 * two that the user gave stay as they are and ours are not added. shm_mib or pkg_mib 0: nothing is added for
 * it. A fresh NULL-terminated array of fresh strings.
 */
char **router_arguments(const struct router *router, const struct router_command *command, char *const *argv,
			uint64_t shm_mib, uint64_t pkg_mib);
/* A command for a router that nobody has given one: its name, and what keeps it in the foreground. A fresh
 * array. */
char **router_words(const struct router *router);
void argv_free(char **argv);

#endif
