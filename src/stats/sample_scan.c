/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json_value.h"
#include "stats/sample.h"
#include "stats/sample_members.h"
#include "stats/scan.h"

/* ---- what an object has ---- */

struct shape;

/* A member, and what reads its value into the field at `offset` of the object's structure. */
struct member {
	const char *key;
	bool (*take)(struct scan *scan, void *field);
	size_t offset;
	const struct shape *shape; /* in place of `take`: null, or an object of that shape */
};

/* The members of an object, each at most once: those of a table, then numbers, then numbers of a group. */
struct shape {
	const struct member *members;
	size_t member_count;
	const struct number_member *numbers;
	size_t number_count, numbers_at; /* the offset of the structure that has them */
	unsigned group_from, group_end;  /* of group_numbers; in a struct sample */
};

/* At most 64. */
static size_t count_of(const struct shape *shape)
{
	return shape->member_count + shape->number_count + shape->group_end - shape->group_from;
}

/* The number of the group at a place behind the other members. */
static unsigned group_id(const struct shape *shape, size_t place)
{
	return (unsigned)(place - shape->member_count - shape->number_count) + shape->group_from;
}

static const char *key_of(const struct shape *shape, size_t place)
{
	if (place < shape->member_count)
		return shape->members[place].key;
	if (place - shape->member_count < shape->number_count)
		return shape->numbers[place - shape->member_count].key;
	const struct group_number *row = &group_numbers[group_id(shape, place)];
	return row->key ? row->key : row->file;
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

static bool take_object(struct scan *scan, const struct shape *shape, void *to);

static bool take_member(struct scan *scan, const struct shape *shape, size_t place, void *to)
{
	if (place < shape->member_count) {
		const struct member *member = &shape->members[place];
		void *field = (char *)to + member->offset;
		return member->take ? member->take(scan, field)
				    : take_null(scan) || take_object(scan, member->shape, field);
	}
	if (place - shape->member_count < shape->number_count)
		return take_value(scan, &shape->numbers[place - shape->member_count],
				  (char *)to + shape->numbers_at);
	unsigned id = group_id(shape, place);
	const struct number_member number = {"", 0, group_numbers[id].kind, false, 0};
	return take_value(scan, &number, &((struct sample *)to)->stats.numbers[id]);
}

/* Reads the next key, mostly the likely one. Its place; or the shape's count for an unknown one. */
static size_t take_place(struct scan *scan, const struct shape *shape, size_t likely)
{
	size_t count = count_of(shape);
	struct word word;
	if (likely < count && take_key(scan, key_of(shape, likely)))
		return likely;
	if (!take_text(scan, &word) || !take(scan, ':'))
		return count;
	for (size_t place = 0; place < count; place++)
		if (is(&word, key_of(shape, place)))
			return place;
	return count;
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
		if (place == count_of(shape) || seen >> place & 1 || !take_member(scan, shape, place, to))
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

/* ---- fields ---- */

static bool take_string(struct scan *scan, void *field)
{
	struct word word;
	if (take_null(scan))
		return true;
	if (!take_text(scan, &word))
		return false;
	*(char **)field = xstrndup(word.text, word.length);
	return true;
}

static bool take_count(struct scan *scan, void *field)
{
	return take_number(scan, field);
}

static bool take_pid(struct scan *scan, void *field)
{
	uint64_t number;
	if (take_null(scan))
		return true;
	if (!take_number(scan, &number) || number == 0 || number > INT_MAX)
		return false;
	*(pid_t *)field = (pid_t)number;
	return true;
}

/* ---- pools and modules ---- */

static const struct shape pool_shape = {.numbers = pool_members, .number_count = POOL_MEMBERS};

static bool take_shared(struct scan *scan, void *field)
{
	struct sample *sample = field;
	if (take_null(scan))
		return true;
	sample->has_pools = true;
	return take_object(scan, &pool_shape, &sample->shared);
}

static const struct member private_members[] = {
	{"id", take_count, offsetof(struct private_pool, id), NULL},
	{"pid", take_pid, offsetof(struct private_pool, pid), NULL},
	{"name", take_string, offsetof(struct private_pool, name), NULL},
};
static const struct shape private_shape = {
	private_members,
	ARRAY_SIZE(private_members),
	pool_members,
	POOL_MEMBERS,
	offsetof(struct private_pool, pool),
	0,
	0,
};

static bool take_private(struct scan *scan, struct sample *sample)
{
	struct private_pool *private = ARRAY_ADD_LONG(sample->privates, sample->private_count);
	private->id = UINT64_MAX;
	return take_object(scan, &private_shape, private) && private->id != UINT64_MAX;
}

static bool take_privates(struct scan *scan, void *field)
{
	struct sample *sample = field;
	if (take_null(scan))
		return true;
	sample->has_pools = true;
	return take_array(scan, take_private, sample);
}

static const struct member module_names[] = {
	{"name", take_string, offsetof(struct module_memory, name), NULL},
};
static const struct shape module_shape = {module_names, 1, module_members, MODULE_MEMBERS, 0, 0, 0};

static bool take_module(struct scan *scan, struct sample *sample)
{
	if (sample->module_count == MODULES_MAX)
		return false;
	struct module_memory *module = ARRAY_ADD_LONG(sample->modules, sample->module_count);
	return take_object(scan, &module_shape, module) && module->name && *module->name &&
	       strlen(module->name) <= MODULE_NAME_MAX;
}

static bool take_modules(struct scan *scan, void *field)
{
	return take_null(scan) || take_array(scan, take_module, field);
}

/* ---- the group ---- */

struct share {
	double average;
	uint64_t total_us;
};

static bool take_percent(struct scan *scan, void *field)
{
	double *percent = field;
	return take_decimal(scan, percent) && *percent <= 100;
}

static const struct member share_members[] = {
	{"avg10", take_percent, offsetof(struct share, average), NULL},
	{"total", take_count, offsetof(struct share, total_us), NULL},
};
static const struct shape share_shape = {.members = share_members, .member_count = ARRAY_SIZE(share_members)};

struct shares {
	struct share some, full;
};

static const struct member pressure_members[] = {
	{"some", NULL, offsetof(struct shares, some), &share_shape},
	{"full", NULL, offsetof(struct shares, full), &share_shape},
};
static const struct shape pressure_shape = {.members = pressure_members,
					    .member_count = ARRAY_SIZE(pressure_members)};

/* False unless both shares have both members. */
static bool take_pressure(struct scan *scan, void *field)
{
	const struct share unknown = {-1, UINT64_MAX};
	struct shares shares = {unknown, unknown};

	if (take_null(scan))
		return true;
	if (!take_object(scan, &pressure_shape, &shares) || shares.some.average < 0 ||
	    shares.some.total_us == UINT64_MAX || shares.full.average < 0 ||
	    shares.full.total_us == UINT64_MAX)
		return false;
	*(struct pressure *)field = (struct pressure){
		.known = true,
		.some_avg10 = shares.some.average,
		.full_avg10 = shares.full.average,
		.some_total_us = shares.some.total_us,
		.full_total_us = shares.full.total_us,
	};
	return true;
}

static const struct shape events_shape = {.group_from = GROUP_EVENT_LOW, .group_end = GROUP_STAT_ANON};
static const struct shape stat_shape = {.group_from = GROUP_STAT_ANON, .group_end = GROUP_NUMBER_COUNT};
static const struct member group_members[] = {
	{"path", take_string, offsetof(struct sample, group), NULL},
	{"memory.events", NULL, 0, &events_shape},
	{"memory.stat", NULL, 0, &stat_shape},
	{"memory.pressure", take_pressure, offsetof(struct sample, pressure), NULL},
};
static const struct shape group_shape = {
	group_members, ARRAY_SIZE(group_members), limit_members, LIMIT_MEMBERS, 0, 0, GROUP_EVENT_LOW,
};

/* ---- the sample ---- */

/* siplaunch's version: any text. */
static bool take_anything(struct scan *scan, void *field)
{
	struct word ignored;
	(void)field;
	return take_text(scan, &ignored);
}

/* For another schema this returns false: sample_from_json() refuses it with the reason. */
static bool take_schema(struct scan *scan, void *field)
{
	uint64_t schema;
	(void)field;
	return take_number(scan, &schema) && schema == SCHEMA_SAMPLE;
}

static bool take_at(struct scan *scan, void *field)
{
	uint64_t at;
	if (!take_number(scan, &at) || at > AT_MAX_MS)
		return false;
	*(int64_t *)field = (int64_t)at;
	return true;
}

static bool take_processes(struct scan *scan, void *field)
{
	uint64_t *processes = field;
	return take_number(scan, processes) && *processes <= INT_MAX;
}

static const struct shape arguments_shape = {.numbers = argument_members, .number_count = ARGUMENT_MEMBERS};
static const struct member own_members[] = {
	{"siplaunch", take_anything, 0, NULL},
	{"schema", take_schema, 0, NULL},
	{"at", take_at, offsetof(struct sample, at_ms), NULL},
	{"pid", take_pid, offsetof(struct sample, pid), NULL},
	{"router", take_string, offsetof(struct sample, router), NULL},
	{"version", take_string, offsetof(struct sample, version), NULL},
	{"processes", take_processes, offsetof(struct sample, processes), NULL},
	{"arguments", NULL, 0, &arguments_shape},
	{"group", NULL, 0, &group_shape},
	{"shared", take_shared, 0, NULL},
	{"private", take_privates, 0, NULL},
	{"noPools", take_string, offsetof(struct sample, no_pools), NULL},
	{"modules", take_modules, 0, NULL},
	{"noModules", take_string, offsetof(struct sample, no_modules), NULL},
};
static const struct shape sample_shape = {
	own_members, ARRAY_SIZE(own_members), sample_members, SAMPLE_MEMBERS, 0, 0, 0,
};

bool sample_scan(const char *text, size_t length, struct sample *sample)
{
	struct scan scan = {text, text + length};

	*sample = (struct sample){.at_ms = -1, .processes = UINT64_MAX};
	bool whole = take_object(&scan, &sample_shape, sample);
	skip_blanks(&scan);
	/* none of these may be missing */
	if (whole && scan.at == scan.end && sample->at_ms >= 0 && sample->pid && sample->router &&
	    sample->processes != UINT64_MAX)
		return true;
	sample_clear(sample);
	return false;
}
