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

/* One object as one line; lets go of it. */
void log_json(json_t *record);

/* Bad usage: the message and where to look, before anybody knows in which format. */
void log_usage(const struct error *error);

#endif
