/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"
#include "stats/group_json.h"
#include "stats/modules.h"
#include "stats/sample.h"
#include "stats/sample_members.h"

const struct number_member sample_members[SAMPLE_MEMBERS] = {
	{"uptime", offsetof(struct sample, uptime_s), VALUE_COUNT, false, UPTIME_MAX_S},
	{"nofile", offsetof(struct sample, nofile), VALUE_COUNT, true, 0},
	{"descriptors", offsetof(struct sample, descriptors), VALUE_COUNT, false, 0},
	{"requests", offsetof(struct sample, requests), VALUE_COUNT, false, 0},
	{"replies", offsetof(struct sample, replies), VALUE_COUNT, false, 0},
	{"failures", offsetof(struct sample, failures), VALUE_COUNT, false, 0},
	{"registrations", offsetof(struct sample, registrations), VALUE_COUNT, false, 0},
	{"dialogs", offsetof(struct sample, dialogs), VALUE_COUNT, false, 0},
	{"transactions", offsetof(struct sample, transactions), VALUE_COUNT, false, 0},
};

const struct number_member argument_members[ARGUMENT_MEMBERS] = {
	{"-m", offsetof(struct sample, shm_mib), VALUE_MIB, false, 0},
	{"-M", offsetof(struct sample, pkg_mib), VALUE_MIB, false, 0},
};

const struct number_member limit_members[LIMIT_MEMBERS] = {
	{"memory.max", offsetof(struct sample, memory_max), VALUE_BYTES, true, 0},
	{"memory.high", offsetof(struct sample, memory_high), VALUE_BYTES, true, 0},
};

const struct number_member pool_members[POOL_MEMBERS] = {
	{"total", offsetof(struct pool_stats, total), VALUE_BYTES, false, 0},
	{"used", offsetof(struct pool_stats, used), VALUE_BYTES, false, 0},
	{"realUsed", offsetof(struct pool_stats, real_used), VALUE_BYTES, false, 0},
	{"maxUsed", offsetof(struct pool_stats, max_used), VALUE_BYTES, false, 0},
	{"free", offsetof(struct pool_stats, free), VALUE_BYTES, false, 0},
	{"fragments", offsetof(struct pool_stats, fragments), VALUE_COUNT, false, 0},
};

const struct number_member module_members[MODULE_MEMBERS] = {
	{"shared", offsetof(struct module_memory, shared), VALUE_BYTES, false, 0},
	{"private", offsetof(struct module_memory, private), VALUE_BYTES, false, 0},
};

/* ---- writing ---- */

static void put_numbers(json_t *object, const struct number_member *members, size_t count, const void *from)
{
	for (size_t i = 0; i < count; i++) {
		const void *at = (const char *)from + members[i].offset;
		json_put(object, members[i].key, json_from_value(at));
	}
}

static json_t *pool_json(const struct pool_stats *pool)
{
	json_t *object = json_checked(json_object());
	put_numbers(object, pool_members, ARRAY_SIZE(pool_members), pool);
	return object;
}

static json_t *privates_json(const struct sample *sample)
{
	json_t *array = json_checked(json_array());
	for (size_t i = 0; i < sample->private_count; i++) {
		const struct private_pool *private = &sample->privates[i];
		json_t *object = json_checked(json_object());
		json_put(object, "id", json_from_number(private->id));
		json_put(object, "pid",
			 private->pid ? json_from_number((uint64_t) private->pid) : json_null());
		json_put(object, "name", json_from_text(private->name));
		put_numbers(object, pool_members, ARRAY_SIZE(pool_members), &private->pool);
		json_append(array, object);
	}
	return array;
}

static json_t *modules_json(const struct sample *sample)
{
	json_t *array = sample->module_count ? json_checked(json_array()) : json_null();
	for (size_t i = 0; i < sample->module_count; i++) {
		const struct module_memory *module = &sample->modules[i];
		json_t *object = json_checked(json_object());
		json_put(object, "name", json_from_text(module->name));
		put_numbers(object, module_members, ARRAY_SIZE(module_members), module);
		json_append(array, object);
	}
	return array;
}

static json_t *share_json(double average, uint64_t total_us)
{
	json_t *object = json_checked(json_object());
	json_put(object, "avg10", json_checked(json_real(average)));
	json_put(object, "total", json_from_number(total_us));
	return object;
}

static json_t *pressure_json(const struct pressure *pressure)
{
	if (!pressure->known)
		return json_null();
	json_t *object = json_checked(json_object());
	json_put(object, "some", share_json(pressure->some_avg10, pressure->some_total_us));
	json_put(object, "full", share_json(pressure->full_avg10, pressure->full_total_us));
	return object;
}

static json_t *group_json(const struct sample *sample)
{
	json_t *object = json_checked(json_object());
	json_put(object, "path", json_from_text(sample->group));
	put_numbers(object, limit_members, ARRAY_SIZE(limit_members), sample);
	group_stats_json(object, &sample->stats);
	json_put(object, "memory.pressure", pressure_json(&sample->pressure));
	return object;
}

json_t *sample_json(const struct sample *sample)
{
	json_t *object = json_document_begin(SCHEMA_SAMPLE), *arguments = json_checked(json_object());

	json_put(object, "at", json_checked(json_integer(sample->at_ms)));
	json_put(object, "pid", json_from_number((uint64_t)sample->pid));
	json_put(object, "router", json_from_text(sample->router));
	json_put(object, "version", json_from_text(sample->version));
	json_put(object, "processes", json_from_number(sample->processes));
	put_numbers(arguments, argument_members, ARRAY_SIZE(argument_members), sample);
	json_put(object, "arguments", arguments);
	put_numbers(object, sample_members, ARRAY_SIZE(sample_members), sample);
	json_put(object, "group", group_json(sample));
	json_put(object, "shared", sample->has_pools ? pool_json(&sample->shared) : json_null());
	json_put(object, "private", sample->has_pools ? privates_json(sample) : json_null());
	json_put(object, "noPools", json_from_text(sample->no_pools));
	json_put(object, "modules", modules_json(sample));
	json_put(object, "noModules", json_from_text(sample->no_modules));
	return object;
}

/* ---- reading ---- */

/* A member that is there and not null; else NULL. */
static const json_t *member_of(const json_t *object, const char *key)
{
	const json_t *member = json_object_get(object, key);
	return json_is_null(member) ? NULL : member;
}

static int refuse_number(const struct number_member *member, struct error *error)
{
	if (member->max)
		return error_set(error, 0, "%s must be a number from 0 to %" PRIu64, member->key,
				 member->max);
	return error_set(error, 0, "%s must be a number, not below 0%s", member->key,
			 member->unlimited ? ", or \"max\"" : "");
}

static int get_numbers(const json_t *object, const struct number_member *members, size_t count, void *to,
		       struct error *error)
{
	for (size_t i = 0; i < count; i++) {
		const json_t *member = member_of(object, members[i].key);
		uint64_t number;
		if (!member)
			continue;
		if (!json_to_number(member, &number) || (number == UNLIMITED && !members[i].unlimited) ||
		    (members[i].max && number > members[i].max))
			return refuse_number(&members[i], error);
		struct value *value = (struct value *)((char *)to + members[i].offset);
		*value = value_number(members[i].kind, number);
	}
	return 0;
}

/* Control characters become '?': the text may be printed on a terminal. */
static int get_text(const json_t *object, const char *key, char **text, struct error *error)
{
	const json_t *member = member_of(object, key);
	if (!member)
		return 0;
	if (!json_is_string(member) || strlen(json_string_value(member)) != json_string_length(member))
		return error_set(error, 0, "%s must be a string", key);
	*text = xstrdup(json_string_value(member));
	for (char *at = *text; *at; at++)
		if ((unsigned char)*at < 0x20 || *at == 0x7F)
			*at = '?';
	return 0;
}

/* A process id, from 1 on. A missing one is left as it is. */
static int get_pid(const json_t *object, pid_t *pid, struct error *error)
{
	const json_t *member = member_of(object, "pid");
	uint64_t number;
	if (!member)
		return 0;
	if (!json_to_number(member, &number) || number == 0 || number > INT_MAX)
		return error_set(error, 0, "pid must be a process id: a number from 1 to %d", INT_MAX);
	*pid = (pid_t)number;
	return 0;
}

static int get_object(const json_t *object, const char *key, const json_t **member, struct error *error)
{
	*member = member_of(object, key);
	if (*member && !json_is_object(*member))
		return error_set(error, 0, "%s must be an object", key);
	return 0;
}

static int get_pool(const json_t *object, struct pool_stats *pool, struct error *error)
{
	return get_numbers(object, pool_members, ARRAY_SIZE(pool_members), pool, error);
}

static int get_private(const json_t *object, struct private_pool *private, struct error *error)
{
	const json_t *id = member_of(object, "id");
	if (!json_is_object(object))
		return error_set(error, 0, "it must be an object");
	if (!id || !json_to_number(id, &private->id))
		return error_set(error, 0, "id must be a number, not below 0");
	if (get_pid(object, &private->pid, error) < 0 || get_text(object, "name", &private->name, error) < 0)
		return -1;
	return get_pool(object, &private->pool, error);
}

static int get_privates(const json_t *array, struct sample *sample, struct error *error)
{
	size_t index;
	const json_t *element;

	if (!json_is_array(array))
		return error_set(error, 0, "private must be an array");
	sample->privates = xcalloc(json_array_size(array) + 1, sizeof *sample->privates);
	json_array_foreach(array, index, element)
	{
		sample->private_count++; /* counted first, so that a failure frees it */
		if (get_private(element, &sample->privates[index], error) < 0)
			return error_context(error, "private, element %zu", index);
	}
	return 0;
}

static int get_pools(const json_t *object, struct sample *sample, struct error *error)
{
	const json_t *shared, *privates = member_of(object, "private");
	if (get_object(object, "shared", &shared, error) < 0)
		return -1;
	if (shared && get_pool(shared, &sample->shared, error) < 0)
		return error_context(error, "shared");
	if (privates && get_privates(privates, sample, error) < 0)
		return -1;
	sample->has_pools = shared || privates;
	return get_text(object, "noPools", &sample->no_pools, error);
}

static int get_module(const json_t *object, struct module_memory *module, struct error *error)
{
	if (!json_is_object(object))
		return error_set(error, 0, "it must be an object");
	if (get_text(object, "name", &module->name, error) < 0)
		return -1;
	if (!module->name || !*module->name || strlen(module->name) > MODULE_NAME_MAX)
		return error_set(error, 0, "name must be a string of 1 to %d bytes", MODULE_NAME_MAX);
	return get_numbers(object, module_members, ARRAY_SIZE(module_members), module, error);
}

static int get_modules(const json_t *object, struct sample *sample, struct error *error)
{
	const json_t *array = member_of(object, "modules"), *element;
	size_t index;

	if (get_text(object, "noModules", &sample->no_modules, error) < 0)
		return -1;
	if (!array)
		return 0;
	if (!json_is_array(array) || json_array_size(array) > MODULES_MAX)
		return error_set(error, 0, "modules must be an array of at most %d elements", MODULES_MAX);
	sample->modules = xcalloc(json_array_size(array) + 1, sizeof *sample->modules);
	json_array_foreach(array, index, element)
	{
		sample->module_count++; /* counted first, as in get_privates() */
		if (get_module(element, &sample->modules[index], error) < 0)
			return error_context(error, "modules, element %zu", index);
	}
	return 0;
}

static int get_share(const json_t *pressure, const char *key, double *average, uint64_t *total_us,
		     struct error *error)
{
	const json_t *share = json_object_get(pressure, key);
	const json_t *avg10 = json_object_get(share, "avg10");

	*average = json_number_value(avg10);
	if (!json_is_number(avg10) || *average < 0 || *average > 100)
		return error_set(error, 0, "%s avg10 must be a percentage, 0 to 100", key);
	if (!json_to_number(json_object_get(share, "total"), total_us))
		return error_set(error, 0, "%s total must be a number, not below 0", key);
	return 0;
}

static int get_pressure(const json_t *group, struct pressure *pressure, struct error *error)
{
	const json_t *object;
	if (get_object(group, "memory.pressure", &object, error) < 0)
		return -1;
	if (!object)
		return 0;
	if (get_share(object, "some", &pressure->some_avg10, &pressure->some_total_us, error) < 0 ||
	    get_share(object, "full", &pressure->full_avg10, &pressure->full_total_us, error) < 0)
		return error_context(error, "memory.pressure");
	pressure->known = true;
	return 0;
}

static int get_group(const json_t *object, struct sample *sample, struct error *error)
{
	const json_t *group;
	if (get_object(object, "group", &group, error) < 0)
		return -1;
	if (!group)
		return 0;
	if (get_text(group, "path", &sample->group, error) < 0 ||
	    get_numbers(group, limit_members, ARRAY_SIZE(limit_members), sample, error) < 0 ||
	    group_stats_from_json(group, &sample->stats, error) < 0 ||
	    get_pressure(group, &sample->pressure, error) < 0)
		return error_context(error, "group");
	return 0;
}

static int get_arguments(const json_t *object, struct sample *sample, struct error *error)
{
	const json_t *arguments;
	if (get_object(object, "arguments", &arguments, error) < 0)
		return -1;
	if (get_numbers(arguments, argument_members, ARRAY_SIZE(argument_members), sample, error) < 0)
		return error_context(error, "arguments");
	return 0;
}

/* The members that every sample has. */
static int get_identity(const json_t *object, struct sample *sample, struct error *error)
{
	static const char *const required[] = {"at", "pid", "router", "processes"};
	uint64_t at;

	for (size_t i = 0; i < ARRAY_SIZE(required); i++)
		if (!member_of(object, required[i]))
			return error_set(error, 0, "%s is missing: this is not a sample", required[i]);
	if (!json_to_number(json_object_get(object, "at"), &at) || at > AT_MAX_MS)
		return error_set(error, 0,
				 "at must be a time: milliseconds since 1970, before the year 10000");
	sample->at_ms = (int64_t)at;
	if (!json_to_number(json_object_get(object, "processes"), &sample->processes) ||
	    sample->processes > INT_MAX)
		return error_set(error, 0, "processes must be a number from 0 to %d", INT_MAX);
	if (get_pid(object, &sample->pid, error) < 0 ||
	    get_text(object, "router", &sample->router, error) < 0)
		return -1;
	return get_text(object, "version", &sample->version, error);
}

int sample_from_json(const json_t *object, struct sample *sample, struct error *error)
{
	*sample = (struct sample){0};
	if (!json_is_object(object))
		return error_set(error, 0, "a sample is an object");
	if (json_document_check(object, SCHEMA_SAMPLE, error) < 0 ||
	    get_identity(object, sample, error) < 0 || get_arguments(object, sample, error) < 0 ||
	    get_numbers(object, sample_members, ARRAY_SIZE(sample_members), sample, error) < 0 ||
	    get_group(object, sample, error) < 0 || get_pools(object, sample, error) < 0 ||
	    get_modules(object, sample, error) < 0) {
		sample_clear(sample);
		return -1;
	}
	return 0;
}

static void pool_clear(struct pool_stats *pool)
{
	for (size_t i = 0; i < ARRAY_SIZE(pool_members); i++)
		value_clear((struct value *)((char *)pool + pool_members[i].offset));
}

void sample_clear(struct sample *sample)
{
	for (size_t i = 0; i < sample->private_count; i++) {
		free(sample->privates[i].name);
		pool_clear(&sample->privates[i].pool);
	}
	free(sample->privates);
	free(sample->router);
	free(sample->version);
	free(sample->group);
	free(sample->no_pools);
	modules_forget(sample);
	group_stats_clear(&sample->stats);
	*sample = (struct sample){0};
}
