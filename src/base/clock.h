/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_CLOCK_H
#define SIPLAUNCH_BASE_CLOCK_H
/*
 * The time. Deadlines and intervals use the monotonic clock, which cannot be set; records for people and
 * other programs use the wall clock.
 */
#include <stdint.h>
#include <time.h>

/* The maximum of a number of seconds that a person gives for a timeout or an interval: a day. */
#define SECONDS_MAX 86400

/* CLOCK_MONOTONIC: neither a person nor NTP can set it. */
int64_t clock_monotonic_us(void);
int64_t clock_monotonic_ms(void);

/* The next time of a periodic series after `beat_ms`. Skips times that have passed at `now_ms`, so that the
 * series stays in phase even if one period's work takes long. Pure. */
int64_t clock_next_beat(int64_t beat_ms, int64_t interval_ms, int64_t now_ms);

/* CLOCK_REALTIME: since 1970-01-01 00:00 UTC. */
struct timespec clock_wall(void);
int64_t clock_wall_ms(void);

#endif
