/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SIZING_FOOTPRINT_H
#define SIPLAUNCH_SIZING_FOOTPRINT_H
/*
 * The measured size of one object in a router's memory, in one row for each version and allocator. The rows
 * are in src/router/NAME_costs.c; this file chooses one. Pure.
 */
#include <stdbool.h>
#include <stdint.h>

#include "sizing/registration.h"

struct costs;

enum object {
	OBJECT_START, /* the pool's use before the first request; its count is always 1 */
	OBJECT_REGISTRATION,
	OBJECT_DIALOG,
	OBJECT_INVITE, /* transactions */
	OBJECT_BYE,
	OBJECT_CONNECTION,
	OBJECT_TLS,
	OBJECT_COUNT,
};

/* Of one object. */
struct footprint {
	uint64_t bytes;            /* of the shared pool; a registration without its texts; 0: not measured */
	unsigned error_hundredths; /* the fit's largest residual, in hundredths of a percent */
};

struct footprints {
	const char *number;           /* "5.6.3" */
	const char *version;          /* "Kamailio 5.6.3" */
	const char *allocator;        /* "q_malloc" */
	const char *allocator_option; /* as the router's option names it: "qm" */
	const char *const *modules;   /* by object: "usrloc, registrar" */
	const char *const *how;       /* by object: how it was measured, and the length of its texts */
	uint64_t private_bytes;       /* the maximum use of a process's private pool under any load */
	struct text_block text_block;
	struct footprint of[OBJECT_COUNT];
};

/*
 * The row of the nearest version ("3.5.2") with this allocator, as the router's option names it. A NULL or
 * malformed version: the most expensive row. A NULL or unmeasured allocator: the router's default. Of two
 * equally near rows: the more expensive. Borrowed; NULL: the router is not measured.
 */
const struct footprints *footprints_nearest(const struct costs *costs, const char *version,
					    const char *allocator);

/* "OpenSIPS 3.6.8; this is 3.5.2": the row, and how this router differs from it. Caller frees. */
char *footprints_text(const struct footprints *with, const char *version, const char *allocator);

#endif
