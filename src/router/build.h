/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_BUILD_H
#define SIPLAUNCH_ROUTER_BUILD_H
/*
 * What a router was built with: its version, the configuration that it reads without -f, the pools that it
 * has without -m and -M. It comes from the program's output (kamailio -I, opensips -h and -V), else from the
 * program's file, else the default is assumed. The program is executed once, and only when a constant decides
 * something.
 */
#include <stdbool.h>
#include <stdint.h>

#include "host/access.h"

struct estimate;
struct router;
struct router_command;

enum build_fact {
	BUILD_VERSION, /* "5.6.3" */
	BUILD_CONFIG,  /* "/etc/kamailio/kamailio.cfg" */
	BUILD_SHM_MIB, /* "64" */
	BUILD_PKG_MIB,
	BUILD_FLAGS, /* "USE_TCP, USE_TLS, …", as it prints them */
	BUILD_FACTS,
};

enum build_origin {
	BUILD_ASSUMED,
	BUILD_READ,  /* in the program's file */
	BUILD_ASKED, /* of the program */
};

struct router_build {
	enum {
		BUILD_ELSEWHERE, /* the router's program is not on this machine, or not found */
		BUILD_HERE,      /* not read yet */
		BUILD_KNOWN,     /* `facts` are all that is available */
	} state;
	char *path;              /* HERE, KNOWN: the program's file; owned */
	struct access_user user; /* who executes it */
	/* Returns why siplaunch must not execute it, as a clause (caller frees); NULL: siplaunch may. Called
	 * once. */
	char *(*forbids)(void *judge, const char *path);
	void *judge;   /* its first argument */
	char *unasked; /* KNOWN: why it was not executed or did not answer; owned. NULL: it answered */
	struct {
		char *text; /* owned; NULL: not known */
		enum build_origin origin;
		const char *option; /* ASKED: the option that printed it */
	} facts[BUILD_FACTS];
};

/* How one constant is found: in what `option` prints, or with NULL in the program's file. */
struct build_source {
	enum build_fact fact;
	const char *option;
	const char *before; /* the text in front of it */
	char end;           /* the character behind it */
};

/* Executes the program and reads its file if the state is HERE; else does nothing. */
void router_build_ask(const struct router *router, struct router_build *build);

/* A fact's text, read on demand; NULL if it is not known. `build` NULL: it is not known. */
const char *router_build_fact(const struct router *router, struct router_build *build, enum build_fact fact);

/* The fact as a number in MiB; `usual` if it is not known. */
uint64_t router_build_mib(const struct router *router, struct router_build *build, enum build_fact fact,
			  uint64_t usual);

/* Where a fact comes from: "asked of /usr/sbin/kamailio -I", "read in /usr/sbin/kamailio, since …", "assumed:
 * …". Caller frees. Executes nothing. */
char *router_build_origin(const struct router_build *build, enum build_fact fact);

/* "version", "config", … */
const char *build_fact_name(enum build_fact fact);

/* Fills the facts from `printed`, the program's output for `option`. Pure; ignores text that it does not
 * know. */
void router_build_parse(const struct router *router, struct router_build *build, const char *option,
			const char *printed);

/* Adds an uncertainty if the estimate is of a configuration whose path is only assumed. */
void router_build_uncertain(const struct router *router, const struct router_command *command,
			    struct estimate *estimate);

/*
 * Sets estimate->connections_in. Asks for the version if there may be TCP connections and it decides. If
 * neither the version nor the configuration is known, it assumes the behaviour of most versions.
 */
void router_build_connections(const struct router *router, const struct router_command *command,
			      struct estimate *estimate);

/* Warns of a protocol without a socket, if the version is known to refuse it. Asks for the version only if
 * there is such a protocol. */
void router_build_protocols(const struct router *router, const struct router_command *command,
			    struct estimate *estimate);

void router_build_clear(struct router_build *build);

#endif
