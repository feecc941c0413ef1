/* SPDX-License-Identifier: MIT */
#include "sizing/sizing.h"

#include <inttypes.h>
#include <limits.h>

#include "base/alloc.h"
#include "base/error.h"

/* IPCMNI without the ipcmni_extend boot parameter (ipc/util.h); above it the write fails with ERANGE. */
#define SEMMNI_MAX 32768

static int refuse(struct error *error, const char *what, uint64_t number, uint64_t max)
{
	error_set(error, 0, "%s is %" PRIu64, what, number);
	return error_hint(error, "from 1 to %" PRIu64, max);
}

int semaphores_compute(uint64_t sets, uint64_t per_set, uint64_t ops_per_call, uint64_t sem[4],
		       struct error *error)
{
	const struct {
		const char *what;
		uint64_t number, max; /* the kernel keeps all four in ints (ipc/sem.c) */
	} given[] = {
		{"ipc.semaphores.sets (SEMMNI)", sets, SEMMNI_MAX},
		{"ipc.semaphores.perSet (SEMMSL)", per_set, INT_MAX},
		{"ipc.semaphores.opsPerCall (SEMOPM)", ops_per_call, INT_MAX},
	};
	for (size_t i = 0; i < ARRAY_SIZE(given); i++)
		if (given[i].number < 1 || given[i].number > given[i].max)
			return refuse(error, given[i].what, given[i].number, given[i].max);

	uint64_t all = sets * per_set; /* below 2^46 */
	if (all > INT_MAX) {
		error_set(error, 0,
			  "%" PRIu64 " semaphore sets of %" PRIu64 " are %" PRIu64
			  " semaphores (SEMMNS), but the kernel counts them in an int",
			  sets, per_set, all);
		return error_hint(error, "sets x perSet at most %d", INT_MAX);
	}
	sem[0] = per_set;
	sem[1] = all;
	sem[2] = ops_per_call;
	sem[3] = sets;
	return 0;
}
