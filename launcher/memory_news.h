/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_MEMORY_NEWS_H
#define SIPLAUNCH_LAUNCHER_MEMORY_NEWS_H
/*
 * What a supervisor says when its router's group runs into its limit: what happened, how much there was,
 * which term of the budget did not hold, and what to change.
 */
#include "stats/watch.h"

struct supervisor;

/* Says it, on standard error; keeps in supervisor->overflow which term it was. */
void memory_news_tell(struct supervisor *supervisor, const struct memory_events *news);

/* What this place keeps a supervisor from telling, once at the start: a warning, or nothing. */
void memory_news_limits(const struct supervisor *supervisor);

#endif
