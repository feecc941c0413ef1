/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SUPERVISE_PROCESS_EVENTS_H
#define SIPLAUNCH_SUPERVISE_PROCESS_EVENTS_H
/*
 * Whether a supervised router starts more processes than its budget counts. They are counted a few times in
 * the first minute, since a router forks when it has read its configuration and loaded its data; then the
 * supervisor sleeps without a timer.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct supervisor;

struct process_watch {
	int64_t started_ms; /* CLOCK_MONOTONIC */
	size_t looks;       /* so far; past the last one nothing is due any more */
	uint64_t count;     /* the most that were seen; 0: none were counted */
};

/* The router was executed. One without a budget, or whose processes cannot be named here, is never looked at.
 */
void process_events_begin(struct supervisor *supervisor, int64_t now_ms);

/* Milliseconds until the next look, as poll(2) takes them; -1: there is none. */
int process_events_timeout(const struct process_watch *watch, int64_t now_ms);

/* Looks if it is time, and reports the first excess on standard error. True when it has looked. */
bool process_events_look(struct supervisor *supervisor, int64_t now_ms);

#endif
