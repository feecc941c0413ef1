/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_ROUTERS_H
#define SIPLAUNCH_ROUTER_ROUTERS_H
/* Which routers there are. The row of each, router_NAME, is in NAME.c; profiles use NAME as their
 * "router". */
#include "router/router.h"

#define ROUTERS(EACH) EACH(opensips) EACH(kamailio) EACH(rtpengine)

#define ROUTER_NAME(name) #name, /* a member of an array of names */

#define ROUTER_DECLARED(name) extern const struct router router_##name;
ROUTERS(ROUTER_DECLARED)
#undef ROUTER_DECLARED

/* Every other program. */
extern const struct router router_generic;
extern const struct costs generic_costs; /* also of a router without pools */

#endif
