/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TOP_HISTORY_H
#define SIPLAUNCH_TOP_HISTORY_H
/*
 * The data of the graphs: a few numbers of each sample. A live view keeps the last hours; a replay keeps all
 * samples, with their offsets in the file. Pure.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct sample;

enum series {
	SERIES_SHARED,   /* bytes of the shared pool in use */
	SERIES_GROUP,    /* bytes charged to the group */
	SERIES_PRIVATE,  /* bytes in use in the fullest private pool */
	SERIES_REQUESTS, /* SIP requests a second since the previous sample; not known for the first */
	SERIES_COUNT,
};

struct moment {
	int64_t at_ms;
	pid_t pid;
	off_t offset;                 /* of the sample in a recording */
	double requests;              /* since the router started; NAN: not known */
	double numbers[SERIES_COUNT]; /* NAN: not known */
	/* The number that is 100 percent; NAN: there is none. A router that does not answer keeps the sizes
	 * that its pools had before. */
	double wholes[SERIES_COUNT];
};

struct history {
	struct moment *moments; /* as the samples came: by time, unless the clock was set back */
	size_t count, room;
	size_t max; /* max number: the oldest are then dropped; 0: no limit */
};

void history_add(struct history *history, const struct sample *sample, off_t offset);
void history_clear(struct history *history);

/*
 * Fills `numbers` with the largest number of a series in each of `count` spans of `span_ms`; the last span
 * ends at moment `end`. A span without a sample gets the previous number, if that is at most two spans old;
 * else NAN.
 */
void history_spans(const struct history *history, size_t end, enum series series, int64_t span_ms,
		   double *numbers, size_t count);

/* The usual time between two samples in ms: the median of the last intervals; `otherwise` with fewer than two
 * samples. */
int64_t history_step_ms(const struct history *history, size_t end, int64_t otherwise);

#endif
