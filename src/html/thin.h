/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_HTML_THIN_H
#define SIPLAUNCH_HTML_THIN_H
/*
 * Numbers over time, in as much memory for a year as for an hour. Time is divided into buckets of equal
 * width; when more of them are needed than there are, each two become one. A bucket keeps the lowest and the
 * highest number, so that no peak is lost. Pure.
 */
#include <stddef.h>
#include <stdint.h>

/* About as many as a page has columns of pixels; after a merge half of them are in use. */
#define THIN_BUCKETS 1024

/* What a bucket keeps of a number that is measured again and again. */
enum thin_kind {
	THIN_RANGE, /* its lowest and its highest */
	THIN_WITH,  /* what it was when the track `leader` was at its highest: parts that add up to it */
	THIN_SUM,   /* its sum: how often something happened */
};

struct thin_track {
	enum thin_kind kind;
	size_t leader; /* THIN_WITH: a THIN_RANGE before this track */
};

struct thin_bucket {
	int64_t from_ms, to_ms; /* its first and last sample */
	uint64_t samples;       /* 0: none fell into it, and the times mean nothing */
};

struct thin {
	struct thin_track *tracks;
	size_t track_count;
	int64_t width_ms; /* of a bucket, from 1 */
	int64_t first;    /* bucket i has the times from (first + i) * width_ms on */
	size_t count;     /* buckets in use; the first and the last have samples */
	struct thin_bucket *buckets;
	double *high, *low;                               /* thin_high(): NAN where no number is known */
	uint64_t interval_sum_ms[64], interval_count[64]; /* between samples, by their power of two */
	int64_t last_ms;                                  /* of the sample before */
	uint64_t samples;
};

/* Copies the tracks. */
void thin_open(struct thin *thin, const struct thin_track *tracks, size_t count);

/* A number for each track, NAN for what is not known; at_ms is from 0 on. Times may come in any order. */
void thin_add(struct thin *thin, int64_t at_ms, const double *numbers);

/* What a bucket keeps of a track. The low of a track that is no THIN_RANGE is its high. */
double thin_high(const struct thin *thin, size_t track, size_t bucket);
double thin_low(const struct thin *thin, size_t track, size_t bucket);

/* The extremes of all buckets; NAN where none is known. */
double thin_highest(const struct thin *thin, size_t track);
double thin_lowest(const struct thin *thin, size_t track);

/* The usual time between two samples, in ms; 0 with fewer than two of them. */
int64_t thin_interval_ms(const struct thin *thin);

void thin_close(struct thin *thin);

#define cleanup_thin __attribute__((cleanup(thin_close)))

#endif
