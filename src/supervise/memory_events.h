/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SUPERVISE_MEMORY_EVENTS_H
#define SIPLAUNCH_SUPERVISE_MEMORY_EVENTS_H
/*
 * A supervisor's report when its router's group reaches its memory limit: what happened, how much memory was
 * used, which term of the budget was exceeded, and what to change.
 */
#include "stats/watch.h"

struct supervisor;

/* Emits the report as an event, and stores the exceeded term in supervisor->overflow. */
void memory_event_emit(struct supervisor *supervisor, const struct memory_events *events);

/*
 * Where the supervisor shares the router's group: gives itself oom_score_adj -1000, so that an OOM kill, also
 * one of the whole group, leaves it there to report it. The kernel never chooses such a process, and does not
 * kill it with its group if memory.oom.group is 1 (mm/oom_kill.c, oom_badness() and oom_kill_memcg_member()).
 * It needs CAP_SYS_RESOURCE in the initial user namespace; without it nothing changes. The router's process
 * must have been forked before: it keeps its own value.
 */
void memory_outlive(struct supervisor *supervisor);

/* Warns once, at the start, of what the supervisor cannot report in this environment. */
void memory_limits_read(const struct supervisor *supervisor);

#endif
