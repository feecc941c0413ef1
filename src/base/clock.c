/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

int64_t clock_monotonic_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_monotonic_ms(void)
{
	return clock_monotonic_us() / 1000;
}

int64_t clock_next_beat(int64_t beat_ms, int64_t interval_ms, int64_t now_ms)
{
	int64_t next = beat_ms + interval_ms;
	if (next < now_ms)
		next += (now_ms - next + interval_ms - 1) / interval_ms * interval_ms;
	return next;
}

struct timespec clock_wall(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return now;
}

int64_t clock_wall_ms(void)
{
	struct timespec now = clock_wall();
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
