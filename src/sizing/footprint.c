/* SPDX-License-Identifier: MIT */
#include "sizing/capacity.h"

#include <string.h>

#include "base/alloc.h"

/*
 * Measured by tests/bench/workload: several numbers of each object in one running router, the allocator's
 * real_used after each, least squares. docs/measurements.md has the whole table and what depends on what.
 */
#define KAMAILIO .router = "kamailio", .version = "Kamailio 5.6.3", .allocator = "q_malloc"

static const struct footprint table[] = {
	{KAMAILIO, .object = OBJECT_START, .bytes = 2920000, .error_hundredths = 200,
	 .modules = "tm, usrloc, registrar, dialog, rr, sl, htable, jsonrpcs",
	 .how = "before the first request, 4 to 48 workers for UDP and TCP each; tables of its own come on top"},
	{KAMAILIO, .object = OBJECT_REGISTRATION, .bytes = 1355, .error_hundredths = 3,
	 .modules = "usrloc, registrar",
	 .how = "AoR of 29 bytes, contact 54, Call-ID 33, User-Agent 28, received 24, no Path; a byte more of "
		"any is a byte more"},
};

#define KAMAILIO_PRIVATE_BYTES 962000

const struct footprint *footprint_find(const char *router, enum object object)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (router && table[i].object == object && strcmp(table[i].router, router) == 0)
			return &table[i];
	return NULL;
}

uint64_t footprint_private_bytes(const char *router)
{
	return router && strcmp(router, "kamailio") == 0 ? KAMAILIO_PRIVATE_BYTES : 0;
}
