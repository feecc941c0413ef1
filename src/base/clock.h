/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_CLOCK_H
#define SIPLAUNCH_BASE_CLOCK_H
/*
 * What time it is. Deadlines and intervals use the monotonic clock, which nobody can set; records for people
 * and other programs use the wall clock.
 */
#include <stdint.h>
#include <time.h>

/* CLOCK_MONOTONIC, which neither a person nor NTP can set. */
int64_t clock_monotonic_us(void);
int64_t clock_monotonic_ms(void);

/* The beat after `beat_ms` in a series with that interval; beats that are over at `now_ms` are left out, so
 * that what one of them took does not move the next. Pure. */
int64_t clock_next_beat(int64_t beat_ms, int64_t interval_ms, int64_t now_ms);

/* CLOCK_REALTIME: since 1970-01-01 00:00 UTC. */
struct timespec clock_wall(void);
int64_t clock_wall_ms(void);

#endif
