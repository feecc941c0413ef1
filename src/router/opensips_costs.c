/* SPDX-License-Identifier: MIT */
/* What OpenSIPS takes of memory: of a process, a connection, and of each object in its shared pool. */
#include "router/opensips.h"

#include <stddef.h>

#include "router/measured.h"
#include "sizing/footprint.h"

/* usrloc copies only the User-Agent with a zero byte behind it (shm_nt_str_dup()). Measured with 15 sets of
 * texts in 3.6.8 (docs/measurements.md). */
static const bool terminated[TEXT_COUNT] = {[TEXT_USER_AGENT] = true};

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

static const struct footprints opensips_3_4 = {
	.number = "3.4.18",
	.version = "OpenSIPS 3.4.18",
	.allocator = "f_malloc",
	.allocator_option = "F_MALLOC",
	.modules = modules_opensips,
	.how = how_opensips_3,
	.private_bytes = 1290000,
	.text_block = {.round_bytes = 8, .own_bytes = 56, .terminated = terminated},
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
	.number = "3.6.8",
	.version = "OpenSIPS 3.6.8",
	.allocator = "f_malloc",
	.allocator_option = "F_MALLOC",
	.modules = modules_opensips,
	.how = how_opensips_3,
	.private_bytes = 1290000,
	.text_block = {.round_bytes = 8, .own_bytes = 56, .terminated = terminated},
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
	.number = "4.0.1",
	.version = "OpenSIPS 4.0.1",
	.allocator = "f_malloc",
	.allocator_option = "F_MALLOC",
	.modules = modules_opensips,
	.how = how_opensips_4,
	.private_bytes = 1300000,
	.text_block = {.round_bytes = 8, .own_bytes = 56, .terminated = terminated},
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
	.number = "3.6.8",
	.version = "OpenSIPS 3.6.8",
	.allocator = "q_malloc",
	.allocator_option = "Q_MALLOC",
	.modules = modules_opensips,
	.how = how_opensips_3,
	.private_bytes = 1490000,
	.text_block = {.round_bytes = 8, .own_bytes = 96, .terminated = terminated},
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

/* The default allocator's rows first; each allocator's versions in ascending order. `allocator_option` is a
 * prefix: the row of Q_MALLOC is also for "Q_MALLOC_DBG". */
static const struct footprints *const footprints[] = {&opensips_3_4, &opensips_3_6, &opensips_4_0,
						      &opensips_3_6_q_malloc, NULL};

/*
 * Measured by tests/bench/coefficients, as kamailio_costs.c says, with TLS under load as well (built with
 * -O1):
 *
 *   version, modules    p          B          largest residual
 *   3.4.18, 3.6.8       209, 208   12.0, 12.8 MiB   0.1 MiB
 *   the same and TLS    233, 222   19.1, 19.6 MiB   0.1 MiB
 *   4.0.1               205        13.2 MiB         0.2 MiB
 *   the same and TLS    237        20.0 MiB         0.1 MiB
 *
 * p is the largest plus a tenth; B is the largest, rounded up to MiB.
 */
const struct costs opensips_costs = {
	.router = "opensips",
	.per_process_bytes = 264 * KIB,
	.base_bytes = 20 * MIB,
	.connection_bytes = TCP_CONNECTION_BYTES,
	/* Since 4.0 the TCP main process has struct tcp_req of 65,648 bytes in its libc heap for each
	   connection, from the first byte read on until it ends. */
	.connection_heap_bytes = 66 * KIB,
	.tls_heap_bytes = TLS_HEAP_BYTES,
	.private_default_mib = 16,
	.private_max_mib = 64,
	.source = SOURCE_MEASURED,
	.provenance =
		"OpenSIPS 3.4.18, 3.6.8 and 4.0.1 with TLS, Linux 6.1, 2026-11: tests/bench/coefficients, p "
		"+ 10 %",
	.footprints = footprints,
};
