/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SIZING_TERMS_H
#define SIPLAUNCH_SIZING_TERMS_H
/*
 * Private to the room: the request with everything resolved except the two pools, and the terms of a report.
 * Sums and products use 128 bits. budget_solve() and given_check() bound every factor to 64 bits: a limit of
 * 2^60 bytes, 2^22 processes, a pool of 2^44 MiB.
 */
#include <stdio.h>

#include "base/wide.h"
#include "sizing/sizing.h"

struct frame {
	const struct budget_request *request;
	const struct costs *costs;
	uint64_t per_process_bytes, base_bytes, reserve_bytes;
	struct wide fixed_bytes; /* what does not depend on the pools: F with its page tables if it has its
				    own size, N*p + B + C*c + H + P + R */
};

/* How many times the shared pool counts: 2 if a file of the same size is a second one, else 1. */
unsigned shared_times(const struct budget_request *request);

#define HUGE_PAGE_BYTES (2 * MIB) /* of x86-64, and of arm64 with 4 KiB pages */

/* The bytes of one process's page tables for a MiB of small pages. A whole number, because a page is no
 * larger than a MiB. */
uint64_t table_bytes_of_mib(const struct budget_request *request);

/* The page tables for the pages of all pools, in all processes together. */
struct wide page_table_bytes(const struct frame *frame, uint64_t shared_mib, uint64_t private_mib);

/* The bytes of all connections in the libc heap of the router's TCP process; 0 if they are in the pools. */
struct wide connection_heap_bytes(const struct budget_request *request, const struct costs *costs);

/* Fills budget->terms, unassigned_bytes and utilization. False when they add up to more than the limit. */
bool terms_fill(const struct frame *frame, struct budget *budget);

/* Writes a line of the arithmetic: the label, MiB, and the formula. */
void terms_line(FILE *text, const char *label, struct wide bytes, const char *formula);

/* Sets the error for a budget that does not fit: its message is the arithmetic, term by term. Returns -1. */
int terms_refuse(const struct budget_request *request, const struct budget *budget, struct error *error);

#endif
