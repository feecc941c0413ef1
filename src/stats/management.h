/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_STATS_MANAGEMENT_H
#define SIPLAUNCH_STATS_MANAGEMENT_H
/*
 * Queries a running router for its statistics: the address of its management interface, given or from the
 * router's configuration, and one exchange of a query and its answer. No query changes anything in the
 * router. It queries this machine only.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct estimate;
struct router;

enum management_kind {
	MANAGEMENT_NONE,
	MANAGEMENT_FIFO, /* OpenSIPS mi_fifo, Kamailio jsonrpcs */
	MANAGEMENT_UNIX, /* datagrams: OpenSIPS mi_datagram, Kamailio jsonrpcs */
	MANAGEMENT_UDP,  /* alike */
	MANAGEMENT_HTTP, /* OpenSIPS mi_http */
	MANAGEMENT_CTL,  /* Kamailio ctl: binrpc over a stream */
};

struct management {
	enum management_kind kind;
	char *path;            /* FIFO, UNIX, CTL, as the router sees it; NULL for CTL over TCP */
	char *reply_directory; /* FIFO: the prefix that the router puts before the name of the FIFO for its
				  answer, as configured: a directory with its slash */
	char *host;            /* UDP, HTTP, CTL over TCP: an IP address, without brackets */
	uint16_t port;
	char *resource; /* HTTP: "/mi" */
	bool given; /* given by a person (--mi): it may be an address of this machine other than loopback */
	/* Of the process that has to answer; set by management_find(): */
	char *root;     /* "/proc/PID/root" if it does not share our root and mounts; NULL */
	pid_t main_pid; /* as the router itself reports it; 0: not known */
	uid_t uid;      /* whose answers are taken */
	bool has_uid;   /* else any user's are */
	unsigned silences,
		rest;      /* how often in a row it did not answer; for how many samples it is not queried */
	unsigned unknowns; /* queries that it does not know (bits): not repeated, because it logs an error for
			      each */
	char *version;     /* its version, which is queried once; NULL */
	char *no_modules;  /* why it is not queried for memory by module again; NULL */
	int64_t modules_at_ms; /* when it was last, by the monotonic clock; 0: not yet */
};

/*
 * Reads "fifo:PATH[,reply=DIR]", "unix:PATH", "udp:HOST:PORT", "http://HOST[:PORT][/PATH]", "ctl:PATH",
 * "ctl:tcp:HOST:PORT", or a PATH alone: a FIFO, a datagram socket, or ctl's stream socket, as what is there
 * says. HOST is an IP address ([…] for IPv6) or "localhost". 0, or -1 with what is wrong.
 */
int management_parse(const char *text, struct management *management, struct error *error);

/* The address as such a text. Caller frees. */
char *management_text(const struct management *management);

/*
 * The address to query the router `pid`: `given` (--mi), or from its configuration, the best first.
 * Unreachable ones are skipped: sockets of loopback in another network namespace, addresses that are not
 * loopback. 0, or -1 with the reason and, as the hint, what to add to the configuration.
 */
int management_find(int proc, pid_t pid, const struct router *router, const struct estimate *estimate,
		    const char *given, struct management *management, struct error *error);

void management_clear(struct management *management);

#define cleanup_management __attribute__((cleanup(management_clear)))

#endif
