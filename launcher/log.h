/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_LOG_H
#define SIPLAUNCH_LAUNCHER_LOG_H
/*
 * What siplaunch says on standard error: as text for a person, or with --log-format json as one object a
 * line. Every record is one write.
 */
#include <jansson.h>

struct error;
struct options;
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
void log_error(const struct options *options, const struct error *error);

/* A launch that was refused: the error, and what would make the launch go through. */
void log_refusal(const struct options *options, const struct session *session, const struct error *error);

/* "file:line:column: /pointer: message", with what is allowed below it. */
void log_problems(const struct options *options, const struct problems *problems);

/* The warnings from number `first` on; --quiet keeps them back. */
void log_warnings(const struct options *options, const struct plan *plan, size_t first);

/* Something that happened while a router was supervised. */
struct event {
	enum { EVENT_INFO, EVENT_WARNING, EVENT_ERROR } level; /* --quiet keeps back what is no error */
	const char *name;                                      /* in JSON, member "event": "oom-kill" */
	const char *message, *hint;                            /* hint may be NULL */
	json_t *facts; /* an object with what else is known, for JSON only; or NULL. Let go of */
};
void log_event(const struct options *options, const struct event *event);

/* The service manager could not be told: a warning, since the router is what matters. */
void log_notify_failure(const struct options *options, const struct error *error);

/* One object as one line; lets go of it. */
void log_json(json_t *record);

/* Bad usage: the message and where to look, before anybody knows in which format. */
void log_usage(const struct error *error);

#endif
