/* SPDX-License-Identifier: MIT */
#include "supervise/limit_events.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/event.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/json_value.h"
#include "launch/notify.h"
#include "stats/group.h"
#include "supervise/supervise.h"
#include "text/format.h"

/* ---- watching ---- */

/* 0, or -1 where there is no memory.max (the root, no memory controller) or it cannot be read. */
static int read_limit(int directory, uint64_t *bytes)
{
	cleanup_free char *text = NULL;
	return pseudo_read_record(directory, "memory.max", &text) < 0 || !parse_u64_or_max(text, bytes) ? -1
													: 0;
}

static int watch_file(int events, int directory)
{
	cleanup_free char *path = xasprintf("/proc/self/fd/%d/memory.max", directory);
	return inotify_add_watch(events, path, IN_MODIFY);
}

/* memory.events also counts the kills in groups below. -1: there is no such file, or no longer. */
static int read_oom_kills(int directory, uint64_t *kills)
{
	char text[1024];
	if (pseudo_read_small(directory, "memory.events", text, sizeof text) < 0)
		return -1;
	const struct value value = group_number_in(GROUP_EVENT_OOM_KILL, text);
	*kills = value_or_zero(&value);
	return 0;
}

static void watch_level(struct limit_watch *watch, int mount, const char *below, const char *group)
{
	struct watched_limit level = {.directory = group_directory_open(mount, below, NULL)};

	if (level.directory < 0)
		return;
	/* watch it before reading it, so that no change in between is missed */
	if (watch_file(watch->events, level.directory) < 0 || read_limit(level.directory, &level.bytes) < 0) {
		close(level.directory);
		return;
	}
	if (read_oom_kills(level.directory, &level.oom_kills) < 0)
		level.oom_kills = UNLIMITED;
	level.group = xstrdup(group);
	*ARRAY_ADD(watch->levels, watch->count) = level;
}

/* "a/b" becomes "a", "a" becomes "". */
static void cut_last(char *path)
{
	char *slash = strrchr(path, '/');
	*(slash ? slash : path) = '\0';
}

void limit_watch_open(struct limit_watch *watch, int mount, const char *below, const char *group)
{
	cleanup_free char *directory = xstrdup(below), *path = xstrdup(group);

	*watch = (struct limit_watch){.events = inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
	if (watch->events < 0)
		return;
	for (;;) {
		watch_level(watch, mount, directory, *path ? path : "/");
		if (!*directory || strcmp(directory, ".") == 0)
			break;
		cut_last(directory);
		cut_last(path);
	}
	if (watch->count == 0)
		limit_watch_close(watch);
}

void limit_watch_close(struct limit_watch *watch)
{
	for (size_t i = 0; i < watch->count; i++) {
		close(watch->levels[i].directory);
		free(watch->levels[i].group);
	}
	free(watch->levels);
	if (watch->events >= 0)
		close(watch->events);
	*watch = (struct limit_watch){.events = -1};
}

const struct watched_limit *limit_watch_kills(const struct limit_watch *watch, bool *killed)
{
	uint64_t kills;
	for (size_t i = 0; i < watch->count; i++) {
		const struct watched_limit *level = &watch->levels[i];
		if (level->oom_kills != UNLIMITED && read_oom_kills(level->directory, &kills) == 0) {
			*killed = kills > level->oom_kills;
			return level;
		}
	}
	return NULL;
}

/* ---- reporting ---- */

static char *limit_text(uint64_t bytes)
{
	return bytes == UNLIMITED ? xstrdup("max") : format_bytes(bytes);
}

static uint64_t needed_bytes(const struct budget *budget)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < TERM_COUNT; i++)
		sum += budget->terms[i].bytes;
	return sum;
}

/* The limit in force: the smallest of the group's and those above it. */
static uint64_t effective_bytes(const struct limit_watch *watch)
{
	uint64_t smallest = UNLIMITED;
	for (size_t i = 0; i < watch->count; i++)
		if (watch->levels[i].bytes < smallest)
			smallest = watch->levels[i].bytes;
	return smallest;
}

/* What the limit now in force means for the pools, which stay as they are. */
static char *meaning_text(const struct supervisor *supervisor, uint64_t effective)
{
	const struct budget *budget = &supervisor->budget;
	uint64_t needed = needed_bytes(budget);
	cleanup_free char *plan = format_bytes(needed);

	if (effective < needed)
		return xasprintf("the plan needs %s: the kernel can OOM-kill the router when its pools fill",
				 plan);
	if (effective == UNLIMITED)
		return xasprintf("no visible limit is in force now, and the plan needs %s", plan);
	if (effective <= budget->limit_bytes)
		return xasprintf("the plan needs %s and still fits", plan);
	cleanup_free char *unused = format_bytes(effective - budget->limit_bytes);
	return xasprintf("the router was sized for less: %s stay unused until it is restarted", unused);
}

static json_t *facts(const struct supervisor *supervisor, const struct watched_limit *level, uint64_t before,
		     uint64_t effective)
{
	const struct value limit = value_number(VALUE_BYTES, level->bytes);
	const struct value was = value_number(VALUE_BYTES, before);
	const struct value now = value_number(VALUE_BYTES, effective);
	json_t *needed =
		supervisor->sized ? json_integer((json_int_t)needed_bytes(&supervisor->budget)) : json_null();
	return json_checked(json_pack("{s:s, s:o, s:o, s:o, s:o}", "group", level->group, "limit",
				      json_from_value(&limit), "before", json_from_value(&was), "effective",
				      json_from_value(&now), "needed", needed));
}

static void report_change(struct supervisor *supervisor, const struct watched_limit *level, uint64_t before)
{
	cleanup_error struct error error = {0};
	uint64_t effective = effective_bytes(&supervisor->limits);
	bool sized = supervisor->sized, less = sized && effective < needed_bytes(&supervisor->budget);
	cleanup_free char *now = limit_text(level->bytes), *was = limit_text(before);
	cleanup_free char *meaning = sized ? meaning_text(supervisor, effective) : NULL;
	cleanup_free char *message = xasprintf("memory.max of %s is now %s (was %s)%s%s", level->group, now,
					       was, sized ? "; " : "", sized ? meaning : "");
	event_emit(
		&supervisor->events,
		&(struct event){
			.level = less ? EVENT_WARNING : EVENT_INFO,
			.name = "limit-changed",
			.message = message,
			.hint = less ? "restart the router: siplaunch then sizes it for the new limit" : NULL,
			.facts = facts(supervisor, level, before, effective),
		});
	if (notify_status(supervisor->notify, message, 0, &error) < 0)
		notify_failed(&supervisor->events, &error);
}

/* Discards the events: the values decide, because the same value may have been written again. */
static void drain(int events)
{
	char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	while (read(events, buffer, sizeof buffer) > 0)
		;
}

void limit_events_look(struct supervisor *supervisor)
{
	struct limit_watch *watch = &supervisor->limits;

	drain(watch->events);
	for (size_t i = 0; i < watch->count; i++) {
		struct watched_limit *level = &watch->levels[i];
		uint64_t before = level->bytes;
		if (read_limit(level->directory, &level->bytes) == 0 && level->bytes != before)
			report_change(supervisor, level, before);
	}
}
