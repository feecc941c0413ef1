/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SIZING_EXCESS_H
#define SIPLAUNCH_SIZING_EXCESS_H
/*
 * A running router has more processes than its budget counts: how much its pools can take, and which sizes
 * are enough. Pure: numbers in, numbers and sentences out.
 */
#include <stdbool.h>
#include <stdint.h>

#include "sizing/sizing.h"

struct excess {
	uint64_t processes, budgeted;
	uint64_t pools_bytes;    /* what the pools alone can take: S + N*M, of the router as it runs */
	uint64_t needed_bytes;   /* the smallest limit for it with these pools; 0: none below 2^60 */
	uint64_t limit_bytes;    /* the budget's */
	bool fits;               /* that limit is enough for that many processes, with other pools */
	uint64_t smallest_bytes; /* else: the smallest limit that does; 0: none below 2^60 */
};

/*
 * `request` is what the budget was solved for, `processes` how many run, and the pools in MiB those that they
 * run with. False: there are no more than the budget counts.
 */
bool excess_find(const struct budget_request *request, uint64_t processes, uint64_t shared_mib,
		 uint64_t private_mib, struct excess *excess);

/* "57 processes run, the budget counts 33: the pools alone can take 606 of 512 MiB". The caller frees it. */
char *excess_text(const struct excess *excess);

/* What to set: "set sizing.processes=57". The caller frees it. */
char *excess_hint(const struct excess *excess);

#endif
