/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_PLAN_ADDRESS_SPACE_H
#define SIPLAUNCH_PLAN_ADDRESS_SPACE_H
/*
 * A 32-bit router has both pools, each in one piece, in an address space of 4 GiB at most, whatever memory
 * there is. Pure.
 */
#include "plan/plan.h"

/* Lowers what -m may be. 0; -1 with the arithmetic where the sizes that are given do not fit. */
int address_space_limit(const struct context *context, struct budget_request *request, struct error *error);

#endif
