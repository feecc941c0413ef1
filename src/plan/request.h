/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_PLAN_REQUEST_H
#define SIPLAUNCH_PLAN_REQUEST_H
/*
 * Private to the room: the request for a budget, from the profile, the command, the router's configuration
 * and the host. Each function fills its members of the request, whose limit is already set.
 */
#include <stdint.h>

struct budget_request;
struct context;
struct plan;

/* The number of processes and connections; warns of uncertainties of the estimate. */
void request_processes(const struct context *context, struct plan *plan, struct budget_request *request);

/* Where the router keeps its connections; warns where a version that is not known decides. After
 * request_processes(). */
void request_connections(const struct context *context, struct plan *plan, struct budget_request *request);

/* Given pools, the router's bounds for them, the needs of its start, and a second pool. */
void request_pools(const struct context *context, struct plan *plan, struct budget_request *request);

/* Huge pages, where the profile expects them and the kernel gives them. */
void request_huge_pages(const struct context *context, struct plan *plan, struct budget_request *request);

/* Raises the minimum of the private pool to what OpenSIPS' reactor needs, if the configuration has
 * open_files_limit: without it OpenSIPS makes the reactor smaller. */
void request_reactor(const struct context *context, struct budget_request *request);

/* The terms that the profile gives. After request_pools(). */
void request_sizes(const struct context *context, struct budget_request *request);

/* Warns of given pools with which the start may fail. */
void request_warn_small_pools(const struct context *context, const struct budget_request *request,
			      struct plan *plan);

/* Warns if the chosen private pool makes the router shrink its reactor. */
void request_warn_reactor(const struct context *context, struct plan *plan);

/* Bytes of page tables that huge pages would save in the solved budget; 0: none, or the budget counts on huge
 * pages. */
uint64_t request_huge_pages_unused(const struct context *context);

#endif
