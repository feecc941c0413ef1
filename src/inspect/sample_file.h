/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_INSPECT_SAMPLE_FILE_H
#define SIPLAUNCH_INSPECT_SAMPLE_FILE_H
/*
 * A file that a command was given: opened with care, since it may be anybody's, and judged by what its lines
 * were. What is in the lines is stats/sample_lines.h.
 */
#include <stdint.h>
#include <stdio.h>

struct error;
struct events;
struct sample_lines;

/*
 * Opens a regular file or a pipe; "-" is standard input. `command` is for a hint: what to pipe it into. NULL
 * for what could be read for ever (a device), may never get a writer (another user's FIFO), or is too large.
 */
FILE *sample_file_open(const char *name, const char *command, struct error *error);

/* How messages name it. */
const char *sample_file_shown(const char *name);

/* How far a file is read, for whoever waits. */
struct sample_progress {
	const struct events *events; /* NULL: nothing is read */
	char *doing;
	FILE *stream;
	uint64_t bytes, samples; /* bytes of the file; 0: a pipe */
};

/* `name` as it was given; the stream is not owned. Call sample_progress_step() with each sample. */
void sample_progress_begin(struct sample_progress *progress, const struct events *events, const char *name,
			   FILE *stream);
void sample_progress_step(struct sample_progress *progress);
void sample_progress_end(struct sample_progress *progress);

/* Emits what is wrong with the lines. EXIT_OK, or EXIT_USAGE where they are not all samples, or none is. */
int sample_file_judge(const struct sample_lines *lines, const char *name, const struct events *events);

#endif
