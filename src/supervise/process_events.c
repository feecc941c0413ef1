/* SPDX-License-Identifier: MIT */
#include "supervise/process_events.h"

#include "base/alloc.h"
#include "base/event.h"
#include "base/json.h"
#include "sizing/excess.h"
#include "stats/running.h"
#include "supervise/supervise.h"

static const int64_t looks_ms[] = {1000, 4000, 15000, 60000};

void process_events_begin(struct supervisor *supervisor, int64_t now_ms)
{
	bool wanted = supervisor->sized && supervisor->serves && !supervisor->members.foreign_proc;
	supervisor->processes = (struct process_watch){
		.started_ms = now_ms,
		.looks = wanted ? 0 : ARRAY_SIZE(looks_ms),
	};
}

int process_events_timeout(const struct process_watch *watch, int64_t now_ms)
{
	if (watch->looks >= ARRAY_SIZE(looks_ms))
		return -1;
	int64_t left = watch->started_ms + looks_ms[watch->looks] - now_ms;
	return left > 0 ? (int)left : 0;
}

static json_t *facts(const struct excess *excess)
{
	return json_checked(json_pack("{s:I, s:I, s:I, s:I}", "processes", (json_int_t)excess->processes,
				      "budgeted", (json_int_t)excess->budgeted, "pools",
				      (json_int_t)excess->pools_bytes, "limit",
				      (json_int_t)excess->limit_bytes));
}

static void tell(const struct supervisor *supervisor, const struct excess *excess)
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

/* The child may be a script that has started the router. */
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
	watch->looks++;
	uint64_t found = count(supervisor);
	watch->count = found > watch->count ? found : watch->count;
	if (excess_find(&supervisor->request, found, budget->shared_mib, budget->private_mib, &excess)) {
		tell(supervisor, &excess);
		watch->looks = ARRAY_SIZE(looks_ms);
	}
	return true;
}
