/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_EVENT_H
#define SIPLAUNCH_BASE_EVENT_H
/*
 * Events report what happens while siplaunch works. Rooms emit events and print nothing; the log (log/log.h)
 * turns them into text or JSON, and a test collects them.
 */
#include <jansson.h>

struct error;

enum event_level {
	EVENT_INFO,
	EVENT_WARNING,
	EVENT_ERROR,
	EVENT_PROGRESS, /* message: the current work; hint: details, or NULL. message NULL: it is done */
};

struct event {
	enum event_level level;
	const char *name;           /* in JSON, member "event": "oom-kill"; NULL: a message without a name */
	const char *message, *hint; /* hint may be NULL */
	const struct error *error;  /* what failed, in place of message and hint; NULL: nothing */
	json_t *facts; /* an object with details, for JSON only; or NULL. The receiver releases it */
};

struct events {
	void (*emit)(const void *to, const struct event *event);
	const void *to;
};

/* Passes the event on. */
void event_emit(const struct events *events, const struct event *event);

/* The same for an error, and for a warning that has only a message. */
void event_error(const struct events *events, const struct error *error);
void event_warning(const struct events *events, const char *message);

/* Reports work that takes long: "read samples", and its progress or NULL. `doing` NULL: it is done. */
void event_progress(const struct events *events, const char *doing, const char *rest);

#endif
