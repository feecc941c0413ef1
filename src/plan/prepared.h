/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_PLAN_PREPARED_H
#define SIPLAUNCH_PLAN_PREPARED_H
/*
 * The plan that siplaunch init made in one container of a pod for a router in another one, and whether it
 * still fits where the router starts. Pure; session/plan_file.h reads the document.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/trust.h"
#include "plan/plan.h"

struct prepared {
	char *file;    /* the document; NULL: there is none */
	char *profile; /* the path of its profile */
	char *router;  /* "kamailio" */
	bool sized;    /* the rest is known; false for a router without computed sizes */
	uint64_t limit_bytes;
	uint64_t processes, connections;
	uint64_t shared_mib, private_mib;
	struct trust_finding *findings; /* who else may change the document: for trust_judge() */
	size_t finding_count;
};
void prepared_clear(struct prepared *prepared);

/* True if the context has a plan with sizes for the router that the command starts. */
bool prepared_counts(const struct context *context);

/* Why the plan does not fit the request here; NULL: it fits. Caller frees. */
char *prepared_difference(const struct context *context, const struct budget_request *request);

/* Requests the plan's pools, unless the command or the profile gives sizes. */
void prepared_request(const struct prepared *prepared, struct budget_request *request);

/* Applies the policy to a plan that does not fit: a warning, nothing, or -1 with both numbers and what to
 * do. */
int prepared_differs(const struct context *context, struct plan *plan, const char *difference,
		     struct error *error);

#endif
