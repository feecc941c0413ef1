/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_EXPORT_NAME_H
#define SIPLAUNCH_EXPORT_NAME_H
/* The names in an export: of the container, pod or unit, and of the profile's file. Pure. */
#include <stdbool.h>

#include "settings/tool.h"

struct profile;
struct router;

#define EXPORT_NAME_LENGTH 52 /* 63 less what "-profile" adds, and a pod's own suffix */

/* Kubernetes' rule for names (RFC 1123), which every other tool takes as well; a Service's begins with a
 * letter (RFC 1035). */
bool export_name_is_valid(const char *name, enum tool tool);

/* The router's name, or that of the program which the command executes, with what names may not have as "-".
 * Caller frees. */
char *export_default_name(enum tool tool, const struct router *router, const char *program);

/* The profile's file name in the place: "kamailio-4g.json". It needs no quoting anywhere: it is a key of a
 * ConfigMap too. Caller frees. */
char *export_profile_name(const struct profile *profile);

#endif
