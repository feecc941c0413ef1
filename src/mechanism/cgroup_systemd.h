/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_CGROUP_SYSTEMD_H
#define SIPLAUNCH_MECHANISM_CGROUP_SYSTEMD_H
/*
 * Manager systemd: a transient scope for the router, or properties on the service that we are in. It talks to
 * the machine's systemd over D-Bus; a build without libsystemd has the same functions, which say so.
 */
#include <stdbool.h>

#include "plan/plan.h"

struct scope;

/* False in a build without libsystemd, such as the static one. */
bool cgroup_systemd_available(void);

/* Closes the connection; what was started stays. place_close() calls it. */
void scope_release(struct scope *scope);

#endif
