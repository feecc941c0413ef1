/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCH_LAUNCH_H
#define SIPLAUNCH_LAUNCH_LAUNCH_H
/*
 * From a plan to a router: apply, report, execute. `run` does it in its own process; under supervision, the
 * supervisor does one part and its child the other.
 */
#include <stddef.h>

#include "base/event.h"
#include "base/exit_status.h"

struct error;
struct target;
struct session;

/* The receiver of a launch's reports: events, and two calls with the whole session. */
struct launch_observer {
	struct events events;
	/* `to` is the events'. The launch was refused. */
	void (*refused)(const void *to, const struct session *session, const struct error *error);
	/* exec follows: the router replaces the process. */
	void (*executes)(const void *to, const struct session *session);
};

struct launch {
	const struct launch_observer *observer;
	struct session *session;
	struct target *target;
	const char *path; /* of the command's file */
	size_t reported;  /* how many of the plan's warnings were reported */
	int notify; /* notify.h: where the router's start is reported; -1: nowhere, or by the supervisor */
};

/* Applies `stages` (mechanism.h) and reports the plan's warnings. 0; or -1 with everything undone and
 * reported. */
int launch_apply(struct launch *launch, unsigned stages, struct error *error);

/* Reports what was applied, and executes the router. Returns only on failure: -1, with everything undone and
 * reported. */
int launch_execute(struct launch *launch, struct error *error);

/* Undoes what was applied, and reports what could not be undone. */
void launch_undo(struct launch *launch);

#endif
