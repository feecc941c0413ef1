/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_STATS_WATCH_H
#define SIPLAUNCH_STATS_WATCH_H
/*
 * Follows a group's memory.events: the increase since the last reading, and the group's charges at their
 * maximum. The kernel wakes a process that polls memory.events for POLLPRI (at most every 10 ms,
 * kernel/cgroup/cgroup.c, CGROUP_FILE_NOTIFY_MIN_INTV); nothing here waits or has a timer.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "stats/group.h"

/* memory.events, as far as it is followed; `max` and `oom` of the group's own limit (memory.events.local,
 * since Linux 5.2; before, those of groups below count too). */
struct memory_events {
	uint64_t max; /* times that usage was about to go over the limit, and something was reclaimed */
	uint64_t oom; /* times that nothing could be reclaimed */
	/* processes killed, by whatever OOM killer: also that of a group above. With memory.oom.group 1 the
	 * kernel counts the process that it chose twice, alone and with its group (mm/oom_kill.c,
	 * oom_kill_process): once is subtracted for each oom_group_kill */
	uint64_t oom_kill;
	uint64_t oom_below; /* times that nothing could be reclaimed in a group below, for its limit */
};

/* The charges of a group at one moment. Empty if the group is removed. */
struct evidence {
	bool any;
	int64_t at_ms;
	uint64_t processes; /* 0: not known */
	/* of them, those that do not execute the router's program, and what they have to themselves, in
	 * bytes: 0 also where not known */
	uint64_t others, others_bytes;
	/* anonymous memory in `stats` that no process had when the processes were read: its owner is not
	 * known, in bytes */
	uint64_t gone_bytes;
	struct group_stats stats;
};

struct watch {
	int directory; /* of the group; not owned */
	int proc;      /* directory of /proc, for the processes' programs; not owned. -1: not looked at */
	pid_t router;  /* the router's main process, or what started it (stats/running.h) */
	int events;    /* memory.events, to poll for POLLPRI; -1: nothing to follow */
	struct memory_events first;       /* at the start */
	struct memory_events seen;        /* at the last look */
	int64_t max_ms, oom_ms, below_ms; /* when each rose last */
	int64_t kill_ms;                  /* alike; only if seen.oom_kill > first.oom_kill */
	int64_t gathered_ms;
	struct evidence fullest; /* of the last seconds */
};

/*
 * Begins to follow the group of `directory`. `fresh` groups begin at 0: what happened since they were made is
 * events. Others begin at what is there. Where there is no memory.events (no memory controller) watch->events
 * is -1.
 */
void watch_open(struct watch *watch, int directory, bool fresh);
void watch_close(struct watch *watch);

/* Also reads the programs of the processes: which are the router's own, and the memory of the others. */
void watch_router(struct watch *watch, int proc, pid_t router);

/*
 * Reads again; `now_ms` is a monotonic clock's. *events has each counter's rise to report: `max`, and
 * `oom` without a kill, once in a burst, which ends after a minute without one. True if there is one. When
 * the file cannot be read any more, because the group is gone, it closes watch->events.
 */
bool watch_look(struct watch *watch, int64_t now_ms, struct memory_events *events);

/* The arithmetic of watch_look(): `now` is the contents of memory.events. */
void watch_compare(struct watch *watch, const struct memory_events *now, int64_t now_ms,
		   struct memory_events *events);

/* How many processes `kills` (oom_kill of memory.events) stands for, where `group_kills` (oom_group_kill)
 * took a whole group each. Never 0 where there was a kill. */
uint64_t watch_killed(uint64_t kills, uint64_t group_kills);

enum watch_limit {
	WATCH_LIMIT_OWN,
	WATCH_LIMIT_BELOW, /* that of a group below */
	WATCH_LIMIT_ABOVE, /* that of a group above, or the machine's memory */
};

/* For which limit the last kill was: `oom` rises only where the limit is, and in the groups above. */
enum watch_limit watch_limit_of_kill(const struct watch *watch);

/* What has happened since the start. */
struct memory_events watch_total(const struct watch *watch);

#endif
