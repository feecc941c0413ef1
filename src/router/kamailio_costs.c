/* SPDX-License-Identifier: MIT */
/* What Kamailio takes of memory: of a process, a connection, and of each object in its shared pool. */
#include "router/kamailio.h"

#include <stddef.h>

#include "router/measured.h"
#include "sizing/footprint.h"

/* usrloc copies these texts with a zero byte behind them, by shm_str_dup() (ucontact.c, new_ucontact()),
 * and the AoR without (urecord.c, new_urecord()). Measured with 15 sets of texts in 5.6.3
 * (docs/measurements.md). */
static const bool terminated[TEXT_COUNT] = {
	[TEXT_CONTACT] = true,  [TEXT_CALL_ID] = true,  [TEXT_USER_AGENT] = true,
	[TEXT_INSTANCE] = true, [TEXT_RECEIVED] = true, [TEXT_PATH] = true,
};

/* A registration's own part is urecord_t (64 bytes), ucontact_t (248) and the ruid (24), each in a block: the
 * measured total less the blocks of its texts. */
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

static const struct footprints kamailio_5_6 = {
	.number = "5.6.3",
	.version = "Kamailio 5.6.3",
	.allocator = "q_malloc",
	.allocator_option = "qm",
	.modules = modules_kamailio,
	.how = how_kamailio,
	.private_bytes = 962000,
	.text_block = {.round_bytes = 8, .own_bytes = 104, .terminated = terminated},
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
	.number = "6.0.1",
	.version = "Kamailio 6.0.1",
	.allocator = "q_malloc",
	.allocator_option = "qm",
	.modules = modules_kamailio,
	.how = how_kamailio,
	.private_bytes = 2005000,
	.text_block = {.round_bytes = 16, .own_bytes = 112, .terminated = terminated},
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

/* In ascending order of versions. */
static const struct footprints *const footprints[] = {&kamailio_5_6, &kamailio_6_0, NULL};

/*
 * Measured by tests/bench/coefficients (least squares over 14, 38 and 102 processes, pools touched, UDP and
 * TCP load, cold page cache), Kamailio 5.6.3 of Debian 12 on Linux 6.1 with 4 KiB pages, 2026-11:
 *
 *   modules           p          B          largest residual
 *   registrar, tm ... 427 KiB    12.3 MiB   0.8 MiB
 *   the same and TLS  432 KiB    18.6 MiB   0.2 MiB     a second run, 14 and 38 only: 466 KiB, 17.5 MiB
 *   ... app_python3   471 KiB    36.4 MiB   6.5 MiB     not covered here: set sizing.base, sizing.perProcess
 *
 * p is the largest except for Python's, plus a tenth; B is the largest, rounded up to MiB.
 */
const struct costs kamailio_costs = {
	.router = "kamailio",
	.per_process_bytes = 480 * KIB,
	.base_bytes = 20 * MIB,
	.connection_bytes = TCP_CONNECTION_BYTES,
	/* by source (tls_init.c of 6.1), with what OpenSSL takes in OpenSIPS: not measured */
	.tls_heap_bytes = TLS_HEAP_BYTES,
	.private_default_mib = 8,
	.private_max_mib = 64,
	.source = SOURCE_MEASURED,
	.provenance =
		"Kamailio 5.6.3 with TLS, Debian 12, Linux 6.1, 2026-11: tests/bench/coefficients, p + 10 %",
	.footprints = footprints,
	.read_buffer_bytes = 16 * KIB,  /* tcp_options.h, tcp_rd_buf_size */
	.connection_pool_bytes = 928,   /* struct tcp_connection: 66,464 with tcp_rd_buf_size 65536 */
	.write_queue_bytes = 32 * KIB,  /* tcp_options.h, tcp_conn_wq_max */
	.write_queues_bytes = 10 * MIB, /* tcp_options.h, tcp_wq_max */
};
