/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SIZING_TERMS_H
#define SIPLAUNCH_SIZING_TERMS_H
/*
 * Private to the room: the request with everything resolved but the two pools, and the terms as a person
 * reads them. All sums are made in 128 bits: with the bounds that budget_solve() checks, no product reaches
 * 2^127.
 */
#include <stdio.h>

#include "sizing/sizing.h"

typedef unsigned __int128 wide;

/* A number of more than 2^64 - 1 as that one. */
uint64_t saturated(wide number);

struct frame {
	const struct budget_request *request;
	const struct coefficients *coefficients;
	uint64_t per_process_bytes, base_bytes, reserve_bytes;
	wide fixed_bytes; /* F with its page tables where it has a size of its own, N*p + B + C*c + H + R:
			     what does not depend on the pools */
};

/* How many times the shared pool is there: once more as a file, where that has its size. */
unsigned shared_times(const struct budget_request *request);

#define HUGE_PAGE_BYTES (2 * MIB) /* of x86-64, and of arm64 with 4 KiB pages */

/* What the pages of all pools cost in page tables, in all processes together. */
wide page_table_bytes(const struct frame *frame, uint64_t shared_mib, uint64_t private_mib);

/* What the connections take of the libc heap of the router's TCP process; 0 where they are in the pools. */
wide connection_heap_bytes(const struct budget_request *request, const struct coefficients *coefficients);

/* Fills budget->terms, unassigned_bytes and utilization. False when they add up to more than the limit. */
bool terms_fill(const struct frame *frame, struct budget *budget);

/* A line of such arithmetic: the label, MiB, and how it comes about. */
void terms_line(FILE *text, const char *label, wide bytes, const char *formula);

/* The arithmetic of a budget that does not fit, term by term. Returns -1. */
int terms_refuse(const struct budget_request *request, const struct budget *budget, struct error *error);

#endif
