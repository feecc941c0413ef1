/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_CPUS_LOOK_H
#define SIPLAUNCH_LAUNCHER_CPUS_LOOK_H
/*
 * The CPUs that a router may use, beside its workers: gathered where somebody wants to be told, by `plan` and
 * `advise`. What it means is sizing/cpus.h's.
 */
#include <jansson.h>

#include "host/cpus.h"
#include "sizing/cpus.h"

struct session;

struct cpus_look {
	struct cpu_quota quota;
	struct cpu_request request; /* its texts are the quota's */
};

/* Of the session's router: in `group`, or where a launch would put it (NULL). cpus_look_clear() afterwards.
 */
void cpus_look(const struct session *session, const char *group, struct cpus_look *look);
void cpus_look_clear(struct cpus_look *look);

/* {"available", "source", "workers", "threads", "far", "text"}: docs/plan-json.md. A new reference. */
json_t *cpus_look_json(const struct cpus_look *look);

#define cleanup_cpus_look __attribute__((cleanup(cpus_look_clear)))

#endif
