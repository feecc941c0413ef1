/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_INSPECT_SAMPLE_FILE_H
#define SIPLAUNCH_INSPECT_SAMPLE_FILE_H
/*
 * A file on the command line: opens it with care, because any user may own it, and reports what is wrong with
 * its lines. stats/sample_lines.h reads the lines.
 */
#include <stdint.h>
#include <stdio.h>

struct error;
struct events;
struct sample_lines;

/*
 * Opens a regular file or a pipe; "-" is standard input. `command`: the siplaunch command for the hint to
 * pipe the file into it. The caller closes the stream; NULL with the reason: the file cannot be opened, could
 * be read for ever (a device), may never get a writer (another user's FIFO), or is too large.
 */
FILE *sample_file_open(const char *name, const char *command, struct error *error);

/* The name for messages. Borrowed. */
const char *sample_file_shown(const char *name);

/* Progress events while a file is read. */
struct sample_progress {
	const struct events *events; /* NULL: not begun */
	char *doing;
	FILE *stream;
	uint64_t bytes, samples; /* bytes: the file's size; 0: a pipe */
};

/* `name`: as on the command line; the stream is borrowed. Call sample_progress_step() for each sample. */
void sample_progress_begin(struct sample_progress *progress, const struct events *events, const char *name,
			   FILE *stream);
void sample_progress_step(struct sample_progress *progress);
void sample_progress_end(struct sample_progress *progress);

/* Emits an event for each bad line. EXIT_OK, or EXIT_USAGE: it is no recording (sample_lines_usable()). */
int sample_file_judge(const struct sample_lines *lines, const char *name, const struct events *events);

#endif
