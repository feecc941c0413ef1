/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SUPERVISE_PROCESS_EVENTS_H
#define SIPLAUNCH_SUPERVISE_PROCESS_EVENTS_H
/*
 * Whether a supervised router starts more processes than its budget counts. They are counted a few times in
 * the first minute, because a router forks after it has read its configuration and loaded its data; then the
 * supervisor sleeps without a timer. A router that is still forking is not reported: the number would be too
 * small, and so would the setting that the report proposes.
 */
#include <stdbool.h>
#include <stdint.h>

struct supervisor;

#define PROCESS_LOOK_NONE INT64_MAX

struct process_watch {
	int64_t started_ms; /* CLOCK_MONOTONIC */
	int64_t next_ms;    /* when to count next; PROCESS_LOOK_NONE: never */
	uint64_t last;      /* the last count; 0: none */
	uint64_t count;     /* the largest count; 0: not counted */
};

/* Call when the router was executed. A router without a budget, or one whose processes have no PID in this
 * /proc, is never counted. */
void process_events_begin(struct supervisor *supervisor, int64_t now_ms);

/* Milliseconds until the next count, for poll(2); -1: there is none. */
int process_events_timeout(const struct process_watch *watch, int64_t now_ms);

/*
 * Pure. Records a count of `found` processes at `now_ms`, and whether that is an `excess` over the budget;
 * sets the time of the next count. True if the excess has to be reported: the count before was the same, or
 * this was the last one.
 */
bool process_watch_note(struct process_watch *watch, uint64_t found, bool excess, int64_t now_ms);

/* Counts if the time has come, and emits an event for an excess, once. True if it has counted. */
bool process_events_look(struct supervisor *supervisor, int64_t now_ms);

#endif
