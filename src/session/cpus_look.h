/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SESSION_CPUS_LOOK_H
#define SIPLAUNCH_SESSION_CPUS_LOOK_H
/*
 * The CPUs that a router may use, and its workers: for `plan` and `advise`, which report them. sizing/cpus.h
 * judges them.
 */
#include <jansson.h>

#include "host/cpus.h"
#include "sizing/cpus.h"

struct error;
struct session;

struct cpus_look {
	struct cpu_quota quota;
	struct cpu_request request; /* its texts are the quota's */
};

/* Reads them for the session's router: in `group`, or (NULL) where a launch would put it. cpus_look_clear()
 * afterwards. 0, or -1 as cpu_quota_read(). */
int cpus_look(const struct session *session, const char *group, struct cpus_look *look, struct error *error);
void cpus_look_clear(struct cpus_look *look);

/* {"available", "source", "workers", "threads", "far", "text"}: docs/plan-json.md. A new reference. */
json_t *cpus_look_json(const struct cpus_look *look);

#endif
