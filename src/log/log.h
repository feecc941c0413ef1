/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LOG_LOG_H
#define SIPLAUNCH_LOG_LOG_H
/*
 * siplaunch's messages on standard error: as text for people, or with --log-format json as one object a line.
 * Every record is one write. Results, on standard output, are for report/ and observation/.
 */
#include <jansson.h>

#include "launch/launch.h"

struct error;
struct output;
struct plan;
struct problems;
struct session;

/* As in syslog(3). */
enum log_priority { LOG_ERROR = 3, LOG_WARNING = 4, LOG_NOTICE = 5 };

/* Writes whole lines to standard error at once. Where that is the journal, each line begins with its
 * priority,
 * "<3>"; JSON has its level as a member instead, and is written as it is. */
void log_text(enum log_priority priority, const char *text);

/* Prints "siplaunch: message", the kernel's error, and the hint. */
void log_error(const struct output *output, const struct error *error);

/* "file:line:column: /pointer: message", with what is allowed below it. */
void log_problems(const struct output *output, const struct problems *problems);

/* Prints the warnings from index `first` on; none with --quiet. */
void log_warnings(const struct output *output, const struct plan *plan, size_t first);

/* Prints an event, and releases its facts. With --quiet only errors. */
void log_event(const struct output *output, const struct event *event);

/* log_event() as a receiver of events. `output` must outlive it. */
struct events log_events(const struct output *output);

/* The same for a launch. */
struct launch_observer log_launch(const struct output *output);

/*
 * handover.c: the message right before exec of the router: one line; with --verbose every step before it;
 * nothing with --quiet; objects with --log-format json.
 */
void log_handover(const struct output *output, const struct session *session);

/* Prints why session_open() failed; nothing if it did not. */
void log_session(const struct output *output, const struct session *session);

/* Prints one object as one line and frees it. */
void log_json(json_t *record);

/* Prints bad usage as text: the message, and which help to read. */
void log_usage(const struct error *error);

#endif
