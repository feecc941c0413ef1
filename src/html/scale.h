/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_HTML_SCALE_H
#define SIPLAUNCH_HTML_SCALE_H
/* Axes: round numbers for their ticks, and the ticks' texts. Pure, except for the time zone ($TZ). */
#include <stddef.h>
#include <stdint.h>

enum unit { UNIT_BYTES, UNIT_COUNT, UNIT_RATE, UNIT_PERCENT };

/* From 0 up: `count` steps; the last one is at or above the highest number. */
struct scale {
	double step;
	unsigned count;
};
struct scale scale_for(double highest, enum unit unit);
double scale_top(const struct scale *scale);

/* "128 MiB", "1,500", "12.5 %", "40 /s"; "-" for NAN. Caller frees. */
char *scale_text(double number, enum unit unit);

/* "bytes", "count", "rate", "percent": for the page's script. */
const char *unit_name(enum unit unit);

#define TIME_TICKS_MAX 16
struct time_ticks {
	int64_t at_ms[TIME_TICKS_MAX];
	char text[TIME_TICKS_MAX][16]; /* "14:05", "14:05:30", "27 Nov" */
	size_t count;
};
/* Round local times between the two. */
void time_ticks(int64_t from_ms, int64_t to_ms, struct time_ticks *ticks);

/* "26 Nov 2026, 14:05:30", and with the zone: "… CET". Caller frees. */
char *date_text(int64_t at_ms);
char *zone_text(int64_t at_ms);

/* The offset of local time from UTC in seconds, positive in the east. */
int zone_seconds(int64_t at_ms);

#endif
