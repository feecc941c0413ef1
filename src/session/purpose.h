/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SESSION_PURPOSE_H
#define SIPLAUNCH_SESSION_PURPOSE_H
/*
 * What a session is opened for: a command fills it in and passes it on. No flag elsewhere says for whom a
 * plan is made. Everything that it points to must outlive the session.
 */
#include <stdbool.h>
#include <sys/types.h>

#include "plan/plan.h"
#include "profile/selection.h"
#include "settings/tool.h"

struct purpose {
	enum purpose_kind what;
	const struct profile_selection *selection;
	char *const *argv;         /* the router's command; NULL: the usual command of the profile's router */
	const struct texts *words; /* the options as typed, each with its value, quoted for a shell, for a
				      remedy that repeats the command; NULL: no options */

	/* LAUNCH, PREPARE_POD */
	bool typed;       /* argv was typed: the plan checks the files, directories and ports that it needs */
	const char *plan; /* the document of siplaunch init; NULL */
	const char *host; /* a tree with proc and sys that stands for the machine; NULL: this machine */
	bool supervise;   /* overrides the profile's handoff */
	int parent_signal;   /* enum parent_signal; 0: the profile's */
	bool applies;        /* the plan is applied next: a launch, not its plan alone */
	bool shows_capacity; /* a report shows the maximum workload */

	/* PREPARE_POD */
	const char *memory_limit;  /* of the router's container, as typed; NULL: not known */
	const char *router_config; /* the configuration as this container sees it; NULL */

	/* OBSERVE */
	pid_t observed;    /* the running router; 0: what would be launched in its place */
	const char *group; /* its group as in /proc/PID/cgroup; NULL: not known */
	bool as_launcher;  /* judge by siplaunch's own privileges: a launcher had no less, the router may
			      have given them up */

	/* DESCRIBE */
	enum tool tool; /* whose place it is */
};

#endif
