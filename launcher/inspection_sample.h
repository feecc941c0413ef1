/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_INSPECTION_SAMPLE_H
#define SIPLAUNCH_LAUNCHER_INSPECTION_SAMPLE_H
/*
 * The part of an inspection that asks the router itself: once for the page, again and again for --watch.
 */
#include <signal.h>

struct error;
struct inspection;
struct options;

/* How long all the questions of one sample may take. */
#define ASK_TIMEOUT_MS 2000

/* INT, TERM and HUP wait while a sample is taken, so that what it made is removed again; `fd` is readable
 * when one of them has come. */
struct held_signals {
	int fd;
	sigset_t found;
};
int signals_hold(struct held_signals *held, struct error *error);
void signals_release(struct held_signals *held); /* what came meanwhile arrives now */

/* Finds where the router is asked, and takes the first sample. Nothing of it fails: why there are no pools is
 * in the sample. `directory` is of its group, or -1. */
void inspection_sample(const struct options *options, int directory, struct inspection *inspection);

/* Takes another one in its place. 0, or -1 when the process is gone. */
int inspection_sample_again(struct inspection *inspection, const int *cancel, struct error *error);

/* inspect_watch.c: samples until somebody stops it. The exit status. */
int inspection_watch(const struct options *options, struct inspection *inspection);

#endif
