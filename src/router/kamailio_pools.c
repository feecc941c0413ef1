/* SPDX-License-Identifier: MIT */
/*
 * What a start of Kamailio takes of its pools. Measured with 5.6.3 and 6.0.1 (real_used of core.shmmem and
 * pkg.stats after the start; docs/measurements.md): the smaller of both versions' numbers is certain, the
 * larger is usual.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/value.h"
#include "router/kamailio_config.h"
#include "router/paths.h"
#include "router/pools.h"

#define FILE_BYTES \
	36 /* struct fd_map and struct epoll_event of each descriptor, init_io_wait() of io_wait.c */

/* pv_init_buffer() of pvapi.c; the size has been 32 KiB since 5.8 */
#define PRINT_SLOTS          40
#define PRINT_BYTES_CERTAIN  (8 * KIB)
#define PRINT_BYTES_USUAL    (32 * KIB)
#define PRIVATE_CORE_CERTAIN 334000
#define PRIVATE_CORE_USUAL   381000
#define PRIVATE_EACH_PROCESS 280
#define PRIVATE_EACH_MODULE  5500
#define PRIVATE_WORKING \
	220000 /* while it handles requests: the max was 962,000 bytes, of which 744,000 at the start */

#define SHARED_CORE_CERTAIN    567000
#define SHARED_CORE_USUAL      602000
#define SHARED_PROCESS_CERTAIN 960 /* pt[] of pt.c and what goes with it */
#define SHARED_PROCESS_USUAL   1220
#define SHARED_TCP             43500 /* the hash tables of tcp_main.c */
#define SHARED_EACH_MODULE     1024
#define SHARED_WORKING         (128 * KIB)

#define DESTINATION_BYTES  528 /* of dispatcher's list_file: 1,000 took 526,856 */
#define ENTRIES_MAX        1000000
#define HTABLE_BYTES       560 /* of a table, ht_t */
#define HTABLE_ENTRY_BYTES 32
#define HTABLE_SMALLEST    16

static const struct module_pool shared_modules[] = {
	{.module = "auth_identity", .fixed = 6341328},
	{.module = "dialog", .fixed = 2688, .parameter = "hash_size", .otherwise = 4096, .each = 32},
	{.module = "dispatcher", .fixed = 2300, .parameter = "ds_hash_size", .exponent = true, .each = 24},
	{.module = "lrkproxy", .fixed = 54328},
	{.module = "nat_traversal", .fixed = 10080},
	{.module = "pike", .fixed = 5944},
	{.module = "ratelimit", .fixed = 19312},
	{.module = "rtpengine", .fixed = 75824},
	{.module = "sl", .fixed = 3464},
	{.module = "tm", .fixed = 2100000}, /* TABLE_ENTRIES of h_table.h, 32 bytes each */
	{.module = "usrloc",
	 .fixed = 2544,
	 .parameter = "hash_size",
	 .otherwise = 10,
	 .exponent = true,
	 .each = 48},
};

static const struct module_pool private_modules[] = {
	{.module = "acc", .fixed = 16000},      {.module = "auth_identity", .fixed = 17900},
	{.module = "jsonrpcs", .fixed = 61700}, {.module = "pv", .fixed = 37800},
	{.module = "tls", .fixed = 12100},
};

/* 5.6.3, in bytes for each, from a hundred of each kind in one route; 6.0.1 takes 2 to 6 % more. */
static const struct script_costs script_costs = {.statement = 350,
						 .call = 150,
						 .condition = 2200,
						 .variable = 3000,
						 .string = 850,
						 .string_variable = 120};

/* "name=>size=8;…": 2^size entries (ht_api.c). */
static uint64_t htable_entries(const char *definition)
{
	const char *attributes = definition ? strstr(definition, "=>") : NULL;
	int64_t size = attributes ? attribute_number(attributes + 2, "size", 0) : 0;
	if (size > 31)
		size = 14;
	return size < 4 ? HTABLE_SMALLEST : UINT64_C(1) << size;
}

static void add_htables(const struct kamailio_config *config, struct router_pool *pool)
{
	const struct module_parameter *table;
	size_t position = 0;
	while ((table = modules_each(&config->modules, "htable", "htable", &position))) {
		uint64_t bytes = HTABLE_BYTES + HTABLE_ENTRY_BYTES * htable_entries(table->text);
		pool_add(pool, table->place, bytes, bytes, "htable %.*s",
			 (int)strcspn(table->text ? table->text : "", "= "), table->text ? table->text : "");
	}
}

/* Lines that are neither blank nor comments; 0 if the file cannot be read, which the router reports
 * itself. */
static uint64_t count_entries(const struct router_paths *paths, const char *path)
{
	cleanup_free char *line = NULL;
	size_t size = 0;
	uint64_t count = 0;
	struct stat info;

	int fd = router_path_open(paths, path, NULL);
	FILE *file = fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode) ? fdopen(fd, "r") : NULL;
	if (!file) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	while (count < ENTRIES_MAX && getline(&line, &size, file) >= 0) {
		char first = line[strspn(line, " \t\r\n")];
		count += first && first != '#';
	}
	fclose(file);
	return count;
}

/* dispatcher keeps its whole list in memory. A relative path starts from -w, else from "/" (main.c). Returns
 * the bytes that loading takes in addition: reindex_dests() of dispatch.c copies a whole set. */
static uint64_t add_destinations(const struct kamailio_config *config, const struct router_command *command,
				 struct router_pool *pool)
{
	const char *directory = command_line_last(command, 'w');
	const char *list = modules_has(&config->modules, "dispatcher")
				   ? modules_text(&config->modules, "dispatcher", "list_file", NULL)
				   : NULL;
	if (!list)
		return 0;
	cleanup_free char *path = *list == '/' ? xstrdup(list) : path_join(directory ? directory : "/", list);
	uint64_t count = count_entries(&config->lexer.input.paths, path);
	uint64_t bytes = count * DESTINATION_BYTES;
	pool_add(pool, (struct place_in_config){.file = list}, bytes, bytes,
		 "%" PRIu64 " destinations of dispatcher", count);
	return bytes;
}

/* With nonce_count or one-time nonces auth keeps a bit or a byte for each nonce (nc.c, ot_nonce.c). */
static void add_nonces(const struct kamailio_config *config, struct router_pool *pool)
{
	const struct module_set *modules = &config->modules;
	uint64_t bytes = 0;
	if (!modules_has(modules, "auth"))
		return;
	if (modules_number(modules, "auth", "nonce_count", 0) > 0)
		bytes += (uint64_t)modules_number(modules, "auth", "nc_array_size", 1024 * 1024);
	if (modules_number(modules, "auth", "one_time_nonce", 0) > 0)
		bytes += (uint64_t)modules_number(modules, "auth", "otn_in_flight_no", 1024 * 1024) / 8;
	pool_add(pool, (struct place_in_config){0}, bytes, bytes, "nonces of auth");
}

static void add_shared(const struct kamailio_config *config, const struct router_command *command,
		       const struct estimate *estimate, bool tcp, struct router_pool *pool)
{
	struct place_in_config nowhere = {0};
	uint64_t n = estimate->processes;

	pool_add(pool, nowhere, SHARED_CORE_CERTAIN, SHARED_CORE_USUAL, "core");
	pool_add(pool, nowhere, n * SHARED_PROCESS_CERTAIN, n * SHARED_PROCESS_USUAL, "%" PRIu64 " processes",
		 n);
	if (tcp)
		pool_add(pool, nowhere, SHARED_TCP, SHARED_TCP, "TCP");
	for (size_t i = 0; i < ARRAY_SIZE(shared_modules); i++)
		pool_add_module(pool, &config->modules, &shared_modules[i]);
	pool_add_modules(pool, &config->modules, SHARED_EACH_MODULE);
	add_htables(config, pool);
	add_nonces(config, pool);
	uint64_t loading = add_destinations(config, command, pool);
	pool->min_bytes = pool->certain_bytes;
	uint64_t more = pool->usual_bytes / 20;
	pool->needed_bytes = pool->usual_bytes + loading + (more > SHARED_WORKING ? more : SHARED_WORKING);
}

/* The number of descriptors in the tables of each TCP process: get_max_open_fds(), independent of
 * RLIMIT_NOFILE. */
static uint64_t table_files(const struct kamailio_config *config, const struct estimate *estimate)
{
	int64_t connections =
		kamailio_setting(config, SETTING_TCP_MAX_CONNECTIONS, KAMAILIO_CONNECTIONS_DEFAULT);
	return 5 * estimate->processes +
	       (connections > 0 ? (uint64_t)connections : KAMAILIO_CONNECTIONS_DEFAULT);
}

static uint64_t positive(int64_t number, uint64_t otherwise)
{
	return number > 0 ? (uint64_t)number : otherwise;
}

static void add_print_buffers(const struct kamailio_config *config, struct router_pool *pool)
{
	uint64_t slots = positive(kamailio_setting(config, SETTING_PRINT_SLOTS, 0), PRINT_SLOTS);
	int64_t size = kamailio_setting(config, SETTING_PRINT_SIZE, 0);
	pool_add(pool, config->settings[SETTING_PRINT_SIZE].place,
		 slots * positive(size, PRINT_BYTES_CERTAIN), slots * positive(size, PRINT_BYTES_USUAL),
		 "%" PRIu64 " buffers of pseudo-variables", slots);
}

static void add_private(const struct kamailio_config *config, const struct estimate *estimate, bool tcp,
			struct router_pool *pool)
{
	struct place_in_config nowhere = {0};

	pool_add(pool, nowhere, PRIVATE_CORE_CERTAIN, PRIVATE_CORE_USUAL, "core");
	pool_add(pool, nowhere, 0, estimate->processes * PRIVATE_EACH_PROCESS, "%" PRIu64 " processes",
		 estimate->processes);
	add_print_buffers(config, pool);
	if (tcp) {
		uint64_t files = table_files(config, estimate);
		pool_add(pool, config->settings[SETTING_TCP_MAX_CONNECTIONS].place, FILE_BYTES * files,
			 FILE_BYTES * files, "tables of %" PRIu64 " descriptors", files);
	}
	for (size_t i = 0; i < ARRAY_SIZE(private_modules); i++)
		pool_add_module(pool, &config->modules, &private_modules[i]);
	pool_add_modules(pool, &config->modules, PRIVATE_EACH_MODULE);
	pool_add_script(pool, &config->lexer.script, &script_costs);
	pool->min_bytes = pool->certain_bytes;
	pool->needed_bytes = pool->usual_bytes + pool->usual_bytes / 10 + PRIVATE_WORKING;
}

void kamailio_pools(const struct kamailio_config *config, const struct router_command *command,
		    struct estimate *estimate)
{
	bool tcp = kamailio_speaks(config, PROTOCOL_TCP);

	add_shared(config, command, estimate, tcp, &estimate->shared);
	add_private(config, estimate, tcp, &estimate->private_pool);
	pool_finish(&estimate->shared);
	pool_finish(&estimate->private_pool);
	estimate->read_buffer_bytes = positive(kamailio_setting(config, SETTING_READ_BUFFER, 0), 0);
	estimate->write_queue_bytes = positive(kamailio_setting(config, SETTING_WRITE_QUEUE, 0), 0);
	estimate->write_queues_bytes = positive(kamailio_setting(config, SETTING_WRITE_QUEUES, 0), 0);
}
