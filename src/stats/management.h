/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_STATS_MANAGEMENT_H
#define SIPLAUNCH_STATS_MANAGEMENT_H
/*
 * Where a running router is asked for its statistics: the address of its management interface, as a person
 * gives it or as the router's configuration has it, and one exchange of a question and its answer. Questions
 * only: nothing that is sent changes anything in the router. Only this machine is ever asked.
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
	char *reply_directory; /* FIFO: what the router puts before the name of the FIFO that it is to answer
				  in, as configured: a directory with its slash */
	char *host;            /* UDP, HTTP, CTL over TCP: an IP address, without brackets */
	uint16_t port;
	char *resource; /* HTTP: "/mi" */
	bool given;     /* by a person: it may be another address of this machine than loopback */
	/* Of the process that is to answer, by management_attach(): */
	char *root;   /* "/proc/PID/root" where its root is not ours; NULL */
	uid_t uid;    /* whose answers are taken */
	bool has_uid; /* else anybody's */
	unsigned silences,
		rest;      /* how often in a row it did not answer; how many samples it is not asked for */
	unsigned unknowns; /* questions that it was seen not to know (bits): not asked again, since it writes
			      an error into its log each time */
};

/*
 * Reads "fifo:PATH[,reply=DIR]", "unix:PATH", "udp:HOST:PORT", "http://HOST[:PORT][/PATH]", "ctl:PATH",
 * "ctl:tcp:HOST:PORT", or a PATH alone: a FIFO, a datagram socket, or ctl's stream socket, as what is there
 * says. HOST is an IP address ([…] for IPv6) or "localhost". 0, or -1 with what is wrong.
 */
int management_parse(const char *text, struct management *management, struct error *error);

/* The same text again. Fresh. */
char *management_text(const struct management *management);

/*
 * Where the router `pid` is asked: at `given` (--mi), or where its configuration has it, the best first. What
 * cannot reach it is passed over: sockets of loopback in another network namespace, addresses that are not
 * loopback. 0, or -1 with why not and, as the hint, what to add to the configuration.
 */
int management_find(int proc, pid_t pid, const struct router *router, const struct estimate *estimate,
		    const char *given, struct management *management, struct error *error);

void management_clear(struct management *management);

#define cleanup_management __attribute__((cleanup(management_clear)))

#endif
