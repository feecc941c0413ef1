/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_ROUTERS_H
#define SIPLAUNCH_ROUTER_ROUTERS_H
/* The rows of the table in router.c, one file each. Private to this room. */
#include "router/router.h"

extern const struct router router_opensips, router_kamailio, router_generic;

#endif
