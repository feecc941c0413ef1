/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_REACTOR_H
#define SIPLAUNCH_ROUTER_REACTOR_H
/*
 * The size of OpenSIPS' reactor in each private pool: 40 bytes for every descriptor that a process may have
 * open (io_wait.c). With open_files_limit the reactor has that size, and OpenSIPS refuses to start from 80 %
 * of the pool on. Without, it has the size of the soft RLIMIT_NOFILE, shrunk to 10 % of the pool
 * (init_reactor_size() of reactor.c in 3.4 to 4.0). Pure; other routers have none of it.
 */
#include <stdint.h>

struct router;
struct estimate;

/* The minimum -M, in MiB, with which it starts for that many descriptors; 0: any. */
uint64_t reactor_least_mib(const struct router *router, uint64_t files);

/* The minimum -M, in MiB, with which it does not shrink its reactor for that many descriptors; 0: any. */
uint64_t reactor_whole_mib(const struct router *router, uint64_t files);

/* How many descriptors its reactor has at most with that -M; UNLIMITED: as many as it may open. */
uint64_t reactor_files(const struct router *router, uint64_t private_mib);

/* How many descriptors one of its processes may have open at most: all connections of the configuration, and
 * those that it starts with. 0: the router has no reactor. */
uint64_t reactor_files_needed(const struct router *router, const struct estimate *estimate);

#endif
