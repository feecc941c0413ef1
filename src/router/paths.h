/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_PATHS_H
#define SIPLAUNCH_ROUTER_PATHS_H
/*
 * Files of a router by the paths that the router uses: a running one may have another root directory, other
 * mounts and another working directory than we.
 */
#include "router/router.h"

struct error;

/* The path from the router's working directory: absolute, unless that is ours. The caller frees it. */
char *router_path(const struct router_paths *paths, const char *path);

/* The same as it can be opened here, for messages. The caller frees it. */
char *router_path_here(const struct router_paths *paths, const char *path);

/*
 * Opens it for reading, without waiting for a FIFO's writer. In another root symbolic links stay inside that
 * root (openat2(2), RESOLVE_IN_ROOT, Linux 5.6). A descriptor, or -1 with the path that was tried.
 */
int router_path_open(const struct router_paths *paths, const char *path, struct error *error);

#endif
