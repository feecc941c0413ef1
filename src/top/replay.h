/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TOP_REPLAY_H
#define SIPLAUNCH_TOP_REPLAY_H
/*
 * A file of samples as the source of a view. It keeps the numbers of the graphs and the file offset of each
 * sample; it reads the sample itself when it is shown. So a day of samples of 400 processes needs little
 * memory.
 */
#include <stddef.h>
#include <stdio.h>

#include "stats/sample.h"

struct error;
struct top_view;

struct replay {
	FILE *file;
	struct sample sample; /* the one that is shown */
};

/* Reads the whole file ("-": standard input), and shows its first sample. 0, or -1: it cannot be read, or a
 * line is not a sample. replay_close() in both cases. */
int replay_open(struct replay *replay, const char *path, struct top_view *view, struct error *error);
void replay_close(struct replay *replay);

/* Shows a sample by its number, from 0. 0, or -1: the file has changed. */
int replay_seek(struct replay *replay, size_t number, struct top_view *view, struct error *error);

/* When the next frame is due, in ms, and the number of its sample. */
int replay_next(const struct top_view *view, size_t *number);

#endif
