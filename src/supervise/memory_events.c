/* SPDX-License-Identifier: MIT */
#include "supervise/memory_events.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/event.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/json_value.h"
#include "router/router.h"
#include "supervise/supervise.h"
#include "text/format.h"

/* "512 MiB", or "its limit" where that cannot be read. */
static char *limit_text(const struct supervisor *supervisor)
{
	cleanup_free char *text = NULL;
	uint64_t bytes;
	pseudo_read_record(supervisor->directory, "memory.max", &text);
	if (!text || !parse_u64(text, &bytes))
		return xstrdup("its limit");
	return format_bytes(bytes);
}

/* "; maximum use 511.9 MiB", or "". */
static char *peak_text(const struct supervisor *supervisor)
{
	cleanup_free char *text = NULL;
	uint64_t bytes;
	pseudo_read_record(supervisor->directory, "memory.peak", &text);
	if (!text || !parse_u64(text, &bytes))
		return xstrdup("");
	cleanup_free char *peak = format_bytes(bytes);
	return xasprintf("; maximum use %s", peak);
}

static void find_overflow(struct supervisor *supervisor)
{
	const struct watch *watch = &supervisor->watch;
	struct overflow found;
	uint64_t connection_bytes = supervisor->router->costs->connection_bytes;

	const struct evidence *evidence = &watch->fullest;
	const struct group_members members = {.processes = evidence->processes,
					      .others = evidence->others,
					      .others_bytes = evidence->others_bytes,
					      .gone_bytes = evidence->gone_bytes};

	if (supervisor->sized && evidence->any &&
	    overflow_find(&supervisor->budget, connection_bytes, &evidence->stats, &members, &found))
		supervisor->overflow = found;
}

/* "\nshared memory … took 300 MiB, the budget counts 256 MiB", or "". */
static char *overflow_text(const struct overflow *overflow)
{
	if (!overflow->term)
		return xstrdup("");
	if (strcmp(overflow->term, "processes") == 0)
		return xasprintf("\nthere were %" PRIu64 " processes, the budget counts %" PRIu64,
				 overflow->used, overflow->budgeted);
	cleanup_free char *used = format_bytes(overflow->used);
	cleanup_free char *budgeted = format_bytes(overflow->budgeted);
	return xasprintf("\n%s took %s, the budget counts %s", overflow->what, used, budgeted);
}

static char *change_text(const struct supervisor *supervisor)
{
	const struct overflow *overflow = &supervisor->overflow;
	if (overflow->term)
		return xasprintf(
			"add --set %s=%s, which leaves less for the pools; or keep the pools, and add --set "
			"sizing.memory=%" PRIu64 "M",
			overflow->key, overflow->value, overflow->limit_mib);
	if (supervisor->sized)
		return xstrdup(
			"raise the limit (sizing.memory) or the reserve (sizing.reserve); siplaunch inspect "
			"shows what a running router uses its memory for");
	return xstrdup(
		"raise the group's memory.max, or start less in it; siplaunch inspect shows what a running "
		"router uses its memory for");
}

static json_t *facts(const struct supervisor *supervisor, const struct memory_events *events)
{
	return json_checked(json_pack("{s:o, s:I, s:I, s:I, s:o}", "group", json_from_text(supervisor->group),
				      "max", (json_int_t)events->max, "oom", (json_int_t)events->oom,
				      "oom_kill", (json_int_t)events->oom_kill, "overflow",
				      overflow_json(&supervisor->overflow)));
}

static char *reason_text(const struct supervisor *supervisor, enum watch_limit limit)
{
	cleanup_free char *peak = peak_text(supervisor);
	if (limit == WATCH_LIMIT_ABOVE)
		return xasprintf("a limit above it or the machine's memory was reached, not its own limit%s",
				 peak);
	if (limit == WATCH_LIMIT_BELOW)
		return xasprintf("the limit of a group below it was reached, not its own limit%s", peak);
	cleanup_free char *own = limit_text(supervisor);
	return xasprintf("it reached %s%s", own, peak);
}

static char *remedy_text(const struct supervisor *supervisor, enum watch_limit limit)
{
	if (limit == WATCH_LIMIT_ABOVE)
		return xstrdup(
			"raise the limit of the group above, start less there or on this machine, or protect "
			"this group: memory.low, oomScoreAdj");
	if (limit == WATCH_LIMIT_BELOW)
		return xstrdup("raise memory.max of the group below");
	return change_text(supervisor);
}

static void report_kill(struct supervisor *supervisor, const struct memory_events *events)
{
	enum watch_limit limit = watch_limit_of_kill(&supervisor->watch);
	bool own = limit == WATCH_LIMIT_OWN;
	if (own)
		find_overflow(supervisor);
	cleanup_free char *overflow = own ? overflow_text(&supervisor->overflow) : xstrdup("");
	cleanup_free char *reason = reason_text(supervisor, limit);
	cleanup_free char *message =
		xasprintf("%s: the kernel OOM-killed %s%" PRIu64 " process%s: %s%s", supervisor->group,
			  events->oom_group_kill ? "at least " : "", events->oom_kill,
			  events->oom_kill == 1 ? "" : "es", reason, overflow);
	cleanup_free char *hint = remedy_text(supervisor, limit);
	event_emit(&supervisor->events, &(struct event){
						.level = EVENT_ERROR,
						.name = "oom-kill",
						.message = message,
						.hint = hint,
						.facts = facts(supervisor, events),
					});
}

static void report_pressure(struct supervisor *supervisor, const struct memory_events *events)
{
	cleanup_free char *limit = limit_text(supervisor);
	cleanup_free char *message =
		events->oom ? xasprintf("%s: it reached %s, and nothing could be reclaimed (oom); no process "
					"has been killed yet",
					supervisor->group, limit)
			    : xasprintf("%s: it reached %s, and the kernel reclaims what it can (max)",
					supervisor->group, limit);
	event_emit(&supervisor->events, &(struct event){
						.level = EVENT_WARNING,
						.name = events->oom ? "oom" : "memory-max",
						.message = message,
						.facts = facts(supervisor, events),
					});
}

void memory_event_emit(struct supervisor *supervisor, const struct memory_events *events)
{
	if (events->oom_kill)
		report_kill(supervisor, events);
	else
		report_pressure(supervisor, events);
}

void memory_outlive(struct supervisor *supervisor)
{
	if (!supervisor->own_group && !supervisor->outlives && !supervisor->members.foreign_proc)
		supervisor->outlives =
			pseudo_write(supervisor->members.proc, "self/oom_score_adj", "-1000") == 0;
}

static bool dies_with_the_router(const struct supervisor *supervisor)
{
	cleanup_free char *text = NULL;
	if (supervisor->own_group || supervisor->outlives || supervisor->directory < 0)
		return false;
	pseudo_read_record(supervisor->directory, "memory.oom.group", &text);
	return text && strcmp(text, "1") == 0;
}

void memory_limits_read(const struct supervisor *supervisor)
{
	struct event event = {.level = EVENT_WARNING, .name = "not-reported"};
	if (dies_with_the_router(supervisor)) {
		event.message =
			"siplaunch cannot report an OOM kill here: it shares a group with the router, and "
			"memory.oom.group 1 kills both";
		event.hint = "look in the kernel's log; Kubernetes shows OOMKilled";
	} else if (supervisor->watch.events < 0) {
		event.message =
			"the router's group has no memory.events here: siplaunch cannot distinguish an OOM "
			"kill from another SIGKILL";
	} else {
		return;
	}
	event_emit(&supervisor->events, &event);
}
