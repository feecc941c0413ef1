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

/* The counters of memory.events that are followed. `max` and `oom` are for the group's own limit
 * (memory.events.local, since Linux 5.2; on older kernels those of groups below are included). */
struct memory_events {
	uint64_t max; /* times that usage was about to exceed the limit, and memory was reclaimed */
	uint64_t oom; /* times that nothing could be reclaimed */
	/*
	 * OOM-killed processes, also by a limit above the group. With memory.oom.group 1 the kernel counts
	 * the process that it chose twice, alone and with its group, unless that process has ended in between
	 * (mm/oom_kill.c, oom_kill_process and __oom_kill_process). A reading has what the kernel counts; a
	 * rise has watch_killed() of it
	 */
	uint64_t oom_kill;
	uint64_t oom_group_kill; /* groups that were killed as a whole */
	uint64_t oom_below;      /* times that nothing could be reclaimed for the limit of a group below */
};

/* The charges of a group at one moment. Empty if the group is removed. */
struct evidence {
	bool any;
	int64_t at_ms;
	uint64_t processes; /* 0: not known */
	/* of them, those that do not execute the router's program, and their memory that no other process
	 * shares, in bytes; 0 also if not known */
	uint64_t others, others_bytes;
	/* bytes of anonymous memory in `stats` that belonged to no process any more when the processes were
	 * read: its owner is not known */
	uint64_t gone_bytes;
	struct group_stats stats;
};

struct watch {
	int directory; /* of the group; not owned */
	int proc;      /* directory of /proc, for the processes' programs; not owned. -1: not looked at */
	pid_t router;  /* the router's main process, or the process that started it (stats/running.h) */
	int events;    /* memory.events, to poll for POLLPRI; -1: nothing to follow */
	struct memory_events first;       /* at the start */
	struct memory_events seen;        /* at the last look */
	int64_t max_ms, oom_ms, below_ms; /* when each counter last rose; CLOCK_MONOTONIC */
	int64_t kill_ms;                  /* the same; only if killed > 0 */
	struct memory_events base;        /* before the kernel's last series of kills */
	int64_t counted_ms;               /* when it last counted one in that series; 0: never */
	uint64_t killed_in_series;        /* of `killed`, those of that series */
	uint64_t killed;                  /* processes, since the start */
	int64_t gathered_ms;
	struct evidence fullest; /* of the last seconds */
};

/*
 * Begins to follow the group of `directory`. In a `fresh` group the counters start from 0: everything since
 * it was made is an event. In other groups they start from the current values. Where there is no
 * memory.events (no memory controller) watch->events is -1.
 */
void watch_open(struct watch *watch, int directory, bool fresh);
void watch_close(struct watch *watch);

/* Also reads the programs of the processes: which are the router's own, and the memory of the others. */
void watch_router(struct watch *watch, int proc, pid_t router);

/*
 * Reads again; `now_ms` is a monotonic clock's. *events has the rise of each counter to report: `max` and
 * `oom` once in a burst, which ends after a minute without an event; `oom_kill` always. True if there is
 * something to report. If the file can no longer be read, because the group is gone, it closes watch->events.
 */
bool watch_look(struct watch *watch, int64_t now_ms, struct memory_events *events);

/* The arithmetic of watch_look(): `now` is the contents of memory.events. */
void watch_compare(struct watch *watch, const struct memory_events *now, int64_t now_ms,
		   struct memory_events *events);

/* How many processes at least `kills` (oom_kill of memory.events) stands for, where `group_kills`
 * (oom_group_kill) took a whole group each: up to one more for each of these. Never 0 where there was a
 * kill. Of two readings, give it the rises: what it makes of the totals can fall. */
uint64_t watch_killed(uint64_t kills, uint64_t group_kills);

enum watch_limit {
	WATCH_LIMIT_OWN,
	WATCH_LIMIT_BELOW, /* that of a group below */
	WATCH_LIMIT_ABOVE, /* that of a group above, or the machine's memory */
};

/* For which limit the last kill was: `oom` rises only in the group that reached its limit, and in those
 * above. */
enum watch_limit watch_limit_of_kill(const struct watch *watch);

/* The events since the start. */
struct memory_events watch_total(const struct watch *watch);

#endif
