/* SPDX-License-Identifier: MIT */
#include "sizing/excess.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "sizing/terms.h"

static uint64_t needed_with(const struct budget_request *request, uint64_t shared_mib, uint64_t private_mib)
{
	struct budget_request as_it_runs = *request;

	as_it_runs.shared_fixed = as_it_runs.private_fixed = true;
	as_it_runs.shared_bytes = shared_mib * MIB;
	as_it_runs.private_bytes = private_mib * MIB;
	as_it_runs.shared_wanted_bytes = 0;
	return budget_smallest_limit(&as_it_runs);
}

bool excess_find(const struct budget_request *request, uint64_t processes, uint64_t shared_mib,
		 uint64_t private_mib, struct excess *excess)
{
	struct budget_request enough = *request;
	struct wide pools_mib = wide_product(processes, private_mib);

	wide_add(&pools_mib, wide_of(shared_mib));
	*excess = (struct excess){
		.processes = processes,
		.budgeted = request->processes,
		.pools_bytes = mul_div_u64(wide_saturated(pools_mib), MIB, 1),
		.limit_bytes = request->limit_bytes,
	};
	if (processes <= request->processes)
		return false;
	enough.processes = processes;
	excess->needed_bytes = needed_with(&enough, shared_mib, private_mib);
	excess->fits = budget_carries(&enough);
	excess->smallest_bytes = excess->fits ? 0 : budget_smallest_limit(&enough);
	return true;
}

/* If the pools alone exceed the limit, say only that; else name the whole need. */
char *excess_text(const struct excess *excess)
{
	cleanup_free char *counts = xasprintf("%" PRIu64 " processes run, the budget counts %" PRIu64,
					      excess->processes, excess->budgeted);
	if (excess->pools_bytes > excess->limit_bytes)
		return xasprintf("%s: the pools alone can take %" PRIu64 " of %" PRIu64 " MiB", counts,
				 excess->pools_bytes / MIB, excess->limit_bytes / MIB);
	if (excess->needed_bytes > excess->limit_bytes)
		return xasprintf("%s: they need %" PRIu64 " of %" PRIu64 " MiB with these pools", counts,
				 excess->needed_bytes / MIB, excess->limit_bytes / MIB);
	return xasprintf("%s: the limit is enough for them with these pools", counts);
}

char *excess_hint(const struct excess *excess)
{
	if (excess->fits)
		return xasprintf("set sizing.processes=%" PRIu64 ", and start the router again",
				 excess->processes);
	if (!excess->smallest_bytes)
		return xasprintf(
			"set sizing.processes=%" PRIu64
			" and smaller pools (sizing.shared, sizing.private): no memory limit is enough for "
			"the current sizes",
			excess->processes);
	return xasprintf("set sizing.processes=%" PRIu64 " and a memory limit of at least %" PRIu64
			 " MiB (sizing.memory=%" PRIu64 "MiB), and start the router again",
			 excess->processes, excess->smallest_bytes / MIB, excess->smallest_bytes / MIB);
}
