/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_EXPORT_NAME_H
#define SIPLAUNCH_EXPORT_NAME_H
/* The names in an export: of the container, pod or unit, and of the profile's file. Pure. */
#include <stdbool.h>

#include "settings/tool.h"

struct profile;
struct router;

#define EXPORT_NAME_LENGTH 52 /* 63 less "-profile", and less a pod's suffix */

/* Kubernetes' rule for names (RFC 1123), which all other tools accept as well. For a pod the name begins with
 * a letter, because a Service requires that (RFC 1035). */
bool export_name_is_valid(const char *name, enum tool tool);

/* The router's name, or that of the program that the command executes; invalid characters become "-". Caller
 * frees. */
char *export_default_name(enum tool tool, const struct router *router, const char *program);

/* The profile's file name in the target: "kamailio-4g.json". It needs no quoting, and is valid as a key of a
 * ConfigMap. Caller frees. */
char *export_profile_name(const struct profile *profile);

#endif
