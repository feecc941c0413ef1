/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_ESTIMATE_H
#define SIPLAUNCH_ROUTER_ESTIMATE_H
/*
 * Adding to an estimate: processes with their line, and uncertainties. Private to this room. The number of
 * warnings is bounded for every configuration.
 */
#include <stdint.h>

#include "router/router.h"

/* Where something stands. `file` is borrowed; NULL: the command line or the router itself. */
struct place_in_config {
	const char *file;
	unsigned line;
};

/* Adds `processes`; the text says why they start. 0 adds nothing. */
void estimate_add(struct estimate *estimate, struct place_in_config place, uint64_t processes,
		  const char *format, ...) __attribute__((format(printf, 4, 5)));

/* A warning that does not touch the number. */
void estimate_warn(struct estimate *estimate, struct place_in_config place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A warning after which the number is no longer exact, and has no bounds. */
void estimate_uncertain(struct estimate *estimate, struct place_in_config place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A warning after which the number may be too large by up to `fewer` and too small by up to `more` processes;
 * `more` UINT64_MAX: by any number. */
void estimate_uncertain_by(struct estimate *estimate, struct place_in_config place, uint64_t fewer,
			   uint64_t more, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* `processes` of those counted start only under load: the number is a maximum, and stays exact. */
void estimate_idle(struct estimate *estimate, uint64_t processes);

/* The estimate counts `each` processes for each of `addresses` assumed addresses (at least one). */
void estimate_assumed(struct estimate *estimate, uint64_t each, uint64_t addresses);

/* An uncertainty about the text itself: the router may read another text from here on. Sets
 * estimate->gaps. */
void estimate_unread(struct estimate *estimate, struct place_in_config place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Adds a management interface of the router. */
void estimate_management(struct estimate *estimate, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Adds something to listen on; `transport` is static. */
void estimate_socket(struct estimate *estimate, struct place_in_config place, const char *transport,
		     const char *host, unsigned port, unsigned ports);

/* Adds a file of the configuration, once. */
void estimate_opened(struct estimate *estimate, const char *path);

/* Adds a path that the configuration names, once; a bounded number of them. */
void estimate_named(struct estimate *estimate, struct place_in_config place, const char *path);

/* Replaces all results except the needs by the router's documented defaults; the text is the reason. */
void estimate_default(const struct router *router, struct estimate *estimate, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
