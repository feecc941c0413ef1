/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_PLAN_ADDRESS_SPACE_H
#define SIPLAUNCH_PLAN_ADDRESS_SPACE_H
/*
 * A 32-bit router has both pools, each in one piece, in an address space of at most 4 GiB, independent of the
 * memory. Pure.
 */
#include "plan/plan.h"

/* Lowers the maximum of -m. 0; -1 with the arithmetic if the given sizes do not fit. */
int address_space_limit(const struct context *context, struct budget_request *request, struct error *error);

#endif
