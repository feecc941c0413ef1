/* SPDX-License-Identifier: MIT */
#include "html/recording.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/number.h"

void recording_open(struct recording *recording)
{
	struct thin_track tracks[RECORDING_TRACKS] = {0}; /* THIN_RANGE */

	*recording = (struct recording){0};
	for (size_t i = 0; i < SHARE_COUNT; i++)
		tracks[RECORDING_SHARES + i] = (struct thin_track){THIN_WITH, RECORDING_TOUCHED};
	tracks[RECORDING_PRIVATE_WHO] = (struct thin_track){THIN_WITH, RECORDING_PRIVATE_MAX};
	for (size_t i = RECORDING_OOM_KILLS; i <= RECORDING_RESTARTS; i++)
		tracks[i].kind = THIN_SUM;
	for (size_t i = 0; i <= RECORDING_MODULES; i++)
		tracks[RECORDING_MODULE + i] = (struct thin_track){THIN_WITH, RECORDING_MODULES_SUM};
	thin_open(&recording->thin, tracks, RECORDING_TRACKS);
}

static void add_to(double *sum, double number)
{
	if (!isnan(number))
		*sum = isnan(*sum) ? number : *sum + number;
}

/* ---- memory ---- */

static void put_group(struct recording *recording, const struct sample *sample, double *numbers)
{
	memory_shares_of(sample, (uint64_t)sysconf(_SC_PAGESIZE), &recording->shares);
	for (size_t i = 0; i < SHARE_COUNT; i++) {
		numbers[RECORDING_SHARES + i] = value_or_nan(&recording->shares.rows[i].touched);
		add_to(&numbers[RECORDING_TOUCHED], numbers[RECORDING_SHARES + i]);
	}
	numbers[RECORDING_LIMIT] = value_or_nan(&sample->memory_max);
	numbers[RECORDING_HIGH] = value_or_nan(&sample->memory_high);
	numbers[RECORDING_SWAP] = value_or_nan(&sample->stats.numbers[GROUP_SWAP_CURRENT]);
}

/* The index of a process's name; adds a new name. NAN: it has no name, or there are too many names. */
static double name_index(struct recording *recording, const char *name)
{
	size_t i = 0;
	while (name && i < recording->name_count && strcmp(recording->names[i], name) != 0)
		i++;
	if (!name || i == RECORDING_NAMES)
		return NAN;
	if (i == recording->name_count)
		recording->names[recording->name_count++] = xstrdup(name);
	return (double)i;
}

static void put_privates(struct recording *recording, const struct sample *sample, double *numbers)
{
	const char *fullest = NULL;
	for (size_t i = 0; i < sample->private_count; i++) {
		double used = value_or_nan(pool_in_use(&sample->privates[i].pool));
		if (isnan(numbers[RECORDING_PRIVATE_MAX]) || used > numbers[RECORDING_PRIVATE_MAX])
			fullest = sample->privates[i].name;
		numbers[RECORDING_PRIVATE_MAX] = number_max(numbers[RECORDING_PRIVATE_MAX], used);
		numbers[RECORDING_PRIVATE_MIN] = number_min(numbers[RECORDING_PRIVATE_MIN], used);
	}
	numbers[RECORDING_PRIVATE_WHO] = name_index(recording, fullest);
}

static void put_pools(struct recording *recording, const struct sample *sample, double *numbers)
{
	numbers[RECORDING_SHARED_USED] = value_or_nan(&sample->shared.used);
	numbers[RECORDING_SHARED_REAL] = value_or_nan(&sample->shared.real_used);
	numbers[RECORDING_SHARED_MAX] = value_or_nan(&sample->shared.max_used);
	numbers[RECORDING_SHARED_TOTAL] = value_or_nan(&sample->shared.total);
	numbers[RECORDING_REGISTRATIONS] = value_or_nan(&sample->registrations);
	numbers[RECORDING_DIALOGS] = value_or_nan(&sample->dialogs);
	numbers[RECORDING_TRANSACTIONS] = value_or_nan(&sample->transactions);
	put_privates(recording, sample, numbers);
}

/* The slot of a module's name; RECORDING_MODULES if it has none of its own. Usually the module has the same
 * index as in the previous sample, so that slot is tried first. */
static size_t module_slot(struct recording *recording, size_t place, const char *name)
{
	size_t slot = recording->module_slots[place];
	if (slot < recording->module_count && strcmp(recording->modules[slot], name) == 0)
		return slot;
	for (slot = 0; slot < recording->module_count; slot++)
		if (strcmp(recording->modules[slot], name) == 0)
			break;
	if (slot == recording->module_count && slot < RECORDING_MODULES)
		recording->modules[recording->module_count++] = xstrdup(name);
	return recording->module_slots[place] = slot;
}

static void put_modules(struct recording *recording, const struct sample *sample, double *numbers)
{
	for (size_t i = 0; i < sample->module_count && i < MODULES_MAX; i++) {
		double shared = value_or_nan(&sample->modules[i].shared);
		size_t slot = module_slot(recording, i, sample->modules[i].name);
		add_to(&numbers[RECORDING_MODULE + slot], shared);
		add_to(&numbers[RECORDING_MODULES_SUM], shared);
	}
}

/* ---- what happened since the sample before ---- */

/* By how much a counter rose; NAN: one of the numbers is not known, or the counter was reset. */
static double rise(const struct value *from, const struct value *to)
{
	return from->kind == VALUE_NONE || to->kind == VALUE_NONE || to->number[0] < from->number[0]
		       ? NAN
		       : (double)(to->number[0] - from->number[0]);
}

/* Percent of the time since the previous sample; for the first sample, of the ten seconds before it. */
static double share_of_time(double average, uint64_t from_us, uint64_t to_us, int64_t span_ms)
{
	if (span_ms <= 0 || to_us < from_us)
		return average;
	return number_min(100, (double)(to_us - from_us) / (double)span_ms / 10);
}

static void put_pressure(const struct recording_before *before, const struct sample *sample, int64_t span_ms,
			 double *numbers)
{
	const struct pressure *from = &before->pressure, *to = &sample->pressure;
	if (!to->known)
		return;
	if (!from->known)
		span_ms = 0;
	numbers[RECORDING_SOME] =
		share_of_time(to->some_avg10, from->some_total_us, to->some_total_us, span_ms);
	numbers[RECORDING_FULL] =
		share_of_time(to->full_avg10, from->full_total_us, to->full_total_us, span_ms);
}

static void put_rises(const struct recording_before *before, const struct sample *sample, int64_t span_ms,
		      double *numbers)
{
	static const struct {
		enum recording_track track;
		unsigned event;
	} events[] = {
		{RECORDING_OOM_KILLS, GROUP_EVENT_OOM_KILL},
		{RECORDING_OOMS, GROUP_EVENT_OOM},
		{RECORDING_MAXIMA, GROUP_EVENT_MAX},
		{RECORDING_HIGHS, GROUP_EVENT_HIGH},
	};
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		numbers[events[i].track] =
			rise(&before->events[events[i].event], &sample->stats.numbers[events[i].event]);
	numbers[RECORDING_RESTARTS] = before->pid != sample->pid;
	if (span_ms <= 0 || before->pid != sample->pid)
		return;
	double seconds = (double)span_ms / 1000;
	numbers[RECORDING_REQUESTS] = rise(&before->requests, &sample->requests) / seconds;
	numbers[RECORDING_REPLIES] = rise(&before->replies, &sample->replies) / seconds;
}

/* All of these are numbers: nothing is owned. */
static void remember(struct recording_before *before, const struct sample *sample)
{
	*before = (struct recording_before){
		.any = true,
		.at_ms = sample->at_ms,
		.pid = sample->pid,
		.requests = sample->requests,
		.replies = sample->replies,
		.pressure = sample->pressure,
	};
	memcpy(before->events, sample->stats.numbers, sizeof before->events);
}

/* ---- all of it ---- */

static void replace(char **text, const char *by)
{
	if (!by || (*text && strcmp(*text, by) == 0))
		return;
	free(*text);
	*text = xstrdup(by);
}

static void put_facts(struct recording *recording, const struct sample *sample)
{
	const struct pool_stats *first = sample->private_count ? &sample->privates[0].pool : NULL;

	recording->at_ms = sample->at_ms;
	recording->processes = sample->processes;
	recording->peak = sample->stats.numbers[GROUP_MEMORY_PEAK];
	recording->pkg_bytes = first ? first->total : (struct value){0};
	replace(&recording->router, sample->router);
	replace(&recording->version, sample->version);
	replace(&recording->group, sample->group);
	replace(&recording->no_pools, sample->no_pools);
}

void recording_add(struct recording *recording, const struct sample *sample)
{
	double numbers[RECORDING_TRACKS];
	struct recording_before *before = &recording->before;
	int64_t span_ms = before->any ? sample->at_ms - before->at_ms : 0;

	for (size_t i = 0; i < RECORDING_TRACKS; i++)
		numbers[i] = NAN;
	put_group(recording, sample, numbers);
	put_pools(recording, sample, numbers);
	put_modules(recording, sample, numbers);
	put_pressure(before, sample, span_ms, numbers);
	if (before->any)
		put_rises(before, sample, span_ms, numbers);
	numbers[RECORDING_PROCESSES] = (double)sample->processes;
	put_facts(recording, sample);
	remember(before, sample);
	thin_add(&recording->thin, sample->at_ms, numbers);
}

void recording_close(struct recording *recording)
{
	for (size_t i = 0; i < recording->name_count; i++)
		free(recording->names[i]);
	for (size_t i = 0; i < recording->module_count; i++)
		free(recording->modules[i]);
	free(recording->router);
	free(recording->version);
	free(recording->group);
	free(recording->no_pools);
	thin_close(&recording->thin);
	*recording = (struct recording){0};
}
