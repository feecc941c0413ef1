/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SIZING_FOOTPRINT_H
#define SIPLAUNCH_SIZING_FOOTPRINT_H
/*
 * What one object takes of a router's memory, as it was measured: one row for each version of a router and
 * allocator. Pure.
 */
#include <stdbool.h>
#include <stdint.h>

#include "sizing/registration.h"

enum object {
	OBJECT_START, /* what the pool holds before anybody has called; always one */
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
	const char *router;           /* "kamailio" */
	const char *number;           /* "5.6.3" */
	const char *version;          /* "Kamailio 5.6.3" */
	const char *allocator;        /* "q_malloc" */
	const char *allocator_option; /* as the router's option names it: "qm" */
	const char *const *modules;   /* by object: "usrloc, registrar" */
	const char *const *how;       /* by object: what it was measured with and how large its texts were */
	uint64_t private_bytes; /* the maximum used of a process's private pool, whatever there is to do */
	struct text_block text_block;
	struct footprint of[OBJECT_COUNT];
};

/*
 * The row of the nearest version ("3.5.2") with this allocator, as the router's option names it. NULL as the
 * version, or one that is none: the most expensive row. NULL as the allocator, or one that was not measured:
 * the router's default. Of two rows that are equally near: the more expensive. NULL: the router is not
 * measured.
 */
const struct footprints *footprints_nearest(const char *router, const char *version, const char *allocator);

bool footprints_are_of_allocator(const struct footprints *with, const char *allocator);

/* "OpenSIPS 3.6.8; this is 3.5.2": the row, and how it differs from this router. Caller frees. */
char *footprints_text(const struct footprints *with, const char *version, const char *allocator);

#endif
