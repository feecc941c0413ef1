/* SPDX-License-Identifier: MIT */
#include "top/history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/number.h"
#include "stats/sample.h"

#define STEPS_MAX 31 /* intervals for the median */

static double in_use(const struct pool_stats *pool)
{
	return value_or_nan(pool_in_use(pool));
}

static double fullest(const struct sample *sample)
{
	double max = NAN;
	for (size_t i = 0; i < sample->private_count; i++)
		max = number_max(max, in_use(&sample->privates[i].pool)); /* number_max() passes over NAN */
	return max;
}

/* The size of one private pool: -M is the same for all processes. */
static double private_total(const struct sample *sample)
{
	double max = NAN;
	for (size_t i = 0; i < sample->private_count; i++)
		max = number_max(max, value_or_nan(&sample->privates[i].pool.total));
	return max;
}

/* A pool keeps its size while the router runs. */
static void keep_pools(struct moment *moment, const struct moment *before)
{
	if (before->pid != moment->pid)
		return;
	if (isnan(moment->wholes[SERIES_SHARED]))
		moment->wholes[SERIES_SHARED] = before->wholes[SERIES_SHARED];
	if (isnan(moment->wholes[SERIES_PRIVATE]))
		moment->wholes[SERIES_PRIVATE] = before->wholes[SERIES_PRIVATE];
}

/* A counter that decreased means that the router was restarted. */
static double rate_since(const struct moment *before, const struct moment *moment)
{
	double seconds = (double)(moment->at_ms - before->at_ms) / 1000;
	double more = moment->requests - before->requests;
	return before->pid == moment->pid && seconds > 0 && more >= 0 ? more / seconds : NAN;
}

static void make_room(struct history *history)
{
	if (history->max && history->count >= history->max) {
		/* drops a quarter at once, so that not every sample moves the whole array */
		size_t gone = history->max / 4;
		history->count -= gone;
		memmove(history->moments, history->moments + gone, history->count * sizeof *history->moments);
	}
	if (history->count < history->room)
		return;
	history->room = history->room ? history->room * 2 : 256;
	history->moments = xrealloc(history->moments, history->room, sizeof *history->moments);
}

void history_add(struct history *history, const struct sample *sample, off_t offset)
{
	struct moment moment = {
		.at_ms = sample->at_ms,
		.pid = sample->pid,
		.offset = offset,
		.requests = value_or_nan(&sample->requests),
		.numbers =
			{
				[SERIES_SHARED] = in_use(&sample->shared),
				[SERIES_GROUP] = value_or_nan(&sample->stats.numbers[GROUP_MEMORY_CURRENT]),
				[SERIES_PRIVATE] = fullest(sample),
				[SERIES_REQUESTS] = NAN,
			},
		.wholes =
			{
				[SERIES_SHARED] = value_or_nan(&sample->shared.total),
				[SERIES_GROUP] = value_or_nan(&sample->memory_max),
				[SERIES_PRIVATE] = private_total(sample),
				[SERIES_REQUESTS] = NAN,
			},
	};
	make_room(history);
	if (history->count) {
		const struct moment *before = &history->moments[history->count - 1];
		moment.numbers[SERIES_REQUESTS] = rate_since(before, &moment);
		keep_pools(&moment, before);
	}
	history->moments[history->count++] = moment;
}

void history_clear(struct history *history)
{
	free(history->moments);
	*history = (struct history){.max = history->max};
}

/* Fills spans without a sample: intervals vary by some milliseconds. */
static void bridge(double *numbers, const bool *sampled, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		bool near = sampled[i - 1] || (i > 1 && sampled[i - 2]);
		if (!sampled[i] && near)
			numbers[i] = numbers[i - 1];
	}
}

void history_spans(const struct history *history, size_t end, enum series series, int64_t span_ms,
		   double *numbers, size_t count)
{
	cleanup_free bool *sampled = xcalloc(count + 1, sizeof *sampled);
	int64_t now = end < history->count ? history->moments[end].at_ms : 0;

	for (size_t i = 0; i < count; i++)
		numbers[i] = NAN;
	for (size_t i = end + 1; i-- > 0 && end < history->count;) {
		const struct moment *moment = &history->moments[i];
		int64_t back = (now - moment->at_ms) / span_ms;
		if (back < 0)
			continue; /* the clock was set back */
		if ((uint64_t)back >= count)
			break;
		size_t at = count - 1 - (size_t)back;
		sampled[at] = true;
		numbers[at] = number_max(numbers[at], moment->numbers[series]);
	}
	bridge(numbers, sampled, count);
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

int64_t history_step_ms(const struct history *history, size_t end, int64_t otherwise)
{
	int64_t steps[STEPS_MAX];
	size_t count = 0;

	for (size_t i = end; i > 0 && i < history->count && count < STEPS_MAX; i--) {
		int64_t step = history->moments[i].at_ms - history->moments[i - 1].at_ms;
		if (step > 0)
			steps[count++] = step;
	}
	if (!count)
		return otherwise;
	qsort(steps, count, sizeof *steps, compare);
	return steps[count / 2];
}
