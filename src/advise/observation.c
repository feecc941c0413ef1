/* SPDX-License-Identifier: MIT */
#include "advise/observation.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "stats/watch.h"

/* The clock of a process's age and the clock of a sample's time are read at slightly different times. */
#define START_TOLERANCE_MS 5000

/* A bound for ages, so that starts and their differences fit into 64 bits. */
#define AGE_MAX_S (INT64_MAX / 4000)

/* If the current use is at most this share of the maximum, the samples include a peak. */
#define PEAK_PASSED_PERCENT 95

static struct known known_of(const struct value *value)
{
	return (struct known){.known = value->kind != VALUE_NONE, .is = value->number[0]};
}

/* The first that is known. */
static struct known or_else(struct known first, struct known second)
{
	return first.known ? first : second;
}

static void raise(struct known *max, struct known candidate)
{
	if (candidate.known && (!max->known || candidate.is > max->is))
		*max = candidate;
}

/* The current use, including the allocator's own part if it is reported. */
static struct known used_of(const struct pool_stats *pool)
{
	return or_else(known_of(&pool->real_used), known_of(&pool->used));
}

/* ---- one sample ---- */

static bool same_text(const char *a, const char *b)
{
	return (!a && !b) || (a && b && strcmp(a, b) == 0);
}

static int check_same_router(struct observation *observation, const struct sample *sample,
			     struct error *error)
{
	if (observation->count == 0) {
		observation->router = xstrdup(sample->router);
		observation->group = sample->group ? xstrdup(sample->group) : NULL;
		observation->version = sample->version ? xstrdup(sample->version) : NULL;
		observation->min_processes = sample->processes;
		return 0;
	}
	if (strcmp(observation->router, sample->router) != 0)
		return error_set(error, 0, "samples of two routers are mixed: %s and %s", observation->router,
				 sample->router);
	if (!same_text(observation->group, sample->group))
		return error_set(error, 0, "samples of two groups are mixed: %s and %s",
				 observation->group ? observation->group : "none",
				 sample->group ? sample->group : "none");
	if (sample->version && observation->version && strcmp(sample->version, observation->version) != 0)
		observation->versions_differ = true;
	return 0;
}

/* Doubles the array: growing by one would copy a day of samples again and again. */
static struct point *point_add(struct observation *observation)
{
	size_t count = observation->count++;
	if ((count & (count - 1)) == 0)
		observation->points =
			xrealloc(observation->points, count ? 2 * count : 1, sizeof *observation->points);
	observation->points[count] = (struct point){0};
	return &observation->points[count];
}

static void add_private(struct observation *observation, const struct private_pool *private,
			struct point *point)
{
	const struct known used = used_of(&private->pool), maximum = known_of(&private->pool.max_used);
	struct known max = maximum;

	raise(&max, used);
	raise(&point->private_used, used);
	if (!maximum.known)
		observation->private_has_maximum = false;
	if (!max.known || (observation->private_max.known && max.is <= observation->private_max.is))
		return;
	observation->private_max = max;
	free(observation->private_who);
	observation->private_who = private->name ? xstrdup(private->name) : NULL;
}

static void add_pools(struct observation *observation, const struct sample *sample, struct point *point)
{
	if (observation->with_pools++ == 0)
		observation->private_has_maximum = sample->private_count > 0;
	point->shared_used = used_of(&sample->shared);
	point->counts[COUNTED_REGISTRATIONS] = known_of(&sample->registrations);
	point->counts[COUNTED_DIALOGS] = known_of(&sample->dialogs);
	point->counts[COUNTED_TRANSACTIONS] = known_of(&sample->transactions);
	raise(&observation->shared_max, point->shared_used);
	raise(&observation->shared_max, known_of(&sample->shared.max_used));
	raise(&observation->fragments, known_of(&sample->shared.fragments));
	for (size_t i = 0; i < sample->private_count; i++)
		add_private(observation, &sample->privates[i], point);
	if (sample->private_count > observation->private_reported)
		observation->private_reported = sample->private_count;
}

static uint64_t sum(uint64_t a, uint64_t b)
{
	return __builtin_add_overflow(a, b, &a) ? UINT64_MAX : a;
}

/* The kernel can reclaim page cache, but not pools, heaps, page tables and sockets. */
static uint64_t held_bytes(const struct group_stats *stats)
{
	static const unsigned terms[] = {GROUP_STAT_ANON, GROUP_STAT_SHMEM, GROUP_STAT_KERNEL,
					 GROUP_STAT_SOCK};
	uint64_t bytes = 0;
	for (size_t i = 0; i < ARRAY_SIZE(terms); i++)
		bytes = sum(bytes, group_stats_number(stats, terms[i]));
	return bytes;
}

/* Of the latest sample that reports modules. */
static void add_modules(struct observation *observation, const struct sample *sample)
{
	const struct module_memory *largest = NULL;
	uint64_t all = 0, max = 0;

	if (observation->module && sample->at_ms < observation->module_at_ms)
		return;
	for (size_t i = 0; i < sample->module_count; i++) {
		const struct known bytes = known_of(&sample->modules[i].shared);
		all = sum(all, bytes.is);
		if (bytes.is <= max)
			continue;
		max = bytes.is;
		largest = &sample->modules[i];
	}
	if (!largest)
		return;
	free(observation->module);
	observation->module = xstrdup(largest->name);
	observation->module_percent = mul_div_u64(max, 100, all);
	observation->module_at_ms = sample->at_ms;
}

static void add_group(struct observation *observation, const struct sample *sample)
{
	uint64_t held = held_bytes(&sample->stats);
	if (sample->processes > observation->processes)
		observation->processes = sample->processes;
	if (sample->processes < observation->min_processes)
		observation->min_processes = sample->processes;
	if (held <= observation->fullest_bytes)
		return;
	observation->fullest = sample->stats; /* only numbers: nothing in it is owned */
	observation->fullest_bytes = held;
	observation->fullest_processes = sample->processes;
}

static struct known mib_in_force(const struct value *argument, const struct pool_stats *pool)
{
	struct known total = known_of(&pool->total);
	total.is = total.is / MIB + (total.is % MIB != 0);
	return or_else(known_of(argument), total);
}

static struct known limit_in_force(const struct sample *sample)
{
	struct known limit = known_of(&sample->memory_max), high = known_of(&sample->memory_high);
	if (limit.known && high.known && high.is < limit.is)
		limit = high;
	return limit;
}

/* The number of killed processes: the kernel counts a process twice if its OOM kill includes its whole
 * group. */
static struct known killed_of(const struct value *numbers)
{
	struct known kills = known_of(&numbers[GROUP_EVENT_OOM_KILL]);
	const struct known groups = known_of(&numbers[GROUP_EVENT_OOM_GROUP_KILL]);

	kills.is = watch_killed(kills.is, groups.known ? groups.is : 0);
	return kills;
}

static struct setting_now setting_of(const struct sample *sample)
{
	const struct value *numbers = sample->stats.numbers;
	const struct pool_stats *first = sample->private_count ? &sample->privates[0].pool : NULL;
	static const struct pool_stats none;
	return (struct setting_now){
		.at_ms = sample->at_ms,
		.shm_mib = mib_in_force(&sample->shm_mib, &sample->shared),
		.pkg_mib = mib_in_force(&sample->pkg_mib, first ? first : &none),
		.memory_max = limit_in_force(sample),
		.nofile = known_of(&sample->nofile),
		.shared_used = used_of(&sample->shared),
		.shared_max_used = known_of(&sample->shared.max_used),
		.shared_total = known_of(&sample->shared.total),
		.max_events = known_of(&numbers[GROUP_EVENT_MAX]),
		.oom_events = known_of(&numbers[GROUP_EVENT_OOM]),
		.oom_kills = killed_of(numbers),
		.peak = known_of(&numbers[GROUP_MEMORY_PEAK]),
		.has_pools = sample->has_pools,
	};
}

/* The wall clock may be set during a recording: then the same process continues at its age, but its start
 * seems to have moved. A recording is regular, so an age that rises as between the two samples before it is
 * that of the same process, and not of another machine's with the same pid. */
static bool clock_was_set(const struct recording_clock *clock, const struct sample *sample, int64_t start_ms)
{
	uint64_t age_s = sample->uptime_s.number[0];
	if (clock->pid != sample->pid || !clock->interval_s.known || age_s < clock->age_s)
		return false;
	return llabs(start_ms - clock->start_ms) > START_TOLERANCE_MS &&
	       age_s - clock->age_s <= 2 * clock->interval_s.is + START_TOLERANCE_MS / 1000;
}

/* The time of a sample on the clock as it was at the first sample: as if nobody had set it. */
static int64_t unset_time(struct recording_clock *clock, const struct sample *sample)
{
	const struct known age_s = known_of(&sample->uptime_s);
	int64_t at_ms = sample->at_ms + clock->shift_ms;

	if (!age_s.known || age_s.is > AGE_MAX_S) {
		clock->pid = 0;
		return at_ms;
	}
	int64_t start_ms = at_ms - (int64_t)age_s.is * 1000;
	bool continues = clock->pid == sample->pid && age_s.is >= clock->age_s;
	if (clock_was_set(clock, sample, start_ms)) {
		clock->shift_ms += clock->start_ms - start_ms;
		at_ms += clock->start_ms - start_ms;
		start_ms = clock->start_ms;
	}
	clock->interval_s = (struct known){continues, continues ? age_s.is - clock->age_s : 0};
	clock->pid = sample->pid;
	clock->age_s = age_s.is;
	clock->start_ms = start_ms;
	return at_ms;
}

int observation_add(struct observation *observation, const struct sample *recorded, struct error *error)
{
	struct sample timed = *recorded;
	const struct sample *sample = &timed;

	if (observation->count >= OBSERVATION_MAX) {
		error_set(error, 0, "there are more than %d samples", OBSERVATION_MAX);
		return error_hint(error, "give every tenth one, which is enough: awk 'NR %% 10 == 0'");
	}
	if (check_same_router(observation, sample, error) < 0)
		return -1;
	timed.at_ms = unset_time(&observation->clock, recorded);
	struct point *point = point_add(observation);
	*point = (struct point){
		.at_ms = sample->at_ms,
		.pid = sample->pid,
		.uptime_s = known_of(&sample->uptime_s),
		.requests = known_of(&sample->requests),
		.failures = known_of(&sample->failures),
		.full_us = {sample->pressure.known, sample->pressure.full_total_us},
	};
	if (sample->has_pools) {
		add_pools(observation, sample, point);
	} else if (sample->no_pools) {
		free(observation->no_pools);
		observation->no_pools = xstrdup(sample->no_pools);
	}
	raise(&observation->descriptors, known_of(&sample->descriptors));
	add_group(observation, sample);
	add_modules(observation, sample);
	if (observation->count == 1 || sample->at_ms >= observation->now.at_ms)
		observation->now = setting_of(sample);
	return 0;
}

/* ---- all of them ---- */

static int by_time(const void *a, const void *b)
{
	const struct point *x = a, *y = b;
	return (x->at_ms > y->at_ms) - (x->at_ms < y->at_ms);
}

static int64_t start_of(const struct point *point)
{
	int64_t age_ms;
	if (!point->uptime_s.known || point->uptime_s.is > AGE_MAX_S)
		return INT64_MIN;
	age_ms = (int64_t)point->uptime_s.is * 1000;
	return point->at_ms - age_ms;
}

/* Whether both are of the same process: the same pid, and the same start time if it is reported. */
static bool same_life(const struct point *a, const struct point *b)
{
	int64_t x = start_of(a), y = start_of(b);
	if (a->pid != b->pid)
		return false;
	return x == INT64_MIN || y == INT64_MIN || llabs(x - y) <= START_TOLERANCE_MS;
}

static int two_routers(pid_t a, pid_t b, struct error *error)
{
	error_set(error, 0, "samples of two routers are mixed: processes %d and %d ran at the same time",
		  (int)a, (int)b);
	return error_hint(error, "give the samples of one of them");
}

/* `point` begins a new run: refuses a process that an earlier run had, or that started before the previous
 * run ended. */
static int check_new_life(const struct observation *observation, size_t point, struct error *error)
{
	const struct point *points = observation->points, *new = &points[point], *last = new - 1;
	int64_t start = start_of(new);
	/* backwards: runs that ended before this process started cannot be it */
	for (size_t i = observation->run_count; i-- > 0;) {
		const struct run *run = &observation->runs[i];
		if (start != INT64_MIN && points[run->last].at_ms < start - START_TOLERANCE_MS)
			break;
		if (same_life(&points[run->first], new))
			return two_routers(new->pid, last->pid, error);
	}
	if (start != INT64_MIN && start + START_TOLERANCE_MS < last->at_ms && new->pid != last->pid)
		return two_routers(new->pid, last->pid, error);
	return 0;
}

static int split_runs(struct observation *observation, struct error *error)
{
	const struct point *points = observation->points;
	for (size_t i = 0; i < observation->count; i++) {
		if (i == 0 || !same_life(&points[i - 1], &points[i])) {
			if (i > 0 && check_new_life(observation, i, error) < 0)
				return -1;
			struct run *run = ARRAY_ADD(observation->runs, observation->run_count);
			run->first = i;
			run->start_ms = start_of(&points[i]);
		}
		observation->runs[observation->run_count - 1].last = i;
	}
	return 0;
}

/* By how much a counter rose; a restart resets it. */
static uint64_t rise(struct known from, struct known to)
{
	return from.known && to.known && to.is > from.is ? to.is - from.is : 0;
}

/* A single sample has the pressure of the group's whole life. */
static void add_pressure(struct observation *observation, const struct point *first, const struct point *last)
{
	bool single = first == last;
	uint64_t us = single ? last->full_us.is : rise(first->full_us, last->full_us);
	uint64_t seconds = single ? last->uptime_s.is : (uint64_t)(last->at_ms - first->at_ms) / 1000;
	observation->pressure_us = sum(observation->pressure_us, us);
	observation->pressure_s = sum(observation->pressure_s, seconds);
}

static void add_run(struct observation *observation, const struct run *run)
{
	const struct point *first = &observation->points[run->first];
	const struct point *last = &observation->points[run->last];
	uint64_t span_s = (uint64_t)(last->at_ms - first->at_ms) / 1000;
	struct watched *life = &observation->life, *watch = &observation->watch;

	watch->seconds = sum(watch->seconds, span_s);
	life->seconds = sum(life->seconds, last->uptime_s.known ? last->uptime_s.is : span_s);
	watch->requests = sum(watch->requests, rise(first->requests, last->requests));
	life->requests = sum(life->requests, last->requests.known ? last->requests.is : 0);
	life->requests_known |= last->requests.known;
	watch->requests_known |= last->requests.known && first->requests.known;
	observation->failures = sum(observation->failures, last->failures.known ? last->failures.is : 0);
	add_pressure(observation, first, last);
}

int observation_finish(struct observation *observation, struct error *error)
{
	if (observation->count == 0)
		return error_set(error, 0, "there is no sample");
	/* nearly sorted already: the samples of a file are in order */
	qsort(observation->points, observation->count, sizeof *observation->points, by_time);
	if (split_runs(observation, error) < 0)
		return -1;
	for (size_t i = 0; i < observation->run_count; i++)
		add_run(observation, &observation->runs[i]);
	const struct setting_now *now = &observation->now;
	observation->peak_passed =
		now->shared_used.known && observation->shared_max.known &&
		now->shared_used.is <= mul_div_u64(observation->shared_max.is, PEAK_PASSED_PERCENT, 100);
	return 0;
}

void observation_thin(struct observation *observation)
{
	size_t kept = 0;
	for (size_t i = (observation->count + 1) % 2; i < observation->count; i += 2)
		observation->points[kept++] = observation->points[i];
	observation->count = kept; /* the allocation keeps its size: point_add() expects at most this count */
}

void observation_clear(struct observation *observation)
{
	free(observation->router);
	free(observation->group);
	free(observation->version);
	free(observation->no_pools);
	free(observation->points);
	free(observation->runs);
	free(observation->module);
	free(observation->private_who);
	*observation = (struct observation){0};
}
