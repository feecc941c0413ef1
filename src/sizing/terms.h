/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SIZING_TERMS_H
#define SIPLAUNCH_SIZING_TERMS_H
/*
 * Private to the room: the request with everything resolved except the two pools, and the terms for people.
 * Sums and their products are made in 128 bits. The bounds that budget_solve() and given_check() hold keep
 * all factors within 64: a limit of 2^60 bytes, 2^22 processes, 2^44 MiB of a pool.
 */
#include <stdio.h>

#include "base/wide.h"
#include "sizing/sizing.h"

struct frame {
	const struct budget_request *request;
	const struct costs *costs;
	uint64_t per_process_bytes, base_bytes, reserve_bytes;
	struct wide fixed_bytes; /* F with its page tables where it has a size of its own, N*p + B + C*c + H +
				    R: what does not depend on the pools */
};

/* How many times the shared pool is there: once more as a file, where that has its size. */
unsigned shared_times(const struct budget_request *request);

#define HUGE_PAGE_BYTES (2 * MIB) /* of x86-64, and of arm64 with 4 KiB pages */

/* What one process's page tables take for a MiB of small pages. Whole: a page is no larger than a MiB. */
uint64_t table_bytes_of_mib(const struct budget_request *request);

/* The page tables for the pages of all pools, in all processes together. */
struct wide page_table_bytes(const struct frame *frame, uint64_t shared_mib, uint64_t private_mib);

/* What the connections take of the libc heap of the router's TCP process; 0 where they are in the pools. */
struct wide connection_heap_bytes(const struct budget_request *request, const struct costs *costs);

/* Fills budget->terms, unassigned_bytes and utilization. False when they add up to more than the limit. */
bool terms_fill(const struct frame *frame, struct budget *budget);

/* A line of such arithmetic: the label, MiB, and how it comes about. */
void terms_line(FILE *text, const char *label, struct wide bytes, const char *formula);

/* The arithmetic of a budget that does not fit, term by term. Returns -1. */
int terms_refuse(const struct budget_request *request, const struct budget *budget, struct error *error);

#endif
