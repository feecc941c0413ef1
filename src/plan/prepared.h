/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_PLAN_PREPARED_H
#define SIPLAUNCH_PLAN_PREPARED_H
/*
 * What siplaunch init has planned, in one container of a pod, for a router in another one, and whether it
 * still holds where the router is started. Pure; the document that it is read from is launcher/plan_file.h.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/trust.h"
#include "plan/plan.h"

struct prepared {
	char *file;    /* the document; NULL: there is none */
	char *profile; /* the path of its profile */
	char *router;  /* "kamailio" */
	bool sized;    /* the rest is known; false for a router that nothing is computed for */
	uint64_t limit_bytes;
	uint64_t processes, connections;
	uint64_t shared_mib, private_mib;
	struct trust_doubt *doubts; /* who else may change the document: for trust_judge() */
	size_t doubt_count;
};
void prepared_clear(struct prepared *prepared);

/* True where the context has a plan with sizes, for the router that is started. */
bool prepared_counts(const struct context *context);

/* Why the plan does not hold for what is requested here; NULL: it does. Fresh string. */
char *prepared_difference(const struct context *context, const struct budget_request *request);

/* Requests the plan's pools, where the command and the profile leave them open. */
void prepared_request(const struct prepared *prepared, struct budget_request *request);

/* What the policy makes of a plan that does not hold: a warning, nothing, or -1 with both numbers and what to
 * do. */
int prepared_differs(const struct context *context, struct plan *plan, const char *difference,
		     struct error *error);

#endif
