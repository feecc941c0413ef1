/* SPDX-License-Identifier: MIT */
#include "base/event.h"

void event_emit(const struct events *events, const struct event *event)
{
	events->emit(events->to, event);
}

void event_error(const struct events *events, const struct error *error)
{
	event_emit(events, &(struct event){.level = EVENT_ERROR, .error = error});
}

void event_warning(const struct events *events, const char *message)
{
	event_emit(events, &(struct event){.level = EVENT_WARNING, .message = message});
}

void event_progress(const struct events *events, const char *doing, const char *rest)
{
	event_emit(events, &(struct event){.level = EVENT_PROGRESS, .message = doing, .hint = rest});
}
