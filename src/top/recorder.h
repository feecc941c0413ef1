/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TOP_RECORDER_H
#define SIPLAUNCH_TOP_RECORDER_H
/* Writes samples to a new file from a moment on, a line each, as `inspect --watch --format json` does. */
#include <stdio.h>

struct error;
struct sample;

struct recorder {
	FILE *file; /* NULL: nothing is written */
	char *path;
	size_t samples;
};

/* Makes the file; there may be none of that name, not even a link. 0, or -1. */
int recorder_start(struct recorder *recorder, const char *path, struct error *error);

/* Adds a sample, if there is a file. 0, or -1: the file is closed then. */
int recorder_add(struct recorder *recorder, const struct sample *sample, struct error *error);

/* Closes it. 0, or -1: not all of it was written. */
int recorder_stop(struct recorder *recorder, struct error *error);

#endif
