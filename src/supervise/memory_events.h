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

/* What this place keeps a supervisor from telling, once at the start: a warning, or nothing. */
void memory_limits_read(const struct supervisor *supervisor);

#endif
