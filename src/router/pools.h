/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_POOLS_H
#define SIPLAUNCH_ROUTER_POOLS_H
/*
 * Adding up the use of the router's pools by its start. Each router's own file has the parts
 * (kamailio_pools.c, opensips_pools.c). Private to this room.
 */
#include <stdint.h>

#include "router/estimate.h"
#include "router/modules.h"

/* The size of the routes in memory: bytes for each of their elements. */
struct script_costs {
	unsigned statement, call, condition, variable, string, string_variable;
};

/* What a module takes of the shared pool when it starts: fixed, and `each` times what the parameter says. */
struct module_pool {
	const char *module;
	uint64_t fixed;
	const char *parameter; /* NULL: none */
	int64_t otherwise;     /* when it is not set */
	bool exponent;         /* the parameter is a power of two */
	uint64_t each;
};

/* Adds a part; 0 bytes add nothing. `certain` of them do not depend on the version and the routes. */
void pool_add(struct router_pool *pool, struct place_in_config place, uint64_t certain, uint64_t usual,
	      const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Adds the row's part when its module is loaded. Returns its bytes. */
uint64_t pool_add_module(struct router_pool *pool, const struct module_set *modules,
			 const struct module_pool *row);

/* Adds a part of `fixed` bytes for each loaded module. */
void pool_add_modules(struct router_pool *pool, const struct module_set *modules, uint64_t each);

/* Adds the size of the routes, which is only likely. */
void pool_add_script(struct router_pool *pool, const struct script *script, const struct script_costs *costs);

/* After the last part: sorts the largest first, and names them. */
void pool_finish(struct router_pool *pool);

void pool_clear(struct router_pool *pool);

#endif
