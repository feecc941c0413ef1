/* SPDX-License-Identifier: MIT */
#include "advise/advise.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advise/rows.h"
#include "base/alloc.h"
#include "router/router.h"
#include "sizing/cpus.h"

/* Enough to lower a value: every process had load, and timers and retransmissions took place. */
#define MEDIUM_SECONDS  600
#define MEDIUM_REQUESTS 10000
/* Enough for certainty: a whole day includes the busy hour. */
#define HIGH_SECONDS  86400
#define HIGH_REQUESTS 100000

/* A smaller saving is not worth a restart. */
#define SAVING_PERCENT 10

#define RATE_SECONDS 60 /* a shorter time says little about the load */

const char *confidence_name(enum confidence confidence)
{
	static const char *const names[] = {"none", "low", "medium", "high"};
	return names[confidence];
}

const char *change_name(enum change change)
{
	static const char *const names[] = {"keep", "raise", "lower", "set", "unknown"};
	return names[change];
}

/* Keepalives alone make a request a second: below that rate the router is idle, and a long time does not
 * raise the confidence. */
enum confidence confidence_of(const struct frame *frame, const struct watched *watched)
{
	const struct observation *seen = frame->request->seen;
	if (!watched->requests_known || watched->seconds < MEDIUM_SECONDS ||
	    watched->requests < MEDIUM_REQUESTS || watched->requests < watched->seconds)
		return CONFIDENCE_LOW;
	bool sure = watched->seconds >= HIGH_SECONDS && watched->requests >= HIGH_REQUESTS &&
		    seen->peak_passed && seen->run_count == 1;
	return sure ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM;
}

/* ---- rows ---- */

static char *joined(char *before, const char *between, char *more)
{
	if (!before)
		return more;
	char *all = xasprintf("%s%s%s", before, between, more);
	free(before);
	free(more);
	return all;
}

void row_say(struct recommendation *row, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	row->reason = joined(row->reason, "; ", xvasprintf(format, args));
	va_end(args);
}

void advice_note(struct advice *advice, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	*ARRAY_ADD(advice->notes, advice->note_count) = xvasprintf(format, args);
	va_end(args);
}

struct recommendation *row_begin(const struct frame *frame, enum advice_row id, const char *setting,
				 const char *key, enum confidence confidence)
{
	struct recommendation *row = &frame->advice->rows[id];
	*row = (struct recommendation){.setting = setting, .key = key, .confidence = confidence};
	return row;
}

static struct value value_of(enum value_kind kind, struct known number)
{
	return number.known ? value_number(kind, number.is) : (struct value){0};
}

void row_unknown(struct recommendation *row, enum value_kind kind, struct known current)
{
	row->change = CHANGE_UNKNOWN;
	row->confidence = CONFIDENCE_NONE;
	row->current = value_of(kind, current);
}

void row_decide(struct recommendation *row, enum value_kind kind, struct known current, uint64_t enough,
		bool may_lower)
{
	bool saves = current.known && enough < current.is &&
		     current.is - enough >= mul_div_u64(current.is, SAVING_PERCENT, 100);

	row->current = value_of(kind, current);
	row->enough = value_number(kind, enough);
	row->recommended = row->enough;
	if (!current.known || (current.is == UNLIMITED && kind == VALUE_BYTES)) {
		row->change = CHANGE_SET;
	} else if (enough > current.is) {
		row->change = CHANGE_RAISE;
	} else if (saves && may_lower) {
		row->change = CHANGE_LOWER;
	} else {
		row->change = CHANGE_KEEP;
		row->recommended = row->current;
		if (saves && row->confidence == CONFIDENCE_LOW)
			row_say(row, "too little load to lower it");
	}
}

struct known row_result(const struct recommendation *row)
{
	const struct value *value = row->recommended.kind != VALUE_NONE ? &row->recommended : &row->current;
	return (struct known){value->kind != VALUE_NONE, value->number[0]};
}

uint64_t with_margin(uint64_t amount, uint64_t percent)
{
	uint64_t more = mul_div_u64(amount, percent, 100), all;
	return __builtin_add_overflow(amount, more, &all) ? UNLIMITED : all;
}

char *time_text(uint64_t seconds)
{
	static const struct {
		uint64_t seconds;
		const char *one;
	} units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
	size_t i = 0;
	while (i + 1 < ARRAY_SIZE(units) && seconds < 2 * units[i].seconds)
		i++;
	uint64_t count = seconds / units[i].seconds;
	return xasprintf("%" PRIu64 " %s%s", count, units[i].one, count == 1 ? "" : "s");
}

/* ---- what is said besides ---- */

static double rate_of(const struct observation *seen)
{
	bool watched = seen->watch.requests_known && seen->watch.seconds >= RATE_SECONDS;
	const struct watched *basis = watched ? &seen->watch : &seen->life;
	if (!basis->requests_known || basis->seconds == 0)
		return -1;
	return (double)basis->requests / (double)basis->seconds;
}

static void note_idleness(const struct frame *frame)
{
	const struct watched *life = &frame->request->seen->life;
	cleanup_free char *time = time_text(life->seconds);

	if (frame->advice->confidence >= CONFIDENCE_MEDIUM)
		return;
	if (!life->requests_known)
		advice_note(frame->advice,
			    "the samples do not show how busy the router was: siplaunch lowers nothing");
	else
		advice_note(
			frame->advice,
			"too little load to lower anything: %" PRIu64
			" requests in %s; sample it under load: siplaunch inspect --watch --format json PID "
			">FILE",
			life->requests, time);
}

static void note_lives(const struct frame *frame)
{
	const struct observation *seen = frame->request->seen;
	if (seen->run_count > 1)
		advice_note(
			frame->advice,
			"the router started %zu times during the samples: maxima are those of all starts, "
			"growth is that of the last",
			seen->run_count);
	if (seen->versions_differ)
		advice_note(frame->advice,
			    "the router's version changed during the samples: sample the new version alone");
}

static void note_pools(const struct frame *frame)
{
	const struct observation *seen = frame->request->seen;
	if (!frame->request->router->sizes_by_arguments)
		return;
	if (seen->with_pools == 0)
		advice_note(frame->advice,
			    "the router reported no statistics of its pools (%s): -m and -M stay unchanged",
			    seen->no_pools ? seen->no_pools : "no reason given");
	else if (seen->with_pools < seen->count)
		advice_note(frame->advice, "%zu of %zu samples have no statistics of the pools: %s",
			    seen->count - seen->with_pools, seen->count,
			    seen->no_pools ? seen->no_pools : "no reason given");
}

static void note_cpus(const struct frame *frame)
{
	cleanup_free char *text = frame->request->cpus ? cpus_text(frame->request->cpus) : NULL;
	if (text)
		advice_note(frame->advice, "%s", text);
}

void advise(const struct advice_request *request, struct advice *advice)
{
	const struct frame frame = {.request = request, .advice = advice};

	*advice = (struct advice){0};
	advice->confidence = confidence_of(&frame, &request->seen->life);
	advice->requests_per_second = rate_of(request->seen);
	uint64_t files = nofile_needed(&frame);
	if (request->router->sizes_by_arguments) {
		shared_advise(&frame);
		private_advise(&frame, files);
		processes_advise(&frame);
	}
	nofile_advise(&frame, files);
	memory_advise(&frame);
	if (request->router->sizes_by_arguments)
		processes_note(&frame);
	objects_see(request->seen, request->router->costs, &advice->objects);
	note_idleness(&frame);
	note_lives(&frame);
	note_pools(&frame);
	note_cpus(&frame);
}

bool advice_changes(const struct advice *advice)
{
	bool changes = false;
	for (size_t i = 0; i < ADVICE_ROWS; i++) {
		enum change change = advice->rows[i].change;
		changes |= advice->rows[i].setting &&
			   (change == CHANGE_RAISE || change == CHANGE_LOWER || change == CHANGE_SET);
	}
	return changes;
}

void advice_clear(struct advice *advice)
{
	for (size_t i = 0; i < ADVICE_ROWS; i++)
		free(advice->rows[i].reason);
	for (size_t i = 0; i < advice->note_count; i++)
		free(advice->notes[i]);
	free(advice->notes);
	*advice = (struct advice){0};
}
