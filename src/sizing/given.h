/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SIZING_GIVEN_H
#define SIPLAUNCH_SIZING_GIVEN_H
/* Private to the room: pools whose size is given, against what the router takes and what its start needs. */
struct budget_request;
struct error;

/* 0, or -1 with the pool, and in the hint the size that would do, and the limit where that is too small for
 * it. */
int given_check(const struct budget_request *request, struct error *error);

#endif
