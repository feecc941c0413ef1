/* SPDX-License-Identifier: MIT */
/*
 * What a start of OpenSIPS takes of its pools. Measured with 3.6.8 and 4.0.1, which differ by less than 1 %
 * (real_used_size of shmem: and max_used_size of pkmem: after the start; docs/measurements.md).
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/value.h"
#include "router/opensips_config.h"
#include "router/pools.h"

#define SHARED_CORE        864000
#define SHARED_PROCESS     7200
#define SHARED_TCP         530000
#define SHARED_EACH_MODULE 1200
#define SHARED_TLS_DOMAIN  37800
#define PARALLEL_BYTES     (794 * MIB)
#define SHARED_WORKING     (128 * KIB)
#define CACHE_ENTRY_BYTES  UINT64_C(16)
#define CACHE_EXPONENT     9 /* of a collection without a size, cachedb_local.c */

#define PRIVATE_CORE        230000
#define PRIVATE_EACH_MODULE 1300
#define PRIVATE_WORKING     200000
#define REACTOR_PERCENT     10 /* of -M at most without open_files_limit, reactor.c */

/* For each descriptor of open_files_limit in each process: struct fd_map in one table; pollfd and epoll_event
 * in two others (init_io_wait() of io_wait.c). */
#define REACTOR_TABLE_BYTES 32
#define REACTOR_FILE_BYTES  (REACTOR_TABLE_BYTES + 8 + 12)

static const struct module_pool shared_modules[] = {
	{.module = "cachedb_local", .fixed = 8728},
	{.module = "dialog", .fixed = 12840, .parameter = "hash_size", .otherwise = 4096, .each = 32},
	{.module = "tm", .fixed = 2628000}, /* TM_TABLE_ENTRIES of h_table.h, 40 bytes each */
	{.module = "usrloc",
	 .fixed = 6400,
	 .parameter = "hash_size",
	 .otherwise = 9,
	 .exponent = true,
	 .each = 124},
};

/* 3.6.8, in bytes for each, from a hundred of each kind in one route. */
static const struct script_costs script_costs = {.statement = 300,
						 .call = 250,
						 .condition = 500,
						 .variable = 520,
						 .string = 220,
						 .string_variable = 210};

/* "name=9; other=16": 2^size entries for each collection. Returns the largest collection's bytes. */
static uint64_t add_collections(const struct opensips_config *config, struct router_pool *pool)
{
	const char *text = modules_text(&config->modules, "cachedb_local", "cache_collections", "");
	uint64_t largest = 0;

	while (modules_has(&config->modules, "cachedb_local") && *text) {
		size_t length = strcspn(text, ";");
		cleanup_free char *collection = xstrndup(text, length);
		char *equals = strchr(collection, '=');
		long exponent = equals ? strtol(equals + 1, NULL, 10) : CACHE_EXPONENT;
		uint64_t bytes = exponent < 0 || exponent > 31 ? 0 : CACHE_ENTRY_BYTES << exponent;
		pool_add(pool, (struct place_in_config){0}, bytes, bytes, "cache collection %.*s",
			 (int)strcspn(collection, "= "), collection);
		largest = bytes > largest ? bytes : largest;
		text += length + (text[length] == ';');
		text += strspn(text, " ");
	}
	return largest;
}

/*
 * fm_malloc() takes a block only from a list whose smallest block is large enough. So, besides all other
 * memory, the largest table needs a free block of the next power of two (_GET_HASH(size, +1) in
 * mem/f_malloc_dyn.h).
 */
static uint64_t with_block(uint64_t bytes, uint64_t block)
{
	uint64_t power = 1;
	while (power <= block)
		power *= 2;
	return bytes - block + (block ? power : 0);
}

/* Each process has an OpenSSL context for each domain. 3.6.8: a further domain takes 529 kB with 14
 * processes, 1.43 MB with 38. Since 4.0 nearly all of it is in the libc heap. */
static void add_tls_domains(const struct opensips_config *config, uint64_t processes,
			    struct router_pool *pool)
{
	static const char *const names[] = {"server_domain", "client_domain"};
	uint64_t domains = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (modules_has(&config->modules, "tls_mgm"))
			domains += modules_count(&config->modules, "tls_mgm", names[i]);
	if (domains)
		pool_add(pool, (struct place_in_config){0}, 0, domains * processes * SHARED_TLS_DOMAIN,
			 "%" PRIu64 " TLS domains", domains);
}

/* mem/f_parallel_malloc_dyn.h of 3.6 and 4.0: 32 parts, and no block is larger than a part. Measured: with
 * the smallest configuration, 3.6.8 and 4.0.1 die with SIGSEGV at -m 793 and start at 794. */
static void add_parallel(struct router_pool *pool)
{
	uint64_t certain = pool->certain_bytes, usual = pool->usual_bytes;
	pool_add(pool, (struct place_in_config){0}, certain < PARALLEL_BYTES ? PARALLEL_BYTES - certain : 0,
		 usual < PARALLEL_BYTES ? PARALLEL_BYTES - usual : 0, "F_PARALLEL_MALLOC's 32 parts");
}

static bool is_parallel(const struct router_command *command)
{
	return command->allocator && strcasecmp(command->allocator, "F_PARALLEL_MALLOC") == 0;
}

static void add_shared(const struct opensips_config *config, const struct router_command *command,
		       const struct estimate *estimate, bool tcp, struct router_pool *pool)
{
	struct place_in_config nowhere = {0};
	uint64_t largest = 0;

	pool_add(pool, nowhere, SHARED_CORE, SHARED_CORE, "core");
	pool_add(pool, nowhere, estimate->processes * SHARED_PROCESS, estimate->processes * SHARED_PROCESS,
		 "%" PRIu64 " processes", estimate->processes);
	if (tcp)
		pool_add(pool, nowhere, SHARED_TCP, SHARED_TCP, "TCP");
	for (size_t i = 0; i < ARRAY_SIZE(shared_modules); i++) {
		uint64_t bytes = pool_add_module(pool, &config->modules, &shared_modules[i]);
		largest = bytes > largest ? bytes : largest;
	}
	uint64_t collection = add_collections(config, pool);
	largest = collection > largest ? collection : largest;
	pool_add_modules(pool, &config->modules, SHARED_EACH_MODULE);
	add_tls_domains(config, estimate->processes, pool);
	if (is_parallel(command))
		add_parallel(pool);
	/* the order of allocations can differ: only the sum is certain */
	pool->min_bytes = pool->certain_bytes;
	pool->needed_bytes = with_block(pool->usual_bytes, largest);
	if (pool->needed_bytes < pool->usual_bytes + SHARED_WORKING)
		pool->needed_bytes = pool->usual_bytes + SHARED_WORKING;
}

static void add_private(const struct opensips_config *config, struct router_pool *pool)
{
	struct place_in_config nowhere = {0};

	pool_add(pool, nowhere, PRIVATE_CORE, PRIVATE_CORE, "core");
	pool_add_modules(pool, &config->modules, PRIVATE_EACH_MODULE);
	pool_add_script(pool, &config->lexer.script, &script_costs);
	uint64_t usual = pool->usual_bytes + pool->usual_bytes / 10 + PRIVATE_WORKING;
	uint64_t files = config->open_files_limit > 0 ? (uint64_t)config->open_files_limit : 0;
	uint64_t reactor = mul_div_u64(files, REACTOR_FILE_BYTES, 1);
	if (files)
		pool_add(pool, nowhere, mul_div_u64(files, REACTOR_TABLE_BYTES, 1), reactor,
			 "reactor of %" PRIu64 " descriptors", files);
	pool->min_bytes = pool->certain_bytes;
	pool->needed_bytes = files ? with_block(usual + reactor, mul_div_u64(files, REACTOR_TABLE_BYTES, 1))
				   : mul_div_u64(usual, 100, 100 - REACTOR_PERCENT);
}

/* Finds a module whose parameter requests a file as a second pool (mem/rpm_mem.c). */
static bool find_persistency(const struct opensips_config *config, struct place_in_config *place)
{
	static const char *const modules[] = {"cachedb_local", "config", "drouting"};
	const struct module_parameter *parameter;

	for (size_t i = 0; i < ARRAY_SIZE(modules); i++) {
		size_t position = 0;
		while (modules_has(&config->modules, modules[i]) &&
		       (parameter = modules_each(&config->modules, modules[i], "enable_restart_persistency",
						 &position)))
			if (parameter->number) {
				*place = parameter->place;
				return true;
			}
	}
	return false;
}

/* A relative path starts from -w, else from "/": modules open the file after daemonize() changed to that
 * directory. Caller frees. */
static char *persistency_path(const struct opensips_config *config, const struct router_command *command)
{
	const char *file = config->persistency_file ? config->persistency_file : ".restart_persistency.cache";
	const char *directory = command_line_last(command, 'w');
	return *file == '/' ? xstrdup(file) : path_join(directory ? directory : "/", file);
}

static void add_second_pool(const struct opensips_config *config, const struct router_command *command,
			    struct estimate *estimate)
{
	struct place_in_config place = {0};

	if (!find_persistency(config, &place))
		return;
	estimate->second = (struct second_pool){
		.used = true,
		.mib = config->persistency_mib > 0 ? (uint64_t)config->persistency_mib : 0,
		.path = persistency_path(config, command),
		.origin = {.file = place.file ? xstrdup(place.file) : NULL, .line = place.line},
	};
}

void opensips_pools(const struct opensips_config *config, const struct router_command *command,
		    struct estimate *estimate)
{
	bool tcp = false;
	for (size_t i = 0; i < config->socket_count; i++) {
		const struct opensips_protocol *protocol =
			opensips_protocol_find(config->sockets[i].protocol);
		tcp = tcp || (protocol && protocol->transport != TRANSPORT_DATAGRAM);
	}
	add_shared(config, command, estimate, tcp, &estimate->shared);
	add_private(config, &estimate->private_pool);
	pool_finish(&estimate->shared);
	pool_finish(&estimate->private_pool);
	add_second_pool(config, command, estimate);
}
