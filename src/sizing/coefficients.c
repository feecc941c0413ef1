/* SPDX-License-Identifier: MIT */
#include "sizing/sizing.h"

#include <string.h>

#include "base/alloc.h"

/*
 * Measured by tests/bench/coefficients (least squares over 14, 38 and 102 processes, pools touched, UDP and
 * TCP load, cold page cache), Kamailio 5.6.3 of Debian 12 on Linux 6.1 with 4 KiB pages, 2026-11:
 *
 *   modules           p          B          largest residual
 *   registrar, tm ... 427 KiB    12.3 MiB   0.8 MiB
 *   the same and TLS  432 KiB    18.6 MiB   0.2 MiB     a second run, 14 and 38 only: 466 KiB, 17.5 MiB
 *   ... app_python3   471 KiB    36.4 MiB   6.5 MiB     not covered by the row: set sizing.base, perProcess
 *
 * OpenSIPS (built with -O1), the same with TLS under load as well:
 *
 *   version, modules    p          B          largest residual
 *   3.4.18, 3.6.8       209, 208   12.0, 12.8 MiB   0.1 MiB
 *   the same and TLS    233, 222   19.1, 19.6 MiB   0.1 MiB
 *   4.0.1               205        13.2 MiB         0.2 MiB
 *   the same and TLS    237        20.0 MiB         0.1 MiB
 *
 * The rows are the largest of these but Python, with a tenth more for p, and B in whole MiB above.
 *
 * A TCP connection: 1.5 KiB idle, 5.6 KiB with a message unread, 21.5 KiB with 16 KiB unread. A socket is
 * charged by the page in each direction (sk_mem_pages(), include/net/sock.h); a router reads at once what
 * arrives, so what is assumed is a page each way.
 */
#define CONNECTION_BYTES (2 * KIB + 2 * 4 * KIB)

/*
 * OpenSIPS since 4.0 has in the libc heap of its TCP main process, for each connection as long as it lives,
 * struct tcp_req of 65,648 bytes from the first byte read on; and OpenSSL's state, of which 24,600 bytes are
 * dirty (31,600 with a client's certificate). Where connections come and go, free pieces between them stay
 * dirty: after some ten times as many as there are at a time it settles at 150,000 bytes a TLS connection,
 * and a tenth is added. docs/measurements.md has the whole.
 */
#define OPENSIPS_CONNECTION_HEAP_BYTES (66 * KIB)
#define TLS_HEAP_BYTES                 (96 * KIB)

static const struct coefficients table[] = {
	{
		.router = "kamailio",
		.per_process_bytes = 480 * KIB,
		.base_bytes = 20 * MIB,
		.connection_bytes = CONNECTION_BYTES,
		/* by source (tls_init.c of 6.1), with what OpenSSL takes in OpenSIPS: not measured */
		.tls_heap_bytes = TLS_HEAP_BYTES,
		.private_default_mib = 8,
		.private_most_mib = 64,
		.source = SOURCE_MEASURED,
		.provenance =
			"Kamailio 5.6.3 with TLS, Debian 12, Linux 6.1, 2026-11: tests/bench/coefficients, p + 10 %",
	},
	{
		.router = "opensips",
		.per_process_bytes = 264 * KIB,
		.base_bytes = 20 * MIB,
		.connection_bytes = CONNECTION_BYTES,
		.connection_heap_bytes = OPENSIPS_CONNECTION_HEAP_BYTES,
		.tls_heap_bytes = TLS_HEAP_BYTES,
		.private_default_mib = 16,
		.private_most_mib = 64,
		.source = SOURCE_MEASURED,
		.provenance =
			"OpenSIPS 3.4.18, 3.6.8 and 4.0.1 with TLS, Linux 6.1, 2026-11: tests/bench/coefficients, p + 10 %",
	},
	{
		.router = "generic",
		.per_process_bytes = 512 * KIB,
		.base_bytes = 20 * MIB,
		.connection_bytes = CONNECTION_BYTES,
		.private_default_mib = 8,
		.private_most_mib = 64,
		.source = SOURCE_DEFAULT,
		.provenance = "not measured: more than each of the known routers takes",
	},
};

const struct coefficients *coefficients_for(const char *router)
{
	const struct coefficients *last = &table[ARRAY_SIZE(table) - 1];
	for (const struct coefficients *row = table; row < last; row++)
		if (router && strcmp(row->router, router) == 0)
			return row;
	return last;
}
