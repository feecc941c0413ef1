/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json_value.h"
#include "stats/sample.h"
#include "stats/sample_members.h"
#include "stats/scan.h"

/* ---- objects ---- */

/* The members that an object may have, each at most once; `place` is the index in the order in which
 * siplaunch writes them. */
struct shape {
	size_t count; /* at most 64 */
	const char *(*key)(size_t place);
	bool (*take)(struct scan *scan, size_t place, void *to); /* the value */
};

/* Reads the next key, mostly the likely one. Its place; or shape->count for an unknown one. */
static size_t take_place(struct scan *scan, const struct shape *shape, size_t likely)
{
	struct word word;
	if (likely < shape->count && take_key(scan, shape->key(likely)))
		return likely;
	if (!take_text(scan, &word) || !take(scan, ':'))
		return shape->count;
	for (size_t place = 0; place < shape->count; place++)
		if (is(&word, shape->key(place)))
			return place;
	return shape->count;
}

static bool take_object(struct scan *scan, const struct shape *shape, void *to)
{
	uint64_t seen = 0;
	size_t place = 0;

	if (!take(scan, '{'))
		return false;
	if (take(scan, '}'))
		return true;
	do {
		place = take_place(scan, shape, place);
		if (place == shape->count || seen >> place & 1 || !shape->take(scan, place, to))
			return false;
		seen |= UINT64_C(1) << place++;
	} while (take(scan, ','));
	return take(scan, '}');
}

static bool take_array(struct scan *scan, bool (*take_item)(struct scan *scan, struct sample *sample),
		       struct sample *sample)
{
	if (!take(scan, '['))
		return false;
	if (take(scan, ']'))
		return true;
	do {
		if (!take_item(scan, sample))
			return false;
	} while (take(scan, ','));
	return take(scan, ']');
}

/* ---- values ---- */

static bool take_value(struct scan *scan, const struct number_member *member, void *to)
{
	struct value *value = (struct value *)((char *)to + member->offset);
	struct word word;
	uint64_t number;

	if (take_number(scan, &number)) {
		*value = (struct value){.kind = member->kind, .count = 1, .number = {number}};
		return !member->max || number <= member->max;
	}
	if (take_null(scan))
		return true;
	if (!member->unlimited || !take_text(scan, &word) || !is(&word, "max"))
		return false;
	*value = value_number(member->kind, UNLIMITED);
	return true;
}

static bool take_string(struct scan *scan, char **text)
{
	struct word word;
	if (take_null(scan))
		return true;
	if (!take_text(scan, &word))
		return false;
	*text = xstrndup(word.text, word.length);
	return true;
}

static bool take_pid(struct scan *scan, pid_t *pid)
{
	uint64_t number;
	if (!take_number(scan, &number) || number == 0 || number > INT_MAX)
		return false;
	*pid = (pid_t)number;
	return true;
}

/* ---- pools and modules ---- */

static const char *pool_key(size_t place)
{
	return pool_members[place].key;
}

static bool take_pool_member(struct scan *scan, size_t place, void *to)
{
	return take_value(scan, &pool_members[place], to);
}

static const struct shape pool_shape = {POOL_MEMBERS, pool_key, take_pool_member};

static const char *const private_keys[] = {"id", "pid", "name"};
#define PRIVATE_KEYS ARRAY_SIZE(private_keys)

static const char *private_key(size_t place)
{
	return place < PRIVATE_KEYS ? private_keys[place] : pool_key(place - PRIVATE_KEYS);
}

static bool take_private_member(struct scan *scan, size_t place, void *to)
{
	struct private_pool *private = to;
	switch (place) {
	case 0:
		return take_number(scan, &private->id);
	case 1:
		return take_null(scan) || take_pid(scan, &private->pid);
	case 2:
		return take_string(scan, &private->name);
	default:
		return take_pool_member(scan, place - PRIVATE_KEYS, &private->pool);
	}
}

static bool take_private(struct scan *scan, struct sample *sample)
{
	static const struct shape shape = {PRIVATE_KEYS + POOL_MEMBERS, private_key, take_private_member};
	struct private_pool *private = ARRAY_ADD_LONG(sample->privates, sample->private_count);
	private->id = UINT64_MAX;
	return take_object(scan, &shape, private) && private->id != UINT64_MAX;
}

static const char *module_key(size_t place)
{
	return place == 0 ? "name" : module_members[place - 1].key;
}

static bool take_module_member(struct scan *scan, size_t place, void *to)
{
	struct module_memory *module = to;
	return place == 0 ? take_string(scan, &module->name)
			  : take_value(scan, &module_members[place - 1], module);
}

static bool take_module(struct scan *scan, struct sample *sample)
{
	static const struct shape shape = {1 + MODULE_MEMBERS, module_key, take_module_member};
	if (sample->module_count == MODULES_MAX)
		return false;
	struct module_memory *module = ARRAY_ADD_LONG(sample->modules, sample->module_count);
	return take_object(scan, &shape, module) && module->name && *module->name &&
	       strlen(module->name) <= MODULE_NAME_MAX;
}

/* ---- the group ---- */

static bool take_group_number(struct scan *scan, unsigned id, struct sample *sample)
{
	const struct number_member member = {"", 0, group_numbers[id].kind, false, 0};
	return take_value(scan, &member, &sample->stats.numbers[id]);
}

static const char *event_key(size_t place)
{
	return group_numbers[GROUP_EVENT_LOW + place].key;
}

static bool take_event(struct scan *scan, size_t place, void *to)
{
	return take_group_number(scan, GROUP_EVENT_LOW + (unsigned)place, to);
}

static const struct shape events_shape = {GROUP_STAT_ANON - GROUP_EVENT_LOW, event_key, take_event};

static const char *stat_key(size_t place)
{
	return group_numbers[GROUP_STAT_ANON + place].key;
}

static bool take_stat(struct scan *scan, size_t place, void *to)
{
	return take_group_number(scan, GROUP_STAT_ANON + (unsigned)place, to);
}

static const struct shape stat_shape = {GROUP_NUMBER_COUNT - GROUP_STAT_ANON, stat_key, take_stat};

struct share {
	double average;
	uint64_t total_us;
};

static const char *share_key(size_t place)
{
	return place == 0 ? "avg10" : "total";
}

static bool take_share_member(struct scan *scan, size_t place, void *to)
{
	struct share *share = to;
	return place == 0 ? take_decimal(scan, &share->average) && share->average <= 100
			  : take_number(scan, &share->total_us);
}

/* Reads a share; false unless both members are present. */
static bool take_share(struct scan *scan, double *average, uint64_t *total_us)
{
	static const struct shape shape = {2, share_key, take_share_member};
	struct share share = {-1, UINT64_MAX};
	if (!take_object(scan, &shape, &share) || share.average < 0 || share.total_us == UINT64_MAX)
		return false;
	*average = share.average;
	*total_us = share.total_us;
	return true;
}

static const char *pressure_key(size_t place)
{
	return place == 0 ? "some" : "full";
}

static bool take_pressure_member(struct scan *scan, size_t place, void *to)
{
	struct pressure *pressure = to;
	if (place == 0)
		return take_share(scan, &pressure->some_avg10, &pressure->some_total_us);
	pressure->known = pressure->some_avg10 >= 0; /* siplaunch writes `full` behind `some` */
	return pressure->known && take_share(scan, &pressure->full_avg10, &pressure->full_total_us);
}

static bool take_pressure(struct scan *scan, struct pressure *pressure)
{
	static const struct shape shape = {2, pressure_key, take_pressure_member};
	if (take_null(scan))
		return true;
	pressure->some_avg10 = -1;
	return take_object(scan, &shape, pressure) && pressure->known;
}

/* The places behind the limits and the files that are one number. */
enum { GROUP_PATH, GROUP_LIMITS, GROUP_FILES = GROUP_LIMITS + LIMIT_MEMBERS };
enum { GROUP_EVENTS = GROUP_FILES + GROUP_EVENT_LOW, GROUP_STAT, GROUP_PRESSURE, GROUP_PLACES };

static const char *group_key(size_t place)
{
	static const char *const last[] = {"memory.events", "memory.stat", "memory.pressure"};
	if (place == GROUP_PATH)
		return "path";
	if (place < GROUP_FILES)
		return limit_members[place - GROUP_LIMITS].key;
	return place < GROUP_EVENTS ? group_numbers[place - GROUP_FILES].file : last[place - GROUP_EVENTS];
}

static bool take_group_member(struct scan *scan, size_t place, void *to)
{
	struct sample *sample = to;
	switch (place) {
	case GROUP_PATH:
		return take_string(scan, &sample->group);
	case GROUP_EVENTS:
		return take_null(scan) || take_object(scan, &events_shape, sample);
	case GROUP_STAT:
		return take_null(scan) || take_object(scan, &stat_shape, sample);
	case GROUP_PRESSURE:
		return take_pressure(scan, &sample->pressure);
	default:
		return place < GROUP_FILES ? take_value(scan, &limit_members[place - GROUP_LIMITS], sample)
					   : take_group_number(scan, (unsigned)place - GROUP_FILES, sample);
	}
}

static const struct shape group_shape = {GROUP_PLACES, group_key, take_group_member};

/* ---- the sample ---- */

static const char *argument_key(size_t place)
{
	return argument_members[place].key;
}

static bool take_argument(struct scan *scan, size_t place, void *to)
{
	return take_value(scan, &argument_members[place], to);
}

static const struct shape arguments_shape = {ARGUMENT_MEMBERS, argument_key, take_argument};

static bool take_at(struct scan *scan, struct sample *sample)
{
	uint64_t at;
	if (!take_number(scan, &at) || at > AT_MAX_MS)
		return false;
	sample->at_ms = (int64_t)at;
	return true;
}

static bool take_shared(struct scan *scan, struct sample *sample)
{
	if (take_null(scan))
		return true;
	sample->has_pools = true;
	return take_object(scan, &pool_shape, &sample->shared);
}

static bool take_privates(struct scan *scan, struct sample *sample)
{
	if (take_null(scan))
		return true;
	sample->has_pools = true;
	return take_array(scan, take_private, sample);
}

/* siplaunch's version: any text. */
static bool take_anything(struct scan *scan)
{
	struct word ignored;
	return take_text(scan, &ignored);
}

/* For another schema this returns false: sample_from_json() refuses it with the reason. */
static bool take_schema(struct scan *scan)
{
	uint64_t schema;
	return take_number(scan, &schema) && schema == SCHEMA_SAMPLE;
}

/* The places of a sample's members: before and after its numbers. */
enum {
	PLACE_SIPLAUNCH,
	PLACE_SCHEMA,
	PLACE_AT,
	PLACE_PID,
	PLACE_ROUTER,
	PLACE_VERSION,
	PLACE_PROCESSES,
	PLACE_ARGUMENTS,
	PLACE_NUMBERS,
	PLACE_GROUP = PLACE_NUMBERS + SAMPLE_MEMBERS,
	PLACE_SHARED,
	PLACE_PRIVATE,
	PLACE_NO_POOLS,
	PLACE_MODULES,
	PLACE_NO_MODULES,
	PLACES,
};

static const char *sample_key(size_t place)
{
	static const char *const first[] = {"siplaunch", "schema",  "at",        "pid",
					    "router",    "version", "processes", "arguments"};
	static const char *const last[] = {"group", "shared", "private", "noPools", "modules", "noModules"};
	if (place < PLACE_NUMBERS)
		return first[place];
	return place < PLACE_GROUP ? sample_members[place - PLACE_NUMBERS].key : last[place - PLACE_GROUP];
}

static bool take_part(struct scan *scan, size_t place, struct sample *sample)
{
	switch (place) {
	case PLACE_ARGUMENTS:
		return take_null(scan) || take_object(scan, &arguments_shape, sample);
	case PLACE_GROUP:
		return take_null(scan) || take_object(scan, &group_shape, sample);
	case PLACE_SHARED:
		return take_shared(scan, sample);
	case PLACE_PRIVATE:
		return take_privates(scan, sample);
	case PLACE_MODULES:
		return take_null(scan) || take_array(scan, take_module, sample);
	default:
		return take_value(scan, &sample_members[place - PLACE_NUMBERS], sample);
	}
}

static bool take_sample_member(struct scan *scan, size_t place, void *to)
{
	struct sample *sample = to;
	switch (place) {
	case PLACE_SIPLAUNCH:
		return take_anything(scan);
	case PLACE_SCHEMA:
		return take_schema(scan);
	case PLACE_AT:
		return take_at(scan, sample);
	case PLACE_PID:
		return take_pid(scan, &sample->pid);
	case PLACE_ROUTER:
		return take_string(scan, &sample->router) && sample->router;
	case PLACE_VERSION:
		return take_string(scan, &sample->version);
	case PLACE_PROCESSES:
		return take_number(scan, &sample->processes) && sample->processes <= INT_MAX;
	case PLACE_NO_POOLS:
		return take_string(scan, &sample->no_pools);
	case PLACE_NO_MODULES:
		return take_string(scan, &sample->no_modules);
	default:
		return take_part(scan, place, sample);
	}
}

bool sample_scan(const char *text, size_t length, struct sample *sample)
{
	static const struct shape shape = {PLACES, sample_key, take_sample_member};
	struct scan scan = {text, text + length};

	*sample = (struct sample){.at_ms = -1, .processes = UINT64_MAX};
	bool whole = take_object(&scan, &shape, sample);
	skip_blanks(&scan);
	/* none of these may be missing */
	if (whole && scan.at == scan.end && sample->at_ms >= 0 && sample->pid && sample->router &&
	    sample->processes != UINT64_MAX)
		return true;
	sample_clear(sample);
	return false;
}
