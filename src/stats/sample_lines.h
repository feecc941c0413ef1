/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_STATS_SAMPLE_LINES_H
#define SIPLAUNCH_STATS_SAMPLE_LINES_H
/*
 * A stream of samples, one JSON object a line, as `inspect --watch --format json` prints them. Lines are read
 * one at a time, so that a day of samples costs no more memory than one of them.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "stats/sample.h"

struct error;
struct line;
struct lines;

/* A longer line is not a sample: one with a thousand processes takes a quarter of this. */
#define SAMPLE_LINE_MAX ((size_t)1 << 20)

/* Faults that are stored; more are only counted. */
#define SAMPLE_FAULTS_MAX 50

struct line_fault {
	size_t line;
	char *message;
};

struct sample_lines {
	size_t lines, samples;
	struct line_fault faults[SAMPLE_FAULTS_MAX];
	size_t fault_count; /* may be more than are kept */
	size_t damaged;  /* those of them that are not even JSON, as a writer leaves them that was stopped */
	bool unfinished; /* the last line is incomplete: its writer was stopped */
};

/* Called for each sample; -1 with `error` ends the reading. */
typedef int sample_taker(const struct sample *sample, void *data, struct error *error);

/*
 * Reads to the end, and ignores blank lines. 0, even with faults; or -1 if the stream cannot be read or
 * `take` returns -1. sample_lines_clear() in both cases.
 */
int sample_lines_read(FILE *stream, sample_taker *take, void *data, struct sample_lines *lines,
		      struct error *error);

/* The same for the rest of a stream whose first lines the caller has read (base/lines.h; its bound must be
 * SAMPLE_LINE_MAX). `lines` is zero, or has the faults of those first lines. */
int sample_lines_read_on(struct lines *stream, sample_taker *take, void *data, struct sample_lines *lines,
			 struct error *error);

/* Counts a line that is no sample as a fault, without reading on. */
void sample_lines_pass(struct sample_lines *lines, const struct line *line, size_t number);

/*
 * True if it is a recording: with samples, and without faults but damaged lines, fewer than samples. A disk
 * that was full, or a crash, leaves one in the middle of a file to which a later recording was appended.
 */
bool sample_lines_usable(const struct sample_lines *lines);

/* A sample as one line of such a stream, with its newline. Caller frees. */
char *sample_line(const struct sample *sample);

void sample_lines_clear(struct sample_lines *lines);

#define cleanup_sample_lines __attribute__((cleanup(sample_lines_clear)))

#endif
