/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCH_LAUNCH_H
#define SIPLAUNCH_LAUNCH_LAUNCH_H
/*
 * From a plan to a router: apply, say so, execute. What `run` does in its own process, and under supervision
 * partly in the supervisor and partly in its child.
 */
#include <stddef.h>

#include "base/event.h"
#include "base/exit_status.h"

struct error;
struct target;
struct session;

/* Who is told how a launch goes: events, and two things that are about all of the session. */
struct launch_observer {
	struct events events;
	/* `to` is the events'. The launch was refused. */
	void (*refused)(const void *to, const struct session *session, const struct error *error);
	/* The router takes over now. */
	void (*executes)(const void *to, const struct session *session);
};

struct launch {
	const struct launch_observer *observer;
	struct session *session;
	struct target *target;
	const char *path; /* of the command's file */
	size_t told;      /* how many of the plan's warnings have been said */
	int notify; /* notify.h: where the router's start is reported; -1: nowhere, or by the supervisor */
};

/* Applies `stages` (mechanism.h) and says the warnings. 0; or -1 with everything put back and said. */
int launch_apply(struct launch *launch, unsigned stages, struct error *error);

/* Says what was done, and executes. Returns only on failure: -1, everything put back and said. */
int launch_execute(struct launch *launch, struct error *error);

/* Puts back what was applied, and says what could not be. */
void launch_undo(struct launch *launch);

#endif
