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
 *
 * A registration's own part is what usrloc allocates that does not depend on a text: in Kamailio urecord_t
 * (64 bytes), ucontact_t (248) and the ruid (24), a block of 104 more each; what was measured less what the
 * blocks of its texts take (registration.c).
 */
#define KAMAILIO .router = "kamailio", .version = "Kamailio 5.6.3", .allocator = "q_malloc"
#define OPENSIPS .router = "opensips", .version = "OpenSIPS 3.6.8", .allocator = "f_malloc"

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
		.bytes = 648,
		.error_hundredths = 15,
		.modules = "usrloc, registrar",
		.how = "one contact an AoR; the record, the contact and its ruid, of up to 23 bytes; the "
		       "blocks of its texts come on top",
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
	{
		KAMAILIO,
		.object = OBJECT_TLS,
		.bytes = 87700,
		.error_hundredths = 15,
		.modules = "core, tls",
		.how = "TLS 1.3, a request answered: with a client certificate, or as 6.0.1 without one; 5.6.3 "
		       "takes 73,650 without; tcp_rd_buf_size as it is by default",
	},
	{
		OPENSIPS,
		.object = OBJECT_START,
		.bytes = 5000000,
		.error_hundredths = 1330,
		.modules = "tm, usrloc, registrar, dialog, rr, sl",
		.how = "before the first request, 4 to 48 workers for UDP and TCP each; what a "
		       "configuration loads into tables comes on top",
	},
	{
		OPENSIPS,
		.object = OBJECT_REGISTRATION,
		.bytes = 840,
		.error_hundredths = 25,
		.modules = "usrloc, registrar",
		.how = "one contact an AoR; the record, the contact and their key-value maps; the blocks of "
		       "its texts come on top",
	},
	{
		OPENSIPS,
		.object = OBJECT_DIALOG,
		.bytes = 4509,
		.error_hundredths = 100,
		.modules = "dialog, rr",
		.how = "URIs 31 bytes, Call-ID 36, tags 9 and 12, contacts 48 and 50; answered, no profiles, "
		       "no variables",
	},
	{
		OPENSIPS,
		.object = OBJECT_INVITE,
		.bytes = 18359,
		.error_hundredths = 650,
		.modules = "tm, rr",
		.how = "relayed to one branch, INVITE of about 1,000 bytes; a byte more of it takes two more; "
		       "calls come and go",
	},
	{
		OPENSIPS,
		.object = OBJECT_BYE,
		.bytes = 14639,
		.error_hundredths = 1150,
		.modules = "tm, rr",
		.how = "relayed and answered, BYE of about 500 bytes; a byte more of it takes two more; calls "
		       "come and go",
	},
	{
		OPENSIPS,
		.object = OBJECT_TLS,
		.bytes = 50470,
		.error_hundredths = 5,
		.modules = "proto_tls, tls_openssl",
		.how = "TLS 1.3, no client certificate (with one of 2048 bits 58,590), a request answered; "
		       "66,000 more while a request is read; since 4.0 in the libc heap",
	},
};

#define KAMAILIO_PRIVATE_BYTES 962000
#define OPENSIPS_PRIVATE_BYTES 1290000

const struct footprint *footprint_find(const char *router, enum object object)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (router && table[i].object == object && strcmp(table[i].router, router) == 0)
			return &table[i];
	return NULL;
}

uint64_t footprint_private_bytes(const char *router)
{
	if (!router)
		return 0;
	if (strcmp(router, "kamailio") == 0)
		return KAMAILIO_PRIVATE_BYTES;
	return strcmp(router, "opensips") == 0 ? OPENSIPS_PRIVATE_BYTES : 0;
}
