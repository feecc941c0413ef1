/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SIZING_GIVEN_H
#define SIPLAUNCH_SIZING_GIVEN_H
/* Private to the room: checks given pools against the router's bounds and the needs of its start. */
struct budget_request;
struct error;

/* 0, or -1 with the pool; the hint has a sufficient size, and the limit if that is too small for it. */
int given_check(const struct budget_request *request, struct error *error);

#endif
