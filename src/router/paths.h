/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_PATHS_H
#define SIPLAUNCH_ROUTER_PATHS_H
/*
 * Files of a router by the paths that the router uses: a running router may have another root directory,
 * other mounts and another working directory than siplaunch.
 */
#include "router/router.h"

struct error;

/* The path, resolved from the router's working directory: absolute, unless that directory is siplaunch's own.
 * Caller frees. */
char *router_path(const struct router_paths *paths, const char *path);

/* The path by which siplaunch reaches the file, for messages: below /proc/PID/root for another root. Caller
 * frees. */
char *router_path_here(const struct router_paths *paths, const char *path);

/*
 * Opens a file for reading; does not wait for a FIFO's writer. In another root, symbolic links are resolved
 * inside that root (openat2(2), RESOLVE_IN_ROOT, Linux 5.6). A descriptor that the caller closes, or -1 with
 * the path that was tried.
 */
int router_path_open(const struct router_paths *paths, const char *path, struct error *error);

#endif
