/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_POOLS_H
#define SIPLAUNCH_ROUTER_POOLS_H
/*
 * Adds up what a router's start allocates in its pools. Each router's own file has the parts
 * (kamailio_pools.c, opensips_pools.c). Private to this room.
 */
#include <stdint.h>

#include "router/estimate.h"
#include "router/modules.h"

/* The size of the routes in memory: bytes for each element. */
struct script_costs {
	unsigned statement, call, condition, variable, string, string_variable;
};

/* What a module allocates in the shared pool when it starts: `fixed` bytes, and `each` bytes times the
 * parameter. */
struct module_pool {
	const char *module;
	uint64_t fixed;
	const char *parameter; /* NULL: none */
	int64_t otherwise;     /* when it is not set */
	bool exponent;         /* the parameter is a power of two */
	uint64_t each;
};

/* Adds a part of `usual` bytes; 0 bytes add nothing. `certain` bytes are used in every version and with any
 * routes. */
void pool_add(struct router_pool *pool, struct place_in_config place, uint64_t certain, uint64_t usual,
	      const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Adds the row's part if its module is loaded. Returns the bytes added. */
uint64_t pool_add_module(struct router_pool *pool, const struct module_set *modules,
			 const struct module_pool *row);

/* Adds one part: `each` bytes for every loaded module, none of them certain. */
void pool_add_modules(struct router_pool *pool, const struct module_set *modules, uint64_t each);

/* Adds the estimated size of the routes, none of it certain. */
void pool_add_script(struct router_pool *pool, const struct script *script, const struct script_costs *costs);

/* Call it after the last part: sorts the parts, the largest first, and makes pool->text. */
void pool_finish(struct router_pool *pool);

void pool_clear(struct router_pool *pool);

#endif
