/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_NEEDS_H
#define SIPLAUNCH_ROUTER_NEEDS_H
/*
 * Adding the needs of a router while its command and configuration are read. Private to this room; struct
 * router_need is in router.h. A need is certain if all text before it could be read.
 */
#include "router/estimate.h"

/* Adds a need of the line at `place`. Borrowed, valid until the next call; NULL if there are too many. */
struct router_need *needs_add(struct estimate *estimate, enum need_kind kind, struct place_in_config place);

/* Adds an alternative path; copies it. */
void need_path(struct router_need *need, const char *path);

/* The file NAME of `loadmodule "NAME"`. `directories`: where the router looks for a bare name, colon
 * separated; NULL: its built-in directory. That is not known, so only an absolute path becomes a need. */
void needs_module(struct estimate *estimate, const char *name, const char *directories,
		  struct place_in_config place);

/* A port that the router binds. Only ports below 1024 become a need: by default they require a privilege
 * (net.ipv4.ip_unprivileged_port_start). */
void needs_port(struct estimate *estimate, const char *protocol, const char *host, unsigned port,
		struct place_in_config place);

/* The configuration and the pid file (-P) of the command. */
void needs_of_command(const struct router_command *command, struct estimate *estimate);

#endif
