/* SPDX-License-Identifier: MIT */
#include "sizing/footprint.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"

/*
 * Measured by tests/bench/workload: several numbers of each object in one running router, the allocator's
 * real_used after each, least squares. docs/measurements.md has the whole table and what depends on what.
 *
 * Transactions: the larger of what one takes in a pool that nobody has used before, and of what it takes
 * while calls come and go. In Kamailio the second is a quarter more, in the blocks that others have left.
 *
 * A registration's own part is what usrloc allocates that does not depend on a text: in Kamailio urecord_t
 * (64 bytes), ucontact_t (248) and the ruid (24), each in a block; what was measured less what the blocks of
 * its texts take (registration.c).
 */
#define START                                                                                         \
	"before the first request, 4 to 48 workers for UDP and TCP each; what a configuration loads " \
	"into tables comes on top"
#define DIALOG \
	"URIs 31 bytes, Call-ID 36, tags 9 and 12, contacts 48 and 50; answered, no profiles, no variables"
#define KEPT "; kept until the transaction of its BYE is gone, 5 s longer than the call"
#define INVITE                                                                                              \
	"relayed to one branch, INVITE of about 1,000 bytes; a byte more of it takes two more; calls come " \
	"and go"
#define BYE \
	"relayed and answered, BYE of about 500 bytes; a byte more of it takes two more; calls come and go"
#define CONTACT "one contact an AoR; the record, the contact and "
#define TLS     "TLS 1.3, a request answered, no client certificate"
#define ON_TOP  "; the blocks of its texts come on top"

static const char *const modules_kamailio[OBJECT_COUNT] = {
	[OBJECT_START] = "tm, usrloc, registrar, dialog, rr, sl, htable",
	[OBJECT_REGISTRATION] = "usrloc, registrar",
	[OBJECT_DIALOG] = "dialog, rr",
	[OBJECT_INVITE] = "tm, rr",
	[OBJECT_BYE] = "tm, rr",
	[OBJECT_CONNECTION] = "core",
	[OBJECT_TLS] = "core, tls",
};

static const char *const how_kamailio[OBJECT_COUNT] = {
	[OBJECT_START] = START,
	[OBJECT_REGISTRATION] = CONTACT "its ruid, of up to 23 bytes" ON_TOP,
	[OBJECT_DIALOG] = DIALOG,
	[OBJECT_INVITE] = INVITE,
	[OBJECT_BYE] = BYE,
	[OBJECT_CONNECTION] = "TCP, with part of a request read or without; default tcp_rd_buf_size",
	[OBJECT_TLS] = TLS " (with one 14,000 more); default tcp_rd_buf_size",
};

static const char *const modules_opensips[OBJECT_COUNT] = {
	[OBJECT_START] = "tm, usrloc, registrar, dialog, rr, sl",
	[OBJECT_REGISTRATION] = "usrloc, registrar",
	[OBJECT_DIALOG] = "dialog, rr",
	[OBJECT_INVITE] = "tm, rr",
	[OBJECT_BYE] = "tm, rr",
	[OBJECT_CONNECTION] = "proto_tcp",
	[OBJECT_TLS] = "proto_tls, tls_openssl",
};

static const char *const how_opensips_3[OBJECT_COUNT] = {
	[OBJECT_START] = START,
	[OBJECT_REGISTRATION] = CONTACT "their key-value maps" ON_TOP,
	[OBJECT_DIALOG] = DIALOG KEPT,
	[OBJECT_INVITE] = INVITE,
	[OBJECT_BYE] = BYE,
	[OBJECT_CONNECTION] = "TCP, between requests; while a request is read in part it takes 66,728",
	[OBJECT_TLS] = TLS " (with one of 2048 bits 8,120 more); with part of a request 66,000 more",
};

static const char *const how_opensips_4[OBJECT_COUNT] = {
	[OBJECT_START] = START,
	[OBJECT_REGISTRATION] = CONTACT "their key-value maps" ON_TOP,
	[OBJECT_DIALOG] = DIALOG KEPT,
	[OBJECT_INVITE] = INVITE,
	[OBJECT_BYE] = BYE,
	[OBJECT_CONNECTION] = "TCP; requests that are read in part are outside of the shared pool",
	[OBJECT_TLS] = "TLS 1.3, a request answered; OpenSSL's state is outside of the shared pool",
};

static const struct footprints kamailio_5_6 = {
	.router = "kamailio",
	.number = "5.6.3",
	.version = "Kamailio 5.6.3",
	.allocator = "q_malloc",
	.allocator_option = "qm",
	.modules = modules_kamailio,
	.how = how_kamailio,
	.private_bytes = 962000,
	.text_block = {.round_bytes = 8, .own_bytes = 104},
	.of =
		{
			[OBJECT_START] = {3000000, 300},
			[OBJECT_REGISTRATION] = {648, 15},
			[OBJECT_DIALOG] = {1876, 52},
			[OBJECT_INVITE] = {21360, 110},
			[OBJECT_BYE] = {17530, 110},
			[OBJECT_CONNECTION] = {17416, 1},
			[OBJECT_TLS] = {73650, 15},
		},
};

static const struct footprints kamailio_6_0 = {
	.router = "kamailio",
	.number = "6.0.1",
	.version = "Kamailio 6.0.1",
	.allocator = "q_malloc",
	.allocator_option = "qm",
	.modules = modules_kamailio,
	.how = how_kamailio,
	.private_bytes = 2005000,
	.text_block = {.round_bytes = 16, .own_bytes = 112},
	.of =
		{
			[OBJECT_START] = {3060000, 330},
			[OBJECT_REGISTRATION] = {688, 7},
			[OBJECT_DIALOG] = {1929, 62},
			[OBJECT_INVITE] = {21075, 64},
			[OBJECT_BYE] = {18779, 64},
			[OBJECT_CONNECTION] = {17456, 1},
			[OBJECT_TLS] = {87700, 15},
		},
};

static const struct footprints opensips_3_4 = {
	.router = "opensips",
	.number = "3.4.18",
	.version = "OpenSIPS 3.4.18",
	.allocator = "f_malloc",
	.allocator_option = "F_MALLOC",
	.modules = modules_opensips,
	.how = how_opensips_3,
	.private_bytes = 1290000,
	.text_block = {.round_bytes = 8, .own_bytes = 56},
	.of =
		{
			[OBJECT_START] = {5000000, 1330},
			[OBJECT_REGISTRATION] = {840, 8},
			[OBJECT_DIALOG] = {4369, 21},
			[OBJECT_INVITE] = {17327, 469},
			[OBJECT_BYE] = {14607, 469},
			[OBJECT_CONNECTION] = {1080, 1},
			[OBJECT_TLS] = {50470, 5},
		},
};

static const struct footprints opensips_3_6 = {
	.router = "opensips",
	.number = "3.6.8",
	.version = "OpenSIPS 3.6.8",
	.allocator = "f_malloc",
	.allocator_option = "F_MALLOC",
	.modules = modules_opensips,
	.how = how_opensips_3,
	.private_bytes = 1290000,
	.text_block = {.round_bytes = 8, .own_bytes = 56},
	.of =
		{
			[OBJECT_START] = {5000000, 1330},
			[OBJECT_REGISTRATION] = {840, 8},
			[OBJECT_DIALOG] = {4510, 37},
			[OBJECT_INVITE] = {17991, 507},
			[OBJECT_BYE] = {14441, 507},
			[OBJECT_CONNECTION] = {1080, 1},
			[OBJECT_TLS] = {50470, 5},
		},
};

static const struct footprints opensips_4_0 = {
	.router = "opensips",
	.number = "4.0.1",
	.version = "OpenSIPS 4.0.1",
	.allocator = "f_malloc",
	.allocator_option = "F_MALLOC",
	.modules = modules_opensips,
	.how = how_opensips_4,
	.private_bytes = 1300000,
	.text_block = {.round_bytes = 8, .own_bytes = 56},
	.of =
		{
			[OBJECT_START] = {5000000, 1330},
			[OBJECT_REGISTRATION] = {840, 8},
			[OBJECT_DIALOG] = {4508, 17},
			[OBJECT_INVITE] = {13570, 427},
			[OBJECT_BYE] = {11334, 427},
			[OBJECT_CONNECTION] = {1152, 1},
			[OBJECT_TLS] = {1552, 1},
		},
};

static const struct footprints opensips_3_6_q_malloc = {
	.router = "opensips",
	.number = "3.6.8",
	.version = "OpenSIPS 3.6.8",
	.allocator = "q_malloc",
	.allocator_option = "Q_MALLOC",
	.modules = modules_opensips,
	.how = how_opensips_3,
	.private_bytes = 1490000,
	.text_block = {.round_bytes = 8, .own_bytes = 96},
	.of =
		{
			[OBJECT_START] = {5300000, 1600},
			[OBJECT_REGISTRATION] = {1040, 7},
			[OBJECT_DIALOG] = {5119, 36},
			[OBJECT_INVITE] = {18029, 191},
			[OBJECT_BYE] = {14683, 191},
			[OBJECT_CONNECTION] = {1160, 1},
		},
};

/* By router, the default allocator's rows first; each row's version in ascending order. Of `allocator_option`
 * the beginning counts: "Q_MALLOC_DBG" is Q_MALLOC's. */
static const struct footprints *const table[] = {&kamailio_5_6, &kamailio_6_0, &opensips_3_4,
						 &opensips_3_6, &opensips_4_0, &opensips_3_6_q_malloc};

/* "3.6.8" as 36: how far apart versions are is counted in minor ones, ten of them a major one. -1: it is
 * none. */
static long minor_versions(const char *version)
{
	char *end = NULL;
	long major = strtol(version, &end, 10);
	if (end == version || *end != '.' || major < 0 || major > 1000)
		return -1;
	long minor = strtol(end + 1, NULL, 10);
	return major * 10 + (minor < 0 ? 0 : minor > 9 ? 9 : minor);
}

/* Of a sum over one object of each kind. */
static bool is_dearer(const struct footprints *a, const struct footprints *b)
{
	uint64_t sum_a = 0, sum_b = 0;
	for (enum object object = OBJECT_REGISTRATION; object < OBJECT_COUNT; object++) {
		sum_a += a->of[object].bytes;
		sum_b += b->of[object].bytes;
	}
	return sum_a > sum_b;
}

static bool is_nearer(const struct footprints *a, const struct footprints *b, long wanted)
{
	if (wanted < 0)
		return is_dearer(a, b);
	long away_a = labs(minor_versions(a->number) - wanted),
	     away_b = labs(minor_versions(b->number) - wanted);
	return away_a < away_b || (away_a == away_b && is_dearer(a, b));
}

bool footprints_are_of_allocator(const struct footprints *with, const char *allocator)
{
	return strncasecmp(allocator, with->allocator_option, strlen(with->allocator_option)) == 0;
}

static const char *allocator_measured(const char *router, const char *allocator)
{
	const struct footprints *usual = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const struct footprints *row = table[i];
		if (strcmp(row->router, router) != 0)
			continue;
		usual = usual ? usual : row;
		if (allocator && footprints_are_of_allocator(row, allocator))
			return row->allocator;
	}
	return usual ? usual->allocator : NULL;
}

const struct footprints *footprints_nearest(const char *router, const char *version, const char *allocator)
{
	const struct footprints *nearest = NULL;
	long wanted = version ? minor_versions(version) : -1;
	const char *measured = router ? allocator_measured(router, allocator) : NULL;

	if (!measured)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const struct footprints *row = table[i];
		if (strcmp(row->router, router) != 0 || strcmp(row->allocator, measured) != 0)
			continue;
		if (!nearest || is_nearer(row, nearest, wanted))
			nearest = row;
	}
	return nearest;
}

/* "measured with OpenSIPS 3.6.8; this is 3.5.2" and whatever else is not this router. */
char *footprints_text(const struct footprints *with, const char *version, const char *allocator)
{
	cleanup_free char *which = NULL, *memory = NULL;

	if (!version)
		which = xstrdup("; the version here is not known: this is the most expensive one measured");
	else if (strcmp(version, with->number) != 0)
		which = xasprintf("; this is %s", version);
	if (allocator && !footprints_are_of_allocator(with, allocator))
		memory = xasprintf("; allocator %s is not measured, %s is", allocator, with->allocator);
	return xasprintf("%s%s%s", with->version, which ? which : "", memory ? memory : "");
}
