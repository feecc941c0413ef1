/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_KAMAILIO_H
#define SIPLAUNCH_ROUTER_KAMAILIO_H
/* What Kamailio's command line and its configuration share. Private to this room. */
#include "router/command_line.h"
#include "sizing/sizing.h"

/* Its long options without a letter (main.c); the others bear their letter. */
enum {
	KAMAILIO_ALIAS = LETTER_LONG,
	KAMAILIO_SUBST,
	KAMAILIO_SUBSTDEF,
	KAMAILIO_SUBSTDEFS,
	KAMAILIO_SERVER_ID,
	KAMAILIO_LOADMODULE,
	KAMAILIO_MODPARAM,
	KAMAILIO_LOG_ENGINE,
	KAMAILIO_DEBUG,
	KAMAILIO_CFG_PRINT,
	KAMAILIO_ATEXIT,
	KAMAILIO_ALL_ERRORS,
};

#define KAMAILIO_WORKERS_DEFAULT     8    /* CHILD_NO */
#define KAMAILIO_CONNECTIONS_DEFAULT 2048 /* DEFAULT_TCP_MAX_CONNECTIONS */

extern const struct costs kamailio_costs;

void kamailio_estimate(const struct router *router, const struct router_command *command,
		       struct network *network, struct estimate *estimate);

#endif
