/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SUPERVISE_SUPERVISE_H
#define SIPLAUNCH_SUPERVISE_SUPERVISE_H
/*
 * Supervision: siplaunch stays as the parent process of the router, outside the group that it made. It
 * forwards signals, reaps every orphan, reports memory.events, removes the group, and exits with the router's
 * exit status. It sleeps in poll(2) until an event, without a timer once it has counted the router's
 * processes (process_events.h), and keeps very little memory.
 */
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/event.h"
#include "launch/child.h"
#include "launch/signals.h"
#include "launch/terminal.h"
#include "mechanism/mechanism.h"
#include "sizing/sizing.h"
#include "stats/overflow.h"
#include "stats/watch.h"
#include "supervise/ending.h"
#include "supervise/last_record.h"
#include "supervise/limit_events.h"
#include "supervise/members.h"
#include "supervise/process_events.h"

struct error;
struct launch;
struct new_file;
struct router;

#define STOP_TIMEOUT_DEFAULT 10 /* seconds */

/* All that is kept once the session is gone. */
struct supervisor {
	struct events events; /* the receiver of all reports */
	const struct router *router;
	char *name;    /* of the command: "kamailio" */
	char *profile; /* as requested */
	char *group;   /* whose memory.events are followed, as in /proc/PID/cgroup; NULL */
	bool serves;   /* a router that runs until a stop signal */
	bool sized;
	struct budget budget;
	struct budget_request request; /* what it was solved for */
	struct process_watch processes;
	unsigned stop_timeout; /* seconds */

	int notify; /* the service manager's socket (notify.h), owned by the caller; -1: none */
	struct signals signals;
	struct terminal terminal;
	struct child child;
	struct target target; /* what has to be undone */
	struct members members;
	int directory;  /* of `group`; -1 */
	bool own_group; /* it is the router's alone */
	bool outlives;  /* it survives an OOM kill of the group that it shares (memory_outlive()) */
	struct watch watch;
	bool watched;             /* its events could be followed, even if the group is gone by now */
	struct value limit, peak; /* memory.max and memory.peak of the group at the last read: systemd removes
				     a scope at once */
	struct limit_watch limits; /* of `group` and those above it */
	struct overflow overflow;  /* of the last event for which a term could be named */

	bool stopped;   /* the router is stopped by a signal that is not ours: reported */
	bool suspended; /* we have stopped the router, before we stop ourselves */
	bool ended;     /* the main process has ended and is reaped */
	int wait_status;
	int64_t ended_ms;
	int asked; /* the first stop signal; 0: none */
	int64_t asked_ms;
	bool hurry; /* a second stop request while the remaining processes are being stopped */
	bool forced;
	struct timespec launched;
};

/* An empty supervisor, for supervisor_open(). */
#define SUPERVISOR_NONE                                                                                \
	{                                                                                              \
		.signals = {.fd = -1}, .terminal = TERMINAL_NONE, .child = {.gate = -1, .result = -1}, \
		.target = {.proc = -1, .cgroup = -1, .origin_procs = -1}, .members = {.group = -1},    \
		.directory = -1, .notify = -1, .watch = {.events = -1}, .limits = {                    \
			.events = -1                                                                   \
		}                                                                                      \
	}

/*
 * Call it before anything is applied: blocks all signals, and makes siplaunch the reaper of all of its
 * descendants (PR_SET_CHILD_SUBREAPER). 0, or -1. `supervisor` is SUPERVISOR_NONE; supervisor_close() in both
 * cases.
 */
int supervisor_open(struct supervisor *supervisor, const struct launch *launch, unsigned stop_timeout,
		    struct error *error);

/*
 * Makes the group, starts the child, and waits until it has executed. 0 when the router runs: `launch` and
 * its session may be freed, the supervisor has taken over its target. Otherwise siplaunch's exit status,
 * after everything is restored and reported; `error` has the reason.
 */
int supervisor_launch(struct supervisor *supervisor, struct launch *launch, struct error *error);

/* Runs until the router and its remaining processes have ended and the group is removed. Returns siplaunch's
 * exit status. */
int supervisor_run(struct supervisor *supervisor, const struct new_file *report);

void supervisor_close(struct supervisor *supervisor);

#define cleanup_supervisor __attribute__((cleanup(supervisor_close)))

#endif
