/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_REACTOR_H
#define SIPLAUNCH_ROUTER_REACTOR_H
/*
 * What OpenSIPS's reactor takes of each private pool: 40 bytes for every descriptor that a process may have
 * open (io_wait.c). It refuses to start when that is 80 % of the pool, and shrinks the reactor without a word
 * where it is more than 10 % (net/net_tcp.c, reactor.c). Pure; other routers have none of it.
 */
#include <stdint.h>

struct router;

/* The least -M, in MiB, with which it starts for so many descriptors; 0: any. */
uint64_t reactor_least_mib(const struct router *router, uint64_t files);

/* The least -M, in MiB, with which its reactor is not shrunk for so many descriptors; 0: any. */
uint64_t reactor_whole_mib(const struct router *router, uint64_t files);

/* How many descriptors its reactor has at most with that -M; UNLIMITED: as many as it may open. */
uint64_t reactor_files(const struct router *router, uint64_t private_mib);

#endif
