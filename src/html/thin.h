/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_HTML_THIN_H
#define SIPLAUNCH_HTML_THIN_H
/*
 * Numbers over time, in constant memory for any duration. Time is divided into buckets of equal width; when
 * the buckets run out, each two are merged into one. A bucket keeps the lowest and the highest number, so
 * that no peak is lost. Pure.
 */
#include <stddef.h>
#include <stdint.h>

/* About the width of a page in pixels; after a merge half of the buckets are in use. */
#define THIN_BUCKETS 1024

/* What a bucket keeps of a repeatedly measured number. */
enum thin_kind {
	THIN_RANGE, /* its minimum and its maximum */
	THIN_WITH,  /* its value when the track `leader` was at its maximum: for parts that add up to the
		       leader */
	THIN_SUM,   /* its sum: how often something happened */
};

struct thin_track {
	enum thin_kind kind;
	size_t leader; /* THIN_WITH: a THIN_RANGE before this track */
};

struct thin_bucket {
	int64_t from_ms, to_ms; /* its first and last sample */
	uint64_t samples;       /* 0: the bucket is empty, and its times are not valid */
};

struct thin {
	struct thin_track *tracks;
	size_t track_count;
	int64_t width_ms; /* of a bucket, from 1 */
	int64_t first;    /* bucket i begins at (first + i) * width_ms */
	size_t count;     /* buckets in use; the first and the last have samples */
	struct thin_bucket *buckets;
	double *high, *low;                               /* thin_high(): NAN where no number is known */
	uint64_t interval_sum_ms[64], interval_count[64]; /* between samples, by power of two */
	int64_t last_ms;                                  /* of the previous sample */
	uint64_t samples;
};

/* Copies the tracks. thin_close() afterwards. */
void thin_open(struct thin *thin, const struct thin_track *tracks, size_t count);

/* Adds a number for each track, NAN: not known. at_ms is not negative; times may come in any order. */
void thin_add(struct thin *thin, int64_t at_ms, const double *numbers);

/* The max and the min of a track in a bucket. For a track that is not a THIN_RANGE both are the same. */
double thin_high(const struct thin *thin, size_t track, size_t bucket);
double thin_low(const struct thin *thin, size_t track, size_t bucket);

/* The max and the min over all buckets; NAN: no number is known. */
double thin_highest(const struct thin *thin, size_t track);
double thin_lowest(const struct thin *thin, size_t track);

/* The usual time between two samples, in ms; 0 with fewer than two of them. */
int64_t thin_interval_ms(const struct thin *thin);

void thin_close(struct thin *thin);

#define cleanup_thin __attribute__((cleanup(thin_close)))

#endif
