/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_INSPECT_SAMPLING_H
#define SIPLAUNCH_INSPECT_SAMPLING_H
/*
 * The part of an inspection that queries the router itself: once for the page, repeatedly for --watch.
 */
#include <stdint.h>

struct error;
struct inspection;
struct inspect_request;

/* The timeout for all queries of one sample. */
#define ASK_TIMEOUT_MS 2000

/* Finds the management interface, and takes the first sample. Never fails: the sample says why it has no
 * pools. `directory` is that of the router's group, or -1; it is duplicated. */
void inspection_sample(const struct inspect_request *request, int directory, struct inspection *inspection);

/* Replaces the sample by a new one of the process that started at `start_ticks`, and looks for the management
 * interface again if the last one got no answer; stops when the descriptor *cancel becomes readable, such as
 * that of held signals. 0, or -1, and the previous sample stays: ESRCH if the process has exited. */
int inspection_sample_next(struct inspection *inspection, uint64_t start_ticks, const int *cancel,
			   struct error *error);

/* The start time of the main process, in clock ticks since boot; 0: it has exited. */
uint64_t inspection_start_ticks(const struct inspection *inspection);

#endif
