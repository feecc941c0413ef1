/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SUPERVISE_MEMORY_EVENTS_H
#define SIPLAUNCH_SUPERVISE_MEMORY_EVENTS_H
/*
 * What a supervisor says when its router's group runs into its limit: what happened, how much there was,
 * which term of the budget did not hold, and what to change.
 */
#include "stats/watch.h"

struct supervisor;

/* Says it, on standard error; keeps in supervisor->overflow which term it was. */
void memory_event_emit(struct supervisor *supervisor, const struct memory_events *events);

/*
 * Where the supervisor shares the router's group: gives itself oom_score_adj -1000, so that an OOM kill, also
 * one of the whole group, leaves it there to report it. The kernel chooses no such process, and spares it
 * with memory.oom.group 1 (mm/oom_kill.c, oom_badness() and oom_kill_memcg_member()). It needs
 * CAP_SYS_RESOURCE in the initial user namespace; without it nothing changes. The router has been forked
 * before, and keeps its own.
 */
void memory_outlive(struct supervisor *supervisor);

/* What this place keeps a supervisor from telling, once at the start: a warning, or nothing. */
void memory_limits_read(const struct supervisor *supervisor);

#endif
