/* SPDX-License-Identifier: MIT */
#include "html/scale.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "base/alloc.h"
#include "base/value.h"
#include "text/format.h"

/* ---- numbers ---- */

#define STEPS_MAX 5

/* 1, 2, 5, 10, 20 …, or powers of two for bytes: the smallest step with at most STEPS_MAX steps. */
static double step_for(double min, bool binary)
{
	static const double factors[] = {2, 2.5, 2};
	double step = 1;
	while (!binary && step > min)
		step /= 10;
	for (size_t i = 0; step < min; i++)
		step *= binary ? 2 : factors[i % ARRAY_SIZE(factors)];
	return step;
}

struct scale scale_for(double highest, enum unit unit)
{
	static const double min[] = {
		[UNIT_BYTES] = 64 << 10, [UNIT_COUNT] = 5, [UNIT_RATE] = 1, [UNIT_PERCENT] = 1};
	if (isnan(highest) || highest < min[unit])
		highest = min[unit];
	double step = step_for(highest / STEPS_MAX, unit == UNIT_BYTES);
	return (struct scale){.step = step, .count = (unsigned)ceil(highest / step)};
}

double scale_top(const struct scale *scale)
{
	return scale->step * scale->count;
}

const char *unit_name(enum unit unit)
{
	static const char *const names[] = {"bytes", "count", "rate", "percent"};
	return names[unit];
}

static uint64_t whole(double number)
{
	return number >= 0x1p63 ? (uint64_t)1 << 63 : (uint64_t)(number + 0.5);
}

/* Numbers below ten have a decimal, unless they are whole. */
static char *decimal_text(double number)
{
	return number < 10 && number != floor(number) ? xasprintf("%.*f", number < 1 ? 2 : 1, number)
						      : format_count(whole(number));
}

char *scale_text(double number, enum unit unit)
{
	static const char *const suffixes[] = {"", "", " /s", " %"};
	if (isnan(number))
		return xstrdup("-");
	if (unit == UNIT_BYTES)
		return format_bytes(whole(number));
	cleanup_free char *plain = decimal_text(number);
	return xasprintf("%s%s", plain, suffixes[unit]);
}

/* ---- times ---- */

#define DAY_S INT64_C(86400)

static const int64_t time_steps_s[] = {
	1,
	2,
	5,
	10,
	15,
	30,
	60,
	120,
	300,
	600,
	900,
	1800,
	3600,
	2 * 3600,
	3 * 3600,
	6 * 3600,
	12 * 3600,
	DAY_S,
	2 * DAY_S,
	7 * DAY_S,
	14 * DAY_S,
	28 * DAY_S,
	91 * DAY_S,
	182 * DAY_S,
	364 * DAY_S,
	3640 * DAY_S,
	36400 * DAY_S,
	364000 * DAY_S,
};
#define TICKS_WANTED 8

static struct tm local_time(int64_t at_ms)
{
	time_t seconds = (time_t)(at_ms / 1000);
	struct tm parts = {0};
	localtime_r(&seconds, &parts);
	return parts;
}

static int64_t time_step_s(int64_t span_ms)
{
	size_t i = 0;
	while (i + 1 < ARRAY_SIZE(time_steps_s) && time_steps_s[i] * 1000 * TICKS_WANTED < span_ms)
		i++;
	return time_steps_s[i];
}

/* A date for midnight and for steps of a day or more, else the time of day. */
static void tick_text(int64_t at_ms, int64_t step_s, char *text, size_t size)
{
	const struct tm parts = local_time(at_ms);
	bool midnight = parts.tm_hour == 0 && parts.tm_min == 0 && parts.tm_sec == 0;
	if (step_s >= 182 * DAY_S)
		strftime(text, size, "%b %Y", &parts);
	else if (midnight || step_s >= DAY_S)
		strftime(text, size, "%-d %b", &parts);
	else if (step_s >= 60)
		strftime(text, size, "%H:%M", &parts);
	else
		strftime(text, size, "%H:%M:%S", &parts);
}

void time_ticks(int64_t from_ms, int64_t to_ms, struct time_ticks *ticks)
{
	int64_t step_s = time_step_s(to_ms - from_ms), offset_s = local_time(from_ms).tm_gmtoff;
	int64_t local_s = from_ms / 1000 + offset_s,
		first_s = (local_s + step_s - 1) / step_s * step_s - offset_s;

	*ticks = (struct time_ticks){0};
	for (int64_t s = first_s; s * 1000 <= to_ms && ticks->count < TIME_TICKS_MAX; s += step_s) {
		if (s * 1000 < from_ms)
			continue;
		ticks->at_ms[ticks->count] = s * 1000;
		tick_text(s * 1000, step_s, ticks->text[ticks->count], sizeof ticks->text[0]);
		ticks->count++;
	}
}

char *date_text(int64_t at_ms)
{
	const struct tm parts = local_time(at_ms);
	char text[64] = "";
	strftime(text, sizeof text, "%-d %b %Y, %H:%M:%S", &parts);
	return xstrdup(text);
}

char *zone_text(int64_t at_ms)
{
	const struct tm parts = local_time(at_ms);
	char text[64] = "";
	strftime(text, sizeof text, "%Z", &parts);
	return xstrdup(text);
}

int zone_seconds(int64_t at_ms)
{
	return (int)local_time(at_ms).tm_gmtoff;
}
