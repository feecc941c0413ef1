/* SPDX-License-Identifier: MIT */
/*
 * OpenSIPS: all statistics are in its core. Private pools are statistics named after the process's number in
 * `ps` ("pkmem:5-total_size"); the attendant and the timers have none. No version counts failed allocations.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "router/router.h"
#include "stats/ask.h"
#include "stats/modules.h"

#define PRIVATE_PREFIX "pkmem:"

/* Ignores a counter that has wrapped below 0. */
static void read_objects(const json_t *result, struct sample *sample)
{
	const char *name;
	json_t *number;

	json_object_foreach((json_t *)result, name, number)
	{
		struct value value = {0};
		if (answer_number(result, name, VALUE_COUNT, &value, NULL) == 0 && value.kind != VALUE_NONE)
			count_objects(sample, name, value.number[0]);
	}
}

int mi_shared(const json_t *result, struct sample *sample, struct error *error)
{
	struct pool_stats *pool = &sample->shared;

	if (!json_is_object(result))
		return error_set(error, 0, "the answer with statistics is not an object");
	if (answer_number(result, "shmem:total_size", VALUE_BYTES, &pool->total, error) < 0 ||
	    answer_number(result, "shmem:used_size", VALUE_BYTES, &pool->used, error) < 0 ||
	    answer_number(result, "shmem:real_used_size", VALUE_BYTES, &pool->real_used, error) < 0 ||
	    answer_number(result, "shmem:max_used_size", VALUE_BYTES, &pool->max_used, error) < 0 ||
	    answer_number(result, "shmem:free_size", VALUE_BYTES, &pool->free, error) < 0 ||
	    answer_number(result, "shmem:fragments", VALUE_COUNT, &pool->fragments, error) < 0 ||
	    answer_number(result, "core:rcv_requests", VALUE_COUNT, &sample->requests, error) < 0 ||
	    answer_number(result, "core:rcv_replies", VALUE_COUNT, &sample->replies, error) < 0)
		return -1;
	if (pool->total.kind == VALUE_NONE)
		return error_set(error, 0, "the answer does not contain the shared pool's size");
	read_objects(result, sample);
	return 0;
}

/* The number in "pkmem:NUMBER-NAME", and NAME. */
static bool split_key(const char *key, uint64_t *id, const char **name)
{
	if (strncmp(key, PRIVATE_PREFIX, strlen(PRIVATE_PREFIX)) != 0)
		return false;
	const char *number = key + strlen(PRIVATE_PREFIX), *dash = strchr(number, '-');
	if (!dash)
		return false;
	cleanup_free char *digits = xstrndup(number, (size_t)(dash - number));
	*name = dash + 1;
	return parse_u64(digits, id);
}

static struct private_pool *private_of(struct sample *sample, uint64_t id)
{
	/* statistics of one pool mostly follow each other */
	for (size_t i = sample->private_count; i-- > 0;)
		if (sample->privates[i].id == id)
			return &sample->privates[i];
	if (sample->private_count >= PRIVATES_MAX)
		return NULL;
	struct private_pool *private = ARRAY_ADD(sample->privates, sample->private_count);
	private->id = id;
	return private;
}

static struct value *member_of(struct pool_stats *pool, const char *name, enum value_kind *kind)
{
	*kind = VALUE_BYTES;
	if (strcmp(name, "total_size") == 0)
		return &pool->total;
	if (strcmp(name, "used_size") == 0)
		return &pool->used;
	if (strcmp(name, "real_used_size") == 0)
		return &pool->real_used;
	if (strcmp(name, "max_used_size") == 0)
		return &pool->max_used;
	if (strcmp(name, "free_size") == 0)
		return &pool->free;
	*kind = VALUE_COUNT;
	return strcmp(name, "fragments") == 0 ? &pool->fragments : NULL;
}

static int by_id(const void *a, const void *b)
{
	const struct private_pool *x = a, *y = b;
	return (x->id > y->id) - (x->id < y->id);
}

int mi_privates(const json_t *result, struct sample *sample, struct error *error)
{
	const char *key, *name;
	json_t *number;
	enum value_kind kind;
	uint64_t id;

	if (!json_is_object(result))
		return error_set(error, 0, "the answer with statistics is not an object");
	json_object_foreach((json_t *)result, key, number)
	{
		if (!split_key(key, &id, &name))
			continue;
		struct private_pool *private = private_of(sample, id);
		if (!private)
			return error_set(error, 0, "the answer has more than %d private pools", PRIVATES_MAX);
		struct value *value = member_of(&private->pool, name, &kind);
		if (value && answer_number(result, key, kind, value, error) < 0)
			return -1;
	}
	if (sample->private_count)
		qsort(sample->privates, sample->private_count, sizeof *sample->privates, by_id);
	return 0;
}

/* Adds names and pids to the private pools. The attendant, process 0, has no pool. */
int mi_processes(const json_t *result, struct sample *sample, struct error *error)
{
	const json_t *list = json_object_get(result, "Processes");

	if (!json_is_array(list))
		return error_set(error, 0, "the answer to ps has no list of processes");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *entry = json_array_get(list, i), *type = json_object_get(entry, "Type");
		struct value id = {0}, pid = {0};
		if (answer_number(entry, "ID", VALUE_COUNT, &id, error) < 0 ||
		    answer_number(entry, "PID", VALUE_COUNT, &pid, error) < 0)
			return -1;
		pid_t process = pid.number[0] <= INT_MAX ? (pid_t)pid.number[0] : 0;
		if (id.kind != VALUE_NONE && id.number[0] == 0)
			sample->reported_pid = process;
		const struct private_pool wanted = {.id = id.number[0]};
		struct private_pool *private =
			id.kind == VALUE_NONE || !sample->private_count
				? NULL
				: bsearch(&wanted, sample->privates, sample->private_count,
					  sizeof *sample->privates, by_id);
		if (!private || private->name)
			continue;
		private->pid = process;
		private->name = json_is_string(type) ? xstrdup(json_string_value(type)) : NULL;
	}
	return 0;
}

typedef int read_function(const json_t *result, struct sample *sample, struct error *error);

/* Takes the parameters over. */
static int ask_and_read(const struct management *management, const char *method, json_t *parameters,
			read_function *read, const struct deadline *deadline, struct sample *sample,
			struct error *error)
{
	json_t *result = NULL;
	int done = ask(management, PROTOCOL_MI, method, parameters, deadline, &result, error);
	json_decref(parameters);
	if (done == 0)
		done = read(result, sample, error);
	json_decref(result);
	return done;
}

static int read_version(const json_t *result, struct sample *sample, struct error *error)
{
	(void)error;
	sample->version = answer_version(json_object_get(result, "Server"));
	return 0;
}

/* The version is queried once: later samples get the stored one. */
static int keep_version(struct management *management, struct sample *sample)
{
	if (management->version)
		sample->version = xstrdup(management->version);
	else if (sample->version)
		management->version = xstrdup(sample->version);
	return 0;
}

int ask_mi(struct management *management, const struct deadline *deadline, struct sample *sample,
	   struct error *error)
{
	json_t *shared =
		json_checked(json_pack("[[s, s, s, s, s, s, s]]", "shmem:", "rcv_requests", "rcv_replies",
				       "usrloc:", "active_dialogs", "early_dialogs", "inuse_transactions"));
	json_t *privates = json_checked(json_pack("[[s]]", PRIVATE_PREFIX));

	if (ask_and_read(management, "get_statistics", shared, mi_shared, deadline, sample, error) < 0) {
		json_decref(privates);
		return -1;
	}
	if (ask_and_read(management, "get_statistics", privates, mi_privates, deadline, sample, error) < 0 ||
	    ask_and_read(management, "ps", NULL, mi_processes, deadline, sample, error) < 0)
		return -1;
	if (!management->version &&
	    ask_and_read(management, "version", NULL, read_version, deadline, sample, error) < 0)
		return -1;
	return keep_version(management, sample);
}

/* ---- memory by module ---- */

/* The manual has "shmem_group_", no version since 2.2 has (mem/module_info.h). */
#define GROUP_PREFIX "shmem_"
#define GROUP_MEMBER ":memory_used"

/* "shmem_usrloc:memory_used": is the memory of the group usrloc. */
int mi_modules(const json_t *result, struct sample *sample, struct error *error)
{
	const char *key;
	const json_t *number;

	if (!json_is_object(result))
		return error_set(error, 0, "the answer with statistics is not an object");
	json_object_foreach((json_t *)result, key, number)
	{
		const char *name = key + strlen(GROUP_PREFIX), *end = strrchr(key, ':');
		if (strncmp(key, GROUP_PREFIX, strlen(GROUP_PREFIX)) != 0 || !end ||
		    strcmp(end, GROUP_MEMBER) != 0)
			continue;
		struct module_memory *module = modules_add(sample, name, (size_t)(end - name), error);
		if (!module || answer_number(result, key, VALUE_BYTES, &module->shared, error) < 0)
			return -1;
	}
	return 0;
}

static json_t *statistics_of_groups(const struct estimate *estimate)
{
	json_t *names = json_checked(json_array());
	for (size_t i = 0; i < estimate->memory_group_count; i++) {
		cleanup_free char *name = xasprintf(GROUP_PREFIX "%s:", estimate->memory_groups[i]);
		json_t *text = json_string(name);
		if (text && json_array_append_new(names, text) < 0)
			alloc_failed();
	}
	return json_checked(json_pack("[o]", names));
}

/*
 * Built with SHM_EXTRA_STATS, OpenSIPS has statistics of the memory of each mem-group of its configuration,
 * under that group's name (shm_mem.c, init_shm_statistics()).
 */
int ask_mi_modules(const struct sample_target *target, const struct deadline *deadline, struct sample *sample,
		   struct error *error)
{
	const struct estimate *estimate = target->estimate;

	if (!estimate || !estimate->memory_group_count) {
		error_set(error, ENOSYS, "the router's configuration has no group of modules");
		return error_hint(
			error, "only OpenSIPS built with SHM_EXTRA_STATS has them, and other builds do not "
			       "start with one; add to the configuration of such a build: mem-group = "
			       "\"usrloc\": \"usrloc\"");
	}
	int done = ask_and_read(target->management, "get_statistics", statistics_of_groups(estimate),
				mi_modules, deadline, sample, error);
	if (done < 0 || sample->module_count)
		return done;
	error_set(error, ENOSYS, "the router has no statistics of its groups of modules");
	return error_hint(error, "build OpenSIPS with SHM_EXTRA_STATS");
}
