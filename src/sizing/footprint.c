/* SPDX-License-Identifier: MIT */
#include "sizing/capacity.h"

#include <string.h>

#include "base/alloc.h"

/*
 * Measured by tests/bench/workload: several numbers of each object in one running router, the allocator's
 * real_used after each, least squares. docs/measurements.md has the whole table and what depends on what.
 *
 * Transactions are measured while calls come and go: in the blocks that others have left they take a quarter
 * more than in a pool that nobody has used before (16,980 and 14,001 bytes).
 */
#define KAMAILIO .router = "kamailio", .version = "Kamailio 5.6.3", .allocator = "q_malloc"

static const struct footprint table[] = {
	{
		KAMAILIO,
		.object = OBJECT_START,
		.bytes = 3000000,
		.error_hundredths = 300,
		.modules = "tm, usrloc, registrar, dialog, rr, sl, htable",
		.how = "before the first request, 4 to 48 workers for UDP and TCP each; what a "
		       "configuration loads into tables comes on top",
	},
	{
		KAMAILIO,
		.object = OBJECT_REGISTRATION,
		.bytes = 1354,
		.error_hundredths = 3,
		.modules = "usrloc, registrar",
		.how = "AoR 29 bytes, contact 51, Call-ID 36, User-Agent 28, received 22, no Path, no "
		       "instance; a byte more of the contact takes a byte more",
	},
	{
		KAMAILIO,
		.object = OBJECT_DIALOG,
		.bytes = 1876,
		.error_hundredths = 52,
		.modules = "dialog, rr",
		.how = "URIs 31 bytes, Call-ID 36, tags 9 and 12, contacts 48 and 50; answered, no profiles, "
		       "no variables",
	},
	{
		KAMAILIO,
		.object = OBJECT_INVITE,
		.bytes = 21360,
		.error_hundredths = 110,
		.modules = "tm, rr",
		.how = "relayed to one branch, INVITE of about 1,000 bytes; a byte more of it takes two more; "
		       "calls come and go",
	},
	{
		KAMAILIO,
		.object = OBJECT_BYE,
		.bytes = 17530,
		.error_hundredths = 110,
		.modules = "tm, rr",
		.how = "relayed and answered, BYE of about 500 bytes; a byte more of it takes two more; calls "
		       "come and go",
	},
	{
		KAMAILIO,
		.object = OBJECT_CONNECTION,
		.bytes = 17416,
		.error_hundredths = 1,
		.modules = "core",
		.how = "TCP, with part of a request read; tcp_rd_buf_size as it is by default",
	},
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
