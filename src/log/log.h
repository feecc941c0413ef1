/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LOG_LOG_H
#define SIPLAUNCH_LOG_LOG_H
/*
 * What siplaunch says on standard error: as text for a person, or with --log-format json as one object a
 * line. Every record is one write. Results, on standard output, are for report/ and observation/.
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

/* "siplaunch: message", then what the kernel said and what to do about it. */
void log_error(const struct output *output, const struct error *error);

/* "file:line:column: /pointer: message", with what is allowed below it. */
void log_problems(const struct output *output, const struct problems *problems);

/* The warnings from number `first` on; --quiet keeps them back. */
void log_warnings(const struct output *output, const struct plan *plan, size_t first);

/* Something that happened; releases its facts. --quiet holds back what is no error. */
void log_event(const struct output *output, const struct event *event);

/* log_event() as a receiver of events. `output` must outlive it. */
struct events log_events(const struct output *output);

/* The same for a launch. */
struct launch_observer log_launch(const struct output *output);

/*
 * handover.c: what is said when the router takes over: one line, every step before it with --verbose, nothing
 * with --quiet, objects with --log-format json.
 */
void log_handover(const struct output *output, const struct session *session);

/* Why session_open() failed; nothing where it did not. */
void log_session(const struct output *output, const struct session *session);

/* Prints one object as one line and frees it. */
void log_json(json_t *record);

/* Bad usage as text: the message and where to look. */
void log_usage(const struct error *error);

#endif
