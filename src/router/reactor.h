/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_REACTOR_H
#define SIPLAUNCH_ROUTER_REACTOR_H
/*
 * The size of OpenSIPS' reactor in each private pool: 40 bytes for every descriptor that a process may have
 * open (io_wait.c). With open_files_limit the reactor has that many entries, and OpenSIPS refuses to start if
 * they take 80 % of the pool or more. Without it, the reactor has as many entries as the soft RLIMIT_NOFILE,
 * but takes at most 10 % of the pool (init_reactor_size() of reactor.c in 3.4 to 4.0). Pure; other routers
 * have no reactor in the pool.
 */
#include <stdint.h>

struct router;
struct estimate;

/* The minimum -M, in MiB, with which OpenSIPS starts with open_files_limit `files`; 0: any. */
uint64_t reactor_min_mib(const struct router *router, uint64_t files);

/* The minimum -M, in MiB, with which OpenSIPS does not shrink a reactor of that many descriptors; 0: any. */
uint64_t reactor_whole_mib(const struct router *router, uint64_t files);

/* The maximum number of descriptors in the reactor with that -M; UNLIMITED: as many as the process may
 * open. */
uint64_t reactor_files(const struct router *router, uint64_t private_mib);

/* The maximum number of descriptors that one of its processes may have open: all connections of the
 * configuration, and those open after the start. 0: the router has no reactor. */
uint64_t reactor_files_needed(const struct router *router, const struct estimate *estimate);

#endif
