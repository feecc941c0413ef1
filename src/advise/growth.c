/* SPDX-License-Identifier: MIT */
#include "advise/growth.h"

#include "advise/observation.h"
#include "base/value.h"

#define QUARTERS       4
#define SAMPLES_MIN    12
#define SECONDS_MIN    1800
#define STEADY_PERCENT 150 /* max requests of the busiest quarter, in percent of the quietest */
#define NOISE_PERCENT  2   /* of the use at the beginning */
#define NOISE_SHARED   (256 * KIB)
#define NOISE_PRIVATE  (32 * KIB)

struct quarter {
	struct known min; /* use */
	struct known first_requests, last_requests;
};

static struct known used_at(const struct point *point, enum growing what)
{
	return what == GROWING_SHARED ? point->shared_used : point->private_used;
}

static void cut(const struct observation *observation, const struct run *run, enum growing what,
		struct quarter quarters[QUARTERS])
{
	int64_t start = observation->points[run->first].at_ms;
	int64_t span = observation->points[run->last].at_ms - start;

	for (size_t i = run->first; i <= run->last; i++) {
		const struct point *point = &observation->points[i];
		uint64_t part = mul_div_u64((uint64_t)(point->at_ms - start), QUARTERS, (uint64_t)span);
		struct quarter *quarter = &quarters[part < QUARTERS ? part : QUARTERS - 1];
		struct known used = used_at(point, what);
		if (used.known && (!quarter->min.known || used.is < quarter->min.is))
			quarter->min = used;
		if (!quarter->first_requests.known)
			quarter->first_requests = point->requests;
		quarter->last_requests = point->requests;
	}
}

/* Counts a quarter's requests up to the first sample of the next one, so that none between the two is
 * lost. */
static bool is_steady(const struct quarter quarters[QUARTERS])
{
	uint64_t max = 0, min = UINT64_MAX;
	for (size_t i = 0; i < QUARTERS; i++) {
		struct known from = quarters[i].first_requests;
		struct known to =
			i + 1 < QUARTERS ? quarters[i + 1].first_requests : quarters[i].last_requests;
		if (!from.known || !to.known || to.is < from.is)
			return false;
		max = to.is - from.is > max ? to.is - from.is : max;
		min = to.is - from.is < min ? to.is - from.is : min;
	}
	return min > 0 && max <= mul_div_u64(min, STEADY_PERCENT, 100);
}

static uint64_t noise_of(uint64_t used, enum growing what)
{
	uint64_t share = mul_div_u64(used, NOISE_PERCENT, 100);
	uint64_t min = what == GROWING_SHARED ? NOISE_SHARED : NOISE_PRIVATE;
	return share > min ? share : min;
}

/* By how much the min use rose from the first quarter to the last; 0 if it did not rise in every quarter, or
 * slowed down. */
static uint64_t climb(const struct quarter quarters[QUARTERS])
{
	for (size_t i = 0; i < QUARTERS; i++)
		if (!quarters[i].min.known || (i > 0 && quarters[i].min.is <= quarters[i - 1].min.is))
			return 0;
	uint64_t begun = quarters[1].min.is - quarters[0].min.is;
	uint64_t latest = quarters[QUARTERS - 1].min.is - quarters[QUARTERS - 2].min.is;
	return latest >= begun / 2 ? quarters[QUARTERS - 1].min.is - quarters[0].min.is : 0;
}

struct growth growth_of(const struct observation *observation, enum growing what)
{
	struct quarter quarters[QUARTERS] = {0};
	const struct run *run = &observation->runs[observation->run_count - 1];
	int64_t span_ms = observation->points[run->last].at_ms - observation->points[run->first].at_ms;

	if (run->last - run->first + 1 < SAMPLES_MIN || span_ms / 1000 < SECONDS_MIN)
		return (struct growth){0};
	cut(observation, run, what, quarters);
	uint64_t bytes = climb(quarters);
	if (bytes == 0 || bytes < noise_of(quarters[0].min.is, what) || !is_steady(quarters))
		return (struct growth){0};
	/* growing use is at its minimum at a quarter's beginning: so three quarters lie between the first and
	 * the last minimum */
	return (struct growth){true, bytes, (uint64_t)span_ms / 1000 * (QUARTERS - 1) / QUARTERS};
}

uint64_t growth_fills_after(const struct growth *growth, uint64_t bytes)
{
	return growth->grows ? mul_div_u64(bytes, growth->seconds, growth->bytes) : UNLIMITED;
}
