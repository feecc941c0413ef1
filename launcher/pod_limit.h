/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_POD_LIMIT_H
#define SIPLAUNCH_LAUNCHER_POD_LIMIT_H
/*
 * The memory limit of the router's container, as somebody tells init, which cannot see it: its own cgroup is
 * another one. A wrong size is worse than none, so that what could mean two things is refused. Pure.
 */
#include <stdbool.h>
#include <stdint.h>

struct error;

/*
 * Reads --memory-limit: bytes, as resourceFieldRef gives them; a size of siplaunch's ("512MiB"); a quantity
 * of Kubernetes's that means the same to everybody ("512Mi", "5e8"). 0 with *bytes, at least 1 MiB; or -1:
 * "500M" (decimal to Kubernetes, binary to siplaunch), "$(LIMIT)" that nobody has expanded, a share of what
 * cannot be seen, or so few bytes that they are a multiple of something (divisor: 1Mi).
 */
int pod_limit_parse(const char *text, uint64_t *bytes, struct error *error);

/* What a manifest needs so that init is told, as YAML. */
extern const char pod_limit_manifest[];

/*
 * True where a limit is so near to the machine's memory that it may be no limit at all: for a container
 * without one, resourceFieldRef gives what the node can allocate, which is MemTotal less what is kept for the
 * system.
 */
bool pod_limit_is_the_nodes(uint64_t limit_bytes, uint64_t total_bytes);

#endif
