/* SPDX-License-Identifier: MIT */
#include "supervise/process_events.h"

#include "base/alloc.h"
#include "base/event.h"
#include "base/json.h"
#include "sizing/excess.h"
#include "stats/running.h"
#include "supervise/supervise.h"

static const int64_t looks_ms[] = {1000, 4000, 15000, 60000};
#define LAST_LOOK_MS looks_ms[ARRAY_SIZE(looks_ms) - 1]

/* From a count above the budget to the next one, which shows whether the router is still forking. */
#define SETTLE_MS 1000

static int64_t look_after(const struct process_watch *watch, int64_t now_ms)
{
	for (size_t i = 0; i < ARRAY_SIZE(looks_ms); i++)
		if (watch->started_ms + looks_ms[i] > now_ms)
			return watch->started_ms + looks_ms[i];
	return PROCESS_LOOK_NONE;
}

void process_events_begin(struct supervisor *supervisor, int64_t now_ms)
{
	struct process_watch *watch = &supervisor->processes;
	bool wanted = supervisor->sized && supervisor->serves && !supervisor->members.foreign_proc;
	*watch = (struct process_watch){.started_ms = now_ms, .next_ms = PROCESS_LOOK_NONE};
	if (wanted)
		watch->next_ms = look_after(watch, now_ms);
}

int process_events_timeout(const struct process_watch *watch, int64_t now_ms)
{
	if (watch->next_ms == PROCESS_LOOK_NONE)
		return -1;
	return watch->next_ms > now_ms ? (int)(watch->next_ms - now_ms) : 0;
}

bool process_watch_note(struct process_watch *watch, uint64_t found, bool excess, int64_t now_ms)
{
	int64_t last_ms = watch->started_ms + LAST_LOOK_MS;
	bool settled = found == watch->last || now_ms >= last_ms;

	watch->last = found;
	watch->count = found > watch->count ? found : watch->count;
	if (!excess)
		watch->next_ms = look_after(watch, now_ms);
	else if (settled)
		watch->next_ms = PROCESS_LOOK_NONE;
	else
		watch->next_ms = now_ms + SETTLE_MS < last_ms ? now_ms + SETTLE_MS : last_ms;
	return excess && settled;
}

static json_t *facts(const struct excess *excess)
{
	return json_checked(json_pack("{s:I, s:I, s:I, s:I}", "processes", (json_int_t)excess->processes,
				      "budgeted", (json_int_t)excess->budgeted, "pools",
				      (json_int_t)excess->pools_bytes, "limit",
				      (json_int_t)excess->limit_bytes));
}

static void report_excess(const struct supervisor *supervisor, const struct excess *excess)
{
	cleanup_free char *message = excess_text(excess), *hint = excess_hint(excess);
	event_emit(&supervisor->events, &(struct event){
						.level = EVENT_WARNING,
						.name = "processes",
						.message = message,
						.hint = hint,
						.facts = facts(excess),
					});
}

/* Finds the router's main process first: the child may be a script that has started the router. */
static uint64_t count(const struct supervisor *supervisor)
{
	cleanup_running struct running running = {0};
	int proc = supervisor->members.proc;

	if (running_read(proc, &running, NULL) < 0)
		return 0;
	return running_count_staying(proc, running_main(&running, supervisor->child.pid));
}

bool process_events_look(struct supervisor *supervisor, int64_t now_ms)
{
	struct process_watch *watch = &supervisor->processes;
	const struct budget *budget = &supervisor->budget;
	struct excess excess;

	if (process_events_timeout(watch, now_ms) != 0 || supervisor->ended)
		return false;
	uint64_t found = count(supervisor);
	bool too_many =
		excess_find(&supervisor->request, found, budget->shared_mib, budget->private_mib, &excess);
	if (process_watch_note(watch, found, too_many, now_ms))
		report_excess(supervisor, &excess);
	return true;
}
