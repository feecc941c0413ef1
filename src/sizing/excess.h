/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SIZING_EXCESS_H
#define SIPLAUNCH_SIZING_EXCESS_H
/*
 * For a running router with more processes than its budget counts: how much its pools can take, and which
 * sizes are enough. Pure: numbers in, numbers and sentences out.
 */
#include <stdbool.h>
#include <stdint.h>

#include "sizing/sizing.h"

struct excess {
	uint64_t processes, budgeted;
	uint64_t pools_bytes;  /* max of the pools alone, with the running processes: S + N*M */
	uint64_t needed_bytes; /* the smallest limit for these processes with these pools; 0: none below 2^60
				*/
	uint64_t limit_bytes;  /* the budget's */
	bool fits;             /* the budget's limit is enough for these processes, with other pools */
	uint64_t smallest_bytes; /* if not: the smallest limit that is enough; 0: none below 2^60 */
};

/*
 * `request`: what the budget was solved for; `processes`: how many run; the pools in MiB: the sizes in force.
 * False: no more processes run than the budget counts.
 */
bool excess_find(const struct budget_request *request, uint64_t processes, uint64_t shared_mib,
		 uint64_t private_mib, struct excess *excess);

/* "57 processes run, the budget counts 33: the pools alone can take 606 of 512 MiB". The caller frees it. */
char *excess_text(const struct excess *excess);

/* What to set: "set sizing.processes=57". The caller frees it. */
char *excess_hint(const struct excess *excess);

#endif
