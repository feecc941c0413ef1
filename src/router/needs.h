/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_NEEDS_H
#define SIPLAUNCH_ROUTER_NEEDS_H
/*
 * Adding the needs of a router while its command and configuration are read. Private to this room; struct
 * router_need is in router.h. A need is certain where all that stands before it could be read.
 */
#include "router/estimate.h"

/* Adds a need of the line at `place`. NULL where there are too many. */
struct router_need *needs_add(struct estimate *estimate, enum need_kind kind, struct place_in_config place);

/* Adds an alternative path. The need owns a copy. */
void need_path(struct router_need *need, const char *path);

/* The file NAME of `loadmodule "NAME"`. `directories`: colon separated, where a bare name is looked for;
 * NULL: the router's built-in directory, which is not known, so that only an absolute path is a need. */
void needs_module(struct estimate *estimate, const char *name, const char *directories,
		  struct place_in_config place);

/* A port that is bound. Only those that need a privilege on any machine are kept: below 1024. */
void needs_port(struct estimate *estimate, const char *protocol, const char *host, unsigned port,
		struct place_in_config place);

/* The configuration and the pid file (-P) of the command. */
void needs_of_command(const struct router_command *command, struct estimate *estimate);

#endif
