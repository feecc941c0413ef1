/* SPDX-License-Identifier: MIT */
#include "router/reactor.h"

#include "base/value.h"
#include "router/router.h"

#define REFUSED_PERCENT 80
#define SHRUNK_PERCENT  10

/* The highest descriptor at the start, with 13, 37 and 101 processes: 96, 264, 712 (3.4.18), 95, 263, 711
 * (3.6.8), 65, 161, 417 (4.0.1). Modules open connections of their own: to databases, to other proxies. */
#define FILES_PROCESS 7
#define FILES_MODULES 256

/* The pool of which the descriptors take less than that share. */
static uint64_t pool_mib(const struct router *router, uint64_t files, uint64_t percent)
{
	if (!router->reactor_bytes_per_file)
		return 0;
	uint64_t bytes = mul_div_u64(files, router->reactor_bytes_per_file, 1);
	return mul_div_u64(bytes, 100, percent) / MIB + 1;
}

uint64_t reactor_min_mib(const struct router *router, uint64_t files)
{
	return pool_mib(router, files, REFUSED_PERCENT);
}

uint64_t reactor_whole_mib(const struct router *router, uint64_t files)
{
	return pool_mib(router, files, SHRUNK_PERCENT);
}

uint64_t reactor_files(const struct router *router, uint64_t private_mib)
{
	if (!router->reactor_bytes_per_file)
		return UNLIMITED;
	return mul_div_u64(private_mib, MIB * SHRUNK_PERCENT, 100) / router->reactor_bytes_per_file;
}

uint64_t reactor_files_needed(const struct router *router, const struct estimate *estimate)
{
	if (!router->reactor_bytes_per_file)
		return 0;
	return estimate->tcp_connections + mul_div_u64(estimate->processes, FILES_PROCESS, 1) + FILES_MODULES;
}
