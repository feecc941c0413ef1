/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SIZING_GIVEN_H
#define SIPLAUNCH_SIZING_GIVEN_H
/* Private to the room: checks given pools against the router's bounds and the needs of its start. */
struct budget_request;
struct error;

/* 0, or -1 with an error that names the pool; its hint has a sufficient size, and a limit if the current one
 * is too small for that size. */
int given_check(const struct budget_request *request, struct error *error);

#endif
