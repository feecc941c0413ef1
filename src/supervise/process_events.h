/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SUPERVISE_PROCESS_EVENTS_H
#define SIPLAUNCH_SUPERVISE_PROCESS_EVENTS_H
/*
 * Whether a supervised router starts more processes than its budget counts. They are counted a few times in
 * the first minute, since a router forks when it has read its configuration and loaded its data; then the
 * supervisor sleeps without a timer. A router that is still forking is not reported: the number would be too
 * small, and so would the setting that the report proposes.
 */
#include <stdbool.h>
#include <stdint.h>

struct supervisor;

#define PROCESS_LOOK_NONE INT64_MAX

struct process_watch {
	int64_t started_ms; /* CLOCK_MONOTONIC */
	int64_t next_ms;    /* when the next look is due; PROCESS_LOOK_NONE: never */
	uint64_t last;      /* what the last look found; 0: none */
	uint64_t count;     /* the most that were seen; 0: none were counted */
};

/* The router was executed. One without a budget, or whose processes cannot be named here, is never looked at.
 */
void process_events_begin(struct supervisor *supervisor, int64_t now_ms);

/* Milliseconds until the next look, as poll(2) takes them; -1: there is none. */
int process_events_timeout(const struct process_watch *watch, int64_t now_ms);

/*
 * Pure: a look at `now_ms` has found so many processes, which is an `excess` or not; sets when the next one
 * is due. True when the excess is to be reported: the look before found as many, or it was the last look.
 */
bool process_watch_note(struct process_watch *watch, uint64_t found, bool excess, int64_t now_ms);

/* Looks if it is time, and reports an excess once on standard error. True when it has looked. */
bool process_events_look(struct supervisor *supervisor, int64_t now_ms);

#endif
