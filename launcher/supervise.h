/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_SUPERVISE_H
#define SIPLAUNCH_LAUNCHER_SUPERVISE_H
/*
 * Supervision: siplaunch stays, outside the group that it made, and the router is its child. It hands signals
 * on, reaps every orphan, tells of what memory.events tells, puts the group away, and ends with a true
 * status. While nothing happens it sleeps in poll(2), without a timer once it has counted the router's
 * processes (process_news.h), and has next to no memory.
 */
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "child.h"
#include "ending.h"
#include "last_record.h"
#include "limit_news.h"
#include "mechanism/mechanism.h"
#include "members.h"
#include "process_news.h"
#include "signals.h"
#include "sizing/sizing.h"
#include "stats/overflow.h"
#include "stats/watch.h"
#include "terminal.h"

struct error;
struct launch;
struct new_file;
struct options;
struct router;

#define STOP_TIMEOUT_DEFAULT 10 /* seconds */

/* All that is kept once the session is gone. */
struct supervisor {
	const struct options *options;
	const struct router *router;
	char *name;    /* of the command: "kamailio" */
	char *profile; /* as it was asked for */
	char *group;   /* whose memory.events are followed, as in /proc/PID/cgroup; NULL */
	bool serves;   /* a router that runs until it is told to stop */
	bool sized;
	struct budget budget;
	struct budget_request request; /* what it was solved for */
	struct process_watch processes;
	unsigned stop_timeout; /* seconds */

	int notify; /* the service manager (notify.h), the caller's; -1: none */
	struct signals signals;
	struct terminal terminal;
	struct child child;
	struct place place; /* what there is to put back */
	struct members members;
	int directory;  /* of `group`; -1 */
	bool own_group; /* it is the router's alone */
	struct watch watch;
	bool watched;             /* its events could be followed: also when the group is gone by now */
	struct value limit, peak; /* memory.max and memory.peak of the group at the last look: systemd takes a
				     scope away at once */
	struct limit_watch limits; /* of `group` and those above it */
	struct overflow overflow;  /* of the last event for which a term could be named */

	bool stopped;   /* the router, by a signal that is not of ours: it has been reported */
	bool suspended; /* we have stopped it, to be stopped ourselves */
	bool ended;     /* the main process: reaped */
	int wait_status;
	int64_t ended_ms;
	int asked; /* the first signal that asked to stop; 0 */
	int64_t asked_ms;
	bool hurry; /* asked again while what the router left is being ended */
	bool forced;
	struct timespec launched;
};

/* One that nothing is known of yet. */
#define SUPERVISOR_NONE                                                                            \
	{                                                                                          \
		.signals = {.fd = -1}, .terminal = TERMINAL_NONE, .child = {.told = -1},           \
		.place = {.proc = -1, .cgroup = -1, .origin_procs = -1}, .members = {.group = -1}, \
		.directory = -1, .notify = -1, .watch = {.events = -1}, .limits = {                \
			.events = -1                                                               \
		}                                                                                  \
	}

/*
 * Before anything is applied: takes the signals and becomes the reaper of all that will descend from us. 0,
 * or -1. `supervisor` is SUPERVISOR_NONE; supervisor_close() in both cases.
 */
int supervisor_open(struct supervisor *supervisor, const struct launch *launch, struct error *error);

/*
 * Makes the group, starts the child, and waits until it has executed. 0 when the router runs: `launch` with
 * its session may be let go of, its place has been taken over. Else the status to end with, everything put
 * back and said; `error` keeps why.
 */
int supervisor_launch(struct supervisor *supervisor, struct launch *launch, struct error *error);

/* Until the router has ended, what it left is ended too, and the group is put away. The status to end with.
 */
int supervisor_run(struct supervisor *supervisor, const struct new_file *report);

void supervisor_close(struct supervisor *supervisor);

#define cleanup_supervisor __attribute__((cleanup(supervisor_close)))

#endif
