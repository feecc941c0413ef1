/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_LAUNCH_H
#define SIPLAUNCH_LAUNCHER_LAUNCH_H
/*
 * From a plan to a router: apply, say so, execute. What `run` does in its own process, and under supervision
 * partly in the supervisor and partly in its child.
 */
#include <stddef.h>

#include "commands.h"

struct error;
struct options;
struct place;
struct session;

struct launch {
	const struct options *options;
	struct session *session;
	struct place *place;
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
