/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_INSPECT_SAMPLING_H
#define SIPLAUNCH_INSPECT_SAMPLING_H
/*
 * The part of an inspection that asks the router itself: once for the page, again and again for --watch.
 */
#include <stdbool.h>
#include <stdint.h>

struct error;
struct inspection;
struct inspect_request;

/* How long all the questions of one sample may take. */
#define ASK_TIMEOUT_MS 2000

/* Finds where the router is asked, and takes the first sample. Nothing of it fails: why there are no pools is
 * in the sample. `directory` is of its group, or -1. */
void inspection_sample(const struct inspect_request *request, int directory, struct inspection *inspection);

/* Takes another one in its place; none when the descriptor *cancel becomes readable, as that of held signals
 * does. 0, or -1 when the process is gone: the last one stays then. */
int inspection_sample_again(struct inspection *inspection, const int *cancel, struct error *error);

/* When its main process started, in ticks since boot; 0: it is gone. */
uint64_t inspection_start_ticks(const struct inspection *inspection);

/* It is still the process that started then: another one may have got its pid. */
bool inspection_is_same(const struct inspection *inspection, uint64_t start_ticks);

#endif
