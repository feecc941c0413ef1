/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_EVENT_H
#define SIPLAUNCH_BASE_EVENT_H
/*
 * What happens while siplaunch works, for whoever wants to know. Rooms emit events and print nothing; the log
 * (log/log.h) turns them into text or JSON, and a test collects them.
 */
#include <jansson.h>

struct error;

enum event_level {
	EVENT_INFO,
	EVENT_WARNING,
	EVENT_ERROR,
	EVENT_PROGRESS, /* the message is what is done now, the hint what else is known; NULL: it is over */
};

struct event {
	enum event_level level;
	const char *name;           /* in JSON, member "event": "oom-kill"; NULL: a message without a name */
	const char *message, *hint; /* hint may be NULL */
	const struct error *error;  /* in place of message and hint: what failed; NULL: nothing did */
	json_t *facts; /* an object with what else is known, for JSON only; or NULL. The receiver releases it
			*/
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

/* Something takes long: "read samples", and how far it is or NULL. `doing` NULL: it is over. */
void event_progress(const struct events *events, const char *doing, const char *rest);

#endif
