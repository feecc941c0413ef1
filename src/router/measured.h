/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_MEASURED_H
#define SIPLAUNCH_ROUTER_MEASURED_H
/*
 * Private to the room: how the objects of footprints (sizing/footprint.h) were measured, texts and numbers
 * that several routers share.
 *
 * tests/bench/workload creates several numbers of each object in one running router, reads the allocator's
 * real_used after each, and fits a line by least squares. docs/measurements.md has the whole table.
 *
 * A transaction: the larger of what one takes in an unused pool, and of what it takes while calls come and
 * go. In Kamailio the second is a quarter more, because it reuses blocks that other objects freed.
 */
#define START                                                                            \
	"before the first request, 4 to 48 workers for UDP and TCP each; tables that a " \
	"configuration loads are extra"
#define DIALOG \
	"URIs 31 bytes, Call-ID 36, tags 9 and 12, contacts 48 and 50; answered, no profiles, no variables"
#define KEPT "; kept until the transaction of its BYE ends, 5 s longer than the call"
#define INVITE                                                                                           \
	"relayed to one branch, INVITE of about 1,000 bytes; one more byte of it takes two; calls come " \
	"and go"
#define BYE     "relayed and answered, BYE of about 500 bytes; one more byte of it takes two; calls come and go"
#define CONTACT "one contact an AoR; the record, the contact and "
#define TLS     "TLS 1.3, a request answered, no client certificate"
#define ON_TOP  "; plus the blocks of its texts"

/*
 * A TCP connection: 1.5 KiB idle, 5.6 KiB with an unread message, 21.5 KiB with 16 unread KiB. The kernel
 * charges a socket in whole pages for each direction (sk_mem_pages(), include/net/sock.h). A router reads
 * data as soon as it arrives, so this assumes one page for each direction.
 */
#define TCP_CONNECTION_BYTES (2 * KIB + 2 * 4 * KIB)

/*
 * OpenSSL's state of a connection in libc's heap: 24,600 dirty bytes (31,600 with a client's certificate). As
 * connections open and close, free memory between them stays dirty: after about ten times the number of
 * concurrent connections, OpenSIPS 4.0 settles at 150,000 bytes for each TLS connection, of which struct
 * tcp_req is 65,648 bytes. The constant adds a tenth. docs/measurements.md has all numbers.
 */
#define TLS_HEAP_BYTES (96 * KIB)

#endif
