/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TOP_RECORDER_H
#define SIPLAUNCH_TOP_RECORDER_H
/* Writes samples to a new file, one a line, in the format of `inspect --watch --format json`. */
#include <stdio.h>

struct error;
struct sample;

struct recorder {
	FILE *file; /* NULL: not recording */
	char *path;
	size_t samples;
};

/* Creates the file. 0, or -1 with the reason; an existing file or link of that name is an error. */
int recorder_start(struct recorder *recorder, const char *path, struct error *error);

/* Adds a sample if it is recording. 0, or -1 with the reason; the file is then closed. */
int recorder_add(struct recorder *recorder, const struct sample *sample, struct error *error);

/* Closes the file, if it is recording. 0, or -1: the file is not complete. */
int recorder_stop(struct recorder *recorder, struct error *error);

#endif
