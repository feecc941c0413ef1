/* SPDX-License-Identifier: MIT */
#include "html/thin.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static size_t at(size_t track, size_t bucket)
{
	return track * THIN_BUCKETS + bucket;
}

static void empty(struct thin *thin, size_t bucket)
{
	thin->buckets[bucket] = (struct thin_bucket){0};
	for (size_t track = 0; track < thin->track_count; track++)
		thin->high[at(track, bucket)] = thin->low[at(track, bucket)] = NAN;
}

void thin_open(struct thin *thin, const struct thin_track *tracks, size_t count)
{
	*thin = (struct thin){
		.track_count = count,
		.width_ms = 1,
		.tracks = xcalloc(count, sizeof *tracks),
		.buckets = xcalloc(THIN_BUCKETS, sizeof *thin->buckets),
		.high = xcalloc(count * THIN_BUCKETS, sizeof *thin->high),
		.low = xcalloc(count * THIN_BUCKETS, sizeof *thin->low),
	};
	memcpy(thin->tracks, tracks, count * sizeof *tracks);
	for (size_t i = 0; i < THIN_BUCKETS; i++)
		empty(thin, i);
}

/* ---- one number into a bucket ---- */

/* Whether `number` is above the kept number. */
static bool is_above(double number, double kept)
{
	return !isnan(number) && (isnan(kept) || number > kept);
}

static double sum(double a, double b)
{
	return isnan(a) ? b : isnan(b) ? a : a + b;
}

/* Puts a track's numbers into a bucket. `raised`: whether the track's leader rose with them. */
static void put(struct thin *thin, size_t track, size_t bucket, double high, double low, bool raised)
{
	double *kept_high = &thin->high[at(track, bucket)], *kept_low = &thin->low[at(track, bucket)];
	switch (thin->tracks[track].kind) {
	case THIN_RANGE:
		if (is_above(high, *kept_high))
			*kept_high = high;
		if (!isnan(low) && (isnan(*kept_low) || low < *kept_low))
			*kept_low = low;
		break;
	case THIN_WITH:
		if (raised)
			*kept_high = *kept_low = high;
		break;
	case THIN_SUM:
		*kept_high = *kept_low = sum(*kept_high, high);
		break;
	}
}

/* Processes the tracks from the last to the first, so that the tracks of a leader, which come behind it, see
 * its old maximum. */
static void put_all(struct thin *thin, size_t bucket, const double *highs, const double *lows, size_t stride)
{
	for (size_t i = thin->track_count; i-- > 0;) {
		size_t leader = thin->tracks[i].kind == THIN_WITH ? thin->tracks[i].leader : i;
		bool raised = is_above(highs[leader * stride], thin->high[at(leader, bucket)]);
		put(thin, i, bucket, highs[i * stride], lows[i * stride], raised);
	}
}

static void count_sample(struct thin_bucket *bucket, int64_t from_ms, int64_t to_ms, uint64_t samples)
{
	if (!bucket->samples || from_ms < bucket->from_ms)
		bucket->from_ms = from_ms;
	if (!bucket->samples || to_ms > bucket->to_ms)
		bucket->to_ms = to_ms;
	bucket->samples += samples;
}

/* ---- the buckets ---- */

/* Adds a bucket to another one, and empties it. */
static void move(struct thin *thin, size_t from, size_t to)
{
	const struct thin_bucket source = thin->buckets[from];
	if (from == to || !source.samples)
		return;
	count_sample(&thin->buckets[to], source.from_ms, source.to_ms, source.samples);
	put_all(thin, to, &thin->high[from], &thin->low[from], THIN_BUCKETS);
	empty(thin, from);
}

/* Merges each two buckets whose absolute numbers (time since 1970 / width) differ only in the last bit. */
static void halve(struct thin *thin)
{
	int64_t first = thin->first / 2;
	for (size_t i = 0; i < thin->count; i++)
		move(thin, i, (size_t)((thin->first + (int64_t)i) / 2 - first));
	thin->count = (size_t)((thin->first + (int64_t)thin->count - 1) / 2 - first) + 1;
	thin->first = first;
	thin->width_ms *= 2;
}

/* Makes room in front for a time before all others. */
static void shift(struct thin *thin, size_t by)
{
	for (size_t i = thin->count; i-- > 0;)
		move(thin, i, i + by);
	thin->first -= (int64_t)by;
	thin->count += by;
}

/* The bucket of a time; halves or shifts until the time fits. */
static size_t bucket_for(struct thin *thin, int64_t at_ms)
{
	if (!thin->count) {
		thin->first = at_ms / thin->width_ms;
		thin->count = 1;
	}
	for (;; halve(thin)) {
		int64_t number = at_ms / thin->width_ms, last = thin->first + (int64_t)thin->count - 1;
		int64_t from = number < thin->first ? number : thin->first,
			to = number > last ? number : last;
		if (to - from >= THIN_BUCKETS)
			continue;
		if (from < thin->first)
			shift(thin, (size_t)(thin->first - from));
		thin->count = (size_t)(to - from) + 1;
		return (size_t)(number - from);
	}
}

static void count_interval(struct thin *thin, int64_t at_ms)
{
	int64_t interval = at_ms - thin->last_ms;
	if (thin->samples++ && interval > 0) {
		unsigned power = 63 - (unsigned)__builtin_clzll((uint64_t)interval);
		thin->interval_sum_ms[power] += (uint64_t)interval;
		thin->interval_count[power]++;
	}
	thin->last_ms = at_ms;
}

void thin_add(struct thin *thin, int64_t at_ms, const double *numbers)
{
	size_t bucket = bucket_for(thin, at_ms);
	count_interval(thin, at_ms);
	count_sample(&thin->buckets[bucket], at_ms, at_ms, 1);
	put_all(thin, bucket, numbers, numbers, 1);
}

/* ---- what they keep ---- */

double thin_high(const struct thin *thin, size_t track, size_t bucket)
{
	return thin->high[at(track, bucket)];
}

double thin_low(const struct thin *thin, size_t track, size_t bucket)
{
	return thin->low[at(track, bucket)];
}

double thin_highest(const struct thin *thin, size_t track)
{
	double highest = NAN;
	for (size_t i = 0; i < thin->count; i++)
		if (is_above(thin_high(thin, track, i), highest))
			highest = thin_high(thin, track, i);
	return highest;
}

double thin_lowest(const struct thin *thin, size_t track)
{
	double lowest = NAN;
	for (size_t i = 0; i < thin->count; i++)
		if (isnan(lowest) || thin_low(thin, track, i) < lowest)
			lowest = thin_low(thin, track, i);
	return lowest;
}

int64_t thin_interval_ms(const struct thin *thin)
{
	uint64_t all = 0, below = 0;
	for (size_t i = 0; i < 64; i++)
		all += thin->interval_count[i];
	for (size_t i = 0; i < 64 && all; i++) {
		below += thin->interval_count[i];
		if (2 * below >= all)
			return (int64_t)(thin->interval_sum_ms[i] / thin->interval_count[i]);
	}
	return 0;
}

void thin_close(struct thin *thin)
{
	free(thin->tracks);
	free(thin->buckets);
	free(thin->high);
	free(thin->low);
	*thin = (struct thin){0};
}
