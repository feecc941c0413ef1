/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SESSION_POD_LIMIT_H
#define SIPLAUNCH_SESSION_POD_LIMIT_H
/*
 * The memory limit of the router's container, as an option of init: init's own cgroup is another one. A wrong
 * limit is worse than none, so an ambiguous text is refused. Pure.
 */
#include <stdbool.h>
#include <stdint.h>

struct error;

/*
 * Reads --memory-limit: bytes, as resourceFieldRef gives them; a size of siplaunch's ("512MiB"); an
 * unambiguous quantity of Kubernetes's ("512Mi", "5e8"). 0 with *bytes, at least 1 MiB; or -1: "500M"
 * (decimal to Kubernetes, binary to siplaunch), an unexpanded "$(LIMIT)", a percentage of an unknown limit,
 * or so few bytes that they are a count of a larger unit (divisor: 1Mi).
 */
int pod_limit_parse(const char *text, uint64_t *bytes, struct error *error);

/* The part of a manifest that gives init the limit, as YAML. */
extern const char pod_limit_manifest[];

/*
 * True if a limit is so near to the machine's memory that it may be none: for a container without a limit,
 * resourceFieldRef gives the node's allocatable memory, which is MemTotal minus what Kubernetes keeps for the
 * system.
 */
bool pod_limit_is_the_nodes(uint64_t limit_bytes, uint64_t total_bytes);

#endif
